/* SPDX-License-Identifier: BSD-2-Clause */
/* Armor: whether a text is one OpenPGP message in ASCII armor and nothing else
 * (RFC 9580 6.2). Constant memory. */
#ifndef SCEAU_MIME_ARMOR_H
#define SCEAU_MIME_ARMOR_H

#include <glib.h>
#include <stdbool.h>

typedef struct Armor Armor;

Armor *armor_new(void);
void armor_free(Armor *armor); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Armor, armor_free)

/* The text in any chunking. False: it is none, the rest does not matter. */
bool armor_write(Armor *armor, const void *bytes, gsize size_bytes);

/* Whether it was one, from its first line to its last. */
bool armor_finish(Armor *armor);

#endif
