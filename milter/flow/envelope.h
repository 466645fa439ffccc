/* SPDX-License-Identifier: BSD-2-Clause */
/* Envelope: the SMTP side of a message, a plain value. */
#ifndef SCEAU_FLOW_ENVELOPE_H
#define SCEAU_FLOW_ENVELOPE_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *path;       /* exactly as RCPT gave it: what smfi_delrcpt wants */
    char *parameters; /* "NOTIFY=… ORCPT=…", "" without */
    char *address;    /* canonical mailbox; a bare local name stays bare;
                         NULL when it cannot be read */
} EnvelopeRecipient;

/* All strings owned; NULL: the MTA did not say. */
typedef struct {
    char *sender_path; /* "<alice@example.fr>" as MAIL gave it */
    char *sender_parameters;
    char *sender;          /* canonical mailbox, "" for the null sender */
    GPtrArray *recipients; /* EnvelopeRecipient *, in the order of RCPT */
    char *login;           /* {auth_authen}, empty counts as none */
    char *client_address;
    char *daemon_name;
    char *cert_issuer, *cert_subject; /* of a client that was verified */
    char *queue_id;
    bool trusted_socket; /* only the MTA can have filled this in */
} Envelope;

Envelope *envelope_new(void);
void envelope_free(Envelope *envelope); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Envelope, envelope_free)

/* Sets the sender from a path and its parameters ("" or NULL without). */
void envelope_set_sender(Envelope *envelope, const char *path,
                         const char *parameters);

/* Appends a recipient. canonical is what the MTA makes of the path
 * ({rcpt_addr}), or NULL: then the path itself is read. */
void envelope_add_recipient(Envelope *envelope, const char *path,
                            const char *parameters, const char *canonical);

const EnvelopeRecipient *envelope_get_recipient(const Envelope *envelope,
                                                unsigned index);

/* The value of an ESMTP parameter ("ENVID") among parameters, or NULL.
 * Caller frees. */
char *envelope_find_parameter(const char *parameters, const char *name);

#endif
