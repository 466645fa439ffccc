/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/keyring.h"

#include "base/clock.h"
#include "tests/unit/keys/given.h"

#include <glib/gstdio.h>

#define IN_2020 1590000000 /* 2020-05-20 */

static char *scratch;

static int
make(void **state)
{
    (void)state;
    scratch = pki_scratch_new();
    return 0;
}

static int
clean(void **state)
{
    (void)state;
    pki_scratch_remove(scratch);
    return 0;
}

typedef struct {
    Settings *settings;
    Keyring *keyring;
    char *said; /* problems, a line each */
    unsigned errors;
} Loaded;

static Loaded
load(const char *more)
{
    g_autofree char *text =
        g_strdup_printf("signing { keys = \"%s\" %s }", scratch, more);
    g_autoptr(Problems) problems = problems_new();
    Loaded loaded = {.settings = given_settings(text)};
    loaded.keyring = keyring_new(loaded.settings, problems);
    assert_non_null(loaded.keyring);
    loaded.said = given_lines(problems);
    loaded.errors = problems_count(problems);
    return loaded;
}

static void
drop(Loaded *loaded)
{
    keyring_free(loaded->keyring);
    settings_free(loaded->settings);
    g_free(loaded->said);
}

static void
give(const char *file, const char *const *parts)
{
    g_free(given_file(scratch, file, 0600, parts));
}

static void
give_person(const char *name)
{
    g_autofree char *file = g_strconcat(name, "@example.fr.pem", NULL);
    g_autofree char *key = g_strconcat(name, ".key", NULL);
    g_autofree char *pem = g_strconcat(name, ".pem", NULL);
    give(file, GIVEN_PARTS(key, pem, "issuing.pem"));
}

static gint64
now(void)
{
    return clock_now();
}

static void
expect(const Keyring *keyring, const char *mailbox, gint64 when,
       const char *person)
{
    KeyAnswer answer = keyring_find(keyring, mailbox, when);
    assert_int_equal(answer.class, KEY_FOUND);
    assert_null(answer.reason);
    g_autoptr(Certificate) wanted = pki_certificate(person);
    const Certificate *found = signer_get_certificate(answer.signer);
    if (strcmp(certificate_get_sha256(found), certificate_get_sha256(wanted)) !=
        0)
        fail_msg("%s: %s", mailbox, certificate_get_subject(found));
    key_answer_clear(&answer);
}

static void
expect_none(const Keyring *keyring, const char *mailbox, gint64 when,
            KeyClass class, const char *reason)
{
    KeyAnswer answer = keyring_find(keyring, mailbox, when);
    assert_int_equal(answer.class, class);
    assert_null(answer.signer);
    if (strstr(answer.reason, reason) == NULL)
        fail_msg("%s: %s", mailbox, answer.reason);
    key_answer_clear(&answer);
}

static void
the_address_is_that_of_the_certificate(void **state)
{
    (void)state;
    give("robert@example.fr.pem",
         GIVEN_PARTS("ec-sign.key", "ec-sign.pem", "issuing.pem"));
    give("several.pem", GIVEN_PARTS("several.key", "several.pem"));
    Loaded loaded = load("");
    assert_int_equal(loaded.errors, 0);
    expect(loaded.keyring, "ec-sign@example.fr", now(), "ec-sign");
    expect(loaded.keyring, "EC-Sign@EXAMPLE.fr", now(), "ec-sign");
    expect(loaded.keyring, "several@example.fr", now(), "several");
    expect(loaded.keyring, "several.alias@example.com", now(), "several");
    expect_none(loaded.keyring, "robert@example.fr", now(), KEY_NONE,
                "no signing key for robert@example.fr");
    expect_none(loaded.keyring, "", now(), KEY_NONE, "no signing key");
    assert_non_null(strstr(loaded.said,
                           "robert@example.fr.pem: warning: the certificate "
                           "is for ec-sign@example.fr, unlike the name"));
    drop(&loaded);
}

static void
dates_are_judged_when_it_is_used(void **state)
{
    (void)state;
    give_person("expired");
    give_person("future");
    Loaded loaded = load("");
    assert_int_equal(loaded.errors, 0);
    expect_none(loaded.keyring, "expired@example.fr", now(), KEY_UNUSABLE,
                "expired on 2021-01-01");
    expect_none(loaded.keyring, "future@example.fr", now(), KEY_UNUSABLE,
                "valid from 2090-01-01");
    expect(loaded.keyring, "expired@example.fr", IN_2020, "expired");
    expect(loaded.keyring, "expired@example.fr", 1577836800, "expired");
    expect(loaded.keyring, "expired@example.fr", 1609459200, "expired");
    expect_none(loaded.keyring, "expired@example.fr", 1577836799, KEY_UNUSABLE,
                "valid from 2020-01-01");
    expect_none(loaded.keyring, "expired@example.fr", 1609459201, KEY_UNUSABLE,
                "expired on 2021-01-01");
    assert_non_null(strstr(loaded.said, "expired@example.fr.pem: warning: the "
                                        "signing certificate expired on"));
    assert_non_null(strstr(loaded.said, "future@example.fr.pem: warning: the "
                                        "signing certificate is valid from"));
    drop(&loaded);
}

/* alice has one that signs only (new), short is hers too (since 2020). */
static void
the_newest_valid_one_wins(void **state)
{
    (void)state;
    give_person("alice");
    give("short.pem", GIVEN_PARTS("short.key", "short.pem", "issuing.pem"));
    Loaded loaded = load("");
    expect(loaded.keyring, "alice@example.fr", now(), "alice");
    expect(loaded.keyring, "alice@example.fr", IN_2020, "short");
    drop(&loaded);
}

static void
one_that_signs_only_is_preferred_to_a_newer_one_for_both(void **state)
{
    (void)state;
    give("dual.pem",
         GIVEN_PARTS("alice-dual.key", "alice-dual.pem", "issuing.pem"));
    Loaded alone = load("");
    expect(alone.keyring, "alice@example.fr", now(), "alice-dual");
    drop(&alone);
    give("short.pem", GIVEN_PARTS("short.key", "short.pem", "issuing.pem"));
    Loaded both = load("");
    expect(both.keyring, "alice@example.fr", now(), "short");
    drop(&both);
}

/* bob@example.fr: one for both uses, whoever issued it; it is warned of. */
static void
a_certificate_fit_for_encryption_is_warned_of(void **state)
{
    (void)state;
    give_person("bob");
    give_person("ec-sign");
    Loaded loaded = load("");
    assert_int_equal(loaded.errors, 0);
    assert_non_null(strstr(loaded.said, "bob@example.fr.pem: warning: this "
                                        "certificate can encrypt too"));
    assert_null(strstr(loaded.said, "ec-sign"));
    expect(loaded.keyring, "bob@example.fr", now(), "bob");
    drop(&loaded);
}

static void
a_missing_issuer_is_warned_of(void **state)
{
    (void)state;
    give("ec-sign.pem", GIVEN_PARTS("ec-sign.key", "ec-sign.pem"));
    Loaded loaded = load("");
    assert_int_equal(loaded.errors, 0);
    assert_non_null(strstr(loaded.said, "issuer is not in the file"));
    drop(&loaded);
}

static void
every_bad_file_is_an_error_and_the_good_ones_stay(void **state)
{
    (void)state;
    give_person("ec-sign");
    give_person("weak");
    give("alice.p12", GIVEN_PARTS("alice.p12"));
    give("mix.pem", GIVEN_PARTS("alice.key", "bob.pem"));
    g_free(
        given_file(scratch, "open.pem", 0644, GIVEN_PARTS("alice-full.pem")));
    Loaded loaded = load("");
    assert_int_equal(loaded.errors, 4);
    assert_non_null(strstr(loaded.said, "/weak@example.fr.pem: "));
    assert_non_null(strstr(loaded.said, "/alice.p12: "));
    assert_non_null(strstr(loaded.said, "/mix.pem: "));
    assert_non_null(strstr(loaded.said, "/open.pem: "));
    expect(loaded.keyring, "ec-sign@example.fr", now(), "ec-sign");
    drop(&loaded);
}

static void
other_files_are_passed_over(void **state)
{
    (void)state;
    give_person("ec-sign");
    give("notes.txt", GIVEN_PARTS("alice.key"));
    give(".hidden.pem", GIVEN_PARTS("alice.key"));
    give("alice.pem.bak", GIVEN_PARTS("alice.key"));
    Loaded loaded = load("");
    assert_string_equal(loaded.said, "");
    g_autoptr(GPtrArray) lines = keyring_list(loaded.keyring);
    assert_int_equal(lines->len, 1);
    assert_true(g_str_has_prefix(g_ptr_array_index(lines, 0),
                                 "ec-sign@example.fr: CN=ec-sign,O=Example, "
                                 "EC prime256v1, until 20"));
    drop(&loaded);
}

static void
a_folder_that_is_missing_empty_or_open_is_told(void **state)
{
    (void)state;
    Loaded empty = load("");
    assert_int_equal(empty.errors, 0);
    assert_non_null(strstr(empty.said, "holds no key"));
    drop(&empty);
    assert_int_equal(g_chmod(scratch, 0777), 0);
    give_person("ec-sign");
    Loaded open = load("");
    assert_int_equal(open.errors, 1);
    assert_non_null(strstr(open.said, "others can put keys into it"));
    expect_none(open.keyring, "ec-sign@example.fr", now(), KEY_NONE, "no");
    drop(&open);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        given_settings("signing { keys = \"/nonexistent/keys\" }");
    g_autoptr(Keyring) keyring = keyring_new(settings, problems);
    assert_int_equal(problems_count(problems), 1);
    assert_true(g_str_has_prefix(problems_get(problems, 0), "conf:1:"));
    assert_non_null(keyring);
}

static void
signing_without_keys_is_no_mistake(void **state)
{
    (void)state;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) none = given_settings("");
    g_autoptr(Keyring) silent = keyring_new(none, problems);
    assert_null(problems_get(problems, 0));
    expect_none(silent, "alice@example.fr", now(), KEY_NONE, "no signing key");
    g_autoptr(Settings) half = given_settings("signing { digest = sha-256 }");
    g_autoptr(Keyring) warned = keyring_new(half, problems);
    assert_int_equal(problems_count(problems), 0);
    assert_non_null(problems_get(problems, 0));
    assert_non_null(warned);
}

static void
only_known_digests_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned errors;
    } rows[] = {
        {"digest = sha-256", 0}, {"digest = sha-384", 0},
        {"digest = sha-512", 0}, {"digest = sha-1", 1},
        {"digest = SHA256", 1},  {"digest = \"\"", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Loaded loaded = load(rows[i].text);
        assert_int_equal(loaded.errors, rows[i].errors);
        drop(&loaded);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_address_is_that_of_the_certificate),
        TEST(dates_are_judged_when_it_is_used),
        TEST(the_newest_valid_one_wins),
        TEST(one_that_signs_only_is_preferred_to_a_newer_one_for_both),
        TEST(a_certificate_fit_for_encryption_is_warned_of),
        TEST(a_missing_issuer_is_warned_of),
        TEST(every_bad_file_is_an_error_and_the_good_ones_stay),
        TEST(other_files_are_passed_over),
        TEST(a_folder_that_is_missing_empty_or_open_is_told),
        TEST(signing_without_keys_is_no_mistake),
        TEST(only_known_digests_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
