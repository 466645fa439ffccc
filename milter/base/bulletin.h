/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulletin: what a program tells of itself, sections of named values, as text
 * for the control socket: "[KIND NAME]", "KEY: TEXT", "KEY = NUMBER". */
#ifndef SCEAU_BASE_BULLETIN_H
#define SCEAU_BASE_BULLETIN_H

#include <glib.h>
#include <stdbool.h>

typedef struct Bulletin Bulletin;

Bulletin *bulletin_new(void);
void bulletin_free(Bulletin *bulletin); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bulletin, bulletin_free)

/* What follows belongs to that section. kind: one word; name: anything without
 * a line end, or NULL. */
void bulletin_begin(Bulletin *bulletin, const char *kind, const char *name);

/* key: without ':' and '='. value NULL: nothing is added. Control characters
 * become blanks. */
void bulletin_add_text(Bulletin *bulletin, const char *key, const char *value);
void bulletin_add_number(Bulletin *bulletin, const char *key, gint64 number);

/* Of a time, as "2026-12-15T10:00:00Z". */
void bulletin_add_time(Bulletin *bulletin, const char *key, gint64 time_s);

/* The text so far, borrowed until the next call. */
const char *bulletin_get_text(const Bulletin *bulletin);

typedef enum { BULLETIN_SECTION, BULLETIN_TEXT, BULLETIN_NUMBER } BulletinKind;

/* Of SECTION: key is its kind, value its name ("": none). */
typedef void (*BulletinVisit)(gpointer data, BulletinKind kind, const char *key,
                              const char *value);

/* Reads a text back; false: a line is none of the three. */
bool bulletin_read(const char *text, BulletinVisit visit, gpointer data);

#endif
