/* SPDX-License-Identifier: BSD-2-Clause */
/* LDAP TLS: what a handle demands of its server's TLS. */
#include "certs/ldaptls.h"

#include "base/error.h"

#include <ldap.h>
#include <string.h>

/* libldap over GnuTLS takes a least version without a word and pays no heed to
 * it; its list of versions it does. */
static bool
forbid_old_tls(LDAP *ldap)
{
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    char *package = NULL;
    if (ldap_get_option(NULL, LDAP_OPT_X_TLS_PACKAGE, &package) != 0)
        return false;
    bool gnutls = package != NULL && strcmp(package, "GnuTLS") == 0;
    ldap_memfree(package);
    return ldap_set_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) == 0 &&
           (!gnutls ||
            ldap_set_option(ldap, LDAP_OPT_X_TLS_CIPHER_SUITE,
                            "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2") == 0);
}

bool
ldaptls_set(LDAP *ldap, const DirectorySettings *settings, GError **error)
{
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int client = 0;
    bool good =
        ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == 0 &&
        forbid_old_tls(ldap) &&
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
