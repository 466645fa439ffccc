/* SPDX-License-Identifier: BSD-2-Clause */
/* Query: filters (RFC 4515), attributes asked, entries read. */
#ifndef SCEAU_CERTS_QUERY_H
#define SCEAU_CERTS_QUERY_H

#include <glib.h>
#include <ldap.h>
#include <stdbool.h>

/* Most values of one entry, and bytes of one value, that are looked at. */
#define QUERY_MAX_VALUES      64
#define QUERY_MAX_VALUE_BYTES (16 * 1024)

typedef struct {
    char *dn;
    GPtrArray *addresses; /* char *: folded mailboxes it owns */
    GPtrArray *values;    /* SourceValue *: each once */
    GPtrArray *chain;     /* GBytes *: CA certificates beside them */
    guint cut;            /* values left out: too many or too long */
    guint garbage;        /* values that hold nothing we know */
    bool partial;         /* it has more addresses than came: whom it does not
                           * seem to own it may own all the same */
} QueryEntry;

void query_entry_free(QueryEntry *entry); /* NULL is fine */

/* "(|(mail=a)(mail=b)…)" for every attribute and address, each value escaped.
 * attributes: "mail", or "proxyAddresses:smtp:" (a prefix after the colon).
 * Caller frees. */
char *query_make_filter(char *const *attributes, const char *const *addresses,
                        guint count);

/* The names to ask for, NULL-terminated; caller frees with g_strfreev. */
char **query_list_attributes(char *const *attributes);

/* Reads one entry; certificate attributes are matched by base name whatever
 * options they carry. */
QueryEntry *query_read_entry(LDAP *ldap, LDAPMessage *message,
                             char *const *attributes);

/* Whether the entry owns address. */
bool query_owns(const QueryEntry *entry, const char *address);

#endif
