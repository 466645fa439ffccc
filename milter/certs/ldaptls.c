/* SPDX-License-Identifier: BSD-2-Clause */
/* LDAP TLS: what a handle demands of its server's TLS. */
#include "certs/ldaptls.h"

#include "base/error.h"

#include <ldap.h>
#include <string.h>

bool
ldaptls_set(LDAP *ldap, const DirectorySettings *settings, GError **error)
{
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int client = 0;
    bool good =
        ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == 0 &&
        ldap_set_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) == 0 &&
        (settings->tls_ca == NULL ||
         ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, settings->tls_ca) ==
             0) &&
        (settings->tls_certificate == NULL ||
         (ldap_set_option(ldap, LDAP_OPT_X_TLS_CERTFILE,
                          settings->tls_certificate) == 0 &&
          ldap_set_option(ldap, LDAP_OPT_X_TLS_KEYFILE, settings->tls_key) ==
              0)) &&
        /* Nothing above has an effect before this. */
        ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client) == 0;
    if (good)
        return true;
    error_set(error, ERROR_CONFIG, "tls-ca %s%s%s cannot be used",
              settings->tls_ca != NULL ? settings->tls_ca : "of the system",
              settings->tls_certificate != NULL ? " or tls-certificate " : "",
              settings->tls_certificate != NULL ? settings->tls_certificate
                                                : "");
    return false;
}

bool
ldaptls_check_version(LDAP *ldap, const char *uri, GError **error)
{
    char *version = NULL;
    bool known = ldap_get_option(ldap, LDAP_OPT_X_TLS_VERSION, &version) == 0 &&
                 version != NULL;
    bool good = known && (g_str_has_suffix(version, "1.2") ||
                          g_str_has_suffix(version, "1.3"));
    if (!good)
        error_set(error, ERROR_CONFIG,
                  "%s speaks %s, and at least TLS 1.2 is needed", uri,
                  known ? version : "no version of TLS that is known");
    ldap_memfree(version);
    return good;
}
