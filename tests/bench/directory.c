/* SPDX-License-Identifier: BSD-2-Clause */
/* The finder before a real directory (people.c), beside libldap alone: one line
 * of "name=value" words. directory CONF single|many|endure PEOPLE COUNT
 * ROOT.pem ISSUER.pem: CONF is a sceau.conf whose first directory is asked for
 * so many of p0@example.fr, p1@…, and the last two what vouches for them. */
#include "base/clock.h"
#include "certs/cache.h"
#include "certs/connection.h"
#include "certs/directory.h"
#include "certs/finder.h"
#include "certs/query.h"

#include <dirent.h>
#include <ldap.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS    5
#define WARM      200
#define UNDER_WAY 16 /* as connection.c */

static Settings *settings;
static const DirectorySettings *directory;
static LDAP *ldap;
static char **names;
static X509_STORE *store;
static STACK_OF(X509) * untrusted;

static void
need(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "directory: %s\n", what);
    exit(EXIT_FAILURE);
}

/* --- libldap alone ----------------------------------------------------- */

static void
open_bare(void)
{
    const int version = LDAP_VERSION3;
    struct berval nothing = {.bv_val = (char *)(guintptr) ""};
    need(ldap_initialize(&ldap, directory->uris[0]) == LDAP_SUCCESS, "no uri");
    ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    need(ldap_sasl_bind_s(ldap, NULL, LDAP_SASL_SIMPLE, &nothing, NULL, NULL,
                          NULL) == LDAP_SUCCESS,
         "no bind");
    names = query_list_attributes(directory->address_attributes);
}

static void
begin_bare(const char *const *addresses, guint count)
{
    const char *asked[DIRECTORY_BATCH + 1];
    for (guint i = 0; i < count; i++)
        asked[i] = addresses[i];
    asked[count] = directory->canary;
    g_autofree char *filter =
        query_make_filter(directory->address_attributes, asked, count + 1);
    int id = 0;
    need(ldap_search_ext(ldap, directory->base, LDAP_SCOPE_SUBTREE, filter,
                         names, 0, NULL, NULL, NULL, (int)count * 3 + 13,
                         &id) == LDAP_SUCCESS,
         "no search");
}

/* What the entry's certificate costs without us: OpenSSL's parser, and its
 * verification up to the root. */
static void
verify_bare(LDAPMessage *entry)
{
    struct berval **values =
        ldap_get_values_len(ldap, entry, "userCertificate;binary");
    need(values != NULL, "no certificate");
    const guchar *cursor = (const guchar *)values[0]->bv_val;
    X509 *x509 = d2i_X509(NULL, &cursor, (long)values[0]->bv_len);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    need(X509_STORE_CTX_init(context, store, x509, untrusted) == 1 &&
             X509_verify_cert(context) == 1,
         "no chain");
    X509_STORE_CTX_free(context);
    X509_free(x509);
    ldap_value_free_len(values);
}

/* Until one search has ended; how many entries came. */
static guint
end_bare(bool verify)
{
    guint entries = 0;
    for (int got = 0; got != LDAP_RES_SEARCH_RESULT;) {
        LDAPMessage *message = NULL;
        got = ldap_result(ldap, LDAP_RES_ANY, LDAP_MSG_ONE, NULL, &message);
        need(got > 0, "no answer");
        entries += got == LDAP_RES_SEARCH_ENTRY;
        if (verify && got == LDAP_RES_SEARCH_ENTRY)
            verify_bare(message);
        ldap_msgfree(message);
    }
    return entries;
}

static void
search_bare(char *const *addresses, guint count, bool verify)
{
    guint entries = 0;
    guint under_way = 0;
    for (guint at = 0; at < count || under_way > 0;) {
        for (; at < count && under_way < UNDER_WAY; under_way++) {
            guint size = MIN(DIRECTORY_BATCH, count - at);
            begin_bare((const char *const *)&addresses[at], size);
            at += size;
        }
        entries += end_bare(verify);
        under_way--;
    }
    need(entries > 0, "the canary was not found");
}

/* --- the finder -------------------------------------------------------- */

static Finder *
open_finder(void)
{
    g_autoptr(Problems) problems = problems_new();
    Finder *finder = finder_new(settings, problems);
    for (guint i = 0; i < problems_count(problems); i++)
        need(false, problems_get(problems, i));
    return finder;
}

/* How many have a certificate. */
static guint
find(Finder *finder, char *const *addresses, bool fresh)
{
    gint64 deadline_us = clock_monotonic_us() + 10 * G_USEC_PER_SEC;
    g_autoptr(GPtrArray) answers =
        fresh ? finder_find_fresh(finder, addresses, deadline_us)
              : finder_find(finder, addresses, deadline_us);
    guint found = 0;
    for (guint i = 0; i < answers->len; i++) {
        const CertAnswer *answer = g_ptr_array_index(answers, i);
        found += answer->class == CERT_FOUND;
    }
    return found;
}

static char **
make_addresses(const char *pattern, guint count)
{
    char **addresses = g_new0(char *, count + 1);
    for (guint i = 0; i < count; i++)
        addresses[i] = g_strdup_printf("%s%u@example.fr", pattern, i);
    return addresses;
}

/* --- figures ----------------------------------------------------------- */

typedef struct {
    gint64 wall_us;
    double cpu_us;
} Spent;

static Spent
now(void)
{
    struct timespec spent;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (Spent){clock_monotonic_us(),
                   (double)spent.tv_sec * 1e6 + (double)spent.tv_nsec / 1e3};
}

static void
add(Spent *sum, Spent since)
{
    Spent until = now();
    sum->wall_us += until.wall_us - since.wall_us;
    sum->cpu_us += until.cpu_us - since.cpu_us;
}

static int
compare_times(gconstpointer a, gconstpointer b)
{
    gint64 left = *(const gint64 *)a;
    gint64 right = *(const gint64 *)b;
    return left < right ? -1 : left > right;
}

static gint64
get_median(GArray *times)
{
    g_array_sort(times, compare_times);
    return g_array_index(times, gint64, times->len / 2);
}

typedef struct {
    const char *name;
    bool bare, verify, fresh;
} Kind;

static void
ask(const Kind *kind, Finder *finder, char **addresses, guint count,
    guint found)
{
    if (kind->bare)
        search_bare(addresses, count, kind->verify);
    else
        need(find(finder, addresses, kind->fresh) == found, "not as expected");
}

/* One address after the other, each in every way: bare with OpenSSL's part, by
 * the finder, by the finder for a certificate that it has just judged, and
 * bare. The last two take turns at being first: who comes after much arithmetic
 * finds the processor's caches cold. */
static void
do_single(char **addresses, guint count)
{
    static const Kind kinds[] = {{"floor", true, true, false},
                                 {"first", false, false, false},
                                 {"again", false, false, true},
                                 {"bare", true, false, false}};
    g_autoptr(Finder) finder = open_finder();
    GArray *times[G_N_ELEMENTS(kinds)];
    Spent spent[G_N_ELEMENTS(kinds)] = {{0}};
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
        times[k] = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < count + WARM; i++) {
        for (gsize turn = 0; turn < G_N_ELEMENTS(kinds); turn++) {
            gsize k = turn >= 2 && i % 2 == 1 ? 5 - turn : turn;
            char *one[] = {addresses[i], NULL};
            Spent sum = {0};
            Spent begin = now();
            ask(&kinds[k], finder, one, 1, 1);
            add(&sum, begin);
            if (i < WARM)
                continue;
            g_array_append_val(times[k], sum.wall_us);
            spent[k].cpu_us += sum.cpu_us;
        }
    }
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
        printf("%s_us=%" G_GINT64_FORMAT " %s_cpu_us=%.1f ", kinds[k].name,
               get_median(times[k]), kinds[k].name,
               spent[k].cpu_us / (double)count);
        g_array_unref(times[k]);
    }
    printf("\n");
}

/* All at once, by one that knows nobody and is connected: the nobodies, of
 * whom there is nothing to judge, and people with certificates. */
static void
do_many(char **addresses, char **nobodies, guint count)
{
    static const Kind kinds[] = {{"bare", true, false, false},
                                 {"floor", true, true, false},
                                 {"first", false, false, false}};
    Spent least[2][G_N_ELEMENTS(kinds)];
    for (int round = 0; round < ROUNDS; round++) {
        g_autoptr(Finder) finder = open_finder();
        char *first[] = {addresses[0], NULL};
        need(find(finder, first, false) == 1, "not found");
        for (int who = 0; who < 2; who++)
            for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
                Spent sum = {0};
                Spent begin = now();
                ask(&kinds[k], finder, who == 0 ? nobodies : addresses, count,
                    who == 0 ? 0 : count);
                add(&sum, begin);
                if (round == 0 || sum.wall_us < least[who][k].wall_us)
                    least[who][k].wall_us = sum.wall_us;
                if (round == 0 || sum.cpu_us < least[who][k].cpu_us)
                    least[who][k].cpu_us = sum.cpu_us;
            }
    }
    for (int who = 0; who < 2; who++)
        for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
            printf("%s%s_us=%" G_GINT64_FORMAT " %s%s_cpu_us=%.0f ",
                   who == 0 ? "no_" : "", kinds[k].name, least[who][k].wall_us,
                   who == 0 ? "no_" : "", kinds[k].name, least[who][k].cpu_us);
    printf("\n");
}

/* --- endurance --------------------------------------------------------- */

static long
read_anonymous_kib(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    const char *at = strstr(text, "RssAnon:");
    return at != NULL ? strtol(at + strlen("RssAnon:"), NULL, 10) : 0;
}

static guint
count_descriptors(void)
{
    guint count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        (void)closedir(dir);
    return count - 3; /* ".", ".." and itself */
}

typedef struct {
    Finder *finder;
    char **addresses;
    guint count;
    guint people;
    gint next, found;
} Endurance;

/* Half of it was asked for a moment ago. */
static gpointer
endure(gpointer data)
{
    Endurance *all = data;
    char *some[21] = {NULL};
    for (;;) {
        guint at = (guint)g_atomic_int_add(&all->next, 20);
        if (at >= all->count)
            return NULL;
        for (guint i = 0; i < 20; i++)
            some[i] = all->addresses[(at / 2 + i * 7919U) % all->people];
        (void)g_atomic_int_add(&all->found,
                               (gint)find(all->finder, some, false));
    }
}

static void
do_endure(char **addresses, guint people, guint count)
{
    g_autoptr(Finder) finder = open_finder();
    Endurance all = {.finder = finder,
                     .addresses = addresses,
                     .people = people,
                     .count = count / 10};
    static const guint parts[] = {10, 50, 100};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        GThread *threads[8];
        all.count = count / 100 * parts[i];
        for (gsize k = 0; k < G_N_ELEMENTS(threads); k++)
            threads[k] = g_thread_new("endure", endure, &all);
        for (gsize k = 0; k < G_N_ELEMENTS(threads); k++)
            (void)g_thread_join(threads[k]);
        printf("rss%u_kib=%ld fd%u=%u ", parts[i], read_anonymous_kib(),
               parts[i], count_descriptors());
        (void)fflush(stdout);
    }
    printf("found=%d\n", all.found);
}

static X509 *
load(const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *x509 = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    need(x509 != NULL && fclose(file) == 0, path);
    return x509;
}

static void
load_authorities(const char *root, const char *issuer)
{
    store = X509_STORE_new();
    untrusted = sk_X509_new_null();
    X509 *anchor = load(root);
    need(X509_STORE_add_cert(store, anchor) == 1 &&
             sk_X509_push(untrusted, load(issuer)) == 1,
         root);
    X509_free(anchor);
}

static void
load_settings(const char *path)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top,
                                                  &directory_settings,
                                                  &certificates_settings,
                                                  &trust_settings,
                                                  &lookup_settings,
                                                  &gateway_settings,
                                                  NULL};
    g_autofree char *text = NULL;
    g_autoptr(Problems) problems = problems_new();
    need(g_file_get_contents(path, &text, NULL, NULL), path);
    settings = settings_parse(path, text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        need(false, problems_get(problems, 0));
    directory = g_ptr_array_index(settings_get_all(settings, "directory"), 0);
    connection_prepare();
}

int
main(int argc, char **argv)
{
    need(argc == 7,
         "directory CONF single|many|endure PEOPLE COUNT ROOT ISSUER");
    load_settings(argv[1]);
    load_authorities(argv[5], argv[6]);
    guint people = (guint)strtoul(argv[3], NULL, 10);
    guint count = (guint)strtoul(argv[4], NULL, 10);
    g_auto(GStrv) addresses = make_addresses("p", people);
    g_auto(GStrv) nobodies = make_addresses("nobody", people);
    if (strcmp(argv[2], "endure") == 0) {
        do_endure(addresses, people, count);
    } else {
        open_bare();
        if (strcmp(argv[2], "single") == 0)
            do_single(addresses, MIN(count, people - WARM));
        else
            do_many(addresses, nobodies, people);
        ldap_unbind_ext_s(ldap, NULL, NULL);
    }
    g_strfreev(names);
    sk_X509_pop_free(untrusted, X509_free);
    X509_STORE_free(store);
    settings_free(settings);
    return EXIT_SUCCESS;
}
