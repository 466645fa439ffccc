/* SPDX-License-Identifier: BSD-2-Clause */
/* Key store in files: PEM (key, certificate, chain) and PKCS#12. */
#ifndef SCEAU_KEYS_STORE_FILES_H
#define SCEAU_KEYS_STORE_FILES_H

#include "keys/store.h"

#include <glib.h>
#include <stdbool.h>

/* One signer from path, which ends in .pem or .p12; its pass phrase, if it
 * needs one, is the first line of PATH.password (both as secret_file.h wants
 * them). The leaf is the certificate that fits the key; it must hold an
 * address, be allowed to sign and have RSA of 2048 bits or EC of 256 at
 * least; its dates are not looked at. Sent along are its issuers found in the
 * file, without a self-signed one; and another certificate for the same
 * address that may encrypt: readers are told to encrypt answers for it (RFC
 * 8551 2.5.3). Errors: CONFIG naming the file. */
Signer *store_files_load(const char *path,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file held the issuer of the leaf: without it, readers who do
 * not know it cannot check a signature. signer is of this store. */
bool store_files_has_issuer(const Signer *signer);

#endif
