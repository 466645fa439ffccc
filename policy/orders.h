/* SPDX-License-Identifier: BSD-2-Clause */
/* Orders: tokens to the orders of a rule. */
#ifndef SCEAU_POLICY_ORDERS_H
#define SCEAU_POLICY_ORDERS_H

#include "policy/reader.h"

/* The texts of a reply, in bytes: what SMTP lines hold. */
#define ORDERS_TEXT_LIMIT 400

/* A subject that replaces another, in bytes. */
#define ORDERS_SUBJECT_LIMIT 200

/* What follows "then", into orders (Order *). False: the mistake is noted. */
bool orders_parse(Reader *reader, GPtrArray *orders);

#endif
