/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole Setup in a private directory: folder sources, no network. */
#ifndef SCEAU_TESTS_FAKES_MADE_SETUP_H
#define SCEAU_TESTS_FAKES_MADE_SETUP_H

#include "flow/setup.h"

/* alice@example.fr has a signing key; bob@ and dave@partner.example have RSA
 * certificates, eve@partner.example an EC one; carol@partner.example none.
 * extra is added to sceau.conf, policy is the whole policy file. The
 * directory is removed by made_setup_clean. Ends the test when it cannot. */
Setup *made_setup_new(const char *policy, const char *extra);
void made_setup_clean(void);

/* The directory, for tests that look into it. */
const char *made_setup_get_dir(void);

#endif
