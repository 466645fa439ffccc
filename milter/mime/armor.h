/* SPDX-License-Identifier: BSD-2-Clause */
/* Armor: whether a text is one OpenPGP block in ASCII armor and nothing else
 * (RFC 9580 6.2), and the packets in it. Constant memory. */
#ifndef SCEAU_MIME_ARMOR_H
#define SCEAU_MIME_ARMOR_H

#include <glib.h>
#include <stdbool.h>

typedef struct Armor Armor;

/* The packets' bytes, as they come. False: the rest does not matter. */
typedef bool (*ArmorTake)(gpointer user, const void *bytes, gsize size_bytes);

Armor *armor_new(ArmorTake take, gpointer user);
void armor_free(Armor *armor); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Armor, armor_free)

/* The text in any chunking. False: it is none, the rest does not matter. */
bool armor_write(Armor *armor, const void *bytes, gsize size_bytes);

/* Whether it was one, from its first line to its last: known header lines, a
 * few; base64 that any reader reads alike; a checksum, which is not checked
 * (RFC 9580 6.1). */
bool armor_finish(Armor *armor);

#endif
