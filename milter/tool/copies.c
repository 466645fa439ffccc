/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies: an outcome as files: N.eml, a message, and N.env, its envelope. */
#include "tool/copies.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES 65536

bool
copies_prepare(const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0700) != 0) {
        error_set(error, ERROR_CONFIG, "%s cannot be made: %s", dir,
                  g_strerror(errno));
        return false;
    }
    g_autoptr(GDir) open = g_dir_open(dir, 0, NULL);
    if (open == NULL) {
        error_set(error, ERROR_CONFIG, "%s cannot be read", dir);
        return false;
    }
    if (g_dir_read_name(open) == NULL)
        return true;
    error_set(error, ERROR_CONFIG, "%s is not empty", dir);
    return false;
}

/* --- header ------------------------------------------------------------ */

/* The change to a field; NULL: none. */
static const OutcomeChange *
find_change(const GPtrArray *changes, const char *name, unsigned instance)
{
    for (guint i = 0; i < changes->len; i++) {
        const OutcomeChange *change = g_ptr_array_index(changes, i);
        if (change->instance == instance &&
            g_ascii_strcasecmp(change->name, name) == 0)
            return change;
    }
    return NULL;
}

static unsigned
get_instance(const Message *message, unsigned index)
{
    const char *name = message_get_field(message, index)->name;
    unsigned instance = 0;
    for (unsigned i = 0; i <= index; i++)
        if (g_ascii_strcasecmp(message_get_field(message, i)->name, name) == 0)
            instance++;
    return instance;
}

/* What an MTA makes of the changes. */
static GString *
apply_changes(const Message *message, const GPtrArray *changes)
{
    GString *header = g_string_new(NULL);
    for (unsigned i = 0; i < message_count_fields(message); i++) {
        const Field *field = message_get_field(message, i);
        const OutcomeChange *change =
            find_change(changes, field->name, get_instance(message, i));
        const char *value = change != NULL ? change->value : field->value;
        if (value != NULL)
            g_string_append_printf(header, "%s:%s\r\n", field->name, value);
    }
    for (guint i = 0; i < changes->len; i++) {
        const OutcomeChange *change = g_ptr_array_index(changes, i);
        if (change->instance == 0)
            g_string_append_printf(header, "%s:%s\r\n", change->name,
                                   change->value);
    }
    return header;
}

/* --- files ------------------------------------------------------------- */

static FILE *
create(const char *dir, unsigned number, const char *suffix, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/%u.%s", dir, number, suffix);
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL)
        error_set(error, ERROR_TEMPORARY, "%s cannot be written: %s", path,
                  g_strerror(errno));
    return out;
}

static bool
finish(FILE *out, const char *dir, GError **error)
{
    bool written = ferror(out) == 0;
    if (fclose(out) == 0 && written)
        return true;
    error_set(error, ERROR_TEMPORARY, "writing to %s failed: %s", dir,
              g_strerror(errno));
    return false;
}

static bool
write_body(FILE *out, const OutcomeBody *body, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        ssize_t got =
            outcome_body_read_at(body, offset, buffer, CHUNK_BYTES, error);
        if (got <= 0)
            return got == 0;
        if (fwrite(buffer, 1, (size_t)got, out) < (size_t)got)
            return true; /* finish will tell */
        offset += (guint64)got;
    }
}

static bool
write_message(const char *dir, unsigned number, const char *header,
              gsize header_bytes, const OutcomeBody *body, GError **error)
{
    FILE *out = create(dir, number, "eml", error);
    if (out == NULL)
        return false;
    (void)fwrite(header, 1, header_bytes, out);
    (void)fputs("\r\n", out);
    if (!write_body(out, body, error)) {
        (void)fclose(out);
        return false;
    }
    return finish(out, dir, error);
}

static void
write_line(FILE *out, const char *command, const char *path,
           const char *parameters)
{
    (void)fprintf(out, "%s:%s%s%s\n", command, path,
                  *parameters != '\0' ? " " : "", parameters);
}

static bool
write_envelope(const char *dir, unsigned number, const Envelope *envelope,
               const GPtrArray *recipients, GError **error)
{
    FILE *out = create(dir, number, "env", error);
    if (out == NULL)
        return false;
    write_line(out, "MAIL FROM", envelope->sender_path,
               envelope->sender_parameters);
    for (guint i = 0; i < recipients->len; i++) {
        const EnvelopeRecipient *recipient = g_ptr_array_index(recipients, i);
        write_line(out, "RCPT TO", recipient->path, recipient->parameters);
    }
    return finish(out, dir, error);
}

/* --- the story --------------------------------------------------------- */

static GPtrArray *
list_remaining(const Envelope *envelope, GPtrArray *removed)
{
    GPtrArray *remaining = g_ptr_array_new();
    for (guint i = 0; i < envelope->recipients->len; i++) {
        gpointer recipient = g_ptr_array_index(envelope->recipients, i);
        if (!g_ptr_array_find(removed, recipient, NULL))
            g_ptr_array_add(remaining, recipient);
    }
    return remaining;
}

static bool
write_in_place(const char *dir, const Outcome *outcome,
               const Envelope *envelope, const Message *message, Spool *body,
               unsigned *count, GError **error)
{
    g_autoptr(GPtrArray) recipients =
        list_remaining(envelope, outcome->removed);
    if (recipients->len == 0)
        return true;
    g_autoptr(GString) header = apply_changes(message, outcome->changes);
    bool replaced = outcome->body.entity != NULL || outcome->body.spool != NULL;
    const OutcomeBody own = {.spool = body};
    ++*count;
    return write_message(dir, *count, header->str, header->len,
                         replaced ? &outcome->body : &own, error) &&
           write_envelope(dir, *count, envelope, recipients, error);
}

bool
copies_write(const char *dir, const Outcome *outcome, const Envelope *envelope,
             const Message *message, Spool *body, unsigned *count,
             GError **error)
{
    *count = 0;
    if (!write_in_place(dir, outcome, envelope, message, body, count, error))
        return false;
    for (guint i = 0; i < outcome->copies->len; i++) {
        const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, i);
        gsize header_bytes = 0;
        g_autofree char *header =
            outcome_copy_format_header(copy, &header_bytes);
        ++*count;
        if (!write_message(dir, *count, header, header_bytes, &copy->body,
                           error) ||
            !write_envelope(dir, *count, envelope, copy->recipients, error))
            return false;
    }
    return true;
}
