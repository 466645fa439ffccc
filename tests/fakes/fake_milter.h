/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake libmilter: the smfi_ functions, and an MTA that talks to callbacks. */
#ifndef SCEAU_TESTS_FAKES_FAKE_MILTER_H
#define SCEAU_TESTS_FAKES_FAKE_MILTER_H

#include <glib.h>
#include <sys/types.h>

#include <libmilter/mfapi.h>

/* One connection: what was told and what was asked for. */
struct smfi_str {
    void *private_data;
    GHashTable *macros;  /* name -> value */
    GHashTable *symbols; /* GINT_TO_POINTER(stage) -> names */
    GString *log;        /* every smfi_ call that changes something, a line */
    GString *body;       /* as replaced; NULL: was not */
    GString *reply;      /* "550 5.7.1 one|two|"; NULL: none */
    const char *failing; /* name of the smfi_ function that fails, or NULL */
    unsigned progress;
};

SMFICTX *fake_milter_new(void);
void fake_milter_free(SMFICTX *ctx);

void fake_milter_set_macro(SMFICTX *ctx, const char *name, const char *value);

/* Forgets what was told for a message. */
void fake_milter_clear(SMFICTX *ctx);

#endif
