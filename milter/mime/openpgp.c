/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenPgp: whether a body is encrypted by OpenPGP. */
#include "mime/openpgp.h"

#include "mime/armor.h"
#include "mime/partread.h"

#include <string.h>

#define MAX_CONTROL_BYTES 64
#define MAX_AROUND_BYTES  512
#define MAX_SENTENCE      80
#define MAX_HEADER_BYTES  1024 /* of a part: clear text */
#define SENTENCE          "This is an OpenPGP/MIME encrypted message"

/* Content in armor or in binary, seen by its first octet: a packet's has bit 7
 * set, armor is ASCII. */
typedef struct {
    Armor *armor;
    PgpWalk *walk;
    bool begun, binary;
} Content;

static bool
take_packets(gpointer user, const void *bytes, gsize size_bytes)
{
    return pgpwalk_write(user, bytes, size_bytes);
}

static bool
take_content(gpointer user, const GByteArray *chunk)
{
    Content *content = user;
    if (chunk->len == 0)
        return true;
    content->binary = content->begun ? content->binary : chunk->data[0] >= 128;
    content->begun = true;
    return content->binary
               ? pgpwalk_write(content->walk, chunk->data, chunk->len)
               : armor_write(content->armor, chunk->data, chunk->len);
}

static bool
judge_content(const Spool *body, const ScanPart *part, bool may_be_binary,
              PgpWalkKind *kind, GError **error)
{
    g_autoptr(PgpWalk) walk = pgpwalk_new();
    g_autoptr(Armor) armor = armor_new(take_packets, walk);
    Content content = {.armor = armor, .walk = walk};
    if (!partread_decode(body, part, take_content, &content, error))
        return false;
    bool whole = content.binary ? may_be_binary : armor_finish(armor);
    *kind = whole ? pgpwalk_finish(walk) : PGPWALK_NONE;
    return true;
}

bool
openpgp_judge_text(const Spool *body, const ScanPart *part, PgpWalkKind *kind,
                   GError **error)
{
    return judge_content(body, part, false, kind, error);
}

/* --- the control part -------------------------------------------------- */

static bool
take_control(gpointer user, const GByteArray *chunk)
{
    GByteArray *control = user;
    g_byte_array_append(control, chunk->data, chunk->len);
    return control->len <= MAX_CONTROL_BYTES;
}

static bool
is_control(const Spool *body, const ScanPart *part, bool *control,
           GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!partread_decode(body, part, take_control, bytes, error))
        return false;
    *control = false;
    if (bytes->len == 0 || bytes->len > MAX_CONTROL_BYTES ||
        memchr(bytes->data, '\0', bytes->len) != NULL)
        return true;
    g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
    *control = g_ascii_strcasecmp(g_strstrip(text), "Version: 1") == 0;
    return true;
}

/* --- around the parts -------------------------------------------------- */

/* The text from start to end; NULL and no error: it is too long, or no text. */
static char *
read_around(const Spool *body, guint64 start, guint64 end, GError **error)
{
    char bytes[MAX_AROUND_BYTES + 1];
    if (end < start || end - start > MAX_AROUND_BYTES)
        return NULL;
    gsize size = (gsize)(end - start);
    ssize_t got = spool_read_at(body, start, bytes, size, error);
    if (got != (ssize_t)size || memchr(bytes, '\0', size) != NULL)
        return NULL;
    return g_strstrip(g_strndup(bytes, size));
}

/* What stands before the first delimiter and behind the last. */
static bool
is_bare(const Spool *body, const ScanPart *root, const ScanPart *first,
        const ScanPart *last, bool *bare, GError **error)
{
    g_autofree char *delimiter = g_strconcat("--", root->boundary, NULL);
    g_autofree char *close = g_strconcat(delimiter, "--", NULL);
    g_autoptr(GError) failure = NULL;
    g_autofree char *before =
        read_around(body, 0, first->header_start, &failure);
    g_autofree char *after =
        failure == NULL
            ? read_around(body, last->body_end, root->body_end, &failure)
            : NULL;
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *bare = before != NULL && after != NULL &&
            g_str_has_suffix(before, delimiter) && strcmp(after, close) == 0;
    if (!*bare)
        return true;
    before[strlen(before) - strlen(delimiter)] = '\0';
    g_strstrip(before);
    *bare = *before == '\0' || (g_str_has_prefix(before, SENTENCE) &&
                                strlen(before) <= MAX_SENTENCE);
    return true;
}

/* --- the story --------------------------------------------------------- */

static bool
is_child(const ScanPart *part, const char *type)
{
    return part->parent == 0 && !part->doubtful &&
           part->body_start - part->header_start <= MAX_HEADER_BYTES &&
           strcmp(part->type, type) == 0;
}

static bool
has_form(const GArray *parts)
{
    const ScanPart *root = &g_array_index(parts, ScanPart, 0);
    return parts->len == 3 && root->boundary != NULL && root->closed &&
           !root->doubtful &&
           is_child(&g_array_index(parts, ScanPart, 1),
                    "application/pgp-encrypted") &&
           is_child(&g_array_index(parts, ScanPart, 2),
                    "application/octet-stream");
}

bool
openpgp_judge_multipart(const Spool *body, const GArray *parts,
                        PgpWalkKind *kind, GError **error)
{
    *kind = PGPWALK_NONE;
    if (!has_form(parts))
        return true;
    const ScanPart *control = &g_array_index(parts, ScanPart, 1);
    const ScanPart *content = &g_array_index(parts, ScanPart, 2);
    bool bare = false, versioned = false, strict = false;
    if (!is_bare(body, &g_array_index(parts, ScanPart, 0), control, content,
                 &bare, error) ||
        !is_control(body, control, &versioned, error) ||
        !partread_is_strict(body, content, &strict, error))
        return false;
    return !bare || !versioned || !strict ||
           judge_content(body, content, true, kind, error);
}
