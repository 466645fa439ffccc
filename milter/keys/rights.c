/* SPDX-License-Identifier: BSD-2-Clause */
/* Rights: who submitted it, and as whom may he sign? */
#include "keys/rights.h"

#include "base/mailbox.h"
#include "keys/keyring.h"
#include "keys/network.h"

#include <string.h>

typedef struct {
    SettingsHead head;
    char **clients;
    char *daemon_name;
    char **client_certificate;
    char **senders;
} ServiceSettings;

#define AT(member) offsetof(ServiceSettings, member)

static const SettingRow rows[] = {
    {.name = "clients",
     .type = SETTING_LIST,
     .offset = AT(clients),
     .help = "addresses and networks (CIDR) the service sends from"},
    {.name = "daemon-name",
     .type = SETTING_TEXT,
     .offset = AT(daemon_name),
     .help = "the MTA's name of the port the service uses ({daemon_name})"},
    {.name = "client-certificate",
     .type = SETTING_LIST,
     .offset = AT(client_certificate),
     .help = "not yet: issuer and subject of its client certificate"},
    {.name = "senders",
     .type = SETTING_LIST,
     .offset = AT(senders),
     .required = true,
     .help = "From addresses and domains the service may be signed as"},
    {0}};

const SettingsTable service_settings = {
    .block = "service",
    .named = true,
    .size_bytes = sizeof(ServiceSettings),
    .rows = rows,
    .help = "a machine that may hand in mail to be signed without a login",
};

struct Rights {
    const Settings *settings;
    char *login_domain;
};

void
right_answer_clear(RightAnswer *answer)
{
    g_clear_pointer(&answer->login, g_free);
    g_clear_pointer(&answer->service, g_free);
    g_clear_pointer(&answer->reason, g_free);
}

/* --- loading ----------------------------------------------------------- */

/* A network of everybody is nobody's proof. */
static void
check_clients(const Settings *settings, const ServiceSettings *service,
              Problems *problems)
{
    Position at = settings_get_position(settings, service, "clients");
    for (char **each = service->clients; *each != NULL; each++) {
        if (!network_check(*each))
            problems_add(problems, &at,
                         "clients: \"%s\" is no address or network", *each);
        else if (network_is_everybody(*each))
            problems_add(problems, &at, "clients: \"%s\" would be anybody",
                         *each);
    }
}

static void
check_service(const Settings *settings, const ServiceSettings *service,
              Problems *problems)
{
    check_clients(settings, service, problems);
    Position at =
        settings_get_position(settings, service, "client-certificate");
    if (service->client_certificate[0] != NULL)
        problems_add(problems, &at,
                     "client-certificate comes in a later version: name the "
                     "service by clients or daemon-name");
    at = service->head.at;
    if (service->clients[0] == NULL &&
        (service->daemon_name == NULL || *service->daemon_name == '\0'))
        problems_add(problems, &at,
                     "service %s needs clients or daemon-name: else anybody "
                     "would be it",
                     service->head.name);
    at = settings_get_position(settings, service, "senders");
    for (char **each = service->senders; *each != NULL; each++)
        if (!mailbox_check_pattern(*each))
            problems_add(problems, &at,
                         "senders: \"%s\" is no address or domain", *each);
}

static void
check_login_domain(const Settings *settings, const SigningSettings *signing,
                   Problems *problems)
{
    const char *domain = signing->login_domain;
    if (domain == NULL || (strchr(domain, '@') == NULL && *domain != '.' &&
                           mailbox_check_pattern(domain)))
        return;
    Position at = settings_get_position(settings, signing, "login-domain");
    problems_add(problems, &at, "login-domain: \"%s\" is no domain", domain);
}

Rights *
rights_new(const Settings *settings, Problems *problems)
{
    const SigningSettings *signing =
        settings_get(settings, signing_settings.block);
    check_login_domain(settings, signing, problems);
    Rights *rights = g_new0(Rights, 1);
    rights->settings = settings;
    rights->login_domain = g_strdup(signing->login_domain);
    const GPtrArray *services =
        settings_get_all(settings, service_settings.block);
    for (guint i = 0; i < services->len; i++)
        check_service(settings, g_ptr_array_index(services, i), problems);
    return rights;
}

void
rights_free(Rights *rights)
{
    if (rights == NULL)
        return;
    g_free(rights->login_domain);
    g_free(rights);
}

/* --- checking ---------------------------------------------------------- */

/* Logins are compared with addresses, so they may hold only what a plain
 * address holds: anything else is a trick or a mistake. */
static bool
is_plain_login(const char *login)
{
    for (const char *c = login; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr("._-+@", *c) == NULL)
            return false;
    return true;
}

/* The login as a mailbox; NULL with *why (static) when it is none. */
static char *
complete_login(const Rights *rights, const char *login, const char **why)
{
    *why = "the login holds characters that no address has";
    if (strlen(login) > 255 || !is_plain_login(login))
        return NULL;
    *why = "the login is no address";
    if (strchr(login, '@') != NULL)
        return mailbox_parse(login);
    *why = "the login is without a domain, and login-domain is not set";
    if (rights->login_domain == NULL)
        return NULL;
    g_autofree char *whole =
        g_strdup_printf("%s@%s", login, rights->login_domain);
    *why = "the login is no address, not even with login-domain";
    return mailbox_parse(whole);
}

static void
check_login(const Rights *rights, const char *login, const char *from,
            RightAnswer *answer)
{
    const char *why = NULL;
    g_autofree char *mailbox = complete_login(rights, login, &why);
    answer->class = RIGHT_NOT_ALLOWED;
    answer->login = g_strdup(mailbox != NULL ? mailbox : login);
    if (mailbox == NULL) {
        answer->reason = g_strdup(why);
    } else if (from == NULL) {
        answer->reason =
            g_strdup("the message has no From field with a single address");
    } else if (!mailbox_equal(mailbox, from)) {
        answer->reason =
            g_strdup_printf("login %s may not sign as %s", mailbox, from);
    } else {
        answer->class = RIGHT_ALLOWED;
        answer->reason = g_strdup("the login is the From address");
    }
}

static bool
is_service(const ServiceSettings *service, const Submission *submission)
{
    if (service->clients[0] != NULL &&
        (submission->client_address == NULL ||
         !network_contains_any(service->clients, submission->client_address)))
        return false;
    return service->daemon_name == NULL ||
           g_strcmp0(service->daemon_name, submission->daemon_name) == 0;
}

/* The service that it comes from: of several, one that may sign as from. */
static const ServiceSettings *
find_service(const Rights *rights, const Submission *submission,
             const char *from)
{
    const GPtrArray *services =
        settings_get_all(rights->settings, service_settings.block);
    const ServiceSettings *found = NULL;
    for (guint i = 0; i < services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(services, i);
        if (!is_service(service, submission))
            continue;
        if (from != NULL && mailbox_matches_any(from, service->senders))
            return service;
        if (found == NULL)
            found = service;
    }
    return found;
}

/* A From that the service may not use makes it a forward. */
static void
check_service_sender(const ServiceSettings *service,
                     const Submission *submission, const char *from,
                     RightAnswer *answer)
{
    g_free(answer->reason);
    answer->class = RIGHT_NOT_ALLOWED;
    answer->service = g_strdup(service->head.name);
    if (submission->is_list) {
        answer->reason = g_strdup("list and resent mail is never signed for "
                                  "a service");
    } else if (from == NULL) {
        answer->reason =
            g_strdup("the message has no From field with a single address");
    } else if (!mailbox_matches_any(from, service->senders)) {
        answer->reason = g_strdup_printf("service %s may not sign as %s",
                                         service->head.name, from);
    } else {
        answer->class = RIGHT_ALLOWED;
        answer->reason = g_strdup_printf("service %s may sign as %s",
                                         service->head.name, from);
    }
}

RightAnswer
rights_check(const Rights *rights, const Submission *submission,
             const char *from)
{
    RightAnswer answer = {.class = RIGHT_NOT_SUBMITTED};
    if (!submission->trusted_socket) {
        answer.reason = g_strdup("the MTA's socket is not to be believed "
                                 "(an inet socket; see sign-on-inet)");
        return answer;
    }
    if (submission->login != NULL && *submission->login != '\0')
        check_login(rights, submission->login, from, &answer);
    if (answer.class == RIGHT_ALLOWED)
        return answer;
    const ServiceSettings *service = find_service(rights, submission, from);
    if (service != NULL)
        check_service_sender(service, submission, from, &answer);
    else if (answer.reason == NULL)
        answer.reason = g_strdup("no login, and no configured service");
    return answer;
}
