/* SPDX-License-Identifier: BSD-2-Clause */
/* Control: the socket by which an administrator's command reaches a program
 * that runs. One question and one answer for each connection.
 *
 * Question: the command and its arguments, a line each, then an empty line.
 * Answer: a line with the exit status, then text until the end. */
#ifndef SCEAU_BASE_CONTROL_H
#define SCEAU_BASE_CONTROL_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Bytes of a question and of an answer. */
#define CONTROL_MAX_QUESTION 65536
#define CONTROL_MAX_ANSWER   (4 << 20)

/* Deadlines are clock_monotonic_us. */

/* --- who asks ---------------------------------------------------------- */

/* Asks who listens on path; words end with NULL, none holds a line end or is
 * empty. The answer's text, which the caller frees, and its status. Errors:
 * TEMPORARY (nobody listens, or does not answer in time), CONFIG (we may not,
 * or there are too many words). */
char *control_ask(const char *path, const char *const *words,
                  gint64 deadline_us, int *status,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- who answers ------------------------------------------------------- */

/* A listening, non-blocking descriptor on path, which belongs to uid and gid
 * and has mode 0600. A socket that nobody listens on is replaced. Its
 * directory must not be writable by others than uid and root; when it does not
 * exist it is made (root's, gid's, mode 0750). -1: CONFIG, TEMPORARY. */
int control_listen(const char *path, uid_t uid, gid_t gid,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the other end of a connection is root or our own user. */
bool control_check_peer(int fd);

/* The words of a question; caller frees with g_strfreev. Errors: MALFORMED
 * (too long, empty, cut off), TEMPORARY (not in time). */
char **control_read_question(int fd, gint64 deadline_us,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Errors: TEMPORARY. */
bool control_write_answer(int fd, int status, const char *text,
                          gint64 deadline_us,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
