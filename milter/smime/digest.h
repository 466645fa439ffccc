/* SPDX-License-Identifier: BSD-2-Clause */
/* Digest: SHA-2 over bytes as they pass. */
#ifndef SCEAU_SMIME_DIGEST_H
#define SCEAU_SMIME_DIGEST_H

#include <glib.h>
#include <stdbool.h>

typedef struct Digest Digest;

/* algorithm as in micalg: "sha-256", "sha-384", "sha-512". NULL: INTERNAL. */
Digest *digest_new(const char *algorithm, GError **error);
void digest_free(Digest *digest); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)
bool digest_write(Digest *digest, const void *bytes, gsize size_bytes,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The value, once. */
GBytes *digest_finish(Digest *digest, GError **error);

#endif
