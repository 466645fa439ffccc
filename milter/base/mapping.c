/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping: memory for what is large, bounded over the whole process. */
#include "base/mapping.h"

#include <sys/mman.h>

#define STEP_BYTES (2 * 1024 * 1024) /* granted at a time: a large page */
#define KEPT_COUNT 4

/* The kernel's clearing of fresh pages costs as much as a copy, so a few
 * mappings wait for the next message. It may take their pages back. */
static GMutex lock;
static Mapping kept[KEPT_COUNT]; /* under lock */
static gsize granted_bytes;      /* of all, kept ones too; under lock */

/* Under lock. */
static void
unmap(Mapping *mapping)
{
    (void)munmap(mapping->bytes, mapping->size_bytes);
    granted_bytes -= mapping->granted_bytes;
    *mapping = (Mapping){0};
}

/* Under lock. */
static Mapping *
find_kept(gsize size_bytes)
{
    for (gsize i = 0; i < KEPT_COUNT; i++) {
        if (kept[i].bytes != NULL && kept[i].size_bytes == size_bytes)
            return &kept[i];
    }
    return NULL;
}

bool
mapping_open(Mapping *mapping, gsize size_bytes)
{
    g_mutex_lock(&lock);
    Mapping *found = find_kept(size_bytes);
    if (found != NULL) {
        *mapping = *found;
        *found = (Mapping){0};
    }
    g_mutex_unlock(&lock);
    if (found != NULL)
        return true;
    char *bytes = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    (void)madvise(bytes, size_bytes, MADV_HUGEPAGE);
    *mapping = (Mapping){.bytes = bytes, .size_bytes = size_bytes};
    return true;
}

bool
mapping_grant(Mapping *mapping, gsize needed_bytes, gsize budget_bytes)
{
    if (needed_bytes <= mapping->granted_bytes)
        return true;
    if (needed_bytes > mapping->size_bytes)
        return false;
    gsize steps = (needed_bytes - mapping->granted_bytes - 1) / STEP_BYTES + 1;
    gsize more =
        MIN(steps * STEP_BYTES, mapping->size_bytes - mapping->granted_bytes);
    g_mutex_lock(&lock);
    for (gsize i = 0; i < KEPT_COUNT && granted_bytes + more > budget_bytes;
         i++) {
        if (kept[i].bytes != NULL)
            unmap(&kept[i]);
    }
    bool good = granted_bytes + more <= budget_bytes;
    if (good) {
        granted_bytes += more;
        mapping->granted_bytes += more;
    }
    g_mutex_unlock(&lock);
    return good;
}

void
mapping_close(Mapping *mapping)
{
    if (mapping->bytes == NULL)
        return;
    g_mutex_lock(&lock);
    for (gsize i = 0; i < KEPT_COUNT && mapping->bytes != NULL; i++) {
        if (kept[i].bytes != NULL ||
            madvise(mapping->bytes, mapping->size_bytes, MADV_FREE) != 0)
            continue;
        kept[i] = *mapping;
        *mapping = (Mapping){0};
    }
    if (mapping->bytes != NULL)
        unmap(mapping);
    g_mutex_unlock(&lock);
}

gsize
mapping_get_granted(void)
{
    g_mutex_lock(&lock);
    gsize granted = granted_bytes;
    g_mutex_unlock(&lock);
    return granted;
}
