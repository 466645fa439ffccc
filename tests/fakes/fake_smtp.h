/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake SMTP server: one connection, played by a thread from a script. */
#ifndef SCEAU_TESTS_FAKES_FAKE_SMTP_H
#define SCEAU_TESTS_FAKES_FAKE_SMTP_H

#include <glib.h>

/* A script is a NULL-terminated list of steps:
 *   "S:250 ok"    sends that line, with CRLF
 *   "R:bytes"     sends these bytes as they are
 *   "C:EHLO"      reads a line, which must begin so; anything else is noted as
 *                 "UNEXPECTED" and ends the connection
 *   "CONTENT"     reads up to the final dot
 *   "TLS"         becomes a TLS server
 *   "FREEZE"      reads and says nothing more
 *   "DEAF"        reads and says nothing more; for unix sockets
 *   "CLOSE"       closes
 * After the last step it reads on until the client closes, and says 221 to
 * QUIT. */
typedef struct FakeSmtp FakeSmtp;

/* Listens on a unix socket, or on a port of 127.0.0.1. */
FakeSmtp *fake_smtp_start(const char *const *script);
FakeSmtp *fake_smtp_start_tcp(const char *const *script);

/* "unix:/…" or "127.0.0.1:…", and the PEM file of the self-signed certificate
 * it uses for "TLS", which is for relay.test and 127.0.0.1. Borrowed. */
const char *fake_smtp_get_server(const FakeSmtp *fake);
const char *fake_smtp_get_ca(const FakeSmtp *fake);

/* Waits for the end of the connection, frees all: every byte that the client
 * sent, decrypted. Caller frees. */
char *fake_smtp_finish(FakeSmtp *fake);

#endif
