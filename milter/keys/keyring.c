/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyring: mailbox -> signer. */
#include "keys/keyring.h"

#include "base/mailbox.h"
#include "keys/store_files.h"

#include <string.h>

#define AT(member) offsetof(SigningSettings, member)

static const SettingRow rows[] = {
    {.name = "keys",
     .type = SETTING_PATH,
     .offset = AT(keys),
     .help = "folder of signing keys: NAME.pem, or NAME.p12 with "
             "NAME.p12.password"},
    {.name = "login-domain",
     .type = SETTING_TEXT,
     .offset = AT(login_domain),
     .help = "domain that completes a login without one"},
    {.name = "digest",
     .type = SETTING_TEXT,
     .offset = AT(digest),
     .default_text = "sha-256",
     .help = "digest of signatures: sha-256, sha-384 or sha-512"},
    {0}};

const SettingsTable signing_settings = {
    .block = "signing",
    .size_bytes = sizeof(SigningSettings),
    .rows = rows,
    .help = "signing on behalf of senders",
};

struct Keyring {
    GPtrArray *signers; /* Signer * */
};

void
key_answer_clear(KeyAnswer *answer)
{
    g_clear_pointer(&answer->signer, signer_unref);
    g_clear_pointer(&answer->reason, g_free);
}

/* --- loading ----------------------------------------------------------- */

static void
drop(gpointer signer)
{
    signer_unref(signer);
}

static bool
is_key_name(const char *name)
{
    return name[0] != '.' &&
           (g_str_has_suffix(name, ".pem") || g_str_has_suffix(name, ".p12"));
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths in a fixed order, so that mistakes are told in the same one. */
static GPtrArray *
list_files(const char *folder, const Position *at, Problems *problems)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (dir == NULL) {
        problems_add(problems, at, "keys: %s", error->message);
        return paths;
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL)
        if (is_key_name(name))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, compare_names);
    return paths;
}

static char *
format_day(gint64 time_s)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_s);
    return date != NULL ? g_date_time_format(date, "%Y-%m-%d")
                        : g_strdup("an unreadable date");
}

/* Readers answer with the certificate they saw: an encrypted answer would be
 * for a key that only the gateway holds. */
static void
warn_dual_use(const char *path, const Signer *signer, Problems *problems)
{
    const Position at = {.file = g_intern_string(path)};
    if (certificate_check_encrypt(signer_get_certificate(signer)) == NULL)
        problems_warn(problems, &at,
                      "this certificate can encrypt too: partners' answers "
                      "may be encrypted to it, and its owner may not have "
                      "its key");
}

static void
load_file(Keyring *keyring, const char *path, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    Signer *signer = store_files_load(path, &error);
    if (signer == NULL) {
        problems_add(problems, NULL, "%s", error->message);
        return;
    }
    warn_dual_use(path, signer, problems);
    g_ptr_array_add(keyring->signers, signer);
}

static void
check_digest(const SigningSettings *signing, const Settings *settings,
             Problems *problems)
{
    static const char *const known[] = {"sha-256", "sha-384", "sha-512", NULL};
    Position at = settings_get_position(settings, signing, "digest");
    if (!g_strv_contains(known, signing->digest))
        problems_add(problems, &at,
                     "digest is sha-256, sha-384 or sha-512, not \"%s\"",
                     signing->digest);
}

Keyring *
keyring_new(const Settings *settings, Problems *problems)
{
    const SigningSettings *signing =
        settings_get(settings, signing_settings.block);
    Keyring *keyring = g_new0(Keyring, 1);
    keyring->signers = g_ptr_array_new_with_free_func(drop);
    check_digest(signing, settings, problems);
    if (signing->keys == NULL)
        return keyring;
    Position at = settings_get_position(settings, signing, "keys");
    g_autoptr(GPtrArray) paths = list_files(signing->keys, &at, problems);
    for (guint i = 0; i < paths->len; i++)
        load_file(keyring, g_ptr_array_index(paths, i), problems);
    return keyring;
}

void
keyring_free(Keyring *keyring)
{
    if (keyring == NULL)
        return;
    g_ptr_array_unref(keyring->signers);
    g_free(keyring);
}

/* --- finding ----------------------------------------------------------- */

static bool
holds(const Certificate *certificate, const char *mailbox)
{
    for (char *const *each = certificate_get_addresses(certificate);
         *each != NULL; each++)
        if (mailbox_equal(*each, mailbox))
            return true;
    return false;
}

static bool
is_better(const Certificate *one, const Certificate *than)
{
    bool signs_only = certificate_check_encrypt(one) != NULL;
    bool other_signs_only = certificate_check_encrypt(than) != NULL;
    if (signs_only != other_signs_only)
        return signs_only;
    if (certificate_get_not_before(one) != certificate_get_not_before(than))
        return certificate_get_not_before(one) >
               certificate_get_not_before(than);
    return strcmp(certificate_get_sha256(one), certificate_get_sha256(than)) <
           0;
}

static char *
explain_dates(const Certificate *certificate, gint64 now_s)
{
    bool early = now_s < certificate_get_not_before(certificate);
    g_autofree char *day =
        format_day(early ? certificate_get_not_before(certificate)
                         : certificate_get_not_after(certificate));
    return g_strdup_printf(early ? "the signing certificate is valid from %s"
                                 : "the signing certificate expired on %s",
                           day);
}

KeyAnswer
keyring_find(const Keyring *keyring, const char *mailbox, gint64 now_s)
{
    KeyAnswer answer = {.class = KEY_NONE};
    const Certificate *best = NULL;
    for (guint i = 0; i < keyring->signers->len; i++) {
        Signer *signer = g_ptr_array_index(keyring->signers, i);
        const Certificate *certificate = signer_get_certificate(signer);
        if (!holds(certificate, mailbox))
            continue;
        if (now_s < certificate_get_not_before(certificate) ||
            now_s > certificate_get_not_after(certificate)) {
            if (answer.class == KEY_NONE) {
                answer.class = KEY_UNUSABLE;
                answer.reason = explain_dates(certificate, now_s);
            }
            continue;
        }
        if (best != NULL && !is_better(certificate, best))
            continue;
        best = certificate;
        key_answer_clear(&answer);
        answer.class = KEY_FOUND;
        answer.signer = signer_ref(signer);
    }
    if (answer.class == KEY_NONE)
        answer.reason = g_strdup_printf("no signing key for %s", mailbox);
    return answer;
}

GPtrArray *
keyring_list(const Keyring *keyring)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < keyring->signers->len; i++) {
        const Certificate *certificate =
            signer_get_certificate(g_ptr_array_index(keyring->signers, i));
        g_autofree char *addresses = g_strjoinv(
            ", ", (char **)(guintptr)certificate_get_addresses(certificate));
        g_autofree char *day =
            format_day(certificate_get_not_after(certificate));
        g_ptr_array_add(
            lines, g_strdup_printf("%s: %s, %s, until %s", addresses,
                                   certificate_get_subject(certificate),
                                   certificate_get_key_name(certificate), day));
    }
    return lines;
}
