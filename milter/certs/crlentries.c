/* SPDX-License-Identifier: BSD-2-Clause */
/* CRL entries: sorted serial numbers of one size each. */
#include "certs/crlentries.h"

#include <string.h>

/* What is compared: the length, then the octets. */
#define KEY_BYTES offsetof(CrlEntry, on_hold)

G_STATIC_ASSERT(sizeof(CrlEntry) == 22);

bool
crlentries_make(CrlSlice serial, CrlEntry *entry)
{
    if (serial.size == 0 || serial.size > CRLENTRIES_MAX_SERIAL)
        return false;
    memset(entry, 0, sizeof *entry);
    entry->size = (guchar)serial.size;
    memcpy(entry->serial, serial.bytes, serial.size);
    return true;
}

/* --- sorting ----------------------------------------------------------- */

static guchar
get_octet(const CrlEntry *entry, gsize at)
{
    return ((const guchar *)entry)[at];
}

static void
swap(CrlEntry *a, CrlEntry *b)
{
    CrlEntry kept = *a;
    *a = *b;
    *b = kept;
}

/* By the octet at "at", three ways; then each part. Each step takes one of 256
 * values away, so at most 256 calls lie in each other for an octet, and what a
 * list holds cannot make it slow. glib's and libc's own sorts want the whole
 * list again as working memory. */
static void
sort_from(CrlEntry *entries, gsize count, gsize at)
{
    while (count > 1 && at < sizeof(CrlEntry)) {
        guchar middle = get_octet(&entries[count / 2], at);
        gsize less = 0;
        gsize next = 0;
        gsize more = count;
        while (next < more) {
            guchar octet = get_octet(&entries[next], at);
            if (octet < middle)
                swap(&entries[less++], &entries[next++]);
            else if (octet > middle)
                swap(&entries[next], &entries[--more]);
            else
                next++;
        }
        sort_from(entries, less, at);
        sort_from(entries + more, count - more, at);
        entries += less;
        count = more - less;
        at++;
    }
}

void
crlentries_sort(CrlEntry *entries, gsize count)
{
    sort_from(entries, count, 0);
}

/* --- reading ----------------------------------------------------------- */

static bool
count_entries(const CrlScan *scan, gsize *count, const char **fault)
{
    CrlScanEntry each;
    DerReader reader = der_open(scan->entries.bytes, scan->entries.size);
    *count = 0;
    while (crlscan_next(&reader, &each, fault))
        (*count)++;
    return *fault == NULL;
}

CrlEntry *
crlentries_read(const CrlScan *scan, gsize *count, const char **fault)
{
    gsize most = 0;
    if (!count_entries(scan, &most, fault))
        return NULL;
    CrlEntry *entries = g_new(CrlEntry, most + 1);
    CrlScanEntry each;
    DerReader reader = der_open(scan->entries.bytes, scan->entries.size);
    *count = 0;
    while (*count < most && crlscan_next(&reader, &each, fault)) {
        if (!crlentries_make(each.serial, &entries[*count]))
            continue;
        entries[(*count)++].on_hold = each.on_hold;
    }
    crlentries_sort(entries, *count);
    return entries;
}

/* --- asking ------------------------------------------------------------ */

static bool
is_entry(const CrlEntry *entry)
{
    if (entry->size == 0 || entry->size > CRLENTRIES_MAX_SERIAL ||
        entry->on_hold > 1)
        return false;
    for (gsize i = entry->size; i < CRLENTRIES_MAX_SERIAL; i++)
        if (entry->serial[i] != 0)
            return false;
    return true;
}

bool
crlentries_check(const CrlEntry *entries, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (!is_entry(&entries[i]) ||
            (i > 0 &&
             memcmp(&entries[i - 1], &entries[i], sizeof(CrlEntry)) > 0))
            return false;
    return true;
}

const CrlEntry *
crlentries_find(const CrlEntry *entries, gsize count, const CrlEntry *wanted)
{
    gsize from = 0;
    gsize to = count;
    while (from < to) {
        gsize middle = from + (to - from) / 2;
        if (memcmp(&entries[middle], wanted, KEY_BYTES) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < count && memcmp(&entries[from], wanted, KEY_BYTES) == 0
               ? &entries[from]
               : NULL;
}
