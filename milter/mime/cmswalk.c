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

typedef enum {
    ROLE_NONE, /* nothing of interest below */
    ROLE_CONTENT_INFO,
    ROLE_CONTENT_TYPE,
    ROLE_CONTENT, /* [0] */
    ROLE_ENVELOPED,
    ROLE_SIGNED,
    ROLE_RECIPIENTS,
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
    ROLE_ENCAPSULATED,
    ROLE_ENCAPSULATED_CONTENT, /* [0] */
    ROLE_OCTETS
} Role;

typedef struct {
    Role role;
    unsigned children;
} Node;

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
    unsigned recipient_count;
    CmsRecipientId *recipient; /* being read */
    GPtrArray *recipients;
    bool other_recipients;
    bool has_recipient_set;
    bool has_cipher, weak_cipher;
    guint64 ciphertext_bytes;
};

/* --- object identifiers ------------------------------------------------ */

static bool
is_oid(const GByteArray *bytes, const char *oid, gsize size)
{
    return bytes->len == size && memcmp(bytes->data, oid, size) == 0;
}

#define IS_OID(bytes, oid) is_oid(bytes, oid, sizeof oid - 1)

/* DES-CBC, DES-EDE3-CBC, RC2-CBC, RC4: what "encrypted" no longer means. */
static bool
is_weak(const GByteArray *oid)
{
    return IS_OID(oid, "\x2b\x0e\x03\x02\x07") ||
           IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x03\x07") ||
           IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x03\x02") ||
           IS_OID(oid, "\x2a\x86\x48\x86\xf7\x0d\x03\x04");
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

/* --- roles ------------------------------------------------------------- */

static Role
role_in_content(const CmsWalk *walk, guchar tag)
{
    if (tag != 0x30)
        return ROLE_NONE;
    if (walk->enveloped || walk->authenticated)
        return ROLE_ENVELOPED;
    return walk->signed_data ? ROLE_SIGNED : ROLE_NONE;
}

/* version, [0] originatorInfo, recipientInfos, encryptedContentInfo, … */
static Role
role_in_enveloped(CmsWalk *walk, guchar tag)
{
    if (tag == 0x31 && !walk->has_recipient_set) {
        walk->has_recipient_set = true;
        return ROLE_RECIPIENTS;
    }
    return tag == 0x30 ? ROLE_ENCRYPTED_CONTENT_INFO : ROLE_NONE;
}

static Role
role_in_recipients(CmsWalk *walk, guchar tag)
{
    walk->recipient_count++;
    if (tag == 0x30)
        return ROLE_KEY_TRANSPORT;
    if (tag == 0xA1)
        return ROLE_KEY_AGREEMENT;
    /* Key encryption keys, passwords, whatever comes later. */
    walk->other_recipients = true;
    return ROLE_NONE;
}

static Role
role_in_encapsulated(guchar tag, unsigned child)
{
    return child == 1 && tag == 0xA0 ? ROLE_ENCAPSULATED_CONTENT : ROLE_NONE;
}

static Role
role_in_encrypted_info(guchar tag, unsigned child)
{
    if (child == 1 && tag == 0x30)
        return ROLE_CIPHER;
    return child == 2 && (tag == 0x80 || tag == 0xA0) ? ROLE_CIPHERTEXT
                                                      : ROLE_NONE;
}

static Role
role_in_key_transport(guchar tag, unsigned child)
{
    if (child != 1)
        return ROLE_NONE;
    return tag == 0x30   ? ROLE_ISSUER_SERIAL
           : tag == 0x80 ? ROLE_KEY_ID
                         : ROLE_NONE;
}

static Role
role_in_agreed_key(guchar tag, unsigned child)
{
    if (child != 0)
        return ROLE_NONE;
    return tag == 0x30   ? ROLE_ISSUER_SERIAL
           : tag == 0xA0 ? ROLE_AGREED_KEY_ID
                         : ROLE_NONE;
}

static Role
find_role(CmsWalk *walk, const Node *parent, guchar tag)
{
    unsigned child = parent->children;
    switch (parent->role) {
    case ROLE_CONTENT_INFO:
        return child == 0 && tag == 0x06   ? ROLE_CONTENT_TYPE
               : child == 1 && tag == 0xA0 ? ROLE_CONTENT
                                           : ROLE_NONE;
    case ROLE_CONTENT:
        return role_in_content(walk, tag);
    case ROLE_ENVELOPED:
        return role_in_enveloped(walk, tag);
    case ROLE_RECIPIENTS:
        return role_in_recipients(walk, tag);
    case ROLE_KEY_TRANSPORT:
        return role_in_key_transport(tag, child);
    case ROLE_KEY_AGREEMENT:
        /* version, [0] originator, [1] ukm, algorithm, encrypted keys: the
         * keys are the second SEQUENCE, hence a SEQUENCE of SEQUENCEs whose
         * first member is no OID; both are looked into. */
        return tag == 0x30 ? ROLE_AGREED_KEYS : ROLE_NONE;
    case ROLE_AGREED_KEYS:
        return tag == 0x30 ? ROLE_AGREED_KEY : ROLE_NONE;
    case ROLE_AGREED_KEY:
        return role_in_agreed_key(tag, child);
    case ROLE_AGREED_KEY_ID:
        return child == 0 && tag == 0x04 ? ROLE_KEY_ID : ROLE_NONE;
    case ROLE_ISSUER_SERIAL:
        return child == 0 && tag == 0x30   ? ROLE_ISSUER
               : child == 1 && tag == 0x02 ? ROLE_SERIAL
                                           : ROLE_NONE;
    case ROLE_ENCRYPTED_CONTENT_INFO:
        return role_in_encrypted_info(tag, child);
    case ROLE_CIPHER:
        return child == 0 && tag == 0x06 ? ROLE_CIPHER_OID : ROLE_NONE;
    case ROLE_CIPHERTEXT:
        return ROLE_CIPHERTEXT; /* its segments */
    case ROLE_SIGNED:
        return child == 2 && tag == 0x30 ? ROLE_ENCAPSULATED : ROLE_NONE;
    case ROLE_ENCAPSULATED:
        return role_in_encapsulated(tag, child);
    case ROLE_ENCAPSULATED_CONTENT:
    case ROLE_OCTETS:
        return tag == 0x04 || tag == 0x24 ? ROLE_OCTETS : ROLE_NONE;
    case ROLE_NONE:
    case ROLE_CONTENT_TYPE:
    case ROLE_ISSUER:
    case ROLE_SERIAL:
    case ROLE_KEY_ID:
    case ROLE_CIPHER_OID:
        break;
    }
    return ROLE_NONE;
}

/* Whether an element may stand there: where the standards leave no choice, we
 * leave none, so that what we call an envelope is one to readers too. */
static bool
is_expected(const Node *parent, guchar tag)
{
    static const struct {
        Role role;
        const char *tags[4]; /* of each child, in order; "": anything */
        unsigned most;       /* children */
    } rules[] = {
        {ROLE_CONTENT_INFO, {"\x06", "\xA0"}, 2},
        {ROLE_CONTENT, {"\x30"}, 1},
        {ROLE_ENVELOPED, {"\x02", "\xA0\x31", "\x30\x31"}, 8},
        {ROLE_KEY_TRANSPORT, {"\x02", "\x30\x80", "\x30", "\x04"}, 4},
        {ROLE_KEY_AGREEMENT, {"\x02", "\xA0"}, 5},
        {ROLE_ISSUER_SERIAL, {"\x30", "\x02"}, 2},
        {ROLE_ENCRYPTED_CONTENT_INFO, {"\x06", "\x30", "\x80\xA0"}, 3},
        {ROLE_CIPHER, {"\x06"}, 2},
        {ROLE_SIGNED, {"\x02", "\x31", "\x30"}, 6},
        {ROLE_ENCAPSULATED, {"\x06", "\xA0"}, 2},
    };
    if (parent->role == ROLE_CIPHERTEXT)
        return tag == 0x04;
    if (parent->role == ROLE_RECIPIENTS) /* ktri, kari, kekri, pwri, ori */
        return strchr("\x30\xA1\xA2\xA3\xA4", (char)tag) != NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].role != parent->role)
            continue;
        const char *tags =
            parent->children < 4 ? rules[i].tags[parent->children] : NULL;
        return parent->children < rules[i].most &&
               (tags == NULL || strchr(tags, (char)tag) != NULL);
    }
    return true;
}

/* --- collecting -------------------------------------------------------- */

static void
start_collecting(CmsWalk *walk, unsigned depth, Role role)
{
    gsize limit = role == ROLE_ISSUER                          ? MAX_NAME_BYTES
                  : role == ROLE_SERIAL || role == ROLE_KEY_ID ? MAX_ID_BYTES
                  : role == ROLE_CONTENT_TYPE || role == ROLE_CIPHER_OID
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
        walk->has_cipher = !walk->overlong;
        walk->weak_cipher = is_weak(walk->collected);
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
    Node *parent = &walk->nodes[depth - 1];
    if (!is_expected(parent, tag))
        return false;
    *node = (Node){.role = find_role(walk, parent, tag)};
    parent->children++;
    start_collecting(walk, depth, node->role);
    if (walk->collect_limit > 0 && walk->with_header)
        collect(walk, header, header_size);
    if (node->role == ROLE_KEY_TRANSPORT || node->role == ROLE_AGREED_KEY)
        begin_recipient(walk);
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
    if (role != ROLE_OCTETS || walk->take == NULL)
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
    /* The key encryption algorithm's parameters look like a key at first;
     * they hold no identifier and no encrypted key beside it. */
    bool algorithm = role == ROLE_AGREED_KEY && walk->recipient != NULL &&
                     walk->recipient->issuer == NULL &&
                     walk->recipient->key_id == NULL;
    if (algorithm)
        drop_id(g_steal_pointer(&walk->recipient));
    else if (role == ROLE_KEY_TRANSPORT || role == ROLE_AGREED_KEY)
        end_recipient(walk);
    return true;
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
    bool whole = walk->recipient_count > 0 && walk->has_cipher &&
                 walk->ciphertext_bytes > 0 &&
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
    return walk->weak_cipher;
}
