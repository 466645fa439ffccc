/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/choose.h"

#include "smime/openssl.h"
#include "tests/fakes/made_certificate.h"
#include "base/clock.h"
#include "smime/capabilities.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Settings of this room's blocks, from text. */
static Settings *
parse(const char *text)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top, &directory_settings,
                                                  &certificates_settings,
                                                  &trust_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    Settings *settings =
        settings_parse("c", text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return settings;
}

static char *dir;

/* Folders: anchors-corp (root), anchors-partners, intermediates, crls. */
static void
put(const char *folder, const char *file)
{
    pki_scratch_put(dir, folder, file);
}

static int
make_folders(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    put("anchors-corp", "root.pem");
    put("anchors-partners", "partners.pem");
    put("intermediates", "issuing.pem");
    put("crls", "root.crl");
    put("crls", "issuing.crl");
    put("crls", "partners.crl");
    return 0;
}

static int
remove_folders(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    return 0;
}

static Settings *settings;
static Trust *trust;

static int
make_trust(void **state)
{
    make_folders(state);
    g_autofree char *text = g_strdup_printf(
        "trust corp { anchors = \"%1$s/anchors-corp\" intermediates = "
        "\"%1$s/intermediates\" crls = \"%1$s/crls\" }",
        dir);
    settings = parse(text);
    g_autoptr(Problems) problems = problems_new();
    trust = trust_new(settings, problems);
    return 0;
}

static int
drop_trust(void **state)
{
    trust_free(trust);
    settings_free(settings);
    return remove_folders(state);
}

static CertCandidate *
judge_bytes(GBytes *der, const char *address)
{
    const Source source = {.name = "corp"};
    SourceAnswer answer;
    source_answer_init(&answer);
    const SourceValue value = {.der = der};
    CertCandidate *candidate =
        choose_judge(trust, address, &source, &answer, &value, clock_now());
    source_answer_clear(&answer);
    return candidate;
}

static CertCandidate *
judge(const char *name, const char *address)
{
    g_autoptr(Certificate) certificate = pki_certificate(name);
    return judge_bytes(certificate_get_der(certificate), address);
}

static void
each_fault_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *name, *address, *reason; /* NULL: usable */
        CertClass class;
    } rows[] = {
        {"bob", "bob@example.fr", NULL, CERT_FOUND},
        {"bob", "BOB@Example.FR", NULL, CERT_FOUND},
        {"several", "several.alias@example.com", NULL, CERT_FOUND},
        {"ec", "ec@example.fr", NULL, CERT_FOUND},
        {"bob", "carol@example.fr", "another address (bob@example.fr)",
         CERT_UNUSABLE},
        {"no-address", "no-address@example.fr", "only in the subject",
         CERT_UNUSABLE},
        {"expired", "expired@example.fr", "it expired on", CERT_UNUSABLE},
        {"future", "future@example.fr", "valid from", CERT_UNUSABLE},
        {"alice", "alice@example.fr", "may only sign", CERT_UNUSABLE},
        {"ec-sign", "ec-sign@example.fr", "key agreement", CERT_UNUSABLE},
        {"server", "server@example.fr", "not for e-mail", CERT_UNUSABLE},
        {"weak", "weak@example.fr", "too weak (RSA 1024)", CERT_UNUSABLE},
        {"ec-weak", "ec-weak@example.fr", "too weak", CERT_UNUSABLE},
        {"ca-user", "ca-user@example.fr", "CA certificate", CERT_UNUSABLE},
        {"critical", "critical@example.fr", "critical", CERT_UNUSABLE},
        {"sha1", "sha1@example.fr", "chain", CERT_UNUSABLE},
        {"other-user", "bob@example.fr", "chain", CERT_UNUSABLE},
        {"revoked", "revoked@example.fr", "is revoked", CERT_REVOKED},
        {"on-hold", "on-hold@example.fr", "on hold", CERT_ON_HOLD},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertCandidate *candidate = judge(rows[i].name, rows[i].address);
        bool same = rows[i].reason == NULL
                        ? candidate->reason == NULL
                        : candidate->reason != NULL &&
                              strstr(candidate->reason, rows[i].reason) != NULL;
        if (!same || candidate->class != rows[i].class)
            fail_msg("%s: %s, %s", rows[i].name,
                     cert_class_get_name(candidate->class), candidate->reason);
        choose_candidate_free(candidate);
    }
}

static void
garbage_is_a_candidate_with_a_reason(void **state)
{
    (void)state;
    g_autoptr(GBytes) junk = g_bytes_new_static("junk", 4);
    CertCandidate *candidate = judge_bytes(junk, "bob@example.fr");
    assert_null(candidate->certificate);
    assert_int_equal(candidate->class, CERT_UNUSABLE);
    assert_non_null(candidate->reason);
    choose_candidate_free(candidate);
}

static GPtrArray *
judge_all(const char *const *names, const char *address)
{
    GPtrArray *list =
        g_ptr_array_new_with_free_func((GDestroyNotify)choose_candidate_free);
    for (; *names != NULL; names++)
        g_ptr_array_add(list, judge(*names, address));
    choose_sort(list);
    return list;
}

/* What a directory announces beside a certificate stays with it, whichever of
 * two spellings it came with; several devices have what all have. */
static void
announced_capabilities_stay_with_their_certificate(void **state)
{
    (void)state;
    static const char *const names[] = {"bob", "bob", "several", NULL};
    static const guchar gcm[] = {0x30, 0x0D, 0x30, 0x0B, 0x06, 0x09, 0x60, 0x86,
                                 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2E};
    g_autoptr(GBytes) list = g_bytes_new_static(gcm, sizeof gcm);
    g_autoptr(GPtrArray) candidates =
        g_ptr_array_new_with_free_func((GDestroyNotify)choose_candidate_free);
    const Source source = {.name = "corp"};
    SourceAnswer answer;
    source_answer_init(&answer);
    for (int i = 0; names[i] != NULL; i++) {
        g_autoptr(Certificate) certificate = pki_certificate(names[i]);
        const SourceValue value = {.der = certificate_get_der(certificate),
                                   .capabilities = i == 1 ? list : NULL};
        g_ptr_array_add(candidates,
                        choose_judge(trust, "bob@example.fr", &source, &answer,
                                     &value, clock_now()));
    }
    source_answer_clear(&answer);
    choose_sort(candidates);
    assert_int_equal(candidates->len, 2);
    const CertCandidate *bob = g_ptr_array_index(candidates, 0);
    const CertCandidate *other = g_ptr_array_index(candidates, 1);
    g_autoptr(GPtrArray) used = g_ptr_array_new();
    assert_int_equal(choose_get_capable(candidates, used), 0);
    g_ptr_array_add(used, bob->certificate);
    assert_int_equal(choose_get_capable(candidates, used), CAPABLE_AES_256_GCM);
    g_ptr_array_add(used, other->certificate);
    assert_int_equal(choose_get_capable(candidates, used), 0);
}

static void
the_best_comes_first_and_twins_once(void **state)
{
    (void)state;
    static const char *const names[] = {"other-user", "bob", "bob", "carol",
                                        NULL};
    g_autoptr(GPtrArray) list = judge_all(names, "bob@example.fr");
    assert_int_equal(list->len, 3);
    const CertCandidate *best = g_ptr_array_index(list, 0);
    assert_int_equal(best->class, CERT_FOUND);
    g_autoptr(Certificate) bob = pki_certificate("bob");
    assert_string_equal(certificate_get_sha256(best->certificate),
                        certificate_get_sha256(bob));
    assert_int_equal(choose_get_class(list), CERT_FOUND);
}

static void
hope_outranks_finality_in_the_class_of_all(void **state)
{
    (void)state;
    static const struct {
        CertClass classes[3];
        CertClass all;
    } rows[] = {
        {{CERT_UNUSABLE, CERT_REVOKED, CERT_UNUSABLE}, CERT_REVOKED},
        {{CERT_REVOKED, CERT_ON_HOLD, CERT_UNUSABLE}, CERT_ON_HOLD},
        {{CERT_REVOKED, CERT_REVOCATION_UNKNOWN, CERT_ON_HOLD},
         CERT_REVOCATION_UNKNOWN},
        {{CERT_UNUSABLE, CERT_UNUSABLE, CERT_UNUSABLE}, CERT_UNUSABLE},
        {{CERT_REVOKED, CERT_FOUND, CERT_ON_HOLD}, CERT_FOUND},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertCandidate candidates[3] = {0};
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        for (int k = 0; k < 3; k++) {
            candidates[k].class = rows[i].classes[k];
            g_ptr_array_add(list, &candidates[k]);
        }
        assert_int_equal(choose_get_class(list), rows[i].all);
    }
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();
    assert_int_equal(choose_get_class(nothing), CERT_NONE);
}

static void
each_device_once_and_one_family(void **state)
{
    (void)state;
    static const char *const names[] = {"bob", "carol", "ec",
                                        "bob", "alice", NULL};
    g_autoptr(GPtrArray) list =
        g_ptr_array_new_with_free_func((GDestroyNotify)choose_candidate_free);
    for (const char *const *name = names; *name != NULL; name++) {
        CertCandidate *made = g_new0(CertCandidate, 1);
        made->certificate = pki_certificate(*name);
        made->class = strcmp(*name, "alice") == 0 ? CERT_UNUSABLE : CERT_FOUND;
        g_ptr_array_add(list, made);
    }
    const CertCandidate *first = g_ptr_array_index(list, 0);
    g_autoptr(GPtrArray) one = choose_list(list, false);
    assert_int_equal(one->len, 1);
    assert_ptr_equal(g_ptr_array_index(one, 0), first->certificate);
    g_autoptr(GPtrArray) all = choose_list(list, true);
    assert_int_equal(all->len, 2);
    assert_ptr_equal(g_ptr_array_index(all, 0), first->certificate);
    g_autoptr(GPtrArray) empty = g_ptr_array_new();
    g_autoptr(GPtrArray) none = choose_list(empty, true);
    assert_int_equal(none->len, 0);
}

/* RFC 5652 6.2 has a RecipientInfo for a certificate, but a reader opens with
 * a key. */
static void
the_same_key_issued_again_is_one_reader(void **state)
{
    (void)state;
    EVP_PKEY *key = NULL;
    g_autoptr(Certificate) first = made_certificate_new(KEY_EC, "b@x", &key);
    g_autoptr(Certificate) again = made_certificate_renew(KEY_EC, "b@x", key);
    g_autoptr(Certificate) other = made_certificate_new(KEY_EC, "b@x", NULL);
    Certificate *const all[] = {first, again, other};
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    CertCandidate candidates[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        candidates[i] =
            (CertCandidate){.certificate = all[i], .class = CERT_FOUND};
        g_ptr_array_add(list, &candidates[i]);
    }
    g_autoptr(GPtrArray) readers = choose_list(list, true);
    assert_int_equal(readers->len, 2);
    assert_ptr_equal(g_ptr_array_index(readers, 0), first);
    assert_ptr_equal(g_ptr_array_index(readers, 1), other);
    EVP_PKEY_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_reason),
        cmocka_unit_test(garbage_is_a_candidate_with_a_reason),
        cmocka_unit_test(announced_capabilities_stay_with_their_certificate),
        cmocka_unit_test(the_best_comes_first_and_twins_once),
        cmocka_unit_test(each_device_once_and_one_family),
        cmocka_unit_test(hope_outranks_finality_in_the_class_of_all),
        cmocka_unit_test(the_same_key_issued_again_is_one_reader),
    };
    return cmocka_run_group_tests(tests, make_trust, drop_trust);
}
