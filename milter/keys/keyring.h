/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyring: mailbox -> signer. */
#ifndef SCEAU_KEYS_KEYRING_H
#define SCEAU_KEYS_KEYRING_H

#include "base/problems.h"
#include "base/settings.h"
#include "keys/store.h"

#include <glib.h>

typedef enum { RSA_PADDING_PKCS1, RSA_PADDING_PSS } RsaPadding;

/* The block "signing": where keys are, and how logins become addresses. */
typedef struct {
    SettingsHead head;
    char *keys;         /* folder: *.pem, *.p12 with NAME.p12.password */
    char *login_domain; /* completes a login without realm */
    char *digest;       /* "sha-256" */
    int rsa_padding;    /* RsaPadding */
} SigningSettings;

extern const SettingsTable signing_settings;

typedef enum {
    KEY_FOUND,
    KEY_NONE,     /* no key for that mailbox */
    KEY_UNUSABLE, /* expired, not yet valid, broken: reason says */
    KEY_AWAY      /* could not ask: keyd or token away, key locked */
} KeyClass;

typedef struct {
    KeyClass class;
    Signer *signer; /* KEY_FOUND; caller drops it */
    char *reason;   /* otherwise; caller frees */
} KeyAnswer;

void key_answer_clear(KeyAnswer *answer);

/* Immutable; any thread. */
typedef struct Keyring Keyring;

/* Reads the folder. A folder or file that others could change or read, one
 * not owned by root or us, a wrong password, a key that does not fit its
 * certificate or may not sign: an error in problems each, naming the file.
 * Warnings: not valid today, unlike the name of its file, issuer missing, fit
 * for encryption too, no key at all. Never NULL. */
Keyring *keyring_new(const Settings *settings, Problems *problems);
void keyring_free(Keyring *keyring); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keyring, keyring_free)

/* The best signer whose certificate holds mailbox, valid at now_s (newest
 * notBefore; signing-only before dual use). */
KeyAnswer keyring_find(const Keyring *keyring, const char *mailbox,
                       gint64 now_s);

/* One line per key for "sceau check": address, subject, until when. Elements
 * are char *; caller unrefs. */
GPtrArray *keyring_list(const Keyring *keyring);

/* The certificate of each key (Certificate *); caller unrefs. */
GPtrArray *keyring_list_certificates(const Keyring *keyring);

#endif
