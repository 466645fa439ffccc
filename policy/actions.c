/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions: the table of everything a policy may order. */
#include "policy/actions.h"

#include <string.h>

static const ActionValue encrypt_values[] = {
    {"never", ENCRYPT_NEVER, "leave it as it is"},
    {"if-possible", ENCRYPT_IF_POSSIBLE, "when a usable certificate is found"},
    {"required", ENCRYPT_REQUIRED, "never in clear"},
    {"by-sender", ENCRYPT_BY_SENDER,
     "it must arrive encrypted; the gateway may not do it"},
    {NULL, 0, NULL},
};

static const ActionValue sign_values[] = {
    {"never", SIGN_NEVER, "leave it as it is"},
    {"if-possible", SIGN_IF_POSSIBLE, "when the sender's key may be used"},
    {"required", SIGN_REQUIRED, "never unsigned"},
    {NULL, 0, NULL},
};

static const ActionValue signature_values[] = {
    {"detached", WANT_DETACHED,
     "readable without S/MIME too (multipart/signed)"},
    {"opaque", WANT_OPAQUE, "text and signature in one (smime.p7m)"},
    {NULL, 0, NULL},
};

static const ActionValue cipher_values[] = {
    {"aes-256-cbc", WANT_AES_256_CBC, "what every reader opens"},
    {"aes-128-cbc", WANT_AES_128_CBC, "the same with a shorter key"},
    {"aes-256-gcm", WANT_AES_256_GCM,
     "authenticated; Thunderbird and gpgsm do not open it"},
    {"aes-128-gcm", WANT_AES_128_GCM, "the same with a shorter key"},
    {NULL, 0, NULL},
};

static const ActionValue transport_values[] = {
    {"pkcs1", WANT_PKCS1, "RSA PKCS#1 v1.5, what every reader opens"},
    {"oaep", WANT_OAEP, "RSAES-OAEP with SHA-256; older readers fail"},
    {NULL, 0, NULL},
};

static const ActionValue subject_values[] = {
    {"replace", WANT_SUBJECT_REPLACED,
     "of encrypted mail: this text outside, the real one inside"},
    {"strip-tag", WANT_SUBJECT_WITHOUT_TAG,
     "without the bracketed tag that set a label"},
    {"keep", WANT_SUBJECT_KEPT, "as it is"},
    {NULL, 0, NULL},
};

static const ActionValue protect_values[] = {
    {"headers", WANT_HEADERS_PROTECTED,
     "a copy of the header fields inside (RFC 9788)"},
    {"nothing", WANT_HEADERS_OUTSIDE, "header fields stand outside only"},
    {NULL, 0, NULL},
};

static const ActionValue on_values[] = {
    {"clear", ON_CLEAR, "let it go unprotected"},
    {"defer", ON_DEFER, "ask the sender's server to try again later"},
    {"refuse", ON_REFUSE, "refuse it"},
    {NULL, 0, NULL},
};

const ActionRow actions_table[] = {
    {"accept", ACTION_ACCEPT, NULL,
     "every aspect still open takes its neutral value"},
    {"encrypt", ACTION_ENCRYPT, encrypt_values, "how it is to be encrypted"},
    {"sign", ACTION_SIGN, sign_values, "how it is to be signed"},
    {"sign", ACTION_FORM + FORM_SIGNATURE, signature_values,
     "which form the signature has"},
    {"cipher", ACTION_FORM + FORM_CIPHER, cipher_values,
     "what content is encrypted with, whatever the recipient's software says"},
    {"key-transport", ACTION_FORM + FORM_TRANSPORT, transport_values,
     "how the content's key reaches an RSA key"},
    {"subject", ACTION_FORM + FORM_SUBJECT, subject_values,
     "what becomes of the subject of signed or encrypted mail"},
    {"protect", ACTION_FORM + FORM_HEADERS, protect_values,
     "whether header fields are protected too"},
    {"refuse", ACTION_REFUSE, NULL, "refuse the message, with these words"},
    {"defer", ACTION_DEFER, NULL, "ask the sender's server to try again later"},
    {"on", ACTION_ON, on_values, "what to do when that was found"},
    {NULL, ACTION_ACCEPT, NULL, NULL},
};

/* In the order of PolicyClass. */
const ActionClass actions_classes[CLASS_COUNT] = {
    {"none", true, false, "no entry, or an entry without certificate"},
    {"unusable", true, false, "certificates, none of them usable"},
    {"revoked", true, false, "the certificate is revoked"},
    {"on-hold", true, false, "the certificate is suspended"},
    {"revocation-unknown", true, false, "nobody could say if it is revoked"},
    {"lost", true, false, "there was a certificate not long ago, none today"},
    {"ambiguous", true, false, "two entries own the address"},
    {"directory-down", true, true, "a directory or a fact could not be asked"},
    {"already-protected", false, false,
     "the sender signed or encrypted it already"},
    {"encrypted-for", false, false, "it arrived encrypted for the recipient"},
    {"encrypted-not-for", true, false,
     "it arrived encrypted, but not for the recipient"},
    {"not-allowed", false, true, "the sender may not sign as that From"},
    {"key-unusable", false, true, "the key is missing, expired or revoked"},
    {"key-away", false, true, "the key cannot be reached now"},
    {"unrepresentable", true, true, "the message cannot be put into S/MIME"},
    {"clock", true, true, "the machine's time cannot be right"},
};

static const char *const later[] = {
    "hold",    "route",  "protected", "add",   "notify",
    "archive", "escrow", "mode",      "label", NULL,
};

const ActionRow *
actions_find(const char *name)
{
    for (const ActionRow *row = actions_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const ActionRow *
actions_find_next(const ActionRow *row)
{
    const ActionRow *next = row + 1;
    return next->name != NULL && strcmp(next->name, row->name) == 0 ? next
                                                                    : NULL;
}

const ActionValue *
actions_find_value(const ActionRow *row, const char *word)
{
    for (const ActionValue *value = row->values;
         value != NULL && value->word != NULL; value++)
        if (strcmp(value->word, word) == 0)
            return value;
    return NULL;
}

PolicyClass
actions_find_class(const char *name)
{
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        if (strcmp(actions_classes[i].name, name) == 0)
            return (PolicyClass)i;
    return CLASS_COUNT;
}

const char *
actions_get_name(int id)
{
    for (const ActionRow *row = actions_table; row->name != NULL; row++)
        if (row->id == id)
            return row->name;
    return "";
}

const char *
actions_get_word(int id, int value)
{
    for (const ActionRow *row = actions_table; row->name != NULL; row++)
        for (const ActionValue *each = row->id == id ? row->values : NULL;
             each != NULL && each->word != NULL; each++)
            if (each->value == value)
                return each->word;
    return "";
}

bool
actions_is_later(const char *word)
{
    return g_strv_contains(later, word);
}
