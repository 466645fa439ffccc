/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/chain.h"

#include "base/clock.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Names and keys of the authorities: each may issue, and be issued for. */
typedef struct {
    const char *name;
    EVP_PKEY *key;
} Ca;

static Ca root = {"root", NULL}, left = {"left", NULL}, right = {"right", NULL};
static EVP_PKEY *person;

static void
extend(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_true(X509_add_ext(x509, extension, -1));
    X509_EXTENSION_free(extension);
}

static void
set_name(X509_NAME *name, const char *text)
{
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                           (const guchar *)text, -1, -1, 0));
}

/* NID and value of extensions beside the usual ones. */
typedef struct {
    int nid;
    const char *value;
} More;

static Certificate *
issue(const Ca *by, const char *subject, EVP_PKEY *key, bool is_ca,
      const More *more)
{
    static int serial = 1;
    g_autoptr(X509) x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    set_name(X509_get_subject_name(x509), subject);
    set_name(X509_get_issuer_name(x509), by->name);
    X509_set_pubkey(x509, key);
    if (is_ca)
        extend(x509, NID_basic_constraints, "critical,CA:TRUE");
    for (; more != NULL && more->value != NULL; more++)
        extend(x509, more->nid, more->value);
    assert_int_not_equal(X509_sign(x509, by->key, EVP_sha256()), 0);
    guchar *der = NULL;
    int size = i2d_X509(x509, &der);
    g_autoptr(GError) error = NULL;
    Certificate *made = certificate_parse(der, (gsize)size, &error);
    assert_null(error);
    OPENSSL_free(der);
    return made;
}

static Certificate *
issue_person(const Ca *by, const char *names)
{
    const More more[] = {{NID_subject_alt_name, names}, {0, NULL}};
    return issue(by, "person", person, false, more);
}

static Certificate *
issue_ca(const Ca *by, const Ca *to, int nid, const char *value)
{
    const More more[] = {{nid, value}, {0, NULL}};
    return issue(by, to->name, to->key, true, more);
}

/* Length of the chain; 0 with *reason. */
static int
build(const Certificate *anchor, const Certificate *leaf,
      Certificate *const *pool, Certificate *const *hints, char **reason)
{
    g_autoptr(X509_STORE) store = X509_STORE_new();
    STACK_OF(X509) *known = sk_X509_new_null();
    g_autoptr(GPtrArray) along = g_ptr_array_new();
    X509_STORE_add_cert(store, certificate_get_x509(anchor));
    for (; *pool != NULL; pool++)
        sk_X509_push(known, certificate_get_x509(*pool));
    for (; *hints != NULL; hints++)
        g_ptr_array_add(along, *hints);
    const ChainWish wish = {.name = "corp",
                            .anchors = store,
                            .pool = known,
                            .hints = along,
                            .level = 2,
                            .now_s = clock_now()};
    STACK_OF(X509) *chain = chain_build(&wish, leaf, reason);
    int length = chain != NULL ? sk_X509_num(chain) : 0;
    sk_X509_pop_free(chain, X509_free);
    sk_X509_free(known);
    return length;
}

static Certificate *const nothing[] = {NULL};

static void
expect(int length, const char *word, const Certificate *anchor,
       const Certificate *leaf, Certificate *const *pool,
       Certificate *const *hints)
{
    g_autofree char *reason = NULL;
    int got = build(anchor, leaf, pool, hints, &reason);
    if (got != length ||
        (word == NULL ? reason != NULL : strstr(reason, word) == NULL))
        fail_msg("%d instead of %d: %s", got, length, reason);
}

static void
what_came_along_helps_and_is_not_trusted(void **state)
{
    (void)state;
    g_autoptr(Certificate) anchor = issue_ca(&root, &root, 0, NULL);
    g_autoptr(Certificate) middle = issue_ca(&root, &left, 0, NULL);
    g_autoptr(Certificate) leaf = issue_person(&left, "email:bob@example.fr");
    g_autoptr(Certificate) other = issue_ca(&right, &right, 0, NULL);
    g_autoptr(Certificate) foreign =
        issue_person(&right, "email:bob@example.fr");
    Certificate *const hints[] = {middle, other, NULL};
    expect(0, "neither trusted nor known", anchor, leaf, nothing, nothing);
    expect(3, NULL, anchor, leaf, hints, nothing);
    expect(3, NULL, anchor, leaf, nothing, hints);
    expect(0, "not a trusted one", anchor, foreign, nothing, hints);
}

static void
the_number_of_hints_is_bounded(void **state)
{
    (void)state;
    g_autoptr(Certificate) anchor = issue_ca(&root, &root, 0, NULL);
    g_autoptr(Certificate) middle = issue_ca(&root, &left, 0, NULL);
    g_autoptr(Certificate) other = issue_ca(&right, &right, 0, NULL);
    g_autoptr(Certificate) leaf = issue_person(&left, "email:bob@example.fr");
    Certificate *hints[CHAIN_MAX_HINTS + 2] = {NULL};
    for (int i = 0; i < CHAIN_MAX_HINTS; i++)
        hints[i] = other;
    hints[CHAIN_MAX_HINTS] = middle;
    expect(0, "neither trusted nor known", anchor, leaf, nothing, hints);
    hints[CHAIN_MAX_HINTS - 1] = middle;
    expect(3, NULL, anchor, leaf, nothing, hints);
}

static void
two_cas_that_vouch_for_each_other_end_nowhere(void **state)
{
    (void)state;
    g_autoptr(Certificate) anchor = issue_ca(&root, &root, 0, NULL);
    g_autoptr(Certificate) one = issue_ca(&left, &right, 0, NULL);
    g_autoptr(Certificate) two = issue_ca(&right, &left, 0, NULL);
    g_autoptr(Certificate) leaf = issue_person(&left, "email:bob@example.fr");
    Certificate *const hints[] = {one, two, NULL};
    expect(0, "trust set corp", anchor, leaf, nothing, hints);
    /* And with a way out they end there. */
    g_autoptr(Certificate) out = issue_ca(&root, &right, 0, NULL);
    Certificate *const more[] = {out, one, two, NULL};
    expect(4, NULL, anchor, leaf, nothing, more);
    /* Also where the way in circles is met first. */
    Certificate *const late[] = {one, two, out, NULL};
    expect(4, NULL, anchor, leaf, nothing, late);
}

static void
name_constraints_hold(void **state)
{
    (void)state;
    static const struct {
        const char *constraint, *names, *word; /* word NULL: good */
    } rows[] = {
        {"critical,permitted;email:example.fr", "email:bob@example.fr", NULL},
        {"critical,permitted;email:example.fr", "email:bob@other.fr",
         "may not issue"},
        {"critical,permitted;email:example.fr", "email:bob@sub.example.fr",
         "may not issue"},
        {"permitted;email:example.fr", "email:bob@other.fr", "may not issue"},
        {"critical,excluded;email:example.fr", "email:bob@example.fr",
         "is forbidden"},
        {"critical,excluded;email:example.fr", "email:bob@other.fr", NULL},
        {"critical,permitted;email:example.fr",
         "otherName:1.3.6.1.5.5.7.8.9;UTF8:b\xc3\xb6"
         "b@other.fr",
         "may not issue"},
        {"critical,permitted;email:example.fr",
         "otherName:1.3.6.1.5.5.7.8.9;UTF8:b\xc3\xb6"
         "b@example.fr",
         NULL},
    };
    g_autoptr(Certificate) anchor = issue_ca(&root, &root, 0, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) middle =
            issue_ca(&root, &left, NID_name_constraints, rows[i].constraint);
        g_autoptr(Certificate) leaf = issue_person(&left, rows[i].names);
        Certificate *const pool[] = {middle, NULL};
        g_autofree char *reason = NULL;
        int got = build(anchor, leaf, pool, nothing, &reason);
        if (rows[i].word == NULL
                ? got != 3
                : got != 0 || strstr(reason, rows[i].word) == NULL)
            fail_msg("row %zu: %d, %s", i, got, reason);
    }
}

static void
a_ca_says_that_it_is_one_and_what_for(void **state)
{
    (void)state;
    g_autoptr(Certificate) anchor = issue_ca(&root, &root, 0, NULL);
    g_autoptr(Certificate) leaf = issue_person(&left, "email:bob@example.fr");
    static const struct {
        int nid;
        const char *value, *word;
    } rows[] = {
        {NID_ext_key_usage, "emailProtection,clientAuth", NULL},
        {NID_ext_key_usage, "anyExtendedKeyUsage", NULL},
        {NID_ext_key_usage, "serverAuth", "is not for e-mail"},
        {NID_key_usage, "critical,keyCertSign", NULL},
        {NID_key_usage, "critical,cRLSign", "no CA certificate"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Certificate) middle =
            issue_ca(&root, &left, rows[i].nid, rows[i].value);
        Certificate *const pool[] = {middle, NULL};
        expect(rows[i].word == NULL ? 3 : 0, rows[i].word, anchor, leaf, pool,
               nothing);
    }
    const More sign[] = {{NID_key_usage, "critical,keyCertSign"}, {0, NULL}};
    g_autoptr(Certificate) mute = issue(&root, "left", left.key, false, sign);
    Certificate *const pool[] = {mute, NULL};
    expect(0, "no CA certificate", anchor, leaf, pool, nothing);
}

static int
make_keys(void **state)
{
    (void)state;
    root.key = EVP_EC_gen("P-256");
    left.key = EVP_EC_gen("P-256");
    right.key = EVP_EC_gen("P-256");
    person = EVP_EC_gen("P-256");
    return person == NULL;
}

static int
drop_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(root.key);
    EVP_PKEY_free(left.key);
    EVP_PKEY_free(right.key);
    EVP_PKEY_free(person);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_along_helps_and_is_not_trusted),
        cmocka_unit_test(the_number_of_hints_is_bounded),
        cmocka_unit_test(two_cas_that_vouch_for_each_other_end_nowhere),
        cmocka_unit_test(name_constraints_hold),
        cmocka_unit_test(a_ca_says_that_it_is_one_and_what_for),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
