/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust settings: the blocks "trust NAME" and "crld". */
#include "certs/trust_settings.h"

#include "certs/crldirectory.h"
#include "certs/finder.h"

#define AT(member) offsetof(TrustSettings, member)

static const SettingRow rows[] = {
    {.name = "anchors",
     .type = SETTING_PATH,
     .offset = AT(anchors),
     .required = true,
     .help = "folder of CA certificates to trust"},
    {.name = "intermediates",
     .type = SETTING_PATH,
     .offset = AT(intermediates),
     .help = "folder of CA certificates between those and the leaves"},
    {.name = "crls",
     .type = SETTING_PATH,
     .offset = AT(crls),
     .help = "folder of revocation lists, read again when it changes"},
    {.name = "crl-urls",
     .type = SETTING_LIST,
     .offset = AT(crl_urls),
     .help = "where sceau-crld fetches lists for crls: http://, https://, "
             "ldap://, ldaps:// or ldapi://"},
    {.name = "crl-private",
     .type = SETTING_FLAG,
     .offset = AT(crl_private),
     .default_text = "no",
     .help = "fetch from loopback and private addresses, too"},
    {.name = "crl-start-tls",
     .type = SETTING_FLAG,
     .offset = AT(crl_start_tls),
     .default_text = "no",
     .help = "TLS on the ldap:// connections of crl-urls"},
    {.name = "crl-tls-ca",
     .type = SETTING_PATH,
     .offset = AT(crl_tls_ca),
     .help = "file of the CA of the TLS certificates of those and of ldaps:// "
             "servers; none: the system's"},
    {.name = "domains",
     .type = SETTING_LIST,
     .offset = AT(domains),
     .help = "domains these CAs may speak for; none: all that no other set "
             "names"},
    {.name = "sources",
     .type = SETTING_LIST,
     .offset = AT(sources),
     .help =
         "directories, folders and gateways whose certificates count; none: "
         "all"},
    {.name = "address-case",
     .type = SETTING_CHOICE,
     .offset = AT(address_case),
     .default_text = "fold",
     .choices = "fold|exact",
     .help = "whether upper and lower case before the @ of a certificate's "
             "address may differ"},
    {.name = "subject-address",
     .type = SETTING_FLAG,
     .offset = AT(subject_address),
     .default_text = "no",
     .help = "take the subject's emailAddress where the subjectAltName has "
             "none"},
    {.name = "devices",
     .type = SETTING_CHOICE,
     .offset = AT(devices),
     .default_text = "newest",
     .choices = "newest|all",
     .help = "somebody with several usable certificates: encrypt for the "
             "newest, or for all"},
    {.name = "min-rsa-bits",
     .type = SETTING_NUMBER,
     .offset = AT(min_rsa_bits),
     .default_text = "2048",
     .minimum = 1024,
     .maximum = 16384,
     .help = "shortest RSA key to encrypt for"},
    {.name = "min-ec-bits",
     .type = SETTING_NUMBER,
     .offset = AT(min_ec_bits),
     .default_text = "256",
     .minimum = 160,
     .maximum = 521,
     .help = "shortest elliptic curve to encrypt for; its strength is half"},
    {.name = "security-level",
     .type = SETTING_NUMBER,
     .offset = AT(security_level),
     .default_text = "2",
     .minimum = 1,
     .maximum = 5,
     .help = "what keys and signatures of the whole chain must withstand: 2 "
             "is 112 bits, 3 is 128"},
    {.name = "revocation",
     .type = SETTING_CHOICE,
     .offset = AT(revocation),
     .default_text = "auto",
     .choices = "auto|require|prefer|off",
     .help = "what if it is not known whether a certificate is revoked; auto: "
             "require with crls, off without"},
    {.name = "grace",
     .type = SETTING_DURATION,
     .offset = AT(grace_ms),
     .default_text = "24h",
     .maximum = 2592000000,
     .help = "how long \"prefer\" goes on with a list past its date"},
    {0}};

const SettingsTable trust_settings = {
    .block = "trust",
    .named = true,
    .size_bytes = sizeof(TrustSettings),
    .rows = rows,
    .help = "CAs, and the domains they may speak for",
};

#define CRLD_AT(member) offsetof(CrldSettings, member)

static const SettingRow crld_rows[] = {
    {.name = "index",
     .type = SETTING_PATH,
     .offset = CRLD_AT(index),
     .default_text = LOCALSTATEDIR "/lib/sceau-crl",
     .help = "folder where sceau-crld puts lists in the form that sceaud maps"},
    {.name = "control",
     .type = SETTING_TEXT,
     .offset = CRLD_AT(control),
     .default_text = "/run/sceau-crl/control.sock",
     .help = "socket for \"sceau refresh crl\"; none: without"},
    {.name = "learn",
     .type = SETTING_FLAG,
     .offset = CRLD_AT(learn),
     .default_text = "no",
     .help = "fetch from where verified certificates say that their lists are, "
             "too"},
    {0}};

const SettingsTable crld_settings = {
    .block = "crld",
    .size_bytes = sizeof(CrldSettings),
    .rows = crld_rows,
    .help = "sceau-crld, and that sceaud takes lists from it alone",
};

void
trust_settings_check_urls(const TrustSettings *settings, Problems *problems)
{
    char **url = settings->crl_urls;
    if (*url != NULL && settings->crls == NULL)
        problems_add(problems, &settings->head.at,
                     "trust %s: crl-urls needs crls, the folder where the "
                     "lists go",
                     settings->head.name);
    for (; *url != NULL; url++) {
        const char *fault = NULL;
        if (crldirectory_is_url(*url))
            fault = crldirectory_check_url(*url);
        else if (!g_str_has_prefix(*url, "http://") &&
                 !g_str_has_prefix(*url, "https://"))
            fault = "is no http://, https:// or ldap:// address";
        if (fault != NULL)
            problems_add(problems, &settings->head.at,
                         "trust %s: crl-urls: \"%s\" %s", settings->head.name,
                         *url, fault);
    }
}
