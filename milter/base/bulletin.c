/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulletin: what a program tells of itself. */
#include "base/bulletin.h"

#include <string.h>

struct Bulletin {
    GString *text;
};

Bulletin *
bulletin_new(void)
{
    Bulletin *bulletin = g_new0(Bulletin, 1);
    bulletin->text = g_string_new(NULL);
    return bulletin;
}

void
bulletin_free(Bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    g_string_free(bulletin->text, TRUE);
    g_free(bulletin);
}

static void
add(Bulletin *bulletin, const char *value)
{
    for (; *value != '\0'; value++)
        g_string_append_c(bulletin->text,
                          g_ascii_iscntrl(*value) ? ' ' : *value);
}

void
bulletin_begin(Bulletin *bulletin, const char *kind, const char *name)
{
    g_string_append_printf(bulletin->text, "[%s%s", kind,
                           name != NULL ? " " : "");
    add(bulletin, name != NULL ? name : "");
    g_string_append(bulletin->text, "]\n");
}

void
bulletin_add_text(Bulletin *bulletin, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(bulletin->text, "%s: ", key);
    add(bulletin, value);
    g_string_append_c(bulletin->text, '\n');
}

void
bulletin_add_number(Bulletin *bulletin, const char *key, gint64 number)
{
    g_string_append_printf(bulletin->text, "%s = %" G_GINT64_FORMAT "\n", key,
                           number);
}

void
bulletin_add_time(Bulletin *bulletin, const char *key, gint64 time_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    g_autofree char *text =
        time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    bulletin_add_text(bulletin, key, text);
}

const char *
bulletin_get_text(const Bulletin *bulletin)
{
    return bulletin->text->str;
}

/* line is changed. */
static bool
read_section(char *line, BulletinVisit visit, gpointer data)
{
    gsize length = strlen(line);
    if (length < 2 || line[length - 1] != ']')
        return false;
    line[length - 1] = '\0';
    char *name = strchr(line, ' ');
    if (name != NULL)
        *name++ = '\0';
    visit(data, BULLETIN_SECTION, line + 1, name != NULL ? name : "");
    return true;
}

static bool
read_pair(char *line, BulletinVisit visit, gpointer data)
{
    gsize length = strcspn(line, ":=");
    char sign = line[length];
    char *value = line + length + 1;
    if (length == 0 || sign == '\0' || *value != ' ')
        return false;
    if (sign == '=' && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
    visit(data, sign == ':' ? BULLETIN_TEXT : BULLETIN_NUMBER, line, value + 1);
    return true;
}

bool
bulletin_read(const char *text, BulletinVisit visit, gpointer data)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '\0')
            continue;
        bool good = **line == '[' ? read_section(*line, visit, data)
                                  : read_pair(*line, visit, data);
        if (!good)
            return false;
    }
    return true;
}
