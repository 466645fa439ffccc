/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau certificate: the folders of certificates, and what expires. A table
 * of actions. */
#include "base/clock.h"
#include "base/quote.h"
#include "certs/folder.h"
#include "certs/source_files.h"
#include "tool/command.h"

#include <stdio.h>
#include <string.h>

#define DAY_S        86400
#define DEFAULT_DAYS 30

static const OptionRow option_rows[] = {
    {.name = "--days",
     .kind = OPTION_ONE,
     .value = "N",
     .help = "with expiring: how many days ahead, 30 by default"},
    COMMAND_JSON,
    {0}};

/* One certificate, and where it lies. */
typedef struct {
    const char *place; /* the folder's name; "signing" for a key's */
    const char *path;  /* NULL for a key's */
    const Certificate *certificate;
} Item;

/* What an action works on. */
typedef struct {
    const Setup *setup;
    const Options *options;
    Json *json;   /* NULL: text */
    gint64 end_s; /* until when a certificate must last; 0: any */
    guint shown;
} Sheet;

static void
write_item(Sheet *sheet, const Item *item)
{
    Json *json = sheet->json;
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
    json_end_object(json);
}

static void
print_item(const Item *item)
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
}

static void
show(Sheet *sheet, const Item *item)
{
    if (sheet->end_s != 0 &&
        certificate_get_not_after(item->certificate) > sheet->end_s)
        return;
    sheet->shown++;
    if (sheet->json != NULL)
        write_item(sheet, item);
    else
        print_item(item);
}

static void
show_file(Sheet *sheet, const FilesSettings *folder, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) some = certificate_load_file(path, &error);
    if (some == NULL) {
        g_autofree char *text = quote_terminal(error->message);
        fprintf(stderr, "sceau: left out: %s\n", text);
    }
    for (guint i = 0; some != NULL && i < some->len; i++) {
        const Item item = {.place = folder->head.name,
                           .path = path,
                           .certificate = g_ptr_array_index(some, i)};
        show(sheet, &item);
    }
}

static void
show_folders(Sheet *sheet)
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
            show_file(sheet, folder, g_ptr_array_index(paths, k));
    }
}

/* --- actions ----------------------------------------------------------- */

static CommandStatus
list(Sheet *sheet)
{
    show_folders(sheet);
    return STATUS_OK;
}

static CommandStatus
list_expiring(Sheet *sheet)
{
    const char *days = options_get(sheet->options, "--days");
    guint64 count = DEFAULT_DAYS;
    if (days != NULL &&
        !g_ascii_string_to_unsigned(days, 10, 0, 36500, &count, NULL)) {
        fprintf(stderr, "sceau: --days takes a number of days\n");
        return STATUS_USAGE;
    }
    sheet->end_s = clock_now() + (gint64)count * DAY_S;
    show_folders(sheet);
    g_autoptr(GPtrArray) keys =
        keyring_list_certificates(sheet->setup->keyring);
    for (guint i = 0; i < keys->len; i++) {
        const Item item = {.place = "signing",
                           .certificate = g_ptr_array_index(keys, i)};
        show(sheet, &item);
    }
    if (sheet->shown == 0 && sheet->json == NULL)
        printf("nothing expires within %u days\n", (unsigned)count);
    return sheet->shown > 0 ? STATUS_NO : STATUS_OK;
}

static const struct {
    const char *name;
    CommandStatus (*run)(Sheet *sheet);
} actions[] = {{"list", list}, {"expiring", list_expiring}};

/* --- the story --------------------------------------------------------- */

static CommandStatus
run_action(gsize action, const char *config, const Options *options)
{
    g_autoptr(Setup) setup = command_load_setup(config, true);
    if (setup == NULL)
        return STATUS_CONFIG;
    g_autoptr(Json) json = options_has(options, "--json") ? json_new() : NULL;
    Sheet sheet = {.setup = setup, .options = options, .json = json};
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
    .arguments = "list|expiring",
    .help = "list the certificates in our folders, or those that expire soon",
    .options = option_rows,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
