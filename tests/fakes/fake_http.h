/* SPDX-License-Identifier: BSD-2-Clause */
/* A web server on loopback that says what it is told. */
#ifndef SCEAU_TESTS_FAKES_FAKE_HTTP_H
#define SCEAU_TESTS_FAKES_FAKE_HTTP_H

#include <glib.h>

typedef struct FakeHttp FakeHttp;

/* A thread of its own; every path answers 404 at first. */
FakeHttp *fake_http_new(void);
void fake_http_free(FakeHttp *fake);

/* What path answers from now on: head ("200 OK", or more header lines after
 * it, CRLF between) and content (copied). With drip the content never ends. */
void fake_http_set(FakeHttp *fake, const char *path, const char *head,
                   const void *content, gsize size_bytes, gboolean drip);

/* "http://127.0.0.1:PORT" and path. Caller frees. */
char *fake_http_url(const FakeHttp *fake, const char *path);

#endif
