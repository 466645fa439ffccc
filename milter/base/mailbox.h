/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox: RFC 5321 addresses as text: read, compare, match. */
#ifndef SCEAU_BASE_MAILBOX_H
#define SCEAU_BASE_MAILBOX_H

#include <glib.h>
#include <stdbool.h>

/* The canonical form is "local@domain": no brackets, no source route, the
 * domain in lower case and as A-labels, the local part as given, unquoted
 * where quotes are not needed. The null sender is "". */

/* Reads a path as an MTA hands it over ("<Bob@Example.COM>", "bob@x",
 * "<@relay:bob@x>", "<>", blanks inside the brackets). NULL when it is no
 * address (no or two '@', control characters, over 320 bytes, an address
 * without domain, an address literal is allowed). Caller frees. */
char *mailbox_parse(const char *path);

/* A key for tables and comparisons: the canonical form with ASCII letters of
 * the local part in lower case too. Caller frees. */
char *mailbox_fold(const char *mailbox);

/* Same mailbox, without regard to ASCII case (RFC 5321 2.4 allows case to
 * matter; no directory or reader in use does). */
bool mailbox_equal(const char *a, const char *b);

/* What follows the last '@'; "" for the null sender. Borrowed. */
const char *mailbox_get_domain(const char *mailbox);

/* Whether mailbox is in pattern: "a@example.fr" that address, "example.fr"
 * that domain exactly, ".example.fr" it and everything below. */
bool mailbox_matches(const char *mailbox, const char *pattern);

/* matches, for any of patterns (NULL-terminated). */
bool mailbox_matches_any(const char *mailbox, char *const *patterns);

/* Whether text is a pattern that mailbox_matches can use. */
bool mailbox_check_pattern(const char *text);

#endif
