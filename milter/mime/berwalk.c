/* SPDX-License-Identifier: BSD-2-Clause */
/* BER walk: elements of a byte stream with their nesting checked. */
#include "mime/berwalk.h"

#include <string.h>

#define MAX_HEADER 10

typedef enum { AT_TAG, AT_LENGTH, AT_LONG_LENGTH, AT_CONTENT } State;

typedef struct {
    bool indefinite;
    guint64 bound; /* where it, or the definite one around it, must end */
} Level;

struct BerWalk {
    BerWalkEvents events;
    gpointer user;
    State state;
    bool invalid;
    bool complete;  /* the one element is over */
    guint64 offset; /* octets seen */
    unsigned depth; /* open constructed elements */
    Level levels[BERWALK_MAX_DEPTH];
    guchar header[MAX_HEADER];
    gsize header_size;
    unsigned length_octets;
    guint64 length;
};

BerWalk *
berwalk_new(const BerWalkEvents *events, gpointer user)
{
    BerWalk *walk = g_new0(BerWalk, 1);
    walk->events = *events;
    walk->user = user;
    return walk;
}

void
berwalk_free(BerWalk *walk)
{
    g_free(walk);
}

static void
fail(BerWalk *walk)
{
    walk->invalid = true;
}

static guint64
get_bound(const BerWalk *walk)
{
    return walk->depth > 0 ? walk->levels[walk->depth - 1].bound : G_MAXUINT64;
}

static void
end_element(BerWalk *walk)
{
    if (!walk->events.end(walk->user, walk->depth))
        fail(walk);
    walk->state = AT_TAG;
    walk->header_size = 0;
    if (walk->depth == 0)
        walk->complete = true;
}

/* Constructed elements whose announced octets are used up are over; an
 * indefinite one that is still open there was cut off. */
static void
close_full_levels(BerWalk *walk)
{
    while (!walk->invalid && walk->depth > 0 &&
           walk->offset == get_bound(walk)) {
        if (walk->levels[walk->depth - 1].indefinite) {
            fail(walk);
            return;
        }
        walk->depth--;
        end_element(walk);
    }
}

static bool
is_end_of_contents(const BerWalk *walk)
{
    return walk->header[0] == 0 && walk->header_size == 2 &&
           walk->header[1] == 0;
}

static void
take_end_of_contents(BerWalk *walk)
{
    if (walk->depth == 0 || !walk->levels[walk->depth - 1].indefinite) {
        fail(walk);
        return;
    }
    walk->depth--;
    end_element(walk);
    close_full_levels(walk);
}

static void
begin_constructed(BerWalk *walk, bool indefinite)
{
    if (walk->depth == BERWALK_MAX_DEPTH) {
        fail(walk);
        return;
    }
    guint64 bound = indefinite ? get_bound(walk) : walk->offset + walk->length;
    walk->levels[walk->depth++] =
        (Level){.indefinite = indefinite, .bound = bound};
    walk->state = AT_TAG;
    walk->header_size = 0;
    close_full_levels(walk);
}

static void
begin_element(BerWalk *walk, bool indefinite)
{
    bool constructed = (walk->header[0] & 0x20) != 0;
    if (is_end_of_contents(walk)) {
        take_end_of_contents(walk);
        return;
    }
    guint64 bound = get_bound(walk);
    if (walk->header[0] == 0 || (indefinite && !constructed) ||
        walk->offset > bound || walk->length > bound - walk->offset ||
        !walk->events.begin(walk->user, walk->depth, walk->header[0],
                            walk->header, walk->header_size)) {
        fail(walk);
        return;
    }
    if (constructed) {
        begin_constructed(walk, indefinite);
    } else if (walk->length == 0) {
        end_element(walk);
        close_full_levels(walk);
    } else {
        walk->state = AT_CONTENT;
    }
}

static void
take_length(BerWalk *walk, guchar byte)
{
    walk->length = 0;
    if (byte == 0x80) {
        begin_element(walk, true);
    } else if (byte < 0x80) {
        walk->length = byte;
        begin_element(walk, false);
    } else if ((byte & 0x7F) > 7) {
        fail(walk);
    } else {
        walk->length_octets = byte & 0x7F;
        walk->state = AT_LONG_LENGTH;
    }
}

static void
take_header_byte(BerWalk *walk, guchar byte)
{
    if (walk->complete || walk->header_size == MAX_HEADER) {
        fail(walk);
        return;
    }
    walk->header[walk->header_size++] = byte;
    walk->offset++;
    if (walk->state == AT_TAG) {
        /* Tags above 30 occur in no CMS object. */
        if ((byte & 0x1F) == 0x1F)
            fail(walk);
        walk->state = AT_LENGTH;
    } else if (walk->state == AT_LENGTH) {
        take_length(walk, byte);
    } else {
        walk->length = walk->length << 8 | byte;
        if (--walk->length_octets == 0)
            begin_element(walk, false);
    }
}

void
berwalk_write(BerWalk *walk, const void *bytes, gsize size_bytes)
{
    const guchar *c = bytes;
    while (size_bytes > 0 && !walk->invalid) {
        if (walk->state != AT_CONTENT) {
            take_header_byte(walk, *c++);
            size_bytes--;
            continue;
        }
        gsize part = (gsize)MIN(walk->length, size_bytes);
        if (!walk->events.content(walk->user, walk->depth, c, part))
            fail(walk);
        walk->length -= part;
        walk->offset += part;
        c += part;
        size_bytes -= part;
        if (walk->length == 0 && !walk->invalid) {
            end_element(walk);
            close_full_levels(walk);
        }
    }
}

bool
berwalk_finish(const BerWalk *walk)
{
    return !walk->invalid && walk->complete && walk->state == AT_TAG &&
           walk->header_size == 0;
}
