/* SPDX-License-Identifier: BSD-2-Clause */
/* Directory: bounded LDAP connections to the servers of one directory, and
 * searches over them. */
#ifndef SCEAU_CERTS_DIRECTORY_H
#define SCEAU_CERTS_DIRECTORY_H

#include "base/problems.h"
#include "base/settings.h"
#include "base/bulletin.h"
#include "certs/finder.h" /* directory_settings */

#include <glib.h>
#include <stdbool.h>

/* So many addresses share one search. */
#define DIRECTORY_BATCH 50

typedef struct {
    SettingsHead head;
    char **uris;
    char *base;
    char *ca_base;
    char *bind_dn;
    char *bind_password_file;
    char **domains;
    char *canary;
    char **address_attributes;
    char *tls_ca;
    bool start_tls;
    bool bind_external;
    char *tls_certificate;
    char *tls_key;
    gint64 probe_ms;
    bool other_addresses;
    gint64 timeout_ms;
} DirectorySettings;

/* Shared by threads; connections are made in the background (pool.h). */
typedef struct Directory Directory;

/* Checks settings (all must outlive it), connects to nothing. Never NULL. */
Directory *directory_new(const DirectorySettings *settings, const Settings *all,
                         Problems *problems);
void directory_free(Directory *directory); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Directory, directory_free)

/* The entries (QueryEntry *) that own any of addresses (count of them), asked
 * for DIRECTORY_BATCH at a time, each time with the canary; an entry may come
 * twice. cut: one for each batch: the server left some out. *server (NULL is
 * fine): the uri that answered, borrowed from the settings. A server that is
 * silent, or fails its canary, is given up for a while and the next one asked.
 * NULL with TEMPORARY (or CONFIG): could not ask. */
GPtrArray *directory_search(Directory *directory, const char *const *addresses,
                            guint count, gint64 deadline_us, bool *cut,
                            const char **server,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Its servers, see pool.h. */
void directory_write_status(Directory *directory, Bulletin *bulletin);

#endif
