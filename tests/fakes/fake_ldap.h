/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory server in a thread of the test: enough LDAP (RFC 4511) for
 * binds and searches, and every way of failing. */
#ifndef SCEAU_TESTS_FAKES_FAKE_LDAP_H
#define SCEAU_TESTS_FAKES_FAKE_LDAP_H

#include <glib.h>

typedef enum {
    FAKE_LDAP_GOOD,
    FAKE_LDAP_FROZEN,      /* takes requests and says nothing */
    FAKE_LDAP_REFUSE_BIND, /* invalid credentials */
    FAKE_LDAP_BLIND,       /* entries without certificates */
    FAKE_LDAP_EMPTY,       /* no entries at all */
    FAKE_LDAP_CUT,         /* size limit exceeded, with the entries */
    FAKE_LDAP_DROP         /* closes the connection at the first search */
} FakeLdapMode;

typedef struct FakeLdap FakeLdap;

/* Listens on a unix socket in a directory of its own. */
FakeLdap *fake_ldap_new(void);
void fake_ldap_free(FakeLdap *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeLdap, fake_ldap_free)

/* "ldapi://…"; borrowed. */
const char *fake_ldap_get_uri(const FakeLdap *fake);

/* From the next request on. */
void fake_ldap_set_mode(FakeLdap *fake, FakeLdapMode mode);

/* An entry that answers every search that names mail; attribute is what its
 * certificate is published as. Before the first connection. */
void fake_ldap_add(FakeLdap *fake, const char *dn, const char *mail,
                   const char *attribute, const void *value, gsize size);

/* Closes every open connection. */
void fake_ldap_disconnect(FakeLdap *fake);

/* How many connections were ever accepted. */
guint fake_ldap_count(FakeLdap *fake);

#endif
