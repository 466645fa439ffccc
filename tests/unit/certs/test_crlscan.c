/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crlscan.h"

#include "tests/fakes/pki.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* --- lists made by hand ------------------------------------------------ */

/* Hex digits, blanks between them allowed, onto bytes. */
static void
append_hex(GByteArray *bytes, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        guchar octet = (guchar)(g_ascii_xdigit_value(hex[0]) << 4 |
                                g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &octet, 1);
        hex++;
    }
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

#define ALGORITHM "300a06082a8648ce3d040302"
#define NAME      "300f310d300b0603550403 0c04 54657374"
#define FROM      "170d 3236303130313030303030305a" /* 2026-01-01 */
#define UNTIL     "170d 3236303230313030303030305a"
#define SIGNATURE "0303 00 0102"

/* What stands in one row, or what is usual. */
typedef struct {
    const char *version, *algorithm, *from, *until, *entries, *extensions;
    const char *behind;
} Parts;

static GByteArray *
make(const Parts *parts)
{
    GByteArray *inside = g_byte_array_new();
    append_hex(inside, parts->version != NULL ? parts->version : "020101");
    append_hex(inside, parts->algorithm != NULL ? parts->algorithm : ALGORITHM);
    append_hex(inside, NAME);
    append_hex(inside, parts->from != NULL ? parts->from : FROM);
    append_hex(inside, parts->until != NULL ? parts->until : UNTIL);
    append_hex(inside, parts->entries != NULL ? parts->entries : "");
    if (parts->extensions != NULL) {
        GByteArray *list = g_byte_array_new();
        append_hex(list, parts->extensions);
        GByteArray *tagged = wrap(DER_CONTEXT_0, wrap(DER_SEQUENCE, list));
        g_byte_array_append(inside, tagged->data, tagged->len);
        g_byte_array_unref(tagged);
    }
    GByteArray *whole = wrap(DER_SEQUENCE, inside);
    append_hex(whole, ALGORITHM SIGNATURE);
    whole = wrap(DER_SEQUENCE, whole);
    append_hex(whole, parts->behind != NULL ? parts->behind : "");
    return whole;
}

/* Copied, so that a byte read past the end is seen by a sanitizer. */
static bool
open_parts(const Parts *parts, CrlScan *scan, const char **fault)
{
    g_autoptr(GByteArray) made = make(parts);
    g_autofree guchar *bytes = g_memdup2(made->data, made->len);
    return crlscan_open(bytes, made->len, scan, fault);
}

/* --- tests ------------------------------------------------------------- */

static void
lists_that_speak_for_all_are_read(void **state)
{
    (void)state;
    static const Parts rows[] = {
        {0},
        {.version = ""}, /* v1 */
        {.from = "180f 32303236303130313030303030305a"},
        {.entries = "3000"},
        {.extensions = "300a0603551d140403020105"},            /* number */
        {.extensions = "300f0603551d1c0101ff04053003 8101ff"}, /* users */
        {.extensions = "3016 0603551d1c 0101ff 040c 300a a008 a006 8604 "
                       "753a2f2f"},                 /* point */
        {.extensions = "300a06032a03040403020101"}, /* unknown, not critical */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        CrlScan scan;
        const char *fault = NULL;
        if (!open_parts(&rows[i], &scan, &fault))
            fail_msg("row %zu: %s", i, fault);
        assert_int_equal(scan.this_update_s, 1767225600);
        assert_int_equal(scan.next_update_s, 1769904000);
        assert_int_equal(scan.users_only, i == 5);
        assert_int_equal(scan.points.size, i == 6 ? 6 : 0);
        assert_int_equal(scan.number.size, i == 4 ? 1 : 0);
    }
}

static void
what_we_do_not_understand_is_refused(void **state)
{
    (void)state;
    static const struct {
        Parts parts;
        const char *fault;
    } rows[] = {
        {{.behind = "00"}, "bytes behind"},
        {{.until = ""}, "next one comes"},
        {{.from = "170b 323630313031303030305a"}, "no readable date"},
        {{.from = "170d 3236313330313030303030305a"}, "no readable date"},
        {{.algorithm = "300a06082a8648ce3d040303"}, "two signature"},
        {{.extensions = "300d0603551d1b0101ff0403020101"}, "delta"},
        {{.extensions = "300a0603551d1b0403020101"}, "delta"},
        {{.extensions = "300f0603551d1c0101ff040530038401ff"}, "indirect"},
        {{.extensions = "300f0603551d1c0101ff040530038201ff"}, "only a part"},
        {{.extensions = "300f0603551d1c0101ff040530038501ff"}, "only a part"},
        {{.extensions = "30100603551d1c0101ff040630048302 0640"},
         "only a part"}, /* some reasons */
        {{.extensions = "300d06032a03040101ff0403020101"}, "not known"},
        {{.extensions = "300d06032a0304010101 0403020101"}, "not known"},
        {{.extensions = "300a0603551d140403020105 00"}, "malformed"},
        {{.extensions = "3080"}, "malformed"},
        {{.entries = "040100"}, "malformed"},
        {{.extensions = "300a0603551d140403040105"}, "malformed number"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        CrlScan scan;
        const char *fault = NULL;
        if (open_parts(&rows[i].parts, &scan, &fault))
            fail_msg("row %zu: taken", i);
        if (strstr(fault, rows[i].fault) == NULL)
            fail_msg("row %zu: %s", i, fault);
    }
}

#define DATE "170d3236303130313030303030305a"

static void
entries_are_read_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        unsigned count; /* before the end or the fault */
        bool on_hold;   /* the last of them */
        const char *fault;
    } rows[] = {
        {"", 0, false, NULL},
        {"3013 0202 0080" DATE, 1, false, NULL},
        {"3012 0201 01" DATE "3012 0201 02" DATE, 2, false, NULL},
        {"3020 0201 01" DATE "300c 300a 0603551d15 0403 0a0106", 1, true, NULL},
        {"3020 0201 01" DATE "300c 300a 0603551d15 0403 0a0101", 1, false,
         NULL},
        {"3012 0201 01" DATE "3012 0201 02", 1, false, "malformed"},
        {"3011 0200" DATE, 0, false, "malformed"},
        {"3020 0201 01" DATE "300c 300a 0603551d15 0403 020106", 0, false,
         "malformed"},
        {"3023 0201 01" DATE "300f 300d 0603551d1d 0101ff 0403 020106", 0,
         false, "critical"},
        {"3082ffff", 0, false, "malformed"},
        {"3084ffffffff", 0, false, "malformed"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GByteArray *made = g_byte_array_new();
        append_hex(made, rows[i].hex);
        g_autofree guchar *bytes = g_memdup2(made->data, made->len);
        DerReader reader = der_open(bytes, made->len);
        g_byte_array_unref(made);
        CrlScanEntry entry = {0};
        CrlScanEntry last = {0};
        const char *fault = NULL;
        unsigned count = 0;
        for (; crlscan_next(&reader, &entry, &fault); count++)
            last = entry;
        if (count != rows[i].count || last.on_hold != rows[i].on_hold ||
            (fault == NULL) != (rows[i].fault == NULL) ||
            (fault != NULL && strstr(fault, rows[i].fault) == NULL))
            fail_msg("row %zu: %u entries, %s", i, count, fault);
        if (i == 1)
            assert_int_equal(last.serial.size, 1); /* the sign octet is none */
    }
}

/* Every list cut anywhere, and every one with a bit turned, ends in an answer
 * and never beyond its bytes. */
static void
broken_lists_end(void **state)
{
    (void)state;
    g_autoptr(GByteArray) made = make(&(const Parts){
        .entries = "3022 3020 0201 01" DATE "300c 300a 0603551d15 0403 0a0106",
        .extensions = "300a0603551d140403020105300f0603551d1c0101ff04053003"
                      "8101ff",
    });
    for (guint size = 0; size < made->len; size++) {
        g_autofree guchar *bytes = g_memdup2(made->data, size);
        CrlScan scan;
        const char *fault = NULL;
        assert_false(crlscan_open(bytes, size, &scan, &fault));
        assert_non_null(fault);
    }
    for (guint bit = 0; bit < made->len * 8; bit++) {
        g_autofree guchar *bytes = g_memdup2(made->data, made->len);
        bytes[bit / 8] ^= (guchar)(1 << bit % 8);
        CrlScan scan;
        CrlScanEntry entry;
        const char *fault = NULL;
        if (!crlscan_open(bytes, made->len, &scan, &fault))
            continue;
        DerReader reader = der_open(scan.entries.bytes, scan.entries.size);
        while (crlscan_next(&reader, &entry, &fault))
            assert_true(entry.serial.size > 0);
    }
}

static guchar *
convert(const char *name, gsize *size)
{
    char *dir = pki_scratch_new();
    g_autofree char *from = pki_path(name);
    g_autofree char *to = g_build_filename(dir, "list", NULL);
    const char *const words[] = {"crl", "-in",  from, "-outform",
                                 "DER", "-out", to,   NULL};
    assert_int_equal(pki_openssl(words, NULL), 0);
    char *bytes = NULL;
    assert_true(g_file_get_contents(to, &bytes, size, NULL));
    pki_scratch_remove(dir);
    return (guchar *)bytes;
}

static void
only_the_issuers_key_verifies(void **state)
{
    (void)state;
    gsize size = 0;
    g_autofree guchar *bytes = convert("issuing.crl", &size);
    g_autoptr(Certificate) issuing = pki_certificate("issuing");
    g_autoptr(Certificate) root = pki_certificate("root");
    CrlScan scan;
    const char *fault = NULL;
    assert_true(crlscan_open(bytes, size, &scan, &fault));
    assert_true(crlscan_verify(&scan, issuing));
    assert_false(crlscan_verify(&scan, root));
    bytes[size - 3] ^= 1;
    assert_false(crlscan_verify(&scan, issuing));
    bytes[size - 3] ^= 1;
    bytes[scan.issuer.bytes - bytes + (gssize)scan.issuer.size - 1] ^= 1;
    assert_false(crlscan_verify(&scan, issuing));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_that_speak_for_all_are_read),
        cmocka_unit_test(what_we_do_not_understand_is_refused),
        cmocka_unit_test(entries_are_read_one_by_one),
        cmocka_unit_test(broken_lists_end),
        cmocka_unit_test(only_the_issuers_key_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
