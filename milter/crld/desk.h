/* SPDX-License-Identifier: BSD-2-Clause */
/* Desk: where sceau-crld waits for whatever comes first: a signal, its time, an
 * administrator's command ("sceau refresh crl") or what sceaud has seen in
 * certificates (certs/crllearn.h). */
#ifndef SCEAU_CRLD_DESK_H
#define SCEAU_CRLD_DESK_H

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
    DESK_TIME,    /* nothing came */
    DESK_SIGNAL,  /* *signal */
    DESK_REFRESH, /* then desk_answer */
    DESK_LEARNT   /* *trust, *url */
} DeskEvent;

typedef struct Desk Desk;

/* Takes signals, which are blocked. control: path of the control socket (its
 * folder ours or root's, base/control.h); learn_from: whose datagrams on
 * learn.sock beside it are read, beside our own and root's; NULL: nobody's, and
 * there is no such socket. control NULL: neither. What cannot be made is
 * logged, and the rest goes on. */
Desk *desk_new(const sigset_t *signals, const char *control,
               const uid_t *learn_from);
void desk_free(Desk *desk); /* removes the sockets; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

typedef struct {
    int signal;
    char *trust, *url; /* the caller's to free */
} DeskNews;

/* Waits at most wait_s. What nobody may send is passed over. */
DeskEvent desk_wait(Desk *desk, gint64 wait_s, DeskNews *news);

/* Ends the command that desk_wait gave. status: as a command's. */
void desk_answer(Desk *desk, int status, const char *text);

#endif
