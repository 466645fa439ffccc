/* SPDX-License-Identifier: BSD-2-Clause */
/* Value: one setting's text <-> its place in a structure. For settings.c. */
#ifndef SCEAU_BASE_VALUE_H
#define SCEAU_BASE_VALUE_H

#include "base/settings.h"

/* Puts texts (NULL-terminated, at least one) into row's place in filled, or
 * notes what is wrong with them in problems. at may be NULL. */
void value_set(const SettingRow *row, void *filled, char *const *texts,
               const Position *at, Problems *problems);

/* A list's place before anything is set: no elements. */
void value_set_empty_list(const SettingRow *row, void *filled);

/* Releases what row's place owns. */
void value_clear(const SettingRow *row, void *filled);

/* The place's content in the file's syntax. Caller frees. */
char *value_format(const SettingRow *row, const void *filled);

#endif
