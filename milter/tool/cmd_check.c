/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau check: everything the configuration names, and everybody it asks. */
#include "base/clock.h"
#include "base/quote.h"
#include "certs/folder.h"
#include "certs/source_files.h"
#include "certs/source_gateway.h"
#include "certs/trust.h"
#include "relay/relay.h"
#include "tool/command.h"
#include "tool/tls_probe.h"

#include <stdio.h>
#include <string.h>

#define EXPIRY_DAYS 30

static const OptionRow option_rows[] = {
    {.name = "--offline",
     .kind = OPTION_FLAG,
     .help = "ask no directory and no relay"},
    COMMAND_JSON,
    {0}};

/* What was found wrong, as text or JSON. */
typedef struct {
    Json *json; /* NULL: text */
    CommandStatus status;
} Sheet;

/* Configuration outranks "try again". */
static void
note_status(Sheet *sheet, CommandStatus status)
{
    if (sheet->status != STATUS_CONFIG)
        sheet->status = status;
}

static void
write_line(Sheet *sheet, const char *about, const char *severity,
           const char *text)
{
    if (sheet->json == NULL) {
        /* A problem's text says itself that it is a warning. */
        g_autofree char *shown = quote_terminal(text);
        bool said = strstr(text, "warning: ") != NULL;
        printf("%s: %s%s%s\n", about, said ? "" : severity, said ? "" : ": ",
               shown);
        return;
    }
    json_begin_object(sheet->json, NULL);
    json_add_text(sheet->json, "about", about);
    json_add_text(sheet->json, "severity", severity);
    json_add_text(sheet->json, "text", text);
    json_end_object(sheet->json);
}

static void
write_problems(Sheet *sheet, const char *about, const Problems *problems,
               CommandStatus status)
{
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        write_line(sheet, about,
                   problems_is_warning(problems, i) ? "warning" : "error",
                   problems_get(problems, i));
    if (problems_count(problems) > 0)
        note_status(sheet, status);
}

static Setup *
check_files(Sheet *sheet, const char *config, User **user)
{
    g_autoptr(Problems) problems = problems_new();
    *user = command_enter_user(config, problems);
    g_autoptr(Setup) setup = command_load_problems(config, problems);
    write_problems(sheet, "configuration", problems, STATUS_CONFIG);
    if (setup != NULL)
        write_line(sheet, "policy", "ok", policy_get_hash(setup->policy));
    return g_steal_pointer(&setup);
}

static void
check_clock(Sheet *sheet, const Setup *setup)
{
    g_autofree char *fault = setup_check_clock(setup);
    if (fault == NULL)
        return;
    write_line(sheet, "clock", "error", fault);
    note_status(sheet, STATUS_LATER);
}

static void
check_keys(Sheet *sheet, const Setup *setup)
{
    g_autoptr(GPtrArray) keys = keyring_list(setup->keyring);
    for (guint i = 0; i < keys->len; i++)
        write_line(sheet, "key", "ok", g_ptr_array_index(keys, i));
    if (keys->len == 0)
        write_line(sheet, "key", "warning",
                   "there is no key: nothing will be signed");
}

static void
check_sources(Sheet *sheet, const Setup *setup)
{
    if (finder_count_sources(setup->finder) == 0)
        write_line(sheet, "directory", "warning",
                   "there is no source of certificates: nothing will be "
                   "encrypted");
}

/* A folder has nobody who renews what is in it. */
static void
check_expiry(Sheet *sheet, const Setup *setup)
{
    g_autoptr(Problems) unread = problems_new();
    gint64 end_s = clock_now() + EXPIRY_DAYS * 86400;
    const GPtrArray *folders =
        settings_get_all(setup->settings, certificates_settings.block);
    for (guint i = 0; i < folders->len; i++) {
        const FilesSettings *folder = g_ptr_array_index(folders, i);
        g_autoptr(GPtrArray) all =
            folder_load_certificates(folder->path, &folder->head.at, unread);
        guint count = 0;
        for (guint k = 0; k < all->len; k++)
            count +=
                certificate_get_not_after(g_ptr_array_index(all, k)) <= end_s;
        g_autofree char *text = g_strdup_printf(
            "%u of %u certificates in %s expire within %d days or have: see "
            "\"sceau certificate expiring\"",
            count, all->len, folder->path, EXPIRY_DAYS);
        if (count > 0)
            write_line(sheet, "certificates", "warning", text);
    }
}

/* While an old and a new one lie in the file, the last counts. */
static void
check_gateways(Sheet *sheet, const Setup *setup)
{
    gint64 end_s = clock_now() + EXPIRY_DAYS * 86400;
    const GPtrArray *gateways =
        settings_get_all(setup->settings, gateway_settings.block);
    for (guint i = 0; i < gateways->len; i++) {
        const GatewaySettings *each = g_ptr_array_index(gateways, i);
        g_autoptr(GPtrArray) all =
            certificate_load_file(each->certificate, NULL);
        gint64 last_s = 0;
        for (guint k = 0; all != NULL && k < all->len; k++)
            last_s = MAX(last_s,
                         certificate_get_not_after(g_ptr_array_index(all, k)));
        g_autofree char *day = command_format_time(last_s);
        g_autofree char *text = g_strdup_printf(
            "the certificate in %s is good until %s", each->certificate, day);
        if (all != NULL)
            write_line(sheet, "gateway", last_s <= end_s ? "warning" : "ok",
                       text);
    }
}

static void
check_lists(Sheet *sheet, const Setup *setup)
{
    g_autoptr(Problems) problems = problems_new();
    trust_check_lists(finder_get_trust(setup->finder), clock_now(), problems);
    write_problems(sheet, "revocation", problems, STATUS_LATER);
}

static void
check_directories(Sheet *sheet, Setup *setup)
{
    if (finder_count_sources(setup->finder) == 0)
        return;
    g_autoptr(Problems) problems = problems_new();
    gint64 deadline_us =
        clock_monotonic_us() + setup->general->lookup_timeout_ms * 1000;
    finder_check(setup->finder, deadline_us, problems);
    write_problems(sheet, "directory", problems, STATUS_LATER);
    if (problems_count(problems) == 0)
        write_line(sheet, "directory", "ok", "all sources answer");
}

/* The directory may answer by its other servers: each is looked at. */
static void
check_servers(Sheet *sheet, const Setup *setup)
{
    const GPtrArray *directories =
        settings_get_all(setup->settings, directory_settings.block);
    for (guint i = 0; i < directories->len; i++) {
        const DirectorySettings *each = g_ptr_array_index(directories, i);
        for (char **uri = each->uris; *uri != NULL; uri++) {
            g_autofree char *text = NULL;
            bool good = tls_probe_ask(
                each, *uri, clock_monotonic_us() + each->timeout_ms * 1000,
                &text);
            if (text == NULL)
                continue;
            g_autofree char *line = g_strdup_printf(
                "%s of directory %s: %s", *uri, each->head.name, text);
            write_line(sheet, "server", good ? "ok" : "error", line);
            if (!good)
                note_status(sheet, STATUS_LATER);
        }
    }
}

static void
check_relay(Sheet *sheet, const Setup *setup)
{
    const RelaySettings *relay =
        settings_get(setup->settings, relay_settings.block);
    g_autoptr(GError) error = NULL;
    if (relay_check(relay, &error)) {
        write_line(sheet, "relay", "ok", relay->server);
        return;
    }
    write_line(sheet, "relay", "error", error->message);
    note_status(sheet, error_get_class(error) == ERROR_TEMPORARY
                           ? STATUS_LATER
                           : STATUS_CONFIG);
}

static CommandStatus
run(const char *config, const Options *options)
{
    Sheet sheet = {.status = STATUS_OK};
    g_autoptr(Json) json = options_has(options, "--json") ? json_new() : NULL;
    sheet.json = json;
    if (json != NULL) {
        json_begin_object(json, NULL);
        json_begin_array(json, "findings");
    }
    User *user = NULL;
    g_autoptr(Setup) setup = check_files(&sheet, config, &user);
    if (setup != NULL) {
        check_clock(&sheet, setup);
        check_keys(&sheet, setup);
        check_sources(&sheet, setup);
        check_expiry(&sheet, setup);
        check_gateways(&sheet, setup);
        check_lists(&sheet, setup);
    }
    if (setup != NULL && !options_has(options, "--offline")) {
        check_directories(&sheet, setup);
        check_servers(&sheet, setup);
        check_relay(&sheet, setup);
    }
    user_leave(user);
    if (json != NULL) {
        json_end_array(json);
        json_add_flag(json, "ok", sheet.status == STATUS_OK);
        json_end_object(json);
        command_print_json(json);
    } else {
        printf("%s\n", sheet.status == STATUS_OK ? "all is well"
                       : sheet.status == STATUS_LATER
                           ? "the configuration is good, but not everything "
                             "answers"
                           : "sceaud will not work with this configuration");
    }
    return sheet.status;
}

const Command cmd_check = {
    .name = "check",
    .help = "check the configuration, then ask directories and relay",
    .options = option_rows,
    .run = run,
};
