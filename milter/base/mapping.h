/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping: memory for what is large, bounded over the whole process. */
#ifndef SCEAU_BASE_MAPPING_H
#define SCEAU_BASE_MAPPING_H

#include <glib.h>
#include <stdbool.h>

/* All zero: none. */
typedef struct {
    char *bytes;         /* of its owner alone */
    gsize size_bytes;    /* addresses, not memory */
    gsize granted_bytes; /* of them, from the first on, may be used */
} Mapping;

/* size_bytes of addresses in large pages, of which nothing may be used yet;
 * false: the process may have no more. Close it with mapping_close. */
bool mapping_open(Mapping *mapping, gsize size_bytes);

/* Lets the first needed_bytes be used; false, and nothing has changed, when
 * it has not so many or when all mappings of the process together would hold
 * more than budget_bytes. */
bool mapping_grant(Mapping *mapping, gsize needed_bytes, gsize budget_bytes);

/* Its bytes are gone; none is fine. A few are kept for who opens the next of
 * the same size, until another is in need of their grant or the system of
 * their pages. */
void mapping_close(Mapping *mapping);

/* What all mappings together hold, those that are kept among them. */
gsize mapping_get_granted(void);

#endif
