/* SPDX-License-Identifier: BSD-2-Clause */
/* CMS walk: gives each element of a BER stream its role, by its parent's role
 * and its place among its siblings (RFC 5652 3 to 6, RFC 5083 2.1). */
#include "mime/cmswalk.h"

#include "mime/berwalk.h"
#include "mime/outline.h"

#include <string.h>

#define MAX_RECIPIENTS 1000
#define MAX_NAME_BYTES 4096
#define MAX_OID_BYTES  16
#define MAX_ID_BYTES   64
#define BLOCK_BYTES    16
/* RFC 5084 3.2, 1.3: what GCM and CCM may have, beyond toys. */
#define MIN_MAC_BYTES 12
#define MAX_MAC_BYTES 16
/* RFC 2634 2.8: two identifiers and a signature's octets, no text. */
#define MAX_RECEIPT_BYTES 4096

typedef enum {
    ROLE_NONE, /* nothing of interest below */
    ROLE_CONTENT_INFO,
    ROLE_CONTENT_TYPE,
    ROLE_CONTENT, /* [0] */
    ROLE_ENVELOPED,
    ROLE_AUTHENTICATED,
    ROLE_SIGNED,
    ROLE_RECIPIENTS,
    ROLE_OTHER_RECIPIENT,
    ROLE_KEY_TRANSPORT,
    ROLE_KEY_AGREEMENT,
    ROLE_AGREED_KEYS,
    ROLE_AGREED_KEY,
    ROLE_AGREED_KEY_ID, /* [0] RecipientKeyIdentifier */
    ROLE_ISSUER_SERIAL,
    ROLE_ISSUER,
    ROLE_SERIAL,
    ROLE_KEY_ID,
    ROLE_ENCRYPTED_CONTENT_INFO,
    ROLE_CIPHER,
    ROLE_CIPHER_OID,
    ROLE_CIPHERTEXT,
    ROLE_MAC,
    ROLE_ENCAPSULATED,
    ROLE_ENCAPSULATED_TYPE,
    ROLE_ENCAPSULATED_CONTENT, /* [0] */
    ROLE_OCTETS,
    ROLE_COUNT
} Role;

/* A place in a structure: what may stand there, and its role. */
typedef enum { ONE, MAYBE, MANY, OR_NEXT } Count;

typedef struct {
    const char *tags; /* any of these; "": any tag; NULL: no more places */
    Role role;
    Count count; /* OR_NEXT: this, or what the next place says */
} Place;

#define MAX_PLACES 8

/* RFC 5652 3 to 6, RFC 5083 2.1: where the standards leave no choice we leave
 * none, so that what we call an envelope is one to readers too. What is not
 * listed may hold anything. */
static const Place grammar[ROLE_COUNT][MAX_PLACES] = {
    [ROLE_CONTENT_INFO] = {{"\x06", ROLE_CONTENT_TYPE, ONE},
                           {"\xA0", ROLE_CONTENT, ONE}},
    [ROLE_ENVELOPED] = {{"\x02", ROLE_NONE, ONE},
                        {"\xA0", ROLE_NONE, MAYBE},
                        {"\x31", ROLE_RECIPIENTS, ONE},
                        {"\x30", ROLE_ENCRYPTED_CONTENT_INFO, ONE},
                        {"\xA1", ROLE_NONE, MAYBE}},
    [ROLE_AUTHENTICATED] = {{"\x02", ROLE_NONE, ONE},
                            {"\xA0", ROLE_NONE, MAYBE},
                            {"\x31", ROLE_RECIPIENTS, ONE},
                            {"\x30", ROLE_ENCRYPTED_CONTENT_INFO, ONE},
                            {"\xA1", ROLE_NONE, MAYBE},
                            {"\x04", ROLE_MAC, ONE},
                            {"\xA2", ROLE_NONE, MAYBE}},
    [ROLE_RECIPIENTS] = {{"\x30", ROLE_KEY_TRANSPORT, OR_NEXT},
                         {"\xA1", ROLE_KEY_AGREEMENT, OR_NEXT},
                         /* keys, passwords, whatever comes later */
                         {"\xA2\xA3\xA4", ROLE_OTHER_RECIPIENT, MANY}},
    [ROLE_KEY_TRANSPORT] = {{"\x02", ROLE_NONE, ONE},
                            {"\x30", ROLE_ISSUER_SERIAL, OR_NEXT},
                            {"\x80", ROLE_KEY_ID, ONE},
                            {"\x30", ROLE_NONE, ONE},
                            {"\x04", ROLE_NONE, ONE}},
    [ROLE_KEY_AGREEMENT] = {{"\x02", ROLE_NONE, ONE},
                            {"\xA0", ROLE_NONE, ONE},
                            {"\xA1", ROLE_NONE, MAYBE},
                            {"\x30", ROLE_NONE, ONE},
                            {"\x30", ROLE_AGREED_KEYS, ONE}},
    [ROLE_AGREED_KEYS] = {{"\x30", ROLE_AGREED_KEY, MANY}},
    [ROLE_AGREED_KEY] = {{"\x30", ROLE_ISSUER_SERIAL, OR_NEXT},
                         {"\xA0", ROLE_AGREED_KEY_ID, ONE},
                         {"\x04", ROLE_NONE, ONE}},
    [ROLE_AGREED_KEY_ID] = {{"\x04", ROLE_KEY_ID, ONE},
                            {"\x18", ROLE_NONE, MAYBE},
                            {"\x30", ROLE_NONE, MAYBE}},
    [ROLE_ISSUER_SERIAL] = {{"\x30", ROLE_ISSUER, ONE},
                            {"\x02", ROLE_SERIAL, ONE}},
    [ROLE_ENCRYPTED_CONTENT_INFO] = {{"\x06", ROLE_NONE, ONE},
                                     {"\x30", ROLE_CIPHER, ONE},
                                     {"\x80\xA0", ROLE_CIPHERTEXT, ONE}},
    [ROLE_CIPHER] = {{"\x06", ROLE_CIPHER_OID, ONE}, {"", ROLE_NONE, MAYBE}},
    [ROLE_CIPHERTEXT] = {{"\x04", ROLE_CIPHERTEXT, MANY}},
    [ROLE_SIGNED] = {{"\x02", ROLE_NONE, ONE},
                     {"\x31", ROLE_NONE, ONE},
                     {"\x30", ROLE_ENCAPSULATED, ONE},
                     {"\xA0", ROLE_NONE, MAYBE},
                     {"\xA1", ROLE_NONE, MAYBE},
                     {"\x31", ROLE_NONE, ONE}},
    [ROLE_ENCAPSULATED] = {{"\x06", ROLE_ENCAPSULATED_TYPE, ONE},
                           {"\xA0", ROLE_ENCAPSULATED_CONTENT, MAYBE}},
    [ROLE_ENCAPSULATED_CONTENT] = {{"\x04\x24", ROLE_OCTETS, ONE}},
    [ROLE_OCTETS] = {{"\x04\x24", ROLE_OCTETS, MANY}},
};

typedef struct {
    Role role;
    unsigned place; /* in its structure: of the next child */
} Node;

/* What a content is encrypted with. */
typedef enum { CIPHER_WEAK, CIPHER_BLOCKS, CIPHER_AEAD } CipherKind;

struct CmsWalk {
    BerWalk *ber;
    Node nodes[BERWALK_MAX_DEPTH + 1];
    /* what is collected of the element at hand */
    GByteArray *collected;
    gsize collect_limit; /* 0: nothing is collected */
    unsigned collect_depth;
    bool with_header;
    bool overlong;
    /* what was found */
    CmsWalkContent take;
    gpointer user;
    bool enveloped, authenticated, signed_data;
    CmsRecipientId *recipient; /* being read */
    GPtrArray *recipients;
    bool other_recipients;
    CipherKind cipher;
    guint64 ciphertext_bytes, mac_bytes, signed_bytes;
    bool is_data, is_receipt; /* what the signed content is */
};

/* --- object identifiers ------------------------------------------------ */

static bool
is_oid(const GByteArray *bytes, const char *oid, gsize size)
{
    return bytes->len == size && memcmp(bytes->data, oid, size) == 0;
}

#define IS_OID(bytes, oid) is_oid(bytes, oid, sizeof oid - 1)

/* Ciphers that still mean "encrypted". Any other may be DES, RC2, or none. */
static CipherKind
get_cipher(const GByteArray *oid)
{
    static const char aes[] = "\x60\x86\x48\x01\x65\x03\x04\x01";
    const gsize aes_size = sizeof aes - 1;
    if (IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x12"))
        return CIPHER_AEAD; /* ChaCha20-Poly1305, RFC 8103 */
    if (oid->len != aes_size + 1 || memcmp(oid->data, aes, aes_size) != 0)
        return CIPHER_WEAK;
    /* Keys of 128, 192 and 256 bits are 20 apart: CBC, GCM, CCM. */
    guchar last = oid->data[aes_size];
    if (last == 2 || last == 22 || last == 42)
        return CIPHER_BLOCKS;
    return last == 6 || last == 26 || last == 46 || last == 7 || last == 27 ||
                   last == 47
               ? CIPHER_AEAD
               : CIPHER_WEAK;
}

static void
take_content_type(CmsWalk *walk)
{
    const GByteArray *oid = walk->collected;
    walk->signed_data = IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    walk->enveloped = IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03");
    walk->authenticated =
        IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17");
}

/* --- recipients -------------------------------------------------------- */

static void
drop_id(gpointer pointer)
{
    CmsRecipientId *id = pointer;
    if (id == NULL)
        return;
    g_clear_pointer(&id->issuer, g_bytes_unref);
    g_clear_pointer(&id->serial, g_bytes_unref);
    g_clear_pointer(&id->key_id, g_bytes_unref);
    g_free(id);
}

static void
begin_recipient(CmsWalk *walk)
{
    drop_id(walk->recipient);
    walk->recipient = g_new0(CmsRecipientId, 1);
}

/* A recipient counts once its identifier was read whole. */
static void
end_recipient(CmsWalk *walk)
{
    CmsRecipientId *id = g_steal_pointer(&walk->recipient);
    bool whole = id != NULL && (id->key_id != NULL ||
                                (id->issuer != NULL && id->serial != NULL));
    if (!whole || walk->recipients->len >= MAX_RECIPIENTS) {
        walk->other_recipients = true;
        drop_id(id);
        return;
    }
    g_ptr_array_add(walk->recipients, id);
}

/* --- places ------------------------------------------------------------ */

static bool
fits(const Place *place, guchar tag)
{
    return *place->tags == '\0' ||
           (tag != 0 && strchr(place->tags, (char)tag) != NULL);
}

/* The role of parent's next child; false: it may not stand there. */
static bool
find_place(Node *parent, guchar tag, Role *role)
{
    *role = ROLE_NONE;
    if (grammar[parent->role][0].tags == NULL)
        return true;
    const Place *places = grammar[parent->role];
    for (unsigned i = parent->place; places[i].tags != NULL; i++) {
        if (!fits(&places[i], tag)) {
            if (places[i].count == ONE)
                return false;
            continue;
        }
        *role = places[i].role;
        /* Of a choice the last place says how often. */
        unsigned last = i;
        while (places[last].count == OR_NEXT)
            last++;
        if (places[last].count != MANY)
            parent->place = last + 1;
        return true;
    }
    return false;
}

static bool
is_complete(const Node *node)
{
    const Place *place = grammar[node->role] + node->place;
    for (; place->tags != NULL; place++)
        if (place->count == ONE)
            return false;
    return true;
}

static Role
get_content_role(const CmsWalk *walk)
{
    return walk->enveloped       ? ROLE_ENVELOPED
           : walk->authenticated ? ROLE_AUTHENTICATED
           : walk->signed_data   ? ROLE_SIGNED
                                 : ROLE_NONE;
}

/* ContentInfo's content is one SEQUENCE, whatever its type. */
static bool
find_role(const CmsWalk *walk, Node *parent, guchar tag, Role *role)
{
    if (parent->role != ROLE_CONTENT)
        return find_place(parent, tag, role);
    *role = get_content_role(walk);
    return tag == 0x30 && parent->place++ == 0;
}

/* --- collecting -------------------------------------------------------- */

static void
start_collecting(CmsWalk *walk, unsigned depth, Role role)
{
    gsize limit = role == ROLE_ISSUER                          ? MAX_NAME_BYTES
                  : role == ROLE_SERIAL || role == ROLE_KEY_ID ? MAX_ID_BYTES
                  : role == ROLE_CONTENT_TYPE || role == ROLE_CIPHER_OID ||
                          role == ROLE_ENCAPSULATED_TYPE
                      ? MAX_OID_BYTES
                      : 0;
    if (limit == 0)
        return;
    g_byte_array_set_size(walk->collected, 0);
    walk->collect_limit = limit;
    walk->collect_depth = depth;
    walk->with_header = role == ROLE_ISSUER;
    walk->overlong = false;
}

static void
collect(CmsWalk *walk, const guchar *bytes, gsize size)
{
    if (walk->collect_limit == 0)
        return;
    if (walk->collected->len + size > walk->collect_limit)
        walk->overlong = true;
    else
        g_byte_array_append(walk->collected, bytes, (guint)size);
}

static GBytes *
get_collected(const CmsWalk *walk)
{
    return walk->overlong
               ? NULL
               : g_bytes_new(walk->collected->data, walk->collected->len);
}

static void
keep_part(CmsWalk *walk, GBytes **place)
{
    if (*place == NULL)
        *place = get_collected(walk);
}

static void
use_collected(CmsWalk *walk, Role role)
{
    CmsRecipientId *id = walk->recipient;
    if (role == ROLE_CONTENT_TYPE) {
        take_content_type(walk);
    } else if (role == ROLE_CIPHER_OID) {
        walk->cipher =
            walk->overlong ? CIPHER_WEAK : get_cipher(walk->collected);
    } else if (role == ROLE_ENCAPSULATED_TYPE) {
        const GByteArray *oid = walk->collected;
        walk->is_data = IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
        walk->is_receipt =
            IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x01");
    } else if (id != NULL && role == ROLE_ISSUER) {
        keep_part(walk, &id->issuer);
    } else if (id != NULL && role == ROLE_SERIAL) {
        keep_part(walk, &id->serial);
    } else if (id != NULL && role == ROLE_KEY_ID) {
        keep_part(walk, &id->key_id);
    }
}

/* --- events ------------------------------------------------------------ */

static bool
begin(gpointer user, unsigned depth, guchar tag, const guchar *header,
      gsize header_size)
{
    CmsWalk *walk = user;
    Node *node = &walk->nodes[depth];
    if (depth == 0) {
        *node = (Node){.role = ROLE_CONTENT_INFO};
        return tag == 0x30;
    }
    Role role = ROLE_NONE;
    if (!find_role(walk, &walk->nodes[depth - 1], tag, &role))
        return false;
    *node = (Node){.role = role};
    start_collecting(walk, depth, node->role);
    if (walk->collect_limit > 0 && walk->with_header)
        collect(walk, header, header_size);
    if (node->role == ROLE_KEY_TRANSPORT || node->role == ROLE_AGREED_KEY)
        begin_recipient(walk);
    else if (node->role == ROLE_OTHER_RECIPIENT)
        walk->other_recipients = true;
    return true;
}

static bool
content(gpointer user, unsigned depth, const guchar *bytes, gsize size_bytes)
{
    CmsWalk *walk = user;
    Role role = walk->nodes[depth].role;
    collect(walk, bytes, size_bytes);
    if (role == ROLE_CIPHERTEXT)
        walk->ciphertext_bytes += size_bytes;
    else if (role == ROLE_MAC)
        walk->mac_bytes += size_bytes;
    if (role != ROLE_OCTETS)
        return true;
    walk->signed_bytes += size_bytes;
    if (walk->take == NULL)
        return true;
    walk->take(walk->user, bytes, size_bytes);
    return true;
}

static bool
end(gpointer user, unsigned depth)
{
    CmsWalk *walk = user;
    Role role = walk->nodes[depth].role;
    if (walk->collect_limit > 0 && walk->collect_depth == depth) {
        use_collected(walk, role);
        walk->collect_limit = 0;
    }
    if (role == ROLE_KEY_TRANSPORT || role == ROLE_AGREED_KEY)
        end_recipient(walk);
    return is_complete(&walk->nodes[depth]);
}

/* --- the walk ---------------------------------------------------------- */

CmsWalk *
cmswalk_new(CmsWalkContent take, gpointer user)
{
    static const BerWalkEvents events = {
        .begin = begin, .content = content, .end = end};
    CmsWalk *walk = g_new0(CmsWalk, 1);
    walk->ber = berwalk_new(&events, walk);
    walk->collected = g_byte_array_new();
    walk->recipients = g_ptr_array_new_with_free_func(drop_id);
    walk->take = take;
    walk->user = user;
    return walk;
}

void
cmswalk_free(CmsWalk *walk)
{
    if (walk == NULL)
        return;
    berwalk_free(walk->ber);
    g_byte_array_unref(walk->collected);
    g_ptr_array_unref(walk->recipients);
    drop_id(walk->recipient);
    g_free(walk);
}

void
cmswalk_write(CmsWalk *walk, const void *bytes, gsize size_bytes)
{
    berwalk_write(walk->ber, bytes, size_bytes);
}

CmsWalkKind
cmswalk_finish(CmsWalk *walk)
{
    if (!berwalk_finish(walk->ber))
        return CMSWALK_INVALID;
    if (walk->signed_data)
        return CMSWALK_SIGNED;
    if (!walk->enveloped && !walk->authenticated)
        return CMSWALK_OTHER;
    bool whole = walk->ciphertext_bytes > 0 &&
                 (walk->recipients->len > 0 || walk->other_recipients);
    return whole ? CMSWALK_ENVELOPED : CMSWALK_OTHER;
}

const GPtrArray *
cmswalk_get_recipients(const CmsWalk *walk)
{
    return walk->recipients;
}

bool
cmswalk_has_other_recipients(const CmsWalk *walk)
{
    return walk->other_recipients;
}

bool
cmswalk_has_weak_cipher(const CmsWalk *walk)
{
    if (!walk->authenticated)
        return walk->cipher != CIPHER_BLOCKS ||
               walk->ciphertext_bytes % BLOCK_BYTES != 0;
    return walk->cipher != CIPHER_AEAD || walk->mac_bytes < MIN_MAC_BYTES ||
           walk->mac_bytes > MAX_MAC_BYTES;
}

bool
cmswalk_has_other_content(const CmsWalk *walk)
{
    if (walk->signed_bytes == 0 || walk->is_data)
        return false;
    return !walk->is_receipt || walk->signed_bytes > MAX_RECEIPT_BYTES;
}
