/* SPDX-License-Identifier: BSD-2-Clause */
/* Spools from text and back, for tests. */
#ifndef SCEAU_TESTS_FAKES_SPOOL_TEXT_H
#define SCEAU_TESTS_FAKES_SPOOL_TEXT_H

#include "base/spool.h"

#include <glib.h>

/* A spool with text written, not sealed; small ones stay in memory. */
Spool *spool_text_new(const char *text);

/* All its bytes, NUL-terminated. Caller frees. */
char *spool_text_read(const Spool *spool);

#endif
