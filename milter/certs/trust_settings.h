/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust settings: the blocks "trust NAME" and "crld", for trust.c and who
 * fetches lists. */
#ifndef SCEAU_CERTS_TRUST_SETTINGS_H
#define SCEAU_CERTS_TRUST_SETTINGS_H

#include "base/problems.h"
#include "base/settings.h"

#include <glib.h>
#include <stdbool.h>

enum { TRUST_CASE_FOLD, TRUST_CASE_EXACT };
enum { TRUST_DEVICES_NEWEST, TRUST_DEVICES_ALL };

/* What trust_settings (certs/finder.h) fills. */
typedef struct {
    SettingsHead head;
    char *anchors;
    char *intermediates;
    char *crls;
    char **crl_urls; /* for sceau-crld */
    bool crl_private;
    bool crl_start_tls;
    char *crl_tls_ca;
    char **domains;
    char **sources;
    int address_case; /* TRUST_CASE_… */
    bool subject_address;
    int devices; /* TRUST_DEVICES_… */
    gint64 min_rsa_bits;
    gint64 min_ec_bits;
    gint64 security_level;
    int revocation; /* RevocationRule */
    gint64 grace_ms;
} TrustSettings;

/* What crld_settings (certs/finder.h) fills. Where the block does not stand in
 * the file, sceau-crld makes no indexes and sceaud reads lists itself. */
typedef struct {
    SettingsHead head;
    char *index;   /* folder */
    char *control; /* socket; "none" */
    bool learn;
} CrldSettings;

/* Whether crl-urls are addresses, with a folder for what comes from them. */
void trust_settings_check_urls(const TrustSettings *settings,
                               Problems *problems);

#endif
