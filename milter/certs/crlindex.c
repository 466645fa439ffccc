/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL index: a verified revocation list as a file that is only mapped. */
#include "certs/crlindex.h"

#include "base/error.h"
#include "smime/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION        1 /* of another byte order: another number */
#define MAX_PART_BYTES 65536
#define SUFFIX         ".idx"
#define NEW_PREFIX     ".new-"
#define NAME_DIGITS    32
#define SHA256_BYTES   32

typedef struct {
    char magic[8];
    guint32 version;
    guint32 entry_bytes;
    guint64 file_bytes; /* of all, with the digest at the end */
    guint64 count;
    gint64 this_update_s, next_update_s;
    CrlFile list;
    guint32 users_only;
    guint32 number_bytes, points_bytes, subject_bytes, path_bytes;
    guint32 unused;
    guchar key[SHA256_BYTES]; /* of the authority's public key bits */
} CrlIndexHead;

static const char magic[8] = "SCEAUCRL";

struct CrlIndexFolder {
    char *path; /* for messages */
    int fd;
    uid_t owner; /* who may have written, beside root */
};

static void
hash_key(const Certificate *issuer, guchar *digest)
{
    const ASN1_BIT_STRING *bits =
        X509_get0_pubkey_bitstr(certificate_get_x509(issuer));
    (void)EVP_Digest(ASN1_STRING_get0_data(bits),
                     (size_t)ASN1_STRING_length(bits), digest, NULL,
                     EVP_sha256(), NULL);
}

/* The subject as the authority's certificate has it. Caller frees. */
static guchar *
copy_subject(const Certificate *issuer, gsize *size)
{
    guchar *der = NULL;
    int length = i2d_X509_NAME(
        X509_get_subject_name(certificate_get_x509(issuer)), &der);
    guchar *copy = length > 0 ? g_memdup2(der, (gsize)length) : NULL;
    *size = length > 0 ? (gsize)length : 0;
    OPENSSL_free(der);
    return copy;
}

/* --- reading ----------------------------------------------------------- */

static CrlSlice
take(const guchar **cursor, gsize size)
{
    CrlSlice slice = {.bytes = *cursor, .size = size};
    *cursor += size;
    return slice;
}

/* What is wrong with the head; NULL: all parts lie within size. */
static const char *
check_head(const CrlIndexHead *head, gsize size)
{
    if (memcmp(head->magic, magic, sizeof magic) != 0)
        return "is no index of a revocation list";
    if (head->version != VERSION || head->entry_bytes != sizeof(CrlEntry))
        return "is an index of another version";
    if (head->number_bytes > CRLENTRIES_MAX_SERIAL || head->users_only > 1 ||
        head->points_bytes > MAX_PART_BYTES ||
        head->subject_bytes > MAX_PART_BYTES ||
        head->path_bytes > MAX_PART_BYTES ||
        head->count > size / sizeof(CrlEntry))
        return "is damaged";
    guint64 wanted = sizeof *head + (guint64)head->number_bytes +
                     head->points_bytes + head->subject_bytes +
                     head->path_bytes + head->count * sizeof(CrlEntry) +
                     SHA256_BYTES;
    if (head->file_bytes != wanted || size != wanted)
        return "is cut short or damaged";
    return NULL;
}

static bool
check_digest(const guchar *bytes, gsize size)
{
    guchar digest[SHA256_BYTES];
    gsize covered = size - SHA256_BYTES;
    return EVP_Digest(bytes, covered, digest, NULL, EVP_sha256(), NULL) == 1 &&
           memcmp(digest, bytes + covered, SHA256_BYTES) == 0;
}

static Certificate *
find_maker(const CrlIndexHead *head, CrlSlice subject, const GPtrArray *issuers)
{
    const CrlSlice any = {0};
    const guchar *cursor = subject.bytes;
    X509_NAME *name = d2i_X509_NAME(NULL, &cursor, (long)subject.size);
    Certificate *maker = NULL;
    for (guint i = 0; name != NULL && i < issuers->len && maker == NULL; i++) {
        Certificate *issuer = g_ptr_array_index(issuers, i);
        guchar key[SHA256_BYTES] = {0};
        X509 *x509 = certificate_get_x509(issuer);
        if (X509_NAME_cmp(X509_get_subject_name(x509), name) != 0)
            continue;
        hash_key(issuer, key);
        if (memcmp(key, head->key, sizeof key) == 0 &&
            crl_may_make(issuer, any))
            maker = issuer;
    }
    X509_NAME_free(name);
    openssl_clear();
    return maker;
}

Crl *
crlindex_parse(const guchar *bytes, gsize size_bytes, const GPtrArray *issuers,
               GDestroyNotify release, gpointer owner, const char **fault)
{
    CrlIndexHead head;
    *fault = "is cut short or damaged";
    if (size_bytes < sizeof head + SHA256_BYTES)
        return NULL;
    memcpy(&head, bytes, sizeof head);
    *fault = check_head(&head, size_bytes);
    if (*fault != NULL)
        return NULL;
    const guchar *cursor = bytes + sizeof head;
    CrlSlice number = take(&cursor, head.number_bytes);
    CrlSlice points = take(&cursor, head.points_bytes);
    CrlSlice subject = take(&cursor, head.subject_bytes);
    CrlSlice path = take(&cursor, head.path_bytes);
    /* Of one octet alignment, as they lie there. */
    const CrlEntry *entries = (const CrlEntry *)cursor;
    *fault = "is damaged";
    if (!check_digest(bytes, size_bytes) ||
        !crlentries_check(entries, head.count))
        return NULL;
    *fault = NULL;
    Certificate *maker = find_maker(&head, subject, issuers);
    if (maker == NULL)
        return NULL;
    g_autofree char *text = g_strndup((const char *)path.bytes, path.size);
    const CrlParts parts = {
        .path = text,
        .file = head.list,
        .issuer = maker,
        .number = number,
        .points = points,
        .this_update_s = head.this_update_s,
        .next_update_s = head.next_update_s,
        .users_only = head.users_only != 0,
        .entries = entries,
        .count = head.count,
    };
    return crl_new(&parts, release, owner);
}

/* --- folders ----------------------------------------------------------- */

/* Whoever may write there can hide a revocation. */
static const char *
check_rights(const struct stat *status, uid_t owner)
{
    if (status->st_uid != 0 && status->st_uid != owner)
        return "belongs to another user than the folder of all indexes";
    if ((status->st_mode & 0022) != 0)
        return "can be written to by others than its owner";
    return NULL;
}

/* The name of a trust set becomes a folder's. */
static bool
check_name(const char *path, const char *trust, GError **error)
{
    if (trust[0] != '.' && strchr(trust, '/') == NULL)
        return true;
    error_set(error, ERROR_CONFIG,
              "trust %s: its name cannot be a folder's in %s", trust, path);
    return false;
}

CrlIndexFolder *
crlindex_open(const char *path, const char *trust, GError **error)
{
    if (!check_name(path, trust, error))
        return NULL;
    struct stat upper;
    struct stat inner;
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int above = open(path, flags);
    int fd = above >= 0 ? openat(above, trust, flags | O_NOFOLLOW) : -1;
    const char *fault = NULL;
    if (fd < 0 && errno != ENOENT)
        fault = g_strerror(errno);
    else if (fd >= 0 && (fstat(above, &upper) != 0 || fstat(fd, &inner) != 0))
        fault = g_strerror(errno);
    else if (fd >= 0)
        fault = check_rights(&upper, upper.st_uid);
    if (fd >= 0 && fault == NULL)
        fault = check_rights(&inner, upper.st_uid);
    if (above >= 0)
        close(above);
    if (fd >= 0 && fault == NULL) {
        CrlIndexFolder *folder = g_new0(CrlIndexFolder, 1);
        folder->path = g_build_filename(path, trust, NULL);
        folder->fd = fd;
        folder->owner = upper.st_uid;
        return folder;
    }
    if (fd >= 0)
        close(fd);
    if (fault != NULL)
        error_set(error, ERROR_CONFIG, "%s/%s, the folder of indexes: %s", path,
                  trust, fault);
    return NULL;
}

void
crlindex_close(CrlIndexFolder *folder)
{
    if (folder == NULL)
        return;
    close(folder->fd);
    g_free(folder->path);
    g_free(folder);
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
crlindex_list(const CrlIndexFolder *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder->path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (name[0] != '.' && g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare);
    return names;
}

bool
crlindex_stat(const CrlIndexFolder *folder, const char *name, CrlFile *file)
{
    struct stat status;
    *file = (CrlFile){0};
    if (fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    *file = crl_view_status(&status);
    return true;
}

/* --- mapping ----------------------------------------------------------- */

typedef struct {
    void *bytes;
    gsize size;
} Mapping;

static void
unmap(gpointer pointer)
{
    Mapping *mapping = pointer;
    (void)munmap(mapping->bytes, mapping->size);
    g_free(mapping);
}

/* NULL with *fault. */
static Mapping *
map(int fd, const struct stat *status, const char **fault)
{
    gsize size = (gsize)status->st_size;
    void *bytes =
        size > 0 ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        *fault = size > 0 ? g_strerror(errno) : "is empty";
        return NULL;
    }
    Mapping *mapping = g_new0(Mapping, 1);
    *mapping = (Mapping){.bytes = bytes, .size = size};
    return mapping;
}

static Crl *
map_checked(int fd, const struct stat *status, const GPtrArray *issuers,
            const char **fault)
{
    Mapping *mapping = map(fd, status, fault);
    if (mapping == NULL)
        return NULL;
    Crl *crl = crlindex_parse(mapping->bytes, mapping->size, issuers, unmap,
                              mapping, fault);
    /* Read once to be checked; from now on a page or two for each question. */
    (void)madvise(mapping->bytes, mapping->size, MADV_DONTNEED);
    (void)madvise(mapping->bytes, mapping->size, MADV_RANDOM);
    if (crl == NULL)
        unmap(mapping);
    return crl;
}

Crl *
crlindex_map(const CrlIndexFolder *folder, const char *name,
             const GPtrArray *issuers, CrlFile *file, GError **error)
{
    struct stat status;
    const char *fault = NULL;
    Crl *crl = NULL;
    *file = (CrlFile){0};
    int fd = openat(folder->fd, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        fault = g_strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        fault = "is no file";
    } else {
        *file = crl_view_status(&status);
        fault = check_rights(&status, folder->owner);
        if (fault == NULL)
            crl = map_checked(fd, &status, issuers, &fault);
    }
    if (fd >= 0)
        close(fd);
    if (fault != NULL)
        error_set(error, ERROR_CONFIG, "the index %s/%s %s", folder->path, name,
                  fault);
    return crl;
}

/* --- writing ----------------------------------------------------------- */

char *
crlindex_get_name(const Crl *crl)
{
    const CrlParts *parts = crl_get_parts(crl);
    gsize size = 0;
    guchar key[SHA256_BYTES];
    g_autofree guchar *subject = copy_subject(parts->issuer, &size);
    hash_key(parts->issuer, key);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, key, sizeof key);
    g_checksum_update(sum, (const guchar *)(parts->users_only ? "u" : "a"), 1);
    g_checksum_update(sum, subject, (gssize)size);
    if (parts->points.size > 0)
        g_checksum_update(sum, parts->points.bytes, (gssize)parts->points.size);
    return g_strdup_printf("%.*s" SUFFIX, NAME_DIGITS,
                           g_checksum_get_string(sum));
}

typedef struct {
    int fd;
    EVP_MD_CTX *digest;
} Writer;

static bool
write_all(Writer *writer, const void *bytes, gsize size)
{
    const guchar *cursor = bytes;
    if (size > 0 && EVP_DigestUpdate(writer->digest, bytes, size) != 1)
        return false;
    while (size > 0) {
        ssize_t done = write(writer->fd, cursor, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        cursor += done;
        size -= (gsize)done;
    }
    return true;
}

static bool
write_parts(Writer *writer, const CrlParts *parts)
{
    gsize subject_bytes = 0;
    g_autofree guchar *subject = copy_subject(parts->issuer, &subject_bytes);
    CrlIndexHead head = {
        .version = VERSION,
        .entry_bytes = sizeof(CrlEntry),
        .count = parts->count,
        .this_update_s = parts->this_update_s,
        .next_update_s = parts->next_update_s,
        .list = parts->file,
        .users_only = parts->users_only,
        .number_bytes = (guint32)parts->number.size,
        .points_bytes = (guint32)MIN(parts->points.size, MAX_PART_BYTES + 1),
        .subject_bytes = (guint32)subject_bytes,
        .path_bytes = (guint32)strlen(parts->path),
    };
    memcpy(head.magic, magic, sizeof magic);
    hash_key(parts->issuer, head.key);
    gsize entries_bytes = parts->count * sizeof(CrlEntry);
    head.file_bytes = sizeof head + parts->number.size + parts->points.size +
                      subject_bytes + head.path_bytes + entries_bytes +
                      SHA256_BYTES;
    guchar digest[EVP_MAX_MD_SIZE];
    return parts->points.size <= MAX_PART_BYTES && subject != NULL &&
           subject_bytes <= MAX_PART_BYTES &&
           write_all(writer, &head, sizeof head) &&
           write_all(writer, parts->number.bytes, parts->number.size) &&
           write_all(writer, parts->points.bytes, parts->points.size) &&
           write_all(writer, subject, subject_bytes) &&
           write_all(writer, parts->path, head.path_bytes) &&
           write_all(writer, parts->entries, entries_bytes) &&
           EVP_DigestFinal_ex(writer->digest, digest, NULL) == 1 &&
           write(writer->fd, digest, SHA256_BYTES) == SHA256_BYTES;
}

/* Without it the name may be lost with the power, not the file's content. */
static void
sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

bool
crlindex_write(const char *path, const char *trust, const Crl *crl,
               GError **error)
{
    g_autofree char *folder = g_build_filename(path, trust, NULL);
    g_autofree char *name = crlindex_get_name(crl);
    g_autofree char *final = g_build_filename(folder, name, NULL);
    g_autofree char *made = g_strdup_printf("%s/" NEW_PREFIX "XXXXXX", folder);
    g_autoptr(EVP_MD_CTX) digest = EVP_MD_CTX_new();
    Writer writer = {.fd = mkostemp(made, O_CLOEXEC), .digest = digest};
    errno = writer.fd < 0 ? errno : 0;
    bool good = writer.fd >= 0 &&
                EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 &&
                write_parts(&writer, crl_get_parts(crl)) &&
                fchmod(writer.fd, 0644) == 0 && fsync(writer.fd) == 0 &&
                rename(made, final) == 0;
    int fault = errno;
    if (writer.fd >= 0)
        close(writer.fd);
    if (good)
        sync_folder(folder);
    else if (writer.fd >= 0)
        (void)unlink(made);
    if (!good)
        error_set(error, ERROR_CONFIG, "the index %s cannot be written: %s",
                  final,
                  fault != 0 ? g_strerror(fault) : "it would be too large");
    return good;
}

bool
crlindex_prepare(const char *path, const char *trust, GError **error)
{
    if (!check_name(path, trust, error))
        return false;
    g_autofree char *folder = g_build_filename(path, trust, NULL);
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
        error_set(error, ERROR_CONFIG, "%s cannot be made: %s", folder,
                  g_strerror(errno));
        return false;
    }
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *left = g_build_filename(folder, name, NULL);
        if (g_str_has_prefix(name, NEW_PREFIX))
            (void)unlink(left);
    }
    return dir != NULL;
}
