/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpack: a MIME entity or message that stands encoded inside another. */
#include "mime/unpack.h"

#include "mime/header.h"

#include <string.h>

#define MAX_HEADER_BYTES 65536

struct Unpack {
    GString *head; /* until the empty line */
    GPtrArray *fields;
    Message *message; /* NULL: still in the header */
    Scan *scan;
    Spool *body;
    bool incomplete;
    bool empty;
    GError *error;
};

static void
drop(gpointer field)
{
    field_free(field);
}

Unpack *
unpack_new(const Spool *beside)
{
    Unpack *unpack = g_new0(Unpack, 1);
    unpack->head = g_string_new(NULL);
    unpack->fields = g_ptr_array_new_with_free_func(drop);
    unpack->body = spool_new_beside(beside);
    unpack->empty = true;
    return unpack;
}

void
unpack_free(Unpack *unpack)
{
    if (unpack == NULL)
        return;
    g_string_free(unpack->head, TRUE);
    g_ptr_array_unref(unpack->fields);
    scan_free(unpack->scan);
    message_free(unpack->message);
    spool_unref(unpack->body);
    g_clear_error(&unpack->error);
    g_free(unpack);
}

/* --- header ------------------------------------------------------------ */

/* Where the body begins: past the first empty line, whichever line ends the
 * sender used; 0: not yet. *header_size: up to it. */
static gsize
find_body(const GString *head, gsize from, gsize *header_size)
{
    for (gsize i = from; i < head->len; i++) {
        if (head->str[i] != '\n')
            continue;
        gsize next = i + 1;
        if (next < head->len && head->str[next] == '\r')
            next++;
        if (next < head->len && head->str[next] == '\n') {
            *header_size = i + 1;
            return next + 1;
        }
    }
    return 0;
}

/* An entity without any field begins with its empty line. */
static gsize
find_empty_header(const GString *head)
{
    if (g_str_has_prefix(head->str, "\r\n"))
        return 2;
    return head->len > 0 && head->str[0] == '\n' ? 1 : 0;
}

static void
write_body(Unpack *unpack, const void *bytes, gsize size)
{
    scan_write(unpack->scan, bytes, size);
    if (unpack->error == NULL &&
        !spool_write(unpack->body, bytes, size, &unpack->error))
        unpack->incomplete = true;
}

static void
begin_body(Unpack *unpack, gsize header_size, gsize start)
{
    bool malformed = false;
    g_ptr_array_unref(unpack->fields);
    unpack->fields = header_parse(unpack->head->str, header_size, &malformed);
    unpack->message = message_new();
    for (guint i = 0; i < unpack->fields->len; i++) {
        const Field *field = g_ptr_array_index(unpack->fields, i);
        if (!message_add_field(unpack->message, field->name, field->value,
                               NULL))
            unpack->incomplete = true;
    }
    unpack->scan = scan_new(unpack->message);
    write_body(unpack, unpack->head->str + start, unpack->head->len - start);
    g_string_truncate(unpack->head, 0);
}

static void
write_head(Unpack *unpack, const char *bytes, gsize size)
{
    /* An empty line may have begun in the chunk before. */
    gsize from = unpack->head->len > 2 ? unpack->head->len - 2 : 0;
    g_string_append_len(unpack->head, bytes, (gssize)size);
    gsize header_size = 0;
    gsize start = find_empty_header(unpack->head);
    if (start == 0)
        start = find_body(unpack->head, from, &header_size);
    if (start == 0 && unpack->head->len <= MAX_HEADER_BYTES)
        return;
    if (start == 0 || header_size > MAX_HEADER_BYTES) {
        unpack->incomplete = true;
        header_size = MAX_HEADER_BYTES;
        start = MAX(start, header_size);
    }
    begin_body(unpack, header_size, start);
}

/* --- writing ----------------------------------------------------------- */

void
unpack_write(Unpack *unpack, const void *bytes, gsize size_bytes)
{
    unpack->empty = unpack->empty && size_bytes == 0;
    if (unpack->message != NULL)
        write_body(unpack, bytes, size_bytes);
    else
        write_head(unpack, bytes, size_bytes);
}

bool
unpack_end(Unpack *unpack, GError **error)
{
    if (unpack->message == NULL)
        begin_body(unpack, unpack->head->len, unpack->head->len);
    scan_finish(unpack->scan);
    if (unpack->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&unpack->error));
        return false;
    }
    return spool_seal(unpack->body, error);
}

/* --- looking ----------------------------------------------------------- */

bool
unpack_is_empty(const Unpack *unpack)
{
    return unpack->empty;
}

bool
unpack_is_incomplete(const Unpack *unpack)
{
    return unpack->incomplete;
}

const GPtrArray *
unpack_get_fields(const Unpack *unpack)
{
    return unpack->fields;
}

const Message *
unpack_get_message(const Unpack *unpack)
{
    return unpack->message;
}

const Scan *
unpack_get_scan(const Unpack *unpack)
{
    return unpack->scan;
}

const Spool *
unpack_get_body(const Unpack *unpack)
{
    return unpack->body;
}
