/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors: one domain, and a class that says what they mean to a mail. */
#ifndef SCEAU_BASE_ERROR_H
#define SCEAU_BASE_ERROR_H

#include <glib.h>

/* The code of a GError in ERROR_DOMAIN: what the sender of the mail should
 * expect, not where the fault was found. */
typedef enum {
    ERROR_TEMPORARY, /* trying again later may help */
    ERROR_MALFORMED, /* the message itself is at fault */
    ERROR_CONFIG,    /* the administrator has to act */
    ERROR_INTERNAL   /* a bug of ours or a surprise from a library */
} ErrorClass;

#define ERROR_DOMAIN (error_quark())

GQuark error_quark(void);

/* Sets *error (when error is not NULL) to a sentence without capital or full
 * stop that names the thing and the reason. */
void error_set(GError **error, ErrorClass class, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The class of any GError; errors of foreign domains count as INTERNAL. */
ErrorClass error_get_class(const GError *error);

#endif
