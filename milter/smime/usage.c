/* SPDX-License-Identifier: BSD-2-Clause */
/* Usage: what a certificate says it is for, in words. */
#include "smime/usage.h"

#include "smime/openssl.h"

typedef struct {
    guint32 flag;
    const char *word;
} UsageWord;

static const UsageWord key_words[] = {
    {KU_DIGITAL_SIGNATURE, "digitalSignature"},
    {KU_NON_REPUDIATION, "nonRepudiation"},
    {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
    {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
    {KU_KEY_AGREEMENT, "keyAgreement"},
    {KU_KEY_CERT_SIGN, "keyCertSign"},
    {KU_CRL_SIGN, "cRLSign"},
    {KU_ENCIPHER_ONLY, "encipherOnly"},
    {KU_DECIPHER_ONLY, "decipherOnly"},
};

static const UsageWord extended_words[] = {
    {XKU_SMIME, "emailProtection"}, {XKU_ANYEKU, "anyExtendedKeyUsage"},
    {XKU_SSL_CLIENT, "clientAuth"}, {XKU_SSL_SERVER, "serverAuth"},
    {XKU_CODE_SIGN, "codeSigning"}, {XKU_TIMESTAMP, "timeStamping"},
    {XKU_OCSP_SIGN, "OCSPSigning"},
};

static void
append(GString *text, guint32 flags, const UsageWord *words, gsize count)
{
    const char *gap = "";
    for (gsize i = 0; i < count; i++)
        if ((flags & words[i].flag) != 0) {
            g_string_append_printf(text, "%s%s", gap, words[i].word);
            gap = ", ";
        }
    if (*gap == '\0')
        g_string_append(text, "others");
}

char *
usage_describe(const Certificate *certificate)
{
    X509 *x509 = certificate_get_x509(certificate);
    guint32 there = X509_get_extension_flags(x509);
    g_autoptr(GString) text = g_string_new(NULL);
    if ((there & EXFLAG_KUSAGE) != 0)
        append(text, X509_get_key_usage(x509), key_words,
               G_N_ELEMENTS(key_words));
    else
        g_string_append(text, "any");
    g_string_append(text, "; ");
    if ((there & EXFLAG_XKUSAGE) != 0)
        append(text, X509_get_extended_key_usage(x509), extended_words,
               G_N_ELEMENTS(extended_words));
    else
        g_string_append(text, "any");
    return g_strdup(text->str);
}
