/* SPDX-License-Identifier: BSD-2-Clause */
/* Who listens on a control socket and has one answer for everybody. */
#ifndef SCEAU_TESTS_FAKES_FAKE_DAEMON_H
#define SCEAU_TESTS_FAKES_FAKE_DAEMON_H

/* Listens on path until fake_daemon_stop; one at a time. Ends the test when it
 * cannot. */
void fake_daemon_start(const char *path, int status, const char *text);

/* What was asked last, its words joined with '|'; NULL: nothing. Borrowed. */
const char *fake_daemon_stop(void);

#endif
