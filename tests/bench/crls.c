/* SPDX-License-Identifier: BSD-2-Clause */
/* A large revocation list: what it costs. One line of "name=value" words.
 *   crls make DIR COUNT       an authority (DIR/ca.pem) and its list (DIR/list)
 *   crls index DIR            what sceau-crld does: verify, index
 *   crls ask DIR COUNT        what sceaud does: map, and look so many up */
#include "base/clock.h"
#include "certs/crlindex.h"
#include "smime/der.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIAL_BYTES 16
#define DATE                                                                   \
    "\x17\x0d"                                                                 \
    "260101000000Z"

static char *
at(const char *dir, const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static long
read_kib(const char *name)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    const char *found = strstr(text, name);
    return found != NULL ? strtol(found + strlen(name) + 1, NULL, 10) : 0;
}

static double
read_cpu_us(void)
{
    struct timespec spent;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec * 1e6 + (double)spent.tv_nsec / 1e3;
}

/* --- making ------------------------------------------------------------ */

static X509 *
make_authority(EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const guchar *)"Bench CA", -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_set_pubkey(x509, key);
    X509_EXTENSION *usage =
        X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,cRLSign");
    X509_add_ext(x509, usage, -1);
    X509_EXTENSION_free(usage);
    X509_sign(x509, key, EVP_sha256());
    return x509;
}

/* Serials of 16 random octets, a reason each: 49 octets, as real lists have. */
static void
append_entries(GByteArray *to, guint count)
{
    static const guchar reason[] = {0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55,
                                    0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, 0x01};
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);
    gsize inside = 2 + SERIAL_BYTES + strlen(DATE) + sizeof reason;
    for (guint i = 0; i < count; i++) {
        guchar serial[SERIAL_BYTES];
        for (gsize k = 0; k < sizeof serial; k++)
            serial[k] = (guchar)g_rand_int(dice);
        serial[0] = (guchar)(serial[0] % 126 + 1);
        der_append_header(to, DER_SEQUENCE, inside);
        der_append_header(to, DER_INTEGER, sizeof serial);
        g_byte_array_append(to, serial, sizeof serial);
        g_byte_array_append(to, (const guchar *)DATE, (guint)strlen(DATE));
        g_byte_array_append(to, reason, sizeof reason);
    }
}

static void
append_time(GByteArray *to, gint64 from_now_s)
{
    g_autoptr(GDateTime) time =
        g_date_time_new_from_unix_utc(clock_now() + from_now_s);
    g_autofree char *text = g_date_time_format(time, "%y%m%d%H%M%SZ");
    der_append_header(to, 0x17, strlen(text));
    g_byte_array_append(to, (const guchar *)text, (guint)strlen(text));
}

static GByteArray *
wrap(guchar tag, GByteArray *content)
{
    GByteArray *whole = g_byte_array_new();
    der_append_header(whole, tag, content->len);
    g_byte_array_append(whole, content->data, content->len);
    g_byte_array_unref(content);
    return whole;
}

static GByteArray *
make_list(X509 *authority, EVP_PKEY *key, guint count)
{
    static const guchar head[] = {0x02, 0x01, 0x01, 0x30, 0x0a,
                                  0x06, 0x08, 0x2a, 0x86, 0x48,
                                  0xce, 0x3d, 0x04, 0x03, 0x02};
    static const guchar number[] = {0xa0, 0x0e, 0x30, 0x0c, 0x30, 0x0a,
                                    0x06, 0x03, 0x55, 0x1d, 0x14, 0x04,
                                    0x03, 0x02, 0x01, 0x01};
    guchar *name = NULL;
    int size = i2d_X509_NAME(X509_get_subject_name(authority), &name);
    GByteArray *entries = g_byte_array_new();
    append_entries(entries, count);
    entries = wrap(DER_SEQUENCE, entries);
    GByteArray *part = g_byte_array_new();
    g_byte_array_append(part, head, sizeof head);
    g_byte_array_append(part, name, (guint)size);
    append_time(part, -3600);
    append_time(part, 86000);
    g_byte_array_append(part, entries->data, entries->len);
    g_byte_array_append(part, number, sizeof number);
    g_byte_array_unref(entries);
    OPENSSL_free(name);
    part = wrap(DER_SEQUENCE, part);
    guchar signature[256] = {0};
    size_t signature_size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key);
    EVP_DigestSign(context, signature, &signature_size, part->data, part->len);
    EVP_MD_CTX_free(context);
    g_byte_array_append(part, head + 3, sizeof head - 3);
    der_append_header(part, DER_BIT_STRING, signature_size + 1);
    g_byte_array_append(part, (const guchar *)"", 1);
    g_byte_array_append(part, signature, (guint)signature_size);
    return wrap(DER_SEQUENCE, part);
}

static int
make(const char *dir, guint count)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *authority = make_authority(key);
    g_autofree char *ca = at(dir, "ca.pem");
    g_autofree char *path = at(dir, "list");
    g_autoptr(GByteArray) list = make_list(authority, key, count);
    FILE *out = fopen(ca, "w");
    bool good = out != NULL && PEM_write_X509(out, authority) == 1;
    if (out != NULL)
        good = fclose(out) == 0 && good;
    good = good && g_file_set_contents(path, (const char *)list->data,
                                       (gssize)list->len, NULL);
    printf("list_bytes=%u\n", list->len);
    X509_free(authority);
    EVP_PKEY_free(key);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- measuring --------------------------------------------------------- */

static int
fail(const GError *error)
{
    (void)fprintf(stderr, "crls: %s\n", error->message);
    return EXIT_FAILURE;
}

/* The most anonymous memory at any time: the kernel tells the peak of all
 * memory alone, with the mapped list, so a thread looks on. */
static gpointer
watch(gpointer stop)
{
    long most = 0;
    while (!g_atomic_int_get((gint *)stop)) {
        most = MAX(most, read_kib("RssAnon:"));
        g_usleep(1000);
    }
    return GINT_TO_POINTER((int)most);
}

static int
index_list(const char *dir, const GPtrArray *issuers)
{
    gint stop = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = at(dir, "list");
    g_autofree char *index = at(dir, "index");
    long before = read_kib("RssAnon:");
    double from_us = read_cpu_us();
    GThread *thread = g_thread_new("watch", watch, &stop);
    g_autoptr(Crl) crl = crl_load(path, issuers, &error);
    double loaded_us = read_cpu_us() - from_us;
    bool good = crl != NULL && crlindex_prepare(index, "bench", &error) &&
                crlindex_write(index, "bench", crl, &error);
    g_atomic_int_set(&stop, 1);
    long most = GPOINTER_TO_INT(g_thread_join(thread));
    if (!good)
        return fail(error);
    printf("load_kib=%ld load_ms=%.0f write_ms=%.0f peak_all_kib=%ld\n",
           most - before, loaded_us / 1e3,
           (read_cpu_us() - from_us - loaded_us) / 1e3, read_kib("VmHWM:"));
    return EXIT_SUCCESS;
}

static double
ask_many(const CrlParts *parts, guint count, guint *found)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(9);
    g_autofree CrlEntry *wanted = g_new(CrlEntry, count);
    /* Half of them are there. */
    for (guint i = 0; i < count; i++) {
        wanted[i] = parts->entries[g_rand_int(dice) % (guint32)parts->count];
        wanted[i].serial[SERIAL_BYTES - 1] ^= (guchar)(i & 1);
    }
    double before_us = read_cpu_us();
    for (guint i = 0; i < count; i++)
        *found +=
            crlentries_find(parts->entries, parts->count, &wanted[i]) != NULL;
    return (read_cpu_us() - before_us) / count;
}

static int
ask(const char *dir, guint count, const GPtrArray *issuers)
{
    CrlFile file;
    guint found = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *index = at(dir, "index");
    long anonymous = read_kib("RssAnon:");
    long all = read_kib("VmRSS:");
    g_autoptr(CrlIndexFolder) folder = crlindex_open(index, "bench", &error);
    g_autoptr(GPtrArray) names = folder != NULL ? crlindex_list(folder) : NULL;
    if (names == NULL || names->len == 0)
        return EXIT_FAILURE;
    double from_us = read_cpu_us();
    g_autoptr(Crl) crl = crlindex_map(folder, g_ptr_array_index(names, 0),
                                      issuers, &file, &error);
    double mapped_us = read_cpu_us() - from_us;
    if (crl == NULL)
        return fail(error);
    long grown = read_kib("RssAnon:") - anonymous;
    double us = ask_many(crl_get_parts(crl), count, &found);
    printf("index_bytes=%" G_GUINT64_FORMAT
           " map_ms=%.0f grown_kib=%ld all_kib=%ld us=%.3f found=%u\n",
           file.size, mapped_us / 1e3, grown, read_kib("VmRSS:") - all, us,
           found);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    guint count = argc > 3 ? (guint)strtoul(argv[3], NULL, 10) : 0;
    if (argc > 3 && strcmp(argv[1], "make") == 0)
        return make(argv[2], count);
    g_autoptr(GError) error = NULL;
    g_autofree char *ca = argc > 2 ? at(argv[2], "ca.pem") : NULL;
    g_autoptr(GPtrArray) issuers =
        ca != NULL ? certificate_load_file(ca, &error) : NULL;
    if (issuers != NULL && strcmp(argv[1], "index") == 0)
        return index_list(argv[2], issuers);
    if (issuers != NULL && argc > 3 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], count, issuers);
    (void)fprintf(stderr, "usage: crls make|index|ask DIR [COUNT]\n");
    return EXIT_FAILURE;
}
