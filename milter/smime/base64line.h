/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 line: one whole line of base64 text (RFC 4648 4). */
#ifndef SCEAU_SMIME_BASE64LINE_H
#define SCEAU_SMIME_BASE64LINE_H

#include <glib.h>

#define BASE64LINE_BYTES 48
#define BASE64LINE_CHARS 64

/* The BASE64LINE_BYTES at bytes as BASE64LINE_CHARS characters at to; neither
 * needs an alignment, nothing beyond them is touched. 24 bytes at a step where
 * the processor can (AVX2), else as the next. */
void base64line_encode(const guchar *bytes, guchar *to);

/* The same on any processor. */
void base64line_encode_plainly(const guchar *bytes, guchar *to);

#endif
