/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyring: mailbox -> signer. */
#include "keys/keyring.h"

#include "base/clock.h"
#include "base/mailbox.h"
#include "keys/secret_file.h"
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
    {.name = "rsa-padding",
     .type = SETTING_CHOICE,
     .offset = AT(rsa_padding),
     .default_text = "pkcs1",
     .choices = "pkcs1|pss",
     .help = "padding of RSA signatures; some readers know only pkcs1"},
    {0}};

const SettingsTable signing_settings = {
    .block = "signing",
    .size_bytes = sizeof(SigningSettings),
    .rows = rows,
    .help = "signing on behalf of senders",
};

struct Keyring {
    GPtrArray *signers;  /* Signer *, in the order of their files */
    GHashTable *by_fold; /* folded mailbox -> GPtrArray of Signer *, borrowed */
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

static GPtrArray *
read_folder(const char *folder, GError **error)
{
    if (!secret_file_check_folder(folder, error))
        return NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    if (dir == NULL)
        return NULL;
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL)
        if (is_key_name(name))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    return paths;
}

/* Paths in a fixed order, so that mistakes are told in the same one. */
static GPtrArray *
list_files(const char *folder, const Position *at, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *paths = read_folder(folder, &error);
    if (paths == NULL) {
        problems_add(problems, at, "keys: %s", error->message);
        return g_ptr_array_new();
    }
    if (paths->len == 0)
        problems_warn(problems, at,
                      "keys: %s holds no key (NAME.pem or NAME.p12): nothing "
                      "will be signed",
                      folder);
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

/* NULL while it is valid. */
static char *
explain_dates(const Certificate *certificate, gint64 now_s)
{
    bool early = now_s < certificate_get_not_before(certificate);
    if (!early && now_s <= certificate_get_not_after(certificate))
        return NULL;
    g_autofree char *day =
        format_day(early ? certificate_get_not_before(certificate)
                         : certificate_get_not_after(certificate));
    return g_strdup_printf(early ? "the signing certificate is valid from %s"
                                 : "the signing certificate expired on %s",
                           day);
}

static bool
holds(const Certificate *certificate, const char *mailbox)
{
    for (char *const *each = certificate_get_addresses(certificate);
         *each != NULL; each++)
        if (mailbox_equal(*each, mailbox))
            return true;
    return false;
}

/* NAME of /folder/NAME.pem when it looks like an address. */
static char *
read_file_name(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    *strrchr(name, '.') = '\0';
    return mailbox_parse(name);
}

/* What is no mistake, but rarely meant. */
static void
warn_about(const char *path, const Signer *signer, Problems *problems)
{
    const Certificate *certificate = signer_get_certificate(signer);
    const Position at = {.file = g_intern_string(path)};
    g_autofree char *dates = explain_dates(certificate, clock_now());
    if (dates != NULL)
        problems_warn(problems, &at, "%s", dates);
    g_autofree char *name = read_file_name(path);
    if (name != NULL && !holds(certificate, name))
        problems_warn(problems, &at,
                      "the certificate is for %s, unlike the name of the file",
                      certificate_get_addresses(certificate)[0]);
    if (!store_files_has_issuer(signer))
        problems_warn(problems, &at,
                      "the certificate of its issuer is not in the file: "
                      "readers may not be able to check the signatures");
    /* Readers answer with the certificate they saw: an encrypted answer would
     * be for a key that only the gateway holds. */
    if (certificate_check_encrypt(certificate) == NULL)
        problems_warn(problems, &at,
                      "this certificate can encrypt too: partners' answers "
                      "may be encrypted to it, and its owner may not have "
                      "its key");
}

static void
add_signer(Keyring *keyring, Signer *signer)
{
    g_ptr_array_add(keyring->signers, signer);
    char *const *each =
        certificate_get_addresses(signer_get_certificate(signer));
    for (; *each != NULL; each++) {
        g_autofree char *fold = mailbox_fold(*each);
        GPtrArray *list = g_hash_table_lookup(keyring->by_fold, fold);
        if (list == NULL) {
            list = g_ptr_array_new();
            g_hash_table_insert(keyring->by_fold, g_steal_pointer(&fold), list);
        }
        g_ptr_array_add(list, signer);
    }
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
    warn_about(path, signer, problems);
    add_signer(keyring, signer);
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

static void
drop_list(gpointer list)
{
    g_ptr_array_unref(list);
}

Keyring *
keyring_new(const Settings *settings, Problems *problems)
{
    const SigningSettings *signing =
        settings_get(settings, signing_settings.block);
    Keyring *keyring = g_new0(Keyring, 1);
    keyring->signers = g_ptr_array_new_with_free_func(drop);
    keyring->by_fold =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, drop_list);
    check_digest(signing, settings, problems);
    Position at = settings_get_position(settings, signing, "keys");
    if (signing->keys == NULL) {
        if (signing->head.present)
            problems_warn(problems, &at,
                          "signing names no keys: nothing will be signed");
        return keyring;
    }
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
    g_hash_table_unref(keyring->by_fold);
    g_ptr_array_unref(keyring->signers);
    g_free(keyring);
}

/* --- finding ----------------------------------------------------------- */

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

/* The best of list, or NULL; *reason says why one of them is not valid. */
static Signer *
choose(const GPtrArray *list, gint64 now_s, char **reason)
{
    Signer *best = NULL;
    for (guint i = 0; i < list->len; i++) {
        Signer *signer = g_ptr_array_index(list, i);
        const Certificate *certificate = signer_get_certificate(signer);
        g_autofree char *dates = explain_dates(certificate, now_s);
        if (dates != NULL && *reason == NULL)
            *reason = g_steal_pointer(&dates);
        else if (dates == NULL &&
                 (best == NULL ||
                  is_better(certificate, signer_get_certificate(best))))
            best = signer;
    }
    return best;
}

KeyAnswer
keyring_find(const Keyring *keyring, const char *mailbox, gint64 now_s)
{
    g_autofree char *fold = mailbox_fold(mailbox);
    const GPtrArray *list = g_hash_table_lookup(keyring->by_fold, fold);
    KeyAnswer answer = {.class = KEY_NONE};
    if (list == NULL) {
        answer.reason = g_strdup_printf("no signing key for %s", mailbox);
        return answer;
    }
    g_autofree char *reason = NULL;
    Signer *best = choose(list, now_s, &reason);
    if (best != NULL) {
        answer.class = KEY_FOUND;
        answer.signer = signer_ref(best);
    } else {
        answer.class = KEY_UNUSABLE;
        answer.reason = g_steal_pointer(&reason);
    }
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

static void
drop_certificate(gpointer certificate)
{
    certificate_unref(certificate);
}

GPtrArray *
keyring_list_certificates(const Keyring *keyring)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(drop_certificate);
    for (guint i = 0; i < keyring->signers->len; i++) {
        const Certificate *each =
            signer_get_certificate(g_ptr_array_index(keyring->signers, i));
        g_ptr_array_add(list, certificate_ref((Certificate *)(guintptr)each));
    }
    return list;
}
