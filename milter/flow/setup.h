/* SPDX-License-Identifier: BSD-2-Clause */
/* Setup: everything that was read from disk, as one immutable snapshot. A
 * message finishes with the setup it began with; a reload swaps a new one. */
#ifndef SCEAU_FLOW_SETUP_H
#define SCEAU_FLOW_SETUP_H

#include "base/denials.h"
#include "base/marks.h"
#include "base/problems.h"
#include "base/settings.h"
#include "base/spool.h"
#include "base/timekeeper.h"
#include "certs/finder.h"
#include "keys/keyring.h"
#include "keys/rights.h"
#include "policy/policy.h"

#include <glib.h>
#include <stdbool.h>

typedef enum { SCOPE_OUTGOING, SCOPE_ALL } SetupScope;
typedef enum { LOG_TO_SYSLOG, LOG_TO_STDERR } SetupLog;
typedef enum { DKIM_REMOVE, DKIM_KEEP, DKIM_REFUSE } SetupDkim;

/* The settings outside any block, the daemon's among them (so that the tool
 * sees all of them without libmilter). */
typedef struct {
    SettingsHead head;
    char **domains;
    int scope; /* SetupScope */
    char *policy;
    char *socket; /* "unix:/path" or "inet:port@host" */
    char *socket_group;
    char *socket_mode; /* octal */
    bool sign_on_inet; /* believe logins told over an inet socket */
    char *contact;
    char *user;
    char **groups; /* further groups of the process */
    char *state;
    char *control; /* path of the control socket, or "none" */
    int log;       /* SetupLog */
    gint64 lookup_timeout_ms;
    gint64 max_recipients;
    int dkim;                   /* SetupDkim */
    guint64 message_size_limit; /* the MTA's; 0: not known */
} GeneralSettings;

extern const SettingsTable general_settings;

/* Read-only for everybody but setup.c; reference-counted, any thread. */
typedef struct {
    gint references;
    char *path;
    GPtrArray *tables; /* const SettingsTable *, NULL at the end */
    Settings *settings;
    const GeneralSettings *general;
    const SpoolSettings *spool;
    const SigningSettings *signing;
    Policy *policy;
    Denials *denials; /* finder uses them too */
    Marks *marks;     /* for whom mail was encrypted lately */
    Timekeeper *timekeeper;
    Finder *finder;
    Keyring *keyring;
    Rights *rights;
} Setup;

/* Every table of sceau.conf: those of the rooms below, then extra
 * (NULL-terminated); const SettingsTable *, NULL at the end. Caller unrefs. */
GPtrArray *setup_list_tables(const SettingsTable *const *extra);

/* Reads path and everything it names; all mistakes go to problems. extra:
 * tables of rooms above (relay), NULL-terminated. NULL when problems_count
 * grew. Opens no connection. */
Setup *setup_load(const char *path, const SettingsTable *const *extra,
                  Problems *problems);
Setup *setup_ref(Setup *setup);
void setup_unref(Setup *setup); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Setup, setup_unref)

/* Before setup is shared: what is denied and marked is asked where old asks it,
 * whatever setup says about the place of the state file; and the present time
 * is right if it may be. */
void setup_keep_state(Setup *setup, const Setup *old);

/* Why the machine's time cannot be right, see base/timekeeper.h. */
char *setup_check_clock(const Setup *setup);

/* Whether a recipient's canonical address is one of ours. A bare local name
 * is; one whose local part holds a route to elsewhere ("a%b", "b!a") is not;
 * one that could not be read (NULL) is unknown. */
Truth setup_check_inside(const Setup *setup, const char *address);

#endif
