/* SPDX-License-Identifier: BSD-2-Clause */
/* Given: what the tests of directories start from: settings from text, and a
 * fake directory with some people in it. */
#ifndef SCEAU_TESTS_CERTS_GIVEN_H
#define SCEAU_TESTS_CERTS_GIVEN_H

#include "base/problems.h"
#include "base/settings.h"
#include "certs/finder.h"
#include "tests/fakes/fake_ldap.h"
#include "tests/fakes/pki.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Settings of this room's blocks, from text. */
static inline Settings *
given_settings(const char *text)
{
    static const SettingRow no_rows[] = {{0}};
    static const SettingsTable top = {.size_bytes = sizeof(SettingsHead),
                                      .rows = no_rows};
    static const SettingsTable *const tables[] = {&top,
                                                  &directory_settings,
                                                  &certificates_settings,
                                                  &gateway_settings,
                                                  &trust_settings,
                                                  &lookup_settings,
                                                  NULL};
    g_autoptr(Problems) problems = problems_new();
    Settings *settings =
        settings_parse("c", text, strlen(text), tables, problems);
    if (problems_count(problems) > 0)
        fail_msg("%s", problems_get(problems, 0));
    return settings;
}

static FakeLdap *fake;

static inline void
given_person(const char *dn, const char *mail, const char *certificate)
{
    g_autoptr(Certificate) made = pki_certificate(certificate);
    GBytes *der = certificate_get_der(made);
    fake_ldap_add(fake, dn, mail, "userCertificate;binary",
                  g_bytes_get_data(der, NULL), g_bytes_get_size(der));
}

static inline int
given_server(void **state)
{
    (void)state;
    fake = fake_ldap_new();
    given_person("cn=canary", "canary@example.fr", "carol");
    given_person("cn=bob", "bob@example.fr", "bob");
    given_person("cn=two", "two@example.fr", "bob");
    given_person("cn=too", "two@example.fr", "carol");
    fake_ldap_add(fake, "cn=empty", "empty@example.fr", "userCertificate", "",
                  0);
    /* As Active Directory gives the first of very many. */
    fake_ldap_add(fake, "cn=part", "part@example.fr", "mail;range=0-1499",
                  "x@example.fr", strlen("x@example.fr"));
    fake_ldap_add(fake, "cn=last", "last@example.fr", "mail;range=1500-*",
                  "y@example.fr", strlen("y@example.fr"));
    return 0;
}

static inline int
given_server_gone(void **state)
{
    (void)state;
    fake_ldap_free(fake);
    return 0;
}

#endif
