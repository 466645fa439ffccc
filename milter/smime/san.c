/* SPDX-License-Identifier: BSD-2-Clause */
/* SAN: the mail addresses that a certificate speaks for. */
#include "smime/san.h"

#include "base/mailbox.h"
#include "smime/openssl.h"

#include <stdbool.h>
#include <string.h>

#define MAX_ADDRESSES 64

/* RFC 5280 4.2.1.6: a bare Mailbox, without brackets, route or blanks around
 * it. mailbox_parse forgives those in an envelope; here a name must not turn
 * into one that its issuer never saw. A NUL would cut it short. */
static bool
is_bare(const char *bytes, gsize size)
{
    return size > 0 && memchr(bytes, '\0', size) == NULL &&
           strchr("<@ \t", bytes[0]) == NULL &&
           strchr("> \t", bytes[size - 1]) == NULL;
}

/* IA5String is ASCII, but OpenSSL takes any octet for it. */
static bool
is_ascii(const char *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        if ((guchar)bytes[i] >= 0x80)
            return false;
    return true;
}

static char *
parse(const char *bytes, gsize size, bool ascii_only)
{
    if (!is_bare(bytes, size) || (ascii_only && !is_ascii(bytes, size)))
        return NULL;
    g_autofree char *copy = g_strndup(bytes, size);
    return mailbox_parse(copy);
}

/* The address that a general name holds, or NULL. */
static char *
read_address(const GENERAL_NAME *name)
{
    const ASN1_STRING *text = NULL;
    if (name->type == GEN_EMAIL)
        text = name->d.rfc822Name;
    else if (name->type == GEN_OTHERNAME &&
             OBJ_obj2nid(name->d.otherName->type_id) ==
                 NID_id_on_SmtpUTF8Mailbox &&
             name->d.otherName->value->type == V_ASN1_UTF8STRING)
        text = name->d.otherName->value->value.utf8string;
    if (text == NULL)
        return NULL;
    const char *bytes = (const char *)ASN1_STRING_get0_data(text);
    return parse(bytes, (gsize)ASN1_STRING_length(text),
                 name->type == GEN_EMAIL);
}

char **
san_make_addresses(const X509 *x509)
{
    GPtrArray *found = g_ptr_array_new();
    g_autoptr(GENERAL_NAMES) names =
        X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    int count = names != NULL ? sk_GENERAL_NAME_num(names) : 0;
    for (int i = 0; i < count && found->len < MAX_ADDRESSES; i++) {
        char *address = read_address(sk_GENERAL_NAME_value(names, i));
        if (address != NULL)
            g_ptr_array_add(found, address);
    }
    g_ptr_array_add(found, NULL);
    openssl_clear();
    return (char **)g_ptr_array_free(found, FALSE);
}

char **
san_make_subject_addresses(const X509 *x509)
{
    GPtrArray *found = g_ptr_array_new();
    const X509_NAME *subject = X509_get_subject_name(x509);
    int at = -1;
    while (found->len < MAX_ADDRESSES &&
           (at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress,
                                            at)) >= 0) {
        const ASN1_STRING *text =
            X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
        char *address = parse((const char *)ASN1_STRING_get0_data(text),
                              (gsize)ASN1_STRING_length(text), true);
        if (address != NULL)
            g_ptr_array_add(found, address);
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}
