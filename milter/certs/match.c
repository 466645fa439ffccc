/* SPDX-License-Identifier: BSD-2-Clause */
/* Match: whether a certificate speaks for an address. */
#include "certs/match.h"

#include "base/mailbox.h"

#include <string.h>

#define MAX_SHOWN 3 /* addresses in a sentence */

static bool
is_same(const char *a, const char *b, const MatchRule *rule)
{
    return rule->exact_case ? strcmp(a, b) == 0 : mailbox_equal(a, b);
}

static bool
holds(char *const *names, const char *address, const MatchRule *rule)
{
    for (; *names != NULL; names++)
        if (is_same(*names, address, rule))
            return true;
    return false;
}

/* The name that is another address of the same person, or NULL. */
static const char *
find_owned(char *const *names, const GPtrArray *owned)
{
    for (; *names != NULL; names++)
        for (guint i = 0; owned != NULL && i < owned->len; i++)
            if (mailbox_equal(*names, g_ptr_array_index(owned, i)))
                return *names;
    return NULL;
}

/* A certificate may hold 64 of them, and the sentence ends in an SMTP reply. */
static char *
list_names(char *const *names)
{
    guint count = g_strv_length((char **)(guintptr)names);
    g_autoptr(GString) list = g_string_new(names[0]);
    for (guint i = 1; i < MIN(count, MAX_SHOWN); i++)
        g_string_append_printf(list, ", %s", names[i]);
    if (count > MAX_SHOWN)
        g_string_append_printf(list, " and %u more", count - MAX_SHOWN);
    return g_strdup(list->str);
}

static char *
describe(char *const *names, const char *address, const char *other,
         const MatchRule *rule)
{
    const MatchRule folding = {0};
    if (rule->exact_case && holds(names, address, &folding))
        return g_strdup("its address differs in upper and lower case "
                        "(address-case = exact)");
    if (other != NULL)
        return g_strdup_printf("it is for another address of the same entry "
                               "(%s; other-addresses is off)",
                               other);
    g_autofree char *all = list_names(names);
    return g_strdup_printf("it is for another address (%s)", all);
}

char *
match_check(const Certificate *certificate, const char *address,
            const GPtrArray *owned, const MatchRule *rule)
{
    char *const *names = certificate_get_addresses(certificate);
    if (names[0] == NULL) {
        names = certificate_get_subject_addresses(certificate);
        if (names[0] == NULL)
            return g_strdup("it holds no e-mail address");
        if (!rule->subject)
            return g_strdup_printf("it holds its address only in the subject "
                                   "(%s; subject-address is off)",
                                   names[0]);
    }
    if (holds(names, address, rule))
        return NULL;
    const char *other = find_owned(names, owned);
    if (other != NULL && rule->other_addresses)
        return NULL;
    return describe(names, address, other, rule);
}
