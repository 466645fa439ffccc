/* SPDX-License-Identifier: BSD-2-Clause */
/* Key store in files: PEM (key, certificate, chain) and PKCS#12. */
#ifndef SCEAU_KEYS_STORE_FILES_H
#define SCEAU_KEYS_STORE_FILES_H

#include "keys/store.h"

#include <glib.h>

/* One signer from path, which ends in .pem or .p12; its pass phrase, if it
 * needs one, is the first line of PATH.password. The leaf is the certificate
 * that fits the key; it must hold an address and be allowed to sign. Self-
 * signed certificates beside it are not sent along. Errors: CONFIG naming the
 * file. */
Signer *store_files_load(const char *path,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
