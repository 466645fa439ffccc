/* SPDX-License-Identifier: BSD-2-Clause */
/* Setup: everything that was read from disk, as one immutable snapshot. */
#include "config.h"

#include "flow/setup.h"

#include "base/mailbox.h"

#include <string.h>

#define AT(member) offsetof(GeneralSettings, member)

static const SettingRow general_rows[] = {
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .required = true,
     .help = "our own domains: who may be a signer, what is inside"},
    {.name = "scope",
     .type = SETTING_CHOICE,
     .offset = AT(scope),
     .default_text = "outgoing",
     .choices = "outgoing|all",
     .help = "mail the policy applies to: with a recipient outside, or all"},
    {.name = "policy",
     .type = SETTING_PATH,
     .offset = AT(policy),
     .default_text = SYSCONFDIR "/sceau/policy",
     .help = "the policy file"},
    {.name = "socket",
     .type = SETTING_TEXT,
     .offset = AT(socket),
     .default_text = "unix:/var/spool/postfix/sceau/sceau.sock",
     .help = "where the MTA reaches the milter: unix:/path or inet:port@host"},
    {.name = "socket-group",
     .type = SETTING_TEXT,
     .offset = AT(socket_group),
     .help = "group of the socket, the MTA's; none: the process's own"},
    {.name = "socket-mode",
     .type = SETTING_TEXT,
     .offset = AT(socket_mode),
     .default_text = "0660",
     .help = "mode of the unix socket, octal"},
    {.name = "sign-on-inet",
     .type = SETTING_FLAG,
     .offset = AT(sign_on_inet),
     .default_text = "no",
     .help = "believe logins told over an inet socket, from any host: whoever "
             "reaches it can claim any login"},
    {.name = "contact",
     .type = SETTING_TEXT,
     .offset = AT(contact),
     .help = "address named in refusals: whom a sender may ask"},
    {.name = "user",
     .type = SETTING_TEXT,
     .offset = AT(user),
     .default_text = "sceau",
     .help = "the user sceaud becomes when started as root"},
    {.name = "groups",
     .type = SETTING_LIST,
     .offset = AT(groups),
     .help = "further groups of the process, such as postdrop for the relay"},
    {.name = "state",
     .type = SETTING_PATH,
     .offset = AT(state),
     .default_text = LOCALSTATEDIR "/lib/sceau",
     .help = "directory of the state file (copy journal, what is denied, for "
             "whom mail was encrypted)"},
    {.name = "control",
     .type = SETTING_TEXT,
     .offset = AT(control),
     .default_text = "/run/sceau/control.sock",
     .help = "socket by which sceau status, reload and refresh reach sceaud; "
             "none: no such socket"},
    {.name = "log",
     .type = SETTING_CHOICE,
     .offset = AT(log),
     .default_text = "syslog",
     .choices = "syslog|stderr",
     .help = "where log lines go"},
    {.name = "lookup-timeout",
     .type = SETTING_DURATION,
     .offset = AT(lookup_timeout_ms),
     .default_text = "20s",
     .minimum = 100,
     .maximum = 240000,
     .help = "longest wait for all certificates of one message"},
    {.name = "max-recipients",
     .type = SETTING_NUMBER,
     .offset = AT(max_recipients),
     .default_text = "1000",
     .minimum = 1,
     .maximum = 50000,
     .help = "most recipients of one message; more is a 4xx"},
    {.name = "dkim",
     .type = SETTING_CHOICE,
     .offset = AT(dkim),
     .default_text = "remove",
     .choices = "remove|keep|refuse",
     .help = "what becomes of our own domains' DKIM signatures that signing or "
             "encrypting breaks"},
    {.name = "message-size-limit",
     .type = SETTING_SIZE,
     .offset = AT(message_size_limit),
     .default_text = "0",
     .maximum = 1099511627776,
     .help = "largest message that the mail server takes: what would be larger "
             "once protected is refused; 0: not known"},
    {0}};

const SettingsTable general_settings = {
    .size_bytes = sizeof(GeneralSettings),
    .rows = general_rows,
    .help = "the gateway as a whole",
};

static const SettingsTable *const own_tables[] = {
    &general_settings,      &spool_settings,   &directory_settings,
    &certificates_settings, &gateway_settings, &trust_settings,
    &lookup_settings,       &signing_settings, &service_settings,
    &crld_settings,
};

GPtrArray *
setup_list_tables(const SettingsTable *const *extra)
{
    GPtrArray *tables = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(own_tables); i++)
        g_ptr_array_add(tables, (gpointer)(guintptr)own_tables[i]);
    for (; extra != NULL && *extra != NULL; extra++)
        g_ptr_array_add(tables, (gpointer)(guintptr)*extra);
    g_ptr_array_add(tables, NULL);
    return tables;
}

static void
check_domains(const Setup *setup, Problems *problems)
{
    Position at =
        settings_get_position(setup->settings, setup->general, "domains");
    for (char **domain = setup->general->domains; *domain != NULL; domain++)
        if (strchr(*domain, '@') != NULL || !mailbox_check_pattern(*domain))
            problems_add(problems, &at, "domains: \"%s\" is no domain",
                         *domain);
}

/* The parts are made even when one of them is wrong, so that all mistakes of
 * all files are told at once. */
static void
load_parts(Setup *setup, Problems *problems)
{
    const Settings *settings = setup->settings;
    setup->general = settings_get(settings, NULL);
    setup->spool = settings_get(settings, spool_settings.block);
    setup->signing = settings_get(settings, signing_settings.block);
    check_domains(setup, problems);
    setup->policy = policy_load(setup->general->policy, problems);
    setup->denials = denials_new(setup->general->state);
    setup->marks = marks_new(setup->general->state);
    setup->timekeeper = timekeeper_new(setup->marks, BUILD_TIME);
    setup->finder = finder_new(settings, problems);
    finder_set_denials(setup->finder, setup->denials);
    Position at = settings_get_position(settings, setup->general, "domains");
    finder_check_domains(setup->finder, setup->general->domains, &at, problems);
    setup->keyring = keyring_new(settings, problems);
    setup->rights = rights_new(settings, problems);
}

static void
setup_free(Setup *setup)
{
    rights_free(setup->rights);
    keyring_free(setup->keyring);
    finder_free(setup->finder);
    denials_unref(setup->denials);
    timekeeper_unref(setup->timekeeper);
    marks_unref(setup->marks);
    policy_free(setup->policy);
    settings_free(setup->settings);
    g_ptr_array_unref(setup->tables);
    g_free(setup->path);
    g_free(setup);
}

Setup *
setup_load(const char *path, const SettingsTable *const *extra,
           Problems *problems)
{
    unsigned before = problems_count(problems);
    Setup *setup = g_new0(Setup, 1);
    setup->references = 1;
    setup->path = g_strdup(path);
    setup->tables = setup_list_tables(extra);
    setup->settings = settings_load(
        path, (const SettingsTable *const *)setup->tables->pdata, problems);
    /* Half-read settings would only breed mistakes that are none. */
    if (problems_count(problems) == before)
        load_parts(setup, problems);
    if (problems_count(problems) == before)
        return setup;
    setup_free(setup);
    return NULL;
}

Setup *
setup_ref(Setup *setup)
{
    g_atomic_int_inc(&setup->references);
    return setup;
}

void
setup_unref(Setup *setup)
{
    if (setup != NULL && g_atomic_int_dec_and_test(&setup->references))
        setup_free(setup);
}

void
setup_keep_state(Setup *setup, const Setup *old)
{
    marks_unref(setup->marks);
    setup->marks = marks_ref(old->marks);
    timekeeper_unref(setup->timekeeper);
    setup->timekeeper = timekeeper_ref(old->timekeeper);
    timekeeper_accept(setup->timekeeper);
    denials_unref(setup->denials);
    setup->denials = denials_ref(old->denials);
    finder_set_denials(setup->finder, setup->denials);
}

char *
setup_check_clock(const Setup *setup)
{
    return timekeeper_check(setup->timekeeper,
                            finder_get_newest_list_s(setup->finder));
}

/* "carol%partner.example@ours", "partner.example!carol@ours" and an address
 * quoted inside another: mail servers may take our domain off and send it on
 * (Postfix: allow_percent_hack, swap_bangpath). */
static bool
has_route(const char *address)
{
    const char *at = strrchr(address, '@');
    gsize local = at != NULL ? (gsize)(at - address) : strlen(address);
    return strcspn(address, "%!@") < local;
}

Truth
setup_check_inside(const Setup *setup, const char *address)
{
    if (address == NULL)
        return TRUTH_UNKNOWN;
    if (has_route(address))
        return TRUTH_FALSE;
    if (strchr(address, '@') == NULL)
        return TRUTH_TRUE;
    return mailbox_matches_any(address, setup->general->domains) ? TRUTH_TRUE
                                                                 : TRUTH_FALSE;
}
