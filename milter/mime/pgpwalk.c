/* SPDX-License-Identifier: BSD-2-Clause */
/* PgpWalk: whether bytes are one encrypted OpenPGP message and nothing else. */
#include "mime/pgpwalk.h"

#include <string.h>

/* A key for one reader, of any algorithm of today; and how many of them. */
#define MAX_KEY_BYTES 8192
#define MAX_PACKETS   1000
/* RFC 9580 5.8: all that a marker may say. */
#define MARKER "PGP"
/* RFC 9580 4.2.1.4: the first piece of a packet in pieces. */
#define MIN_FIRST_PIECE_BYTES 512

typedef enum {
    TAG_PUBLIC_KEY_SESSION = 1,
    TAG_PASSWORD_SESSION = 3,
    TAG_ENCRYPTED = 9,
    TAG_MARKER = 10,
    TAG_ENCRYPTED_INTEGRITY = 18,
    TAG_ENCRYPTED_AEAD = 20
} PgpTag;

typedef enum {
    PGP_TAG,
    PGP_LENGTH,     /* the octets of a length that is known to be long */
    PGP_NEW_LENGTH, /* the first octet of a length of the new format */
    PGP_BODY,
    PGP_BAD
} PgpState;

struct PgpWalk {
    PgpState state;
    unsigned tag;         /* of the packet at hand */
    unsigned length_left; /* octets of its length that are to come */
    bool two_octets;      /* the length is of the kind 192 to 8383 */
    bool more_pieces;     /* another length follows the piece at hand */
    bool endless;         /* old format: up to the end */
    guint64 left;         /* of the piece at hand */
    guint64 body_bytes;   /* of the packet, so far */
    unsigned keys;
    unsigned packets;   /* before the container */
    unsigned container; /* tag of the encrypted data, once it began */
};

PgpWalk *
pgpwalk_new(void)
{
    return g_new0(PgpWalk, 1);
}

void
pgpwalk_free(PgpWalk *walk)
{
    g_free(walk);
}

static bool
is_container(unsigned tag)
{
    return tag == TAG_ENCRYPTED || tag == TAG_ENCRYPTED_INTEGRITY ||
           tag == TAG_ENCRYPTED_AEAD;
}

/* Less cannot hold what the packet must hold: version, key and algorithm; or
 * random prefix, the shortest text, and what proves it whole. */
static guint64
get_minimum(unsigned tag)
{
    switch (tag) {
    case TAG_PUBLIC_KEY_SESSION:
        return 12;
    case TAG_PASSWORD_SESSION:
        return 4;
    case TAG_MARKER:
        return strlen(MARKER);
    case TAG_ENCRYPTED:
        return 18;
    default:
        return 40;
    }
}

/* The versions there are of each (RFC 9580 5.1, 5.3, 5.13;
 * tag 20 as GnuPG writes it). */
static bool
is_version(unsigned tag, guchar version)
{
    switch (tag) {
    case TAG_PUBLIC_KEY_SESSION:
        return version == 3 || version == 6;
    case TAG_PASSWORD_SESSION:
        return version >= 4 && version <= 6;
    case TAG_ENCRYPTED_INTEGRITY:
        return version == 1 || version == 2;
    case TAG_ENCRYPTED_AEAD:
        return version == 1;
    default:
        return true; /* tag 9 has none */
    }
}

/* --- headers ----------------------------------------------------------- */

/* Keys come first, then one container, then nothing. Markers may stand among
 * the keys (RFC 9580 10.3); padding may not: a letter could stand in it. */
static PgpState
take_tag(PgpWalk *walk, guchar octet)
{
    bool is_new = (octet & 0x40) != 0;
    if ((octet & 0x80) == 0 || walk->container != 0)
        return PGP_BAD;
    walk->tag = is_new ? octet & 0x3f : (octet & 0x3c) >> 2;
    walk->body_bytes = 0;
    walk->left = 0;
    walk->more_pieces = false;
    walk->two_octets = false;
    if (is_container(walk->tag)) {
        walk->container = walk->tag;
        if (walk->keys == 0)
            return PGP_BAD;
    } else if (walk->tag == TAG_PUBLIC_KEY_SESSION ||
               walk->tag == TAG_PASSWORD_SESSION) {
        walk->keys++;
    } else if (walk->tag != TAG_MARKER) {
        return PGP_BAD;
    }
    if (walk->container == 0 && ++walk->packets > MAX_PACKETS)
        return PGP_BAD;
    if (is_new)
        return PGP_NEW_LENGTH;
    walk->endless = (octet & 3) == 3;
    walk->length_left = 1U << (octet & 3);
    if (walk->endless)
        return walk->container != 0 ? PGP_BODY : PGP_BAD;
    return PGP_LENGTH;
}

/* A piece, or a whole packet, whose length is known. */
static PgpState
begin_piece(PgpWalk *walk)
{
    if (walk->container == 0 && walk->left > MAX_KEY_BYTES)
        return PGP_BAD;
    if (walk->left > 0)
        return PGP_BODY;
    return walk->body_bytes >= get_minimum(walk->tag) ? PGP_TAG : PGP_BAD;
}

static PgpState
take_new_length(PgpWalk *walk, guchar octet)
{
    walk->more_pieces = false;
    if (octet < 192) {
        walk->left = octet;
        return begin_piece(walk);
    }
    if (octet >= 224 && octet < 255) {
        walk->left = 1ULL << (octet & 0x1f);
        walk->more_pieces = true;
        if (walk->container == 0 ||
            (walk->body_bytes == 0 && walk->left < MIN_FIRST_PIECE_BYTES))
            return PGP_BAD;
        return PGP_BODY;
    }
    walk->two_octets = octet < 224;
    walk->left = walk->two_octets ? octet - 192U : 0;
    walk->length_left = walk->two_octets ? 1 : 4;
    return PGP_LENGTH;
}

static PgpState
take_length(PgpWalk *walk, guchar octet)
{
    walk->left = walk->left << 8 | octet;
    if (--walk->length_left > 0)
        return PGP_LENGTH;
    if (walk->two_octets)
        walk->left += 192;
    return begin_piece(walk);
}

/* --- bodies ------------------------------------------------------------ */

static PgpState
end_piece(PgpWalk *walk)
{
    if (walk->more_pieces)
        return PGP_NEW_LENGTH;
    return walk->body_bytes >= get_minimum(walk->tag) ? PGP_TAG : PGP_BAD;
}

/* Whether these bytes of a marker say what markers say, and no more. */
static bool
is_marker(const PgpWalk *walk, const guchar *bytes, gsize size)
{
    return walk->body_bytes + size <= strlen(MARKER) &&
           memcmp(bytes, &MARKER[walk->body_bytes], size) == 0;
}

/* How many of the bytes are the packet's. */
static gsize
take_body(PgpWalk *walk, const guchar *bytes, gsize size_bytes)
{
    gsize size = walk->endless ? size_bytes
                               : (gsize)MIN((guint64)size_bytes, walk->left);
    if ((walk->body_bytes == 0 && !is_version(walk->tag, *bytes)) ||
        (walk->tag == TAG_MARKER && !is_marker(walk, bytes, size))) {
        walk->state = PGP_BAD;
        return size;
    }
    walk->body_bytes += size;
    if (walk->endless)
        return size;
    walk->left -= size;
    if (walk->left == 0)
        walk->state = end_piece(walk);
    return size;
}

/* --- the walk ---------------------------------------------------------- */

bool
pgpwalk_write(PgpWalk *walk, const void *bytes, gsize size_bytes)
{
    const guchar *cursor = bytes;
    while (size_bytes > 0 && walk->state != PGP_BAD) {
        gsize used = 1;
        switch (walk->state) {
        case PGP_TAG:
            walk->state = take_tag(walk, *cursor);
            break;
        case PGP_NEW_LENGTH:
            walk->state = take_new_length(walk, *cursor);
            break;
        case PGP_LENGTH:
            walk->state = take_length(walk, *cursor);
            break;
        case PGP_BODY:
            used = take_body(walk, cursor, size_bytes);
            break;
        case PGP_BAD:
            break;
        }
        cursor += used;
        size_bytes -= used;
    }
    return walk->state != PGP_BAD;
}

PgpWalkKind
pgpwalk_finish(const PgpWalk *walk)
{
    bool ended =
        walk->state == PGP_TAG || (walk->state == PGP_BODY && walk->endless &&
                                   walk->body_bytes >= get_minimum(walk->tag));
    if (walk->container == 0 || !ended)
        return PGPWALK_NONE;
    return walk->container == TAG_ENCRYPTED ? PGPWALK_WEAK : PGPWALK_ENCRYPTED;
}
