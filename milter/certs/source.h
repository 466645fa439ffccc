/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: the interface every place with certificates fulfils. */
#ifndef SCEAU_CERTS_SOURCE_H
#define SCEAU_CERTS_SOURCE_H

#include "base/problems.h"
#include "base/bulletin.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SOURCE_ANSWERED,  /* values holds all there is, perhaps nothing */
    SOURCE_AMBIGUOUS, /* two entries own the address */
    SOURCE_SILENT     /* could not ask */
} SourceState;

/* What a source holds for somebody. */
typedef struct {
    GBytes *der;          /* claims to be a DER certificate */
    GBytes *capabilities; /* SMIMECapabilities found beside it (RFC 8551
                           * 2.5.2), nobody's word but the source's; or NULL */
} SourceValue;

/* Takes both. Caller frees with source_value_free (NULL is fine). */
SourceValue *source_value_new(GBytes *der, GBytes *capabilities);
void source_value_free(gpointer value);

/* About one address. Born SILENT: only an answer makes it another. */
typedef struct {
    SourceState state;
    GPtrArray *values; /* SourceValue * */
    GPtrArray *chain;  /* GBytes *: CA certificates that came along; they help
                        * to build chains and are trusted for nothing */
    GPtrArray *owned;  /* char *: folded addresses of the same entry */
    char *server;      /* how it was asked, for people; NULL: does not apply */
    char *filter;
    char *entry;
    char *reason;   /* of AMBIGUOUS and SILENT; owned */
    bool proven;    /* the same search has shown that the source can find
                     * somebody: "none" is more than blindness */
    gint64 time_us; /* when it came (clock_monotonic_us), see
                     * source_answer_share */
} SourceAnswer;

typedef struct Source Source;

/* Implementations embed it as first member. Shared by threads. */
struct Source {
    const char *name;     /* borrowed from the settings */
    char *const *domains; /* asked for these alone; empty: for all */
    bool other_addresses; /* a certificate for another address of the same
                           * entry will do */
    bool gateway;         /* holds what opens mail to all of domains, where
                           * somebody has nothing of his own */
    Position at;          /* in sceau.conf: their order is the sources' */
    bool local;           /* answers from memory, without a wait */
    struct Authorities *authorities; /* to build chains with; NULL: none */
    /* Of a local one, or of authorities: another number when it holds
     * something else; NULL: it always holds the same. Cheap. */
    guint64 (*get_generation)(Source *source);
    /* Fills answers[i] for addresses[i] (count of them), within deadline_us
     * (clock_monotonic_us). */
    void (*find)(Source *source, const char *const *addresses, guint count,
                 gint64 deadline_us, SourceAnswer *answers);
    /* For "sceau check"; NULL: nothing to check. */
    void (*check)(Source *source, gint64 deadline_us, Problems *problems);
    /* For "sceau status"; NULL: there is nothing to tell. */
    void (*write_status)(Source *source, Bulletin *bulletin);
    void (*destroy)(Source *source);
};

void source_answer_init(SourceAnswer *answer);
void source_answer_clear(SourceAnswer *answer);

/* Sets state and reason; reason is taken. */
void source_answer_set(SourceAnswer *answer, SourceState state, char *reason);

/* A shared copy of what answer holds, which is cleared: immutable, any thread.
 * now_us is when it came. */
SourceAnswer *source_answer_share(SourceAnswer *answer, gint64 now_us);
SourceAnswer *source_answer_ref(SourceAnswer *shared);
void source_answer_unref(SourceAnswer *shared); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SourceAnswer, source_answer_unref)

/* About how many bytes a shared one takes. */
gsize source_answer_reckon(const SourceAnswer *shared);

#endif
