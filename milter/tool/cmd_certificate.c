/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau certificate: the folders of certificates, and what expires. A table
 * of actions. */
#include "tool/cmd_certificate.h"

#include "base/clock.h"
#include "base/quote.h"
#include "certs/folder.h"
#include "certs/source_gateway.h"

#include <stdio.h>
#include <string.h>

#define DAY_S        86400
#define DEFAULT_DAYS 30
#define MAX_FILES    1000

static const OptionRow option_rows[] = {
    {.name = "--days",
     .kind = OPTION_ONE,
     .value = "N",
     .help = "with expiring: how many days ahead, 30 by default"},
    {.name = "--yes",
     .kind = OPTION_FLAG,
     .help = "with add and remove: do not ask"},
    {.name = "--to",
     .kind = OPTION_ONE,
     .value = "FOLDER",
     .help = "with add: the name of the folder, by default the first that is "
             "asked for the address"},
    COMMAND_JSON,
    {0}};

static void
write_item(Json *json, const CertificateItem *item)
{
    g_autofree char *until =
        command_format_time(certificate_get_not_after(item->certificate));
    json_begin_object(json, NULL);
    json_add_text(json, "place", item->place);
    json_add_text(json, "file", item->path);
    json_begin_array(json, "addresses");
    for (char *const *each = certificate_get_addresses(item->certificate);
         *each != NULL; each++)
        json_add_text(json, NULL, *each);
    json_end_array(json);
    json_add_text(json, "subject", certificate_get_subject(item->certificate));
    json_add_text(json, "issuer", certificate_get_issuer(item->certificate));
    json_add_text(json, "not_after", until);
    json_add_text(json, "sha256", certificate_get_sha256(item->certificate));
    if (item->verdict != NULL) {
        json_add_text(json, "class", cert_class_get_name(item->verdict->class));
        json_add_text(json, "reason", item->verdict->reason);
        json_add_text(json, "revocation", item->verdict->revocation);
    }
    json_end_object(json);
}

static void
print_item(const CertificateItem *item)
{
    g_autofree char *until =
        command_format_time(certificate_get_not_after(item->certificate));
    g_autofree char *all = g_strjoinv(
        ", ", (char **)(guintptr)certificate_get_addresses(item->certificate));
    g_autofree char *addresses = quote_terminal(all);
    printf("%s\n", *addresses != '\0' ? addresses : "(no address)");
    command_print("place", item->place);
    command_print("file", item->path);
    command_print("subject", certificate_get_subject(item->certificate));
    command_print("issuer", certificate_get_issuer(item->certificate));
    command_print("valid until", until);
    command_print("sha-256", certificate_get_sha256(item->certificate));
    if (item->verdict == NULL)
        return;
    command_print("class", cert_class_get_name(item->verdict->class));
    command_print("reason", item->verdict->reason);
    command_print("revocation", item->verdict->revocation);
}

void
cmd_certificate_show(CertificateSheet *sheet, const CertificateItem *item)
{
    sheet->shown++;
    if (sheet->json != NULL)
        write_item(sheet->json, item);
    else
        print_item(item);
}

static void
visit_file(CertificateSheet *sheet, const char *place, const char *path,
           CertificateVisit visit, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) some = certificate_load_file(path, &error);
    if (some == NULL) {
        g_autofree char *text = quote_terminal(error->message);
        fprintf(stderr, "sceau: left out: %s\n", text);
    }
    for (guint i = 0; some != NULL && i < some->len; i++) {
        const CertificateItem item = {.place = place,
                                      .path = path,
                                      .count = some->len,
                                      .certificate =
                                          g_ptr_array_index(some, i)};
        visit(sheet, &item, data);
    }
}

void
cmd_certificate_visit(CertificateSheet *sheet, CertificateVisit visit,
                      gpointer data)
{
    const GPtrArray *folders =
        settings_get_all(sheet->setup->settings, certificates_settings.block);
    for (guint i = 0; i < folders->len; i++) {
        const FilesSettings *folder = g_ptr_array_index(folders, i);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(GPtrArray) paths =
            folder_list(folder->path, &folder->head.at, problems);
        problems_print(problems, stderr);
        for (guint k = 0; k < paths->len; k++)
            visit_file(sheet, folder->head.name, g_ptr_array_index(paths, k),
                       visit, data);
    }
}

/* Those of gateways are to be seen like others, but their files are the
 * administrator's own. */
static void
visit_gateways(CertificateSheet *sheet, CertificateVisit visit, gpointer data)
{
    const GPtrArray *gateways =
        settings_get_all(sheet->setup->settings, gateway_settings.block);
    for (guint i = 0; i < gateways->len; i++) {
        const GatewaySettings *each = g_ptr_array_index(gateways, i);
        visit_file(sheet, each->head.name, each->certificate, visit, data);
    }
}

/* --- actions ----------------------------------------------------------- */

static void
show_any(CertificateSheet *sheet, const CertificateItem *item, gpointer data)
{
    (void)data;
    cmd_certificate_show(sheet, item);
}

static CommandStatus
list(CertificateSheet *sheet)
{
    cmd_certificate_visit(sheet, show_any, NULL);
    visit_gateways(sheet, show_any, NULL);
    return STATUS_OK;
}

/* data is the gint64 until when a certificate must last. */
static void
show_expiring(CertificateSheet *sheet, const CertificateItem *item,
              gpointer data)
{
    if (certificate_get_not_after(item->certificate) <= *(gint64 *)data)
        cmd_certificate_show(sheet, item);
}

static CommandStatus
list_expiring(CertificateSheet *sheet)
{
    const char *days = options_get(sheet->options, "--days");
    guint64 count = DEFAULT_DAYS;
    if (days != NULL &&
        !g_ascii_string_to_unsigned(days, 10, 0, 36500, &count, NULL)) {
        fprintf(stderr, "sceau: --days takes a number of days\n");
        return STATUS_USAGE;
    }
    gint64 end_s = clock_now() + (gint64)count * DAY_S;
    cmd_certificate_visit(sheet, show_expiring, &end_s);
    visit_gateways(sheet, show_expiring, &end_s);
    g_autoptr(GPtrArray) keys =
        keyring_list_certificates(sheet->setup->keyring);
    for (guint i = 0; i < keys->len; i++) {
        const CertificateItem item = {
            .place = "signing", .certificate = g_ptr_array_index(keys, i)};
        show_expiring(sheet, &item, &end_s);
    }
    if (sheet->shown == 0 && sheet->json == NULL)
        printf("nothing expires within %u days\n", (unsigned)count);
    return sheet->shown > 0 ? STATUS_NO : STATUS_OK;
}

static const struct {
    const char *name;
    guint least; /* words after it */
    guint most;
    CommandStatus (*run)(CertificateSheet *sheet); /* NULL: forget */
} actions[] = {{"list", 0, 0, list},
               {"expiring", 0, 0, list_expiring},
               {"add", 1, MAX_FILES, cmd_certificate_add},
               {"remove", 1, 1, cmd_certificate_remove},
               {"forget", 1, MAX_FILES, NULL}};

/* --- the story --------------------------------------------------------- */

static CommandStatus
run_action(gsize action, const char *config, const Options *options)
{
    guint words = options_get_arguments(options)->len - 1;
    if (words < actions[action].least || words > actions[action].most) {
        fprintf(stderr, "sceau certificate: %s takes %s\n",
                actions[action].name,
                actions[action].most == 0     ? "no more words"
                : actions[action].most == 1   ? "one word"
                : actions[action].run == NULL ? "one or more addresses"
                                              : "one or more files");
        return STATUS_USAGE;
    }
    if (actions[action].run == NULL)
        return cmd_certificate_forget(config, options);
    g_autoptr(Setup) setup = command_load_setup(config, true);
    if (setup == NULL)
        return STATUS_CONFIG;
    g_autoptr(Json) json = options_has(options, "--json") ? json_new() : NULL;
    CertificateSheet sheet = {.setup = setup, .options = options, .json = json};
    if (json != NULL)
        json_begin_array(json, NULL);
    CommandStatus status = actions[action].run(&sheet);
    if (json != NULL && status != STATUS_USAGE) {
        json_end_array(json);
        command_print_json(json);
    }
    return status;
}

static CommandStatus
run(const char *config, const Options *options)
{
    const char *word = g_ptr_array_index(options_get_arguments(options), 0);
    const char *known[G_N_ELEMENTS(actions) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (strcmp(actions[i].name, word) == 0)
            return run_action(i, config, options);
        known[i] = actions[i].name;
    }
    const char *near = problems_nearest(word, known);
    g_autofree char *shown = quote_terminal(word);
    fprintf(stderr, "sceau certificate: unknown action %s%s%s\n", shown,
            near != NULL ? ", did you mean " : "", near != NULL ? near : "");
    return STATUS_USAGE;
}

const Command cmd_certificate = {
    .name = "certificate",
    .arguments = "list|expiring|add FILE...|remove ADDRESS|FINGERPRINT|"
                 "forget ADDRESS...",
    .help =
        "list, add and remove the certificates in our folders; forget whose "
        "was lost",
    .options = option_rows,
    .min_arguments = 1,
    .max_arguments = 1 + MAX_FILES,
    .run = run,
};
