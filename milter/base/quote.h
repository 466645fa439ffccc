/* SPDX-License-Identifier: BSD-2-Clause */
/* Quoting: one function for each sink that shows text from outside. */
#ifndef SCEAU_BASE_QUOTE_H
#define SCEAU_BASE_QUOTE_H

#include <glib.h>

/* All take UTF-8 or any bytes up to the NUL and give text the caller frees.
 * Invalid UTF-8 becomes '?'; long text is cut to 512 bytes with "..." except
 * in JSON. */

/* A value of key=value: as is when it has only safe ASCII, else in double
 * quotes with \" \\ \n and \u{hex} for control and format characters. */
char *quote_log(const char *text);

/* For a person's terminal: control and bidirectional format characters as
 * \u{hex}, the rest as is. */
char *quote_terminal(const char *text);

/* For the text of an SMTP reply: ASCII only (accents dropped, everything else
 * '?'), no CR, LF or control characters. '%' stays single: the reply's writer
 * doubles it for libmilter. */
char *quote_smtp(const char *text);

/* A JSON string with its quotes (RFC 8259). */
char *quote_json(const char *text);

#endif
