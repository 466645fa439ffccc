/* SPDX-License-Identifier: BSD-2-Clause */
/* Handover: what the command line says an MTA would hand over. */
#ifndef SCEAU_TOOL_HANDOVER_H
#define SCEAU_TOOL_HANDOVER_H

#include "base/spool.h"
#include "flow/envelope.h"
#include "flow/process.h"
#include "mime/message.h"
#include "tool/command.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* The options that explain and process share. */
#define HANDOVER_OPTIONS                                                       \
    {.name = "--from",                                                         \
     .kind = OPTION_ONE,                                                       \
     .value = "ADDRESS",                                                       \
     .required = true,                                                         \
     .help = "envelope sender; \"<>\" for a bounce"},                          \
        {.name = "--to",                                                       \
         .kind = OPTION_MANY,                                                  \
         .value = "ADDRESS",                                                   \
         .required = true,                                                     \
         .help = "envelope recipients"},                                       \
        {.name = "--login",                                                    \
         .kind = OPTION_ONE,                                                   \
         .value = "NAME",                                                      \
         .help = "SASL login the MTA would tell"},                             \
        {.name = "--client",                                                   \
         .kind = OPTION_ONE,                                                   \
         .value = "IP",                                                        \
         .help = "address of the SMTP client"},                                \
    {                                                                          \
        .name = "--daemon", .kind = OPTION_ONE, .value = "NAME",               \
        .help = "{daemon_name} of the MTA's listener"                          \
    }

/* The envelope those options describe; the login in it is believed. NULL with
 * CONFIG for an address that cannot be read. */
Envelope *handover_make_envelope(const Options *options,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads a message from in; its body goes to a sealed spool of any size made
 * as setup says. Errors: MALFORMED, TEMPORARY; *message and *body are NULL
 * then. */
bool handover_read_message(FILE *in, const Setup *setup, Message **message,
                           Spool **body,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tells process its header and its body, as the daemon does. body NULL: no
 * body. Errors: TEMPORARY (the spool). */
bool handover_feed(Process *process, const Spool *body,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
