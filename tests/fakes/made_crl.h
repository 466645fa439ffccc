/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation lists made on the spot, good but for what is asked. */
#ifndef SCEAU_TESTS_FAKES_MADE_CRL_H
#define SCEAU_TESTS_FAKES_MADE_CRL_H

#include <glib.h>

typedef struct {
    const char *issuer;     /* of tests/pki: whose name it bears */
    const char *key;        /* whose key signs; NULL: the issuer's */
    const char *revoked;    /* whose certificate is in it; NULL: nobody's */
    gint64 from_s, until_s; /* from now; both 0: an hour ago, in a day */
    long number;            /* 0: none */
    const char *oid;        /* of one more extension; NULL: none */
    const char *value;      /* its octets, hex */
    gboolean critical;
} MadeCrl;

/* Its DER. Caller unrefs; ends the test when it cannot. */
GBytes *made_crl_new(const MadeCrl *wish);

#endif
