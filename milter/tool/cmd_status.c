/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau status: what the sceaud that runs is doing. */
#include "base/quote.h"
#include "base/bulletin.h"
#include "tool/daemon.h"

#include <stdio.h>
#include <string.h>

static const OptionRow option_rows[] = {COMMAND_JSON, {0}};

/* --- text -------------------------------------------------------------- */

/* data: whether a section came before. */
static void
print_line(gpointer data, BulletinKind kind, const char *key, const char *value)
{
    bool *later = data;
    if (kind != BULLETIN_SECTION) {
        command_print(key, value);
        return;
    }
    g_autofree char *name = quote_terminal(value);
    printf("%s%s%s%s\n", *later ? "\n" : "", key, *value != '\0' ? " " : "",
           name);
    *later = true;
}

/* --- JSON: an array for each kind of section, an object for each ------- */

typedef struct {
    Json *json;
    char *kind; /* of the array that is open, or NULL */
} Writer;

static void
end_object(const Writer *writer)
{
    if (writer->kind != NULL)
        json_end_object(writer->json);
}

static void
begin_section(Writer *writer, const char *kind, const char *name)
{
    end_object(writer);
    if (g_strcmp0(writer->kind, kind) != 0) {
        if (writer->kind != NULL)
            json_end_array(writer->json);
        json_begin_array(writer->json, kind);
        g_free(writer->kind);
        writer->kind = g_strdup(kind);
    }
    json_begin_object(writer->json, NULL);
    if (*name != '\0')
        json_add_text(writer->json, "name", name);
}

static void
write_line(gpointer data, BulletinKind kind, const char *key, const char *value)
{
    Writer *writer = data;
    switch (kind) {
    case BULLETIN_SECTION:
        begin_section(writer, key, value);
        return;
    case BULLETIN_TEXT:
        json_add_text(writer->json, key, value);
        return;
    case BULLETIN_NUMBER:
        json_add_number(writer->json, key, g_ascii_strtoll(value, NULL, 10));
        return;
    }
}

/* --- the story --------------------------------------------------------- */

/* Sections of one kind stand together. */
static bool
write_json(const char *text)
{
    g_autoptr(Json) json = json_new();
    Writer writer = {.json = json};
    json_begin_object(json, NULL);
    bool good = bulletin_read(text, write_line, &writer);
    end_object(&writer);
    if (writer.kind != NULL)
        json_end_array(json);
    json_end_object(json);
    g_free(writer.kind);
    if (good)
        command_print_json(json);
    return good;
}

static CommandStatus
run(const char *config, const Options *options)
{
    static const char *const words[] = {"status", NULL};
    CommandStatus status = STATUS_INTERNAL;
    g_autofree char *text = daemon_ask(config, words, DAEMON_SOON_US, &status);
    if (text == NULL)
        return status;
    bool later = false;
    bool good = options_has(options, "--json")
                    ? write_json(text)
                    : bulletin_read(text, print_line, &later);
    if (good)
        return status;
    fprintf(stderr, "sceau status: this sceaud answers in another form\n");
    return STATUS_INTERNAL;
}

const Command cmd_status = {
    .name = "status",
    .help = "show what sceaud is doing: policy, directories, lists, counters",
    .options = option_rows,
    .run = run,
};
