/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out: a small writer for --json and the audit file (RFC 8259). */
#include "base/json.h"

#include "base/quote.h"

#define MAX_DEPTH 16

struct Json {
    GString *text;
    unsigned depth;
    bool filled[MAX_DEPTH + 1]; /* the level has a member already */
};

Json *
json_new(void)
{
    Json *json = g_new0(Json, 1);
    json->text = g_string_new(NULL);
    return json;
}

void
json_free(Json *json)
{
    if (json == NULL)
        return;
    g_string_free(json->text, TRUE);
    g_free(json);
}

static void
indent(Json *json)
{
    g_string_append_c(json->text, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        g_string_append(json->text, "  ");
}

static void
begin_member(Json *json, const char *key)
{
    if (json->filled[json->depth])
        g_string_append_c(json->text, ',');
    json->filled[json->depth] = true;
    if (json->depth > 0)
        indent(json);
    if (key == NULL)
        return;
    g_autofree char *quoted = quote_json(key);
    g_string_append_printf(json->text, "%s: ", quoted);
}

static void
open_level(Json *json, const char *key, char mark)
{
    begin_member(json, key);
    g_assert(json->depth < MAX_DEPTH);
    g_string_append_c(json->text, mark);
    json->depth++;
    json->filled[json->depth] = false;
}

static void
close_level(Json *json, char mark)
{
    g_assert(json->depth > 0);
    bool filled = json->filled[json->depth];
    json->depth--;
    if (filled)
        indent(json);
    g_string_append_c(json->text, mark);
    if (json->depth == 0)
        g_string_append_c(json->text, '\n');
}

void
json_begin_object(Json *json, const char *key)
{
    open_level(json, key, '{');
}

void
json_end_object(Json *json)
{
    close_level(json, '}');
}

void
json_begin_array(Json *json, const char *key)
{
    open_level(json, key, '[');
}

void
json_end_array(Json *json)
{
    close_level(json, ']');
}

void
json_add_text(Json *json, const char *key, const char *text)
{
    begin_member(json, key);
    g_autofree char *quoted =
        text != NULL ? quote_json(text) : g_strdup("null");
    g_string_append(json->text, quoted);
}

void
json_add_number(Json *json, const char *key, gint64 number)
{
    begin_member(json, key);
    g_string_append_printf(json->text, "%" G_GINT64_FORMAT, number);
}

void
json_add_flag(Json *json, const char *key, bool flag)
{
    begin_member(json, key);
    g_string_append(json->text, flag ? "true" : "false");
}

const char *
json_get_text(const Json *json)
{
    return json->text->str;
}
