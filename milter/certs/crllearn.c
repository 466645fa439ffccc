/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL learn: tells sceau-crld where certificates say that their lists are. */
#include "certs/crllearn.h"

#include "base/clock.h"
#include "base/localsocket.h"
#include "smime/certificate.h"
#include "smime/der.h"

#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SEEN   4096
#define AGAIN_US   (3600 * (gint64)G_USEC_PER_SEC)
#define MAX_POINTS 8    /* of one certificate */
#define DER_URI    0x86 /* GeneralName, uniformResourceIdentifier */

struct CrlLearn {
    char *path;
    int fd;
    GMutex lock;
    GHashTable *seen; /* under lock: "trust sha256": gint64 *, when */
};

char *
crllearn_get_path(const char *control)
{
    g_autofree char *dir = g_path_get_dirname(control);
    return g_build_filename(dir, "learn.sock", NULL);
}

CrlLearn *
crllearn_new(const char *control)
{
    CrlLearn *learn = g_new0(CrlLearn, 1);
    learn->path = crllearn_get_path(control);
    learn->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_mutex_init(&learn->lock);
    learn->seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return learn;
}

void
crllearn_free(CrlLearn *learn)
{
    if (learn == NULL)
        return;
    if (learn->fd >= 0)
        close(learn->fd);
    g_hash_table_unref(learn->seen);
    g_mutex_clear(&learn->lock);
    g_free(learn->path);
    g_free(learn);
}

/* --- datagrams --------------------------------------------------------- */

bool
crllearn_check_url(const char *url)
{
    if (!g_str_has_prefix(url, "http://") && !g_str_has_prefix(url, "https://"))
        return false;
    gsize size = 0;
    for (; url[size] != '\0'; size++)
        if (!g_ascii_isgraph(url[size]))
            return false;
    return size <= CRLLEARN_MAX_URL;
}

bool
crllearn_parse(const char *text, gsize size_bytes, char **trust, char **url)
{
    const char *end = memchr(text, '\n', size_bytes);
    if (end == NULL || end == text || memchr(text, '\0', size_bytes) != NULL)
        return false;
    gsize name_bytes = (gsize)(end - text);
    g_autofree char *address = g_strndup(end + 1, size_bytes - name_bytes - 1);
    if (!crllearn_check_url(address))
        return false;
    *trust = g_strndup(text, name_bytes);
    *url = g_steal_pointer(&address);
    return true;
}

/* False: sceau-crld does not run, or is busy; it is told at another time. */
static bool
tell(const CrlLearn *learn, const char *trust, const char *url)
{
    struct sockaddr_un address;
    g_autofree char *text = g_strdup_printf("%s\n%s", trust, url);
    gsize size = strlen(text);
    if (learn->fd < 0 || !localsocket_fill(&address, learn->path) ||
        size > CRLLEARN_MAX_BYTES)
        return true;
    return sendto(learn->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&address,
                  sizeof address) == (ssize_t)size;
}

/* --- certificates ------------------------------------------------------ */

/* The addresses of one DistributionPoint. */
static bool
tell_point(const CrlLearn *learn, const char *trust, const DerElement *point)
{
    DerElement field;
    DerElement names;
    DerElement name;
    DerReader inside = der_enter(point);
    if (!der_read_tag(&inside, DER_CONTEXT_0, &field))
        return true;
    DerReader fields = der_enter(&field);
    if (!der_read_tag(&fields, DER_CONTEXT_0, &names))
        return true;
    DerReader each = der_enter(&names);
    bool told = true;
    while (der_read(&each, &name)) {
        if (name.tag != DER_URI || name.size > CRLLEARN_MAX_URL ||
            memchr(name.content, '\0', name.size) != NULL)
            continue;
        g_autofree char *url = g_strndup((const char *)name.content, name.size);
        if (crllearn_check_url(url))
            told = tell(learn, trust, url) && told;
    }
    return told;
}

static bool
tell_certificate(const CrlLearn *learn, const char *trust,
                 const Certificate *certificate)
{
    X509 *x509 = certificate_get_x509(certificate);
    int index = X509_get_ext_by_NID(x509, NID_crl_distribution_points, -1);
    X509_EXTENSION *extension = index >= 0 ? X509_get_ext(x509, index) : NULL;
    if (extension == NULL)
        return true;
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    DerElement whole;
    DerElement point;
    DerReader reader = der_open(ASN1_STRING_get0_data(value),
                                (gsize)ASN1_STRING_length(value));
    if (!der_read_tag(&reader, DER_SEQUENCE, &whole))
        return true;
    DerReader points = der_enter(&whole);
    bool told = true;
    for (int i = 0;
         i < MAX_POINTS && der_read_tag(&points, DER_SEQUENCE, &point); i++)
        told = tell_point(learn, trust, &point) && told;
    return told;
}

/* Whether it is new, or an hour old; and it is noted. */
static bool
note(CrlLearn *learn, const char *trust, const Certificate *certificate)
{
    g_autofree char *key =
        g_strdup_printf("%s %s", trust, certificate_get_sha256(certificate));
    gint64 now_us = clock_monotonic_us();
    g_mutex_lock(&learn->lock);
    const gint64 *when_us = g_hash_table_lookup(learn->seen, key);
    bool new = when_us == NULL || now_us - *when_us > AGAIN_US;
    /* Forgetting all costs datagrams and nothing else. */
    if (new &&g_hash_table_size(learn->seen) >= MAX_SEEN)
        g_hash_table_remove_all(learn->seen);
    if (new)
        g_hash_table_replace(learn->seen, g_steal_pointer(&key),
                             g_memdup2(&now_us, sizeof now_us));
    g_mutex_unlock(&learn->lock);
    return new;
}

static void
forget(CrlLearn *learn, const char *trust, const Certificate *certificate)
{
    g_autofree char *key =
        g_strdup_printf("%s %s", trust, certificate_get_sha256(certificate));
    g_mutex_lock(&learn->lock);
    (void)g_hash_table_remove(learn->seen, key);
    g_mutex_unlock(&learn->lock);
}

void
crllearn_note(CrlLearn *learn, const char *trust, const GPtrArray *chain)
{
    for (guint i = 0; i + 1 < chain->len; i++) {
        const Certificate *link = g_ptr_array_index(chain, i);
        if (note(learn, trust, link) && !tell_certificate(learn, trust, link))
            forget(learn, trust, link);
    }
}
