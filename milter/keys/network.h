/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks: IP addresses and CIDR blocks as text. */
#ifndef SCEAU_KEYS_NETWORK_H
#define SCEAU_KEYS_NETWORK_H

#include <stdbool.h>

/* Whether text is an IPv4 or IPv6 address, or one with /prefix whose host
 * bits are zero (a slip otherwise). */
bool network_check(const char *text);

/* Whether it is all of IPv4, or as good as all of IPv6. */
bool network_is_everybody(const char *text);

/* Whether address is in any of networks (NULL-terminated, each passed
 * network_check). IPv4 addresses written as IPv6 ("::ffff:…", a leading
 * "IPv6:") are recognised. False for what is no address. */
bool network_contains_any(char *const *networks, const char *address);

#endif
