/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL: its error queue as a GError. */
#include "smime/openssl.h"

#include <openssl/err.h>

gboolean
openssl_fail(GError **error, ErrorClass class, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    error_set(error, class, "%s: %s", what,
              reason != NULL ? reason : "no reason given by the library");
    ERR_clear_error();
    return FALSE;
}

void
openssl_clear(void)
{
    ERR_clear_error();
}
