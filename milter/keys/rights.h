/* SPDX-License-Identifier: BSD-2-Clause */
/* Rights: who submitted it, and as whom may he sign? */
#ifndef SCEAU_KEYS_RIGHTS_H
#define SCEAU_KEYS_RIGHTS_H

#include "base/problems.h"
#include "base/settings.h"

#include <glib.h>
#include <stdbool.h>

/* service NAME { clients = …  daemon-name = …  senders = … } */
extern const SettingsTable service_settings;

/* What the MTA told about who handed the message in; borrowed, NULL: not
 * told. */
typedef struct {
    const char *login;                      /* {auth_authen} */
    const char *client_address;             /* IP as text */
    const char *daemon_name;                /* {daemon_name} */
    const char *cert_issuer, *cert_subject; /* of a verified client */
    const char *envelope_sender;
    bool is_list;        /* List-Id or Resent-*: no service signs it */
    bool trusted_socket; /* the MTA came by the unix socket (or a setting
                            says that inet may be believed) */
} Submission;

typedef enum {
    RIGHT_NOT_SUBMITTED, /* no proof of who handed it in: never signed */
    RIGHT_ALLOWED,
    RIGHT_NOT_ALLOWED, /* submitted, but not as that From */
    RIGHT_UNKNOWN      /* could not ask */
} RightClass;

typedef struct {
    RightClass class;
    char *login;   /* completed with login-domain; NULL: none. Owned */
    char *service; /* name, NULL: none. Owned */
    char *reason;  /* which rule allowed it, or why not. Owned */
} RightAnswer;

void right_answer_clear(RightAnswer *answer);

/* Immutable; any thread. */
typedef struct Rights Rights;

Rights *rights_new(const Settings *settings, Problems *problems);
void rights_free(Rights *rights); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rights, rights_free)

/* May the message be signed as from (a canonical mailbox; NULL: no usable
 * From, several or none)? A login that is the From address may; so may a
 * service whose senders hold it, whatever the login. A login or a service
 * with another From is NOT_ALLOWED: the mail was submitted, and is neither
 * signed nor stopped by that. Logins hold letters, digits and ".", "_", "-",
 * "+", one "@"; anything else is nobody's address. */
RightAnswer rights_check(const Rights *rights, const Submission *submission,
                         const char *from);

#endif
