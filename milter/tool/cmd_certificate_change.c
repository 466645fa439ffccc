/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau certificate add and remove: a partner's certificate comes and goes. */
#include "base/clock.h"
#include "base/mailbox.h"
#include "base/quote.h"
#include "certs/choose.h"
#include "certs/source.h"
#include "tool/cmd_certificate.h"
#include "tool/offer.h"
#include "tool/safe_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MODE 0644 /* nothing in it is secret, and sceaud must read it */

/* --- asking ------------------------------------------------------------ */

/* Whether somebody is there to answer, or need not. */
static bool
may_ask(const CertificateSheet *sheet)
{
    if (options_has(sheet->options, "--yes") || isatty(STDIN_FILENO) == 1)
        return true;
    fprintf(stderr, "sceau: nobody can be asked here: --yes goes on without\n");
    return false;
}

static bool
ask(const CertificateSheet *sheet, const char *question)
{
    if (options_has(sheet->options, "--yes"))
        return true;
    fprintf(stderr, "%s [y/N] ", question);
    char line[16] = "";
    return fgets(line, sizeof line, stdin) != NULL &&
           (line[0] == 'y' || line[0] == 'Y');
}

/* What is worse outranks what is not. */
static CommandStatus
worse(CommandStatus a, CommandStatus b)
{
    return a > b ? a : b;
}

static CommandStatus
tell(const GError *error, CommandStatus status)
{
    g_autofree char *text = quote_terminal(error->message);
    fprintf(stderr, "sceau: %s\n", text);
    return status;
}

/* --- add --------------------------------------------------------------- */

static const char *
get_address(const Certificate *certificate)
{
    char *const *all = certificate_get_addresses(certificate);
    if (*all == NULL)
        all = certificate_get_subject_addresses(certificate);
    return *all;
}

/* The folder named, else the first that is asked for that address. */
static const FilesSettings *
find_folder(const CertificateSheet *sheet, const char *address)
{
    const char *name = options_get(sheet->options, "--to");
    const GPtrArray *folders =
        settings_get_all(sheet->setup->settings, certificates_settings.block);
    for (guint i = 0; i < folders->len; i++) {
        const FilesSettings *each = g_ptr_array_index(folders, i);
        if (name != NULL ? strcmp(name, each->head.name) == 0
                         : each->domains[0] == NULL ||
                               mailbox_matches_any(address, each->domains))
            return each;
    }
    g_autofree char *shown = quote_terminal(name != NULL ? name : address);
    fprintf(stderr, "sceau: no folder of certificates %s %s\n",
            name != NULL ? "is named" : "is asked for", shown);
    return NULL;
}

/* As lookup would, once it is in the folder. Caller frees with
 * choose_candidate_free. */
static CertCandidate *
judge(const CertificateSheet *sheet, const FilesSettings *folder,
      const Certificate *certificate, const char *address)
{
    const Source source = {.name = folder->head.name};
    SourceAnswer answer;
    source_answer_init(&answer);
    source_answer_set(&answer, SOURCE_ANSWERED, NULL);
    SourceValue *value =
        source_value_new(g_bytes_ref(certificate_get_der(certificate)), NULL);
    CertCandidate *verdict =
        choose_judge(finder_get_trust(sheet->setup->finder), address, &source,
                     &answer, value, clock_now());
    source_value_free(value);
    source_answer_clear(&answer);
    return verdict;
}

/* What a file of the folder says: where it is from, then the certificate. */
static char *
make_text(const Certificate *certificate, const char *path, const char *origin)
{
    g_autofree char *now = command_format_time(clock_now());
    g_autofree char *file = quote_terminal(path);
    g_autofree char *from = quote_terminal(origin);
    g_autofree char *subject =
        quote_terminal(certificate_get_subject(certificate));
    GBytes *der = certificate_get_der(certificate);
    g_autofree char *base64 =
        g_base64_encode(g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    GString *text = g_string_new(NULL);
    g_string_append_printf(text,
                           "# added %s\n# from %s (%s)\n# subject %s\n"
                           "-----BEGIN CERTIFICATE-----\n",
                           now, from, file, subject);
    for (gsize i = 0; base64[i] != '\0'; i += MIN(64, strlen(base64 + i)))
        g_string_append_printf(text, "%.64s\n", base64 + i);
    g_string_append(text, "-----END CERTIFICATE-----\n");
    return g_string_free(text, FALSE);
}

static CommandStatus
store(const FilesSettings *folder, const CertificateItem *item,
      const char *origin)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *start =
        safe_file_make_name(get_address(item->certificate));
    g_autofree char *name = g_strdup_printf(
        "%s-%s.pem", start, certificate_get_sha256(item->certificate));
    g_autofree char *text = make_text(item->certificate, item->path, origin);
    if (!safe_file_write(folder->path, name, text, FILE_MODE, &error))
        return tell(error, STATUS_CONFIG);
    g_autofree char *shown = quote_terminal(folder->path);
    fprintf(stderr, "stored in %s/%s\n", shown, name);
    return STATUS_OK;
}

/* data is a certificate on the way in, set to NULL when a folder has it. */
static void
notice_same(CertificateSheet *sheet, const CertificateItem *item, gpointer data)
{
    (void)sheet;
    const Certificate **wanted = data;
    if (*wanted == NULL || strcmp(certificate_get_sha256(item->certificate),
                                  certificate_get_sha256(*wanted)) != 0)
        return;
    g_autofree char *path = quote_terminal(item->path);
    fprintf(stderr, "already there: %s\n", path);
    *wanted = NULL;
}

static CommandStatus
add_one(CertificateSheet *sheet, const Certificate *certificate,
        const char *path, const char *origin)
{
    const char *address = get_address(certificate);
    if (address == NULL) {
        g_autofree char *subject =
            quote_terminal(certificate_get_subject(certificate));
        fprintf(stderr, "sceau: left out: %s has no mail address\n", subject);
        return STATUS_NO;
    }
    const FilesSettings *folder = find_folder(sheet, address);
    if (folder == NULL)
        return STATUS_CONFIG;
    CertCandidate *verdict = judge(sheet, folder, certificate, address);
    CommandStatus status = verdict->class == CERT_FOUND ? STATUS_OK : STATUS_NO;
    const CertificateItem item = {.place = folder->head.name,
                                  .path = path,
                                  .certificate = certificate,
                                  .verdict = verdict};
    cmd_certificate_show(sheet, &item);
    (void)fflush(stdout);
    const Certificate *missing = certificate;
    cmd_certificate_visit(sheet, notice_same, &missing);
    if (missing != NULL)
        status =
            ask(sheet, status == STATUS_OK
                           ? "Store it?"
                           : "It would not be used. Store it all the same?")
                ? worse(status, store(folder, &item, origin))
                : STATUS_NO;
    choose_candidate_free(verdict);
    return status;
}

static CommandStatus
add_file(CertificateSheet *sheet, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Offer) offer = offer_read(path, &error);
    if (offer == NULL)
        return tell(error, STATUS_MALFORMED);
    CommandStatus status = STATUS_OK;
    for (guint i = 0; i < offer->certificates->len; i++)
        status = worse(status,
                       add_one(sheet, g_ptr_array_index(offer->certificates, i),
                               path, offer->origin));
    return status;
}

CommandStatus
cmd_certificate_add(CertificateSheet *sheet)
{
    if (!may_ask(sheet))
        return STATUS_USAGE;
    const GPtrArray *words = options_get_arguments(sheet->options);
    CommandStatus status = STATUS_OK;
    for (guint i = 1; i < words->len; i++)
        status = worse(status, add_file(sheet, g_ptr_array_index(words, i)));
    return status;
}

/* --- remove ------------------------------------------------------------ */

/* What is to go. */
typedef struct {
    char *sha256;      /* or NULL */
    char *address;     /* or NULL */
    GHashTable *paths; /* char * -> how many certificates stay in that file,
                        * plus one */
} Removal;

static bool
is_meant(const Removal *removal, const Certificate *certificate)
{
    if (removal->sha256 != NULL)
        return strcmp(removal->sha256, certificate_get_sha256(certificate)) ==
               0;
    char *const *each = certificate_get_addresses(certificate);
    if (*each == NULL)
        each = certificate_get_subject_addresses(certificate);
    for (; *each != NULL; each++)
        if (mailbox_equal(*each, removal->address))
            return true;
    return false;
}

static void
notice_meant(CertificateSheet *sheet, const CertificateItem *item,
             gpointer data)
{
    Removal *removal = data;
    if (!is_meant(removal, item->certificate))
        return;
    cmd_certificate_show(sheet, item);
    gsize stay =
        GPOINTER_TO_SIZE(g_hash_table_lookup(removal->paths, item->path));
    stay = (stay == 0 ? item->count + 1 : stay) - 1;
    g_hash_table_insert(removal->paths, g_strdup(item->path),
                        GSIZE_TO_POINTER(stay));
}

static CommandStatus
remove_file(const char *path, gsize stay)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = quote_terminal(path);
    if (stay > 1) {
        fprintf(stderr,
                "sceau: %s holds other certificates too: edit it by hand\n",
                shown);
        return STATUS_CONFIG;
    }
    if (!safe_file_remove(path, &error))
        return tell(error, STATUS_CONFIG);
    fprintf(stderr, "removed %s\n", shown);
    return STATUS_OK;
}

static CommandStatus
remove_files(CertificateSheet *sheet, const Removal *removal)
{
    CommandStatus status = STATUS_OK;
    GHashTableIter iter;
    gpointer path, stay;
    (void)fflush(stdout);
    if (sheet->shown == 0) {
        fprintf(stderr, "sceau: no folder has such a certificate\n");
        return STATUS_NO;
    }
    if (!ask(sheet, "Remove it?"))
        return STATUS_NO;
    g_hash_table_iter_init(&iter, removal->paths);
    while (g_hash_table_iter_next(&iter, &path, &stay))
        status = worse(status, remove_file(path, GPOINTER_TO_SIZE(stay)));
    return status;
}

/* Colons and capitals as openssl prints them; NULL: no SHA-256. */
static char *
read_fingerprint(const char *word)
{
    GString *hex = g_string_new(NULL);
    for (; *word != '\0'; word++)
        if (*word != ':')
            g_string_append_c(hex, g_ascii_tolower(*word));
    bool good =
        hex->len == 64 && strspn(hex->str, "0123456789abcdef") == hex->len;
    return g_string_free(hex, !good);
}

CommandStatus
cmd_certificate_remove(CertificateSheet *sheet)
{
    const char *word =
        g_ptr_array_index(options_get_arguments(sheet->options), 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *sha256 = read_fingerprint(word);
    g_autofree char *address =
        sha256 == NULL ? command_read_address(word, false, &error) : NULL;
    if (sha256 == NULL && address == NULL)
        return tell(error, STATUS_USAGE);
    if (!may_ask(sheet))
        return STATUS_USAGE;
    g_autoptr(GHashTable) paths =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Removal removal = {.sha256 = sha256, .address = address, .paths = paths};
    cmd_certificate_visit(sheet, notice_meant, &removal);
    return remove_files(sheet, &removal);
}
