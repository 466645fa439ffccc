/* SPDX-License-Identifier: BSD-2-Clause */
/* Three readers for tests of plans: a group's set-up and its end. */
#ifndef SCEAU_TESTS_GIVEN_READERS_H
#define SCEAU_TESTS_GIVEN_READERS_H

#include "tests/fakes/made_certificate.h"

static Certificate *rsa[2];
static Certificate *ec;

static int
make_certificates(void **state)
{
    (void)state;
    rsa[0] = made_certificate_new(KEY_RSA, "bob@partner.example", NULL);
    rsa[1] = made_certificate_new(KEY_RSA, "dave@partner.example", NULL);
    ec = made_certificate_new(KEY_EC, "eve@partner.example", NULL);
    return 0;
}

static int
drop_certificates(void **state)
{
    (void)state;
    certificate_unref(rsa[0]);
    certificate_unref(rsa[1]);
    certificate_unref(ec);
    return 0;
}

#endif
