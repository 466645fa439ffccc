/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out: a small writer for --json and the audit file (RFC 8259). */
#ifndef SCEAU_BASE_JSON_H
#define SCEAU_BASE_JSON_H

#include <glib.h>
#include <stdbool.h>

/* Builds one document in memory; keys are NULL inside arrays and for the
 * outermost value. */
typedef struct Json Json;

Json *json_new(void);
void json_free(Json *json); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

void json_begin_object(Json *json, const char *key);
void json_end_object(Json *json);
void json_begin_array(Json *json, const char *key);
void json_end_array(Json *json);
/* text NULL writes null. */
void json_add_text(Json *json, const char *key, const char *text);
void json_add_number(Json *json, const char *key, gint64 number);
void json_add_flag(Json *json, const char *key, bool flag);

/* The document so far, indented by two blanks, ended by LF. Borrowed until
 * the next call. */
const char *json_get_text(const Json *json);

#endif
