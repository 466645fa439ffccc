/* SPDX-License-Identifier: BSD-2-Clause */
/* Secret files: key and pass phrase files, read only when nobody else can. */
#ifndef SCEAU_KEYS_SECRET_FILE_H
#define SCEAU_KEYS_SECRET_FILE_H

#include <glib.h>
#include <stdbool.h>

/* Bytes that are wiped when freed; NUL-terminated beyond size. */
typedef struct {
    char *bytes;
    gsize size;
} Secret;

void secret_file_free(Secret *secret); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_file_free)

/* A regular file of at most 1 MiB, no symbolic link, owned by root or by us
 * (any owner while we are root), without any right for others; its group may
 * read it when root owns it. Errors: CONFIG naming the file. */
Secret *secret_file_load(const char *path,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The first line of such a file: a pass phrase. */
Secret *secret_file_load_line(const char *path,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A folder whose files may be believed: owned by root or by us (any owner
 * while we are root), and nobody else may put a key into it. It may be a
 * symbolic link. Errors: CONFIG naming it. */
bool secret_file_check_folder(const char *path,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
