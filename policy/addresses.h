/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: one list of a policy: addresses and domains, some until a day. */
#ifndef SCEAU_POLICY_ADDRESSES_H
#define SCEAU_POLICY_ADDRESSES_H

#include "policy/policy.h"

#include <stddef.h>

#define ADDRESSES_FILE_LIMIT_BYTES (8 * 1024 * 1024)
#define ADDRESSES_ENTRY_LIMIT      100000

/* Immutable once filled. */
typedef struct Addresses Addresses;

Addresses *addresses_new(void);
void addresses_free(Addresses *addresses); /* NULL is fine */

/* Adds a pattern (base/mailbox) that counts before until_s, seconds since
 * 1970; G_MAXINT64: for ever. Of two times the later one holds. False when
 * the pattern is none. */
bool addresses_add(Addresses *addresses, const char *pattern, gint64 until_s);

/* Adds the lines of a list file: a pattern, then maybe "until YYYY-MM-DD" (to
 * the end of that day, UTC), then maybe "#" and a comment. Every mistake goes
 * to problems; at is where the policy names the file. What was read, as it
 * was, is added to hash. */
void addresses_load(Addresses *addresses, const char *path, const Position *at,
                    GChecksum *hash, Problems *problems);

guint addresses_count(const Addresses *addresses);

/* Whether mailbox (canonical) is in the list at now_s; unknown when now_s is
 * 0 and only entries that end one day contain it. */
Truth addresses_match(const Addresses *addresses, const char *mailbox,
                      gint64 now_s);

/* The bytes of a regular file of at most limit_bytes, or NULL with the reason
 * in problems. Caller frees. */
GBytes *addresses_read_file(const char *path, size_t limit_bytes,
                            const Position *at, Problems *problems);

#endif
