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
    "hold",   "route",     "subject", "protect", "protected",
    "cipher", "add",       "notify",  "opaque",  "archive",
    "escrow", "strip-tag", "mode",    "label",   NULL,
};

const ActionRow *
actions_find(const char *name)
{
    for (const ActionRow *row = actions_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
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
actions_get_word(ActionId id, int value)
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
