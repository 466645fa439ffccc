/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors: one domain, and a class that says what they mean to a mail. */
#include "base/error.h"

GQuark
error_quark(void)
{
    return g_quark_from_static_string("sceau");
}

void
error_set(GError **error, ErrorClass class, const char *format, ...)
{
    if (error == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    GError *made = g_error_new_valist(ERROR_DOMAIN, class, format, arguments);
    va_end(arguments);
    g_propagate_error(error, made);
}

ErrorClass
error_get_class(const GError *error)
{
    if (error == NULL || error->domain != ERROR_DOMAIN)
        return ERROR_INTERNAL;
    return (ErrorClass)error->code;
}
