/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe lines: the many lines of a body that need no second look. */
#ifndef SCEAU_MIME_SAFELINES_H
#define SCEAU_MIME_SAFELINES_H

#include <stddef.h>

/* How many bytes, from the start of a line on, are whole lines ending in CRLF
 * that hold nothing to note: 7-bit, no NUL, no bare CR or LF, not longer than
 * longest (without CRLF), no trailing blank, beginning neither with "--" nor
 * with "Fr". A look at many bytes at once, so fewer than there are may be
 * counted, never more; 0: look at the lines one by one. */
size_t safelines_measure(const char *bytes, size_t size_bytes, size_t longest);

/* The same without the instructions that only some processors have. */
size_t safelines_measure_plainly(const char *bytes, size_t size_bytes,
                                 size_t longest);

#endif
