/* SPDX-License-Identifier: BSD-2-Clause */
/* Given: what the tests of this room start from. */
#ifndef SCEAU_TESTS_KEYS_GIVEN_H
#define SCEAU_TESTS_KEYS_GIVEN_H

#include "keys/keyring.h"
#include "keys/rights.h"
#include "tests/fakes/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static inline Settings *
given_settings(const char *text)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable outside = {.size_bytes = sizeof(SettingsHead),
                                          .rows = no_rows};
    static const SettingsTable *const tables[] = {&outside, &signing_settings,
                                                  &service_settings, NULL};
    g_autoptr(Problems) problems = problems_new();
    Settings *settings =
        settings_parse("conf", text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return settings;
}

/* What problems say, a line each; caller frees. */
static inline char *
given_lines(const Problems *problems)
{
    GString *lines = g_string_new(NULL);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(lines, "%s\n", problems_get(problems, i));
    return g_string_free(lines, FALSE);
}

/* Files of the authorities one behind the other as directory/name. */
static inline char *
given_file(const char *directory, const char *name, int mode,
           const char *const *parts)
{
    GString *bytes = g_string_new(NULL);
    for (; *parts != NULL; parts++) {
        gsize size = 0;
        g_autofree char *part = pki_read(*parts, &size);
        g_string_append_len(bytes, part, (gssize)size);
    }
    char *path =
        pki_scratch_write(directory, name, bytes->str, bytes->len, mode);
    g_string_free(bytes, TRUE);
    return path;
}

#define GIVEN_PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
