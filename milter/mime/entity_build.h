/* SPDX-License-Identifier: BSD-2-Clause */
/* Entity under construction: for entity.c, reencode.c and protect.c, nobody
 * else. */
#ifndef SCEAU_MIME_ENTITY_BUILD_H
#define SCEAU_MIME_ENTITY_BUILD_H

#include "mime/entity.h"

/* A new entity without fields and body. */
Entity *entity_build_new(void);

/* Appends a field; all before the first piece of body. */
void entity_build_field(Entity *entity, const char *name, const char *value);

/* Appends to the body: bytes (taken over), or a range of a sealed spool
 * (referenced). */
void entity_build_bytes(Entity *entity, GBytes *bytes);
void entity_build_text(Entity *entity, const char *text);
void entity_build_range(Entity *entity, Spool *spool, guint64 offset,
                        guint64 size_bytes);

/* Appends all of another entity, its fields as lines. */
void entity_build_entity(Entity *entity, Entity *inner);

/* Appends the body of another entity. */
void entity_build_body(Entity *entity, const Entity *inner);

/* Appends base64 text as lines of 64 columns. */
void entity_build_base64(Entity *entity, const char *base64);

/* A random boundary that is not in inner. Caller frees. NULL: TEMPORARY. */
char *entity_build_find_boundary(const Entity *inner, GError **error);

/* The scanner saw no delimiter of ours in what is a range of spools. */
void entity_build_boundary_free(Entity *entity);

#endif
