/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/rights.h"

#include "tests/unit/keys/given.h"

#define CONFIGURATION                                                          \
    "signing { login-domain = example.fr }\n"                                  \
    "service exchange { clients = 10.1.2.3 senders = example.fr }\n"           \
    "service erp { clients = 10.20.30.0/24, 10.1.2.3\n"                        \
    "  senders = factures@example.com }\n"                                     \
    "service port { daemon-name = internal senders = .example.org }\n"         \
    "service both { clients = 10.9.0.0/16 daemon-name = erp2\n"                \
    "  senders = both@example.fr }\n"

#define ALICE "alice@example.fr"

typedef struct {
    const char *what;
    Submission submission;
    const char *from;
    RightClass class;
    const char *service;
    const char *reason;
} Row;

#define LOGIN(name)                                                            \
    {                                                                          \
        .login = name, .trusted_socket = true                                  \
    }
#define CLIENT(address)                                                        \
    {                                                                          \
        .client_address = address, .trusted_socket = true                      \
    }
#define NOT_AS "may not sign as"

static const Row rows[] = {
    {"her own address", LOGIN(ALICE), ALICE, RIGHT_ALLOWED, NULL, "login is"},
    {"login without realm", LOGIN("alice"), ALICE, RIGHT_ALLOWED, NULL, ""},
    {"another case", LOGIN("Alice@EXAMPLE.fr"), "ALICE@example.fr",
     RIGHT_ALLOWED, NULL, ""},
    {"the boss", LOGIN(ALICE), "boss@example.fr", RIGHT_NOT_ALLOWED, NULL,
     NOT_AS},
    {"another realm", LOGIN("alice@example.com"), ALICE, RIGHT_NOT_ALLOWED,
     NULL, NOT_AS},
    {"a longer one", LOGIN("alice@example.fr.evil.org"), ALICE,
     RIGHT_NOT_ALLOWED, NULL, NOT_AS},
    {"a part of it", LOGIN("lice"), ALICE, RIGHT_NOT_ALLOWED, NULL, NOT_AS},
    {"a tag is another mailbox", LOGIN("alice+x"), ALICE, RIGHT_NOT_ALLOWED,
     NULL, NOT_AS},
    {"no From", LOGIN(ALICE), NULL, RIGHT_NOT_ALLOWED, NULL, "single address"},
    {"the null sender", LOGIN(ALICE), "", RIGHT_NOT_ALLOWED, NULL, NOT_AS},

    {"a wildcard", LOGIN("*"), "*@example.fr", RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"a filter", LOGIN("alice)(uid=*"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"a prefix", LOGIN("EXAMPLE\\alice"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"brackets", LOGIN("<alice@example.fr>"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"quotes", LOGIN("\"alice\"@example.fr"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"a blank", LOGIN("alice "), ALICE, RIGHT_NOT_ALLOWED, NULL, "characters"},
    {"a line end", LOGIN("alice\n"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"a look-alike", LOGIN("\xd0\xb0lice"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "characters"},
    {"two realms", LOGIN("alice@example.fr@example.fr"), ALICE,
     RIGHT_NOT_ALLOWED, NULL, "no address"},
    {"a route", LOGIN("@relay:alice@example.fr"), ALICE, RIGHT_NOT_ALLOWED,
     NULL, "characters"},
    {"only a realm", LOGIN("@example.fr"), ALICE, RIGHT_NOT_ALLOWED, NULL,
     "no address"},

    {"nobody", LOGIN(NULL), ALICE, RIGHT_NOT_SUBMITTED, NULL, "no login"},
    {"an empty login", LOGIN(""), ALICE, RIGHT_NOT_SUBMITTED, NULL, "no login"},
    {"loopback is nobody", CLIENT("127.0.0.1"), ALICE, RIGHT_NOT_SUBMITTED,
     NULL, "no login"},
    {"a neighbour", CLIENT("10.1.2.4"), ALICE, RIGHT_NOT_SUBMITTED, NULL, ""},
    {"no address at all", CLIENT("unknown"), ALICE, RIGHT_NOT_SUBMITTED, NULL,
     ""},

    {"a service", CLIENT("10.1.2.3"), ALICE, RIGHT_ALLOWED, "exchange", "may"},
    {"its mapped address", CLIENT("::ffff:10.1.2.3"), ALICE, RIGHT_ALLOWED,
     "exchange", "may"},
    {"two services, one machine", CLIENT("10.1.2.3"), "factures@example.com",
     RIGHT_ALLOWED, "erp", "may"},
    {"a forward", CLIENT("10.1.2.3"), "eve@elsewhere.org", RIGHT_NOT_ALLOWED,
     "exchange", NOT_AS},
    {"a domain below is another", CLIENT("10.1.2.3"), "a@sub.example.fr",
     RIGHT_NOT_ALLOWED, "exchange", NOT_AS},
    {"without From", CLIENT("10.1.2.3"), NULL, RIGHT_NOT_ALLOWED, "exchange",
     "single address"},
    {"a network", CLIENT("10.20.30.77"), "Factures@example.com", RIGHT_ALLOWED,
     "erp", "may"},
    {"a list by a service",
     {.client_address = "10.1.2.3", .trusted_socket = true, .is_list = true},
     ALICE,
     RIGHT_NOT_ALLOWED,
     "exchange",
     "list"},
    {"a list by a login",
     {.login = ALICE, .trusted_socket = true, .is_list = true},
     ALICE,
     RIGHT_ALLOWED,
     NULL,
     "login is"},
    {"a port",
     {.daemon_name = "internal", .trusted_socket = true},
     "a@sub.example.org",
     RIGHT_ALLOWED,
     "port",
     "may"},
    {"a port of another name",
     {.daemon_name = "Internal", .trusted_socket = true},
     "a@sub.example.org",
     RIGHT_NOT_SUBMITTED,
     NULL,
     ""},
    {"port and network",
     {.daemon_name = "erp2",
      .client_address = "10.9.1.1",
      .trusted_socket = true},
     "both@example.fr",
     RIGHT_ALLOWED,
     "both",
     "may"},
    {"the network alone", CLIENT("10.9.1.1"), "both@example.fr",
     RIGHT_NOT_SUBMITTED, NULL, ""},
    {"the port alone",
     {.daemon_name = "erp2", .trusted_socket = true},
     "both@example.fr",
     RIGHT_NOT_SUBMITTED,
     NULL,
     ""},
    {"a service that logs in",
     {.login = "exchange",
      .client_address = "10.1.2.3",
      .trusted_socket = true},
     ALICE,
     RIGHT_ALLOWED,
     "exchange",
     "may"},
    {"a login inside a service's network",
     {.login = ALICE, .client_address = "10.20.30.1", .trusted_socket = true},
     ALICE,
     RIGHT_ALLOWED,
     NULL,
     "login is"},

    {"a login by an inet socket",
     {.login = ALICE},
     ALICE,
     RIGHT_NOT_SUBMITTED,
     NULL,
     "socket"},
    {"a service by an inet socket",
     {.client_address = "10.1.2.3"},
     ALICE,
     RIGHT_NOT_SUBMITTED,
     NULL,
     "socket"},
};

static void
who_may_sign_as_whom(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = given_settings(CONFIGURATION);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rights) rights = rights_new(settings, problems);
    g_autofree char *said = given_lines(problems);
    assert_string_equal(said, "");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        RightAnswer answer =
            rights_check(rights, &rows[i].submission, rows[i].from);
        if (answer.class != rows[i].class ||
            g_strcmp0(answer.service, rows[i].service) != 0 ||
            strstr(answer.reason, rows[i].reason) == NULL)
            fail_msg("%s: class %d, service %s: %s", rows[i].what,
                     (int)answer.class, answer.service, answer.reason);
        right_answer_clear(&answer);
    }
}

static void
the_login_is_told_with_its_domain(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = given_settings(CONFIGURATION);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rights) rights = rights_new(settings, problems);
    const Submission alice = LOGIN("alice");
    RightAnswer answer = rights_check(rights, &alice, "boss@example.fr");
    assert_string_equal(answer.login, ALICE);
    right_answer_clear(&answer);
    right_answer_clear(&answer);
}

static void
without_login_domain_a_bare_login_is_nobody(void **state)
{
    (void)state;
    g_autoptr(Settings) settings = given_settings("");
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rights) rights = rights_new(settings, problems);
    const Submission bare = LOGIN("alice");
    RightAnswer answer = rights_check(rights, &bare, ALICE);
    assert_int_equal(answer.class, RIGHT_NOT_ALLOWED);
    assert_non_null(strstr(answer.reason, "login-domain is not set"));
    right_answer_clear(&answer);
    const Submission whole = LOGIN(ALICE);
    answer = rights_check(rights, &whole, ALICE);
    assert_int_equal(answer.class, RIGHT_ALLOWED);
    right_answer_clear(&answer);
    g_autofree char *login = g_strnfill(100000, 'a');
    const Submission endless = {.login = login, .trusted_socket = true};
    answer = rights_check(rights, &endless, ALICE);
    assert_int_equal(answer.class, RIGHT_NOT_ALLOWED);
    right_answer_clear(&answer);
    rights_free(NULL);
}

static void
mistakes_in_services_are_told_with_their_place(void **state)
{
    (void)state;
    static const char *const mistakes[][2] = {
        {"service a { senders = example.fr }",
         "conf:1:1: service a needs clients or daemon-name"},
        {"service a { daemon-name = \"\" senders = example.fr }",
         "service a needs clients or daemon-name"},
        {"service a { clients = 10.1.2.300 senders = example.fr }",
         "\"10.1.2.300\" is no address or network"},
        {"service a { clients = mail.example.fr senders = example.fr }",
         "\"mail.example.fr\" is no address or network"},
        {"service a { clients = 0.0.0.0/0 senders = example.fr }",
         "\"0.0.0.0/0\" would be anybody"},
        {"service a { clients = 10.1.2.3 senders = \"a@b@c\" }",
         "\"a@b@c\" is no address or domain"},
        {"service a { clients = 10.1.2.3 senders = \"*\" }",
         "\"*\" is no address or domain"},
        {"service a { client-certificate = \"CN=ca\", \"CN=erp\"\n"
         "clients = 10.1.2.3 senders = example.fr }",
         "client-certificate comes in a later version"},
        {"signing { login-domain = \"a@example.fr\" }",
         "login-domain: \"a@example.fr\" is no domain"},
        {"signing { login-domain = .example.fr }",
         "login-domain: \".example.fr\" is no domain"},
        {"signing { login-domain = \"\" }", "login-domain: \"\" is no domain"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autoptr(Settings) settings = given_settings(mistakes[i][0]);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Rights) rights = rights_new(settings, problems);
        assert_non_null(rights);
        g_autofree char *said = given_lines(problems);
        if (problems_count(problems) != 1 ||
            strstr(said, mistakes[i][1]) == NULL)
            fail_msg("%s: %s", mistakes[i][0], said);
        assert_true(g_str_has_prefix(said, "conf:1:"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_sign_as_whom),
        cmocka_unit_test(the_login_is_told_with_its_domain),
        cmocka_unit_test(without_login_domain_a_bare_login_is_nobody),
        cmocka_unit_test(mistakes_in_services_are_told_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
