/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe file: files that others read while we write, whole or not at all. */
#ifndef SCEAU_TOOL_SAFE_FILE_H
#define SCEAU_TOOL_SAFE_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Puts text into folder/name, in place of what was there, with that mode; on
 * the disk when it returns. A reader sees the old file or the new one.
 * Errors: CONFIG naming the file. */
bool safe_file_write(const char *folder, const char *name, const char *text,
                     mode_t mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes a file for good. Errors: CONFIG naming it. */
bool safe_file_remove(const char *path,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A name for a file made of text that others wrote: letters, digits and
 * "@._+-" stay, the rest becomes '_', and it does not begin with a dot. At
 * most 128 bytes. Caller frees. */
char *safe_file_make_name(const char *text);

#endif
