/* SPDX-License-Identifier: BSD-2-Clause */
/* Scan: push scanner over the body, line by line, in constant memory. */
#include "mime/scan.h"

#include "mime/decode.h"
#include "mime/delimiter.h"
#include "mime/header.h"
#include "mime/parameters.h"
#include "mime/safelines.h"
#include "mime/scan_parts.h"

#include <string.h>

#define MAX_PARTS        1000
#define MAX_DEPTH        20
#define MAX_HEADER_BYTES 65536
#define MAX_SAFE_LINE    989 /* Sendmail breaks longer ones */
#define KEPT_BYTES       128 /* of each line, to compare with delimiters */
/* After a line that is not safe: bytes looked at one by one before the next
 * try. Twice as many each time, because some bodies have no safe line. */
#define DULL_BYTES_LEAST 64
#define DULL_BYTES_MOST  4096

/* The line being read. */
typedef struct {
    guint64 start;
    guint64 length; /* without its line end */
    char kept[KEPT_BYTES];
    unsigned faults;
    char last; /* its last byte so far */
} Line;

struct Scan {
    GArray *parts; /* ScanPart */
    int current;   /* the part whose header or content is read */
    bool in_header;
    GString *header;          /* of the current part, while in_header */
    guint64 offset;           /* bytes seen */
    guint64 previous_end;     /* before the line end of the line before */
    unsigned previous_faults; /* of that line end */
    Line line;
    bool pending_cr;   /* the last byte was a CR */
    unsigned faults;   /* of the tree */
    bool own_boundary; /* a line could be a delimiter of ours */
    bool finished;
};

static void
clear_part(gpointer pointer)
{
    ScanPart *part = pointer;
    g_free(part->type);
    g_free(part->boundary);
}

static ScanPart *
get_part(const Scan *scan, int index)
{
    return &g_array_index(scan->parts, ScanPart, (guint)index);
}

static const char *
get_default_type(const Scan *scan, const ScanPart *part)
{
    return part->parent >= 0 && strcmp(get_part(scan, part->parent)->type,
                                       "multipart/digest") == 0
               ? "message/rfc822"
               : "text/plain";
}

/* --- the tree ---------------------------------------------------------- */

/* A new part below parent whose header block begins at offset. */
static void
begin_part(Scan *scan, int parent, guint64 offset)
{
    unsigned depth = parent >= 0 ? get_part(scan, parent)->depth + 1 : 0;
    if (scan->parts->len >= MAX_PARTS || depth > MAX_DEPTH) {
        scan->faults |= FAULT_LIMIT;
        scan->current = parent;
        scan->in_header = false;
        return;
    }
    const ScanPart part = {.header_start = offset,
                           .body_start = offset,
                           .body_end = offset,
                           .parent = parent,
                           .depth = depth};
    g_array_append_val(scan->parts, part);
    scan->current = (int)scan->parts->len - 1;
    scan->in_header = true;
    g_string_truncate(scan->header, 0);
}

/* The current part's header is complete; its content begins at offset. */
static void
end_header(Scan *scan, guint64 offset)
{
    int index = scan->current;
    bool malformed = false;
    bool twice = false;
    g_autoptr(GPtrArray) fields =
        header_parse(scan->header->str, scan->header->len, &malformed);
    const char *type = header_find(fields, "Content-Type", &twice);
    const char *encoding =
        header_find(fields, "Content-Transfer-Encoding", &twice);
    if (malformed || twice)
        scan->faults |= FAULT_MALFORMED_TREE;
    scan->in_header = false;
    ScanPart *part = get_part(scan, index);
    part->body_start = part->body_end = offset;
    if (!scan_part_describe(part, type, encoding, get_default_type(scan, part)))
        scan->faults |= FAULT_MALFORMED_TREE;
    if (header_differs(fields, "Content-Type") ||
        header_differs(fields, "Content-Transfer-Encoding") ||
        header_is_ambiguous(scan->header))
        part->doubtful = true;
    scan_part_note_name(part, type,
                        header_find(fields, "Content-Disposition", NULL));
    if (scan_part_is_message(part)) {
        part->is_container = true;
        begin_part(scan, index, offset);
    }
}

/* A header that a delimiter or the end of the body cuts off. */
static void
break_header(Scan *scan, guint64 offset)
{
    scan->faults |= FAULT_MALFORMED_TREE;
    end_header(scan, offset);
    if (scan->in_header) /* a message without anything in it */
        end_header(scan, offset);
}

/* Everything from the current part up to (not with) the multipart ends
 * before the delimiter; a multipart in between was never closed. */
static void
close_below(Scan *scan, int multipart, guint64 end)
{
    for (int i = scan->current; i != multipart; i = get_part(scan, i)->parent) {
        ScanPart *part = get_part(scan, i);
        part->body_end = MAX(end, part->body_start);
        if (part->boundary != NULL && !part->closed)
            scan->faults |= FAULT_MALFORMED_TREE;
        /* Who reads another boundary there finds what we do not. */
        if (part->boundary != NULL && !part->has_child)
            part->doubtful = true;
    }
}

/* --- delimiters -------------------------------------------------------- */

/* The innermost open multipart whose delimiter the line is; -1: none. */
static int
find_delimiter(Scan *scan, Delimiter *kind)
{
    const Line *line = &scan->line;
    if (line->length < 2 || memcmp(line->kept, "--", 2) != 0)
        return -1;
    if (strncmp(line->kept + 2, SCAN_OWN_BOUNDARY, strlen(SCAN_OWN_BOUNDARY)) ==
        0)
        scan->own_boundary = true;
    ScanPart *like = NULL;
    for (int i = scan->current; i >= 0; i = get_part(scan, i)->parent) {
        ScanPart *part = get_part(scan, i);
        if (part->boundary == NULL)
            continue;
        bool plain = true;
        *kind = delimiter_read(line->kept, (gsize)MIN(line->length, KEPT_BYTES),
                               line->length, part->boundary, &plain);
        if (!plain)
            scan->faults |= FAULT_MALFORMED_TREE;
        if (*kind >= DELIMITER_NEXT) {
            /* After its close delimiter a multipart is over: one more is
             * text to some readers and a part to others. */
            if (part->closed)
                scan->faults |= FAULT_MALFORMED_TREE;
            return i;
        }
        if (*kind == DELIMITER_LIKE)
            like = part;
    }
    if (like != NULL)
        like->doubtful = true;
    return -1;
}

static void
take_delimiter(Scan *scan, int multipart, Delimiter kind)
{
    if (scan->in_header)
        break_header(scan, scan->line.start);
    /* RFC 2046 5.1.1: the line end before it belongs to the delimiter. */
    close_below(scan, multipart, scan->previous_end);
    ScanPart *part = get_part(scan, multipart);
    part->faults |= scan->line.faults;
    scan->current = multipart;
    if (kind == DELIMITER_CLOSE) {
        if (!part->has_child)
            scan->faults |= FAULT_MALFORMED_TREE;
        part->closed = true;
        return;
    }
    part->has_child = true;
    begin_part(scan, multipart, scan->offset);
}

/* --- lines ------------------------------------------------------------- */

static void
take_header_line(Scan *scan)
{
    Line *line = &scan->line;
    ScanPart *part = get_part(scan, scan->current);
    const unsigned bad = FAULT_8BIT | FAULT_LONG_LINE | FAULT_BARE_CR |
                         FAULT_BARE_LF | FAULT_NUL | FAULT_FROM_LINE;
    if ((line->faults & bad) != 0)
        part->header_unsafe = true;
    if (line->length == 0) {
        gsize end = (line->faults & FAULT_BARE_LF) != 0 ? 1 : 2;
        g_string_truncate(scan->header,
                          scan->header->len - MIN(end, scan->header->len));
        end_header(scan, scan->offset);
        return;
    }
    if (scan->header->len > MAX_HEADER_BYTES) {
        scan->faults |= FAULT_LIMIT;
        end_header(scan, scan->offset);
    }
}

static void
end_line(Scan *scan)
{
    Line *line = &scan->line;
    if (line->length > MAX_SAFE_LINE)
        line->faults |= FAULT_LONG_LINE;
    if (line->length > 0 && (line->last == ' ' || line->last == '\t'))
        line->faults |= FAULT_TRAILING_BLANK;
    if (line->length >= 5 && memcmp(line->kept, "From ", 5) == 0)
        line->faults |= FAULT_FROM_LINE;
    Delimiter kind = DELIMITER_NO;
    int multipart = find_delimiter(scan, &kind);
    if (multipart >= 0) {
        /* That line end is the delimiter's, and no part's to encode. */
        get_part(scan, multipart)->faults |= scan->previous_faults;
        take_delimiter(scan, multipart, kind);
    } else if (scan->in_header)
        take_header_line(scan);
    else
        get_part(scan, scan->current)->faults |= line->faults;
    scan->previous_faults = line->faults & FAULT_BARE_LF;
    scan->previous_end = line->start + line->length;
    scan->line = (Line){.start = scan->offset};
}

static void
take_byte(Scan *scan, char byte)
{
    Line *line = &scan->line;
    if (line->length < KEPT_BYTES)
        line->kept[line->length] = byte;
    line->length++;
    line->last = byte;
    if (byte == '\0')
        line->faults |= FAULT_NUL;
    else if ((byte & 0x80) != 0)
        line->faults |= FAULT_8BIT;
}

/* Bytes without CR and LF. */
static void
take_run(Scan *scan, const char *bytes, gsize size)
{
    Line *line = &scan->line;
    if (size == 0)
        return;
    if (line->length < KEPT_BYTES)
        memcpy(line->kept + line->length, bytes,
               MIN(size, KEPT_BYTES - line->length));
    line->length += size;
    line->last = bytes[size - 1];
    unsigned char all = 0;
    for (gsize i = 0; i < size; i++)
        all |= (unsigned char)bytes[i];
    if ((all & 0x80) != 0)
        line->faults |= FAULT_8BIT;
    if (memchr(bytes, '\0', size) != NULL)
        line->faults |= FAULT_NUL;
}

static void
keep_header(Scan *scan, const char *bytes, gsize size)
{
    if (scan->in_header && scan->header->len <= MAX_HEADER_BYTES)
        g_string_append_len(scan->header, bytes, (gssize)size);
}

/* A CR that no LF followed. */
static void
settle_bare_cr(Scan *scan)
{
    if (!scan->pending_cr)
        return;
    scan->pending_cr = false;
    take_byte(scan, '\r');
    scan->line.faults |= FAULT_BARE_CR;
}

static void
take_line_feed(Scan *scan)
{
    if (!scan->pending_cr)
        scan->line.faults |= FAULT_BARE_LF;
    scan->pending_cr = false;
    scan->offset++;
    end_line(scan);
}

static bool
is_at_line(const Scan *scan)
{
    return !scan->in_header && !scan->pending_cr && scan->line.length == 0;
}

/* The lines from c on that change nothing but where we are; their size. */
static gsize
pass_lines(Scan *scan, const char *c, const char *end)
{
    gsize size = safelines_measure(c, (gsize)(end - c), MAX_SAFE_LINE);
    if (size == 0)
        return 0;
    scan->offset += size;
    scan->previous_end = scan->offset - strlen("\r\n");
    scan->previous_faults = 0;
    scan->line.start = scan->offset;
    return size;
}

void
scan_write(Scan *scan, const void *bytes, size_t size_bytes)
{
    const char *c = bytes;
    const char *end = c + size_bytes;
    const char *look_again = c;
    gsize dull = DULL_BYTES_LEAST;
    while (c < end) {
        if (c >= look_again && is_at_line(scan)) {
            gsize passed = pass_lines(scan, c, end);
            c += passed;
            if (c == end)
                return;
            look_again = c + dull;
            dull = passed > dull ? DULL_BYTES_LEAST
                                 : MIN(dull * 2, DULL_BYTES_MOST);
        }
        if (*c == '\n') {
            keep_header(scan, "\n", 1);
            take_line_feed(scan);
            c++;
            continue;
        }
        settle_bare_cr(scan);
        if (*c == '\r') {
            keep_header(scan, "\r", 1);
            scan->pending_cr = true;
            scan->offset++;
            c++;
            continue;
        }
        const char *stop = c;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        keep_header(scan, c, (gsize)(stop - c));
        take_run(scan, c, (gsize)(stop - c));
        scan->offset += (guint64)(stop - c);
        c = stop;
    }
}

/* --- beginning and end ------------------------------------------------- */

Scan *
scan_new(const Message *message)
{
    Scan *scan = g_new0(Scan, 1);
    scan->parts = g_array_new(FALSE, TRUE, sizeof(ScanPart));
    g_array_set_clear_func(scan->parts, clear_part);
    scan->header = g_string_new(NULL);
    begin_part(scan, -1, 0);
    scan->in_header = false;
    if (message_find(message, "Content-Type", 1) != NULL ||
        message_find(message, "Content-Transfer-Encoding", 1) != NULL)
        scan->faults |= FAULT_MALFORMED_TREE;
    ScanPart *part = get_part(scan, 0);
    if (!scan_part_describe(
            part, message_find(message, "Content-Type", 0),
            message_find(message, "Content-Transfer-Encoding", 0),
            get_default_type(scan, part)))
        scan->faults |= FAULT_MALFORMED_TREE;
    part->header_unsafe = !header_check_safe(message, MAX_SAFE_LINE);
    part->doubtful = part->doubtful ||
                     message_differs(message, "Content-Type") ||
                     message_differs(message, "Content-Transfer-Encoding") ||
                     header_has_bare_cr(message);
    scan_part_note_name(part, message_find(message, "Content-Type", 0),
                        message_find(message, "Content-Disposition", 0));
    if (scan_part_is_message(part)) {
        part->is_container = true;
        begin_part(scan, 0, 0);
    }
    return scan;
}

void
scan_free(Scan *scan)
{
    if (scan == NULL)
        return;
    g_array_unref(scan->parts);
    g_string_free(scan->header, TRUE);
    g_free(scan);
}

static void
end_last_line(Scan *scan)
{
    settle_bare_cr(scan);
    if (scan->line.length == 0)
        return;
    scan->line.faults |= FAULT_NO_FINAL_CRLF;
    end_line(scan);
    /* There is no line end to take off. */
    scan->previous_end = scan->offset;
}

void
scan_finish(Scan *scan)
{
    if (scan->finished)
        return;
    scan->finished = true;
    end_last_line(scan);
    if (scan->in_header)
        break_header(scan, scan->offset);
    close_below(scan, -1, scan->offset);
}

unsigned
scan_get_faults(const Scan *scan)
{
    unsigned faults = scan->faults;
    for (guint i = 0; i < scan->parts->len; i++)
        faults |= get_part(scan, (int)i)->faults;
    return faults;
}

bool
scan_has_own_boundary(const Scan *scan)
{
    return scan->own_boundary;
}

const GArray *
scan_get_parts(const Scan *scan)
{
    return scan->parts;
}
