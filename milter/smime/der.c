/* SPDX-License-Identifier: BSD-2-Clause */
/* DER: one element at a time over bytes in memory, bounded by its parent. */
#include "smime/der.h"

DerReader
der_open(const guchar *bytes, gsize size_bytes)
{
    /* NULL has no end, not even its own. */
    return (DerReader){.cursor = bytes,
                       .end = size_bytes > 0 ? bytes + size_bytes : bytes};
}

DerReader
der_enter(const DerElement *element)
{
    return der_open(element->content, element->size);
}

bool
der_at_end(const DerReader *reader)
{
    return reader->cursor == reader->end;
}

/* X.690 8.1.3: short form, or up to four octets of long form. */
static bool
read_length(const guchar **cursor, const guchar *end, gsize *length)
{
    if (*cursor == end)
        return false;
    guchar first = *(*cursor)++;
    if (first < 0x80) {
        *length = first;
        return true;
    }
    unsigned count = first & 0x7F;
    if (count == 0 || count > 4 || (gsize)(end - *cursor) < count)
        return false;
    *length = 0;
    for (; count > 0; count--)
        *length = *length << 8 | *(*cursor)++;
    return true;
}

bool
der_read(DerReader *reader, DerElement *element)
{
    const guchar *cursor = reader->cursor;
    if (reader->end - cursor < 2 || (*cursor & 0x1F) == 0x1F)
        return false;
    element->whole = cursor;
    element->tag = *cursor++;
    if (!read_length(&cursor, reader->end, &element->size) ||
        element->size > (gsize)(reader->end - cursor))
        return false;
    element->content = cursor;
    reader->cursor = cursor + element->size;
    element->whole_size = (gsize)(reader->cursor - element->whole);
    return true;
}

bool
der_read_tag(DerReader *reader, guchar tag, DerElement *element)
{
    return der_read(reader, element) && element->tag == tag;
}

static unsigned
count_octets(guint64 value)
{
    unsigned count = 1;
    while ((value >>= 8) != 0)
        count++;
    return count;
}

gsize
der_get_header_size(guint64 content_size)
{
    return content_size < 0x80 ? 2 : 2 + count_octets(content_size);
}

void
der_append_header(GByteArray *to, guchar tag, guint64 content_size)
{
    guchar octets[10] = {tag};
    guint size = 2;
    if (content_size < 0x80) {
        octets[1] = (guchar)content_size;
    } else {
        unsigned count = count_octets(content_size);
        octets[1] = (guchar)(0x80 | count);
        for (; count > 0; count--)
            octets[size++] = (guchar)(content_size >> 8 * (count - 1));
    }
    g_byte_array_append(to, octets, size);
}
