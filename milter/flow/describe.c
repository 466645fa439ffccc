/* SPDX-License-Identifier: BSD-2-Clause */
/* Describe: envelope + message -> policy facts. */
#include "flow/describe.h"

#include "base/mailbox.h"
#include "mime/decode.h"
#include "policy/text.h"

#include <string.h>

/* Runs of blanks and hyphens as one hyphen, none at the ends. */
static void
join_words(GString *words)
{
    gsize length = 0;
    for (gsize i = 0; i < words->len; i++) {
        char c = strchr(" \t-", words->str[i]) != NULL ? '-' : words->str[i];
        if (c != '-' || (length > 0 && words->str[length - 1] != '-'))
            words->str[length++] = c;
    }
    if (length > 0 && words->str[length - 1] == '-')
        length--;
    g_string_truncate(words, length);
}

/* RFC 2156 5.3.4 writes "Company-Confidential"; programs add comments, quotes
 * and blanks, and whoever reads the label means the word. */
static char *
clean_sensitivity(const char *value)
{
    GString *words = g_string_new(NULL);
    const char *last = strrchr(value, ')');
    unsigned depth = 0;
    for (const char *c = value; *c != '\0'; c++) {
        /* One that is never closed comments nothing out. */
        if (*c == '(' && last != NULL && c < last)
            depth++;
        else if (*c == ')' && depth > 0)
            depth--;
        else if (depth == 0 && strchr("()\"", *c) == NULL)
            g_string_append_c(words, *c);
    }
    join_words(words);
    return g_string_free(words, FALSE);
}

static void
add_field(GPtrArray *fields, const Field *field)
{
    bool undecodable = false;
    g_autofree char *text = decode_text(field->value, &undecodable);
    g_autofree char *value = g_ascii_strcasecmp(field->name, "Sensitivity") == 0
                                 ? clean_sensitivity(text)
                                 : g_steal_pointer(&text);
    /* No comparison looks further: what stands there is not known. */
    if (strlen(value) > TEXT_LIMIT_BYTES)
        undecodable = true;
    g_ptr_array_add(fields, policy_field_new(field->name, value, undecodable));
}

static PolicyTexts
collect(const GPtrArray *fields, const char *name, bool incomplete)
{
    GPtrArray *texts = g_ptr_array_new();
    for (guint i = 0; i < fields->len; i++) {
        const PolicyField *field = g_ptr_array_index(fields, i);
        if (g_ascii_strcasecmp(field->name, name) != 0)
            continue;
        g_ptr_array_add(texts, g_strdup(field->value));
        incomplete = incomplete || field->undecodable;
    }
    g_ptr_array_add(texts, NULL);
    return (PolicyTexts){.texts = (char **)g_ptr_array_free(texts, FALSE),
                         .incomplete = incomplete};
}

static PolicyTexts
collect_addresses(const Message *message, const char *name)
{
    GPtrArray *all = g_ptr_array_new();
    bool incomplete = false;
    const char *value;
    for (unsigned i = 0; (value = message_find(message, name, i)) != NULL;
         i++) {
        bool malformed = false;
        g_autofree char **some = decode_addresses(value, &malformed);
        incomplete = incomplete || malformed;
        for (char **each = some; each != NULL && *each != NULL; each++)
            g_ptr_array_add(all, *each);
    }
    g_ptr_array_add(all, NULL);
    return (PolicyTexts){.texts = (char **)g_ptr_array_free(all, FALSE),
                         .incomplete = incomplete};
}

/* --- kinds ------------------------------------------------------------- */

static bool
has_word(const Message *message, const char *name, const char *word)
{
    const char *value;
    for (unsigned i = 0; (value = message_find(message, name, i)) != NULL;
         i++) {
        g_autofree char *folded = g_ascii_strdown(value, -1);
        if (strstr(folded, word) != NULL)
            return true;
    }
    return false;
}

/* RFC 3834 5: "no" is what people's own mail may say. */
static bool
is_automatic(const Message *message)
{
    const char *value = message_find(message, "Auto-Submitted", 0);
    if (value == NULL)
        return false;
    g_autofree char *word = g_strstrip(g_strdup(value));
    return g_ascii_strncasecmp(word, "no", 2) != 0 || g_ascii_isalnum(word[2]);
}

static unsigned
find_kinds(const Envelope *envelope, const Message *message,
           const Outline *outline)
{
    unsigned kinds = 0;
    if (is_automatic(message))
        kinds |= POLICY_KIND_AUTO_REPLY;
    if (outline->has_receipt)
        kinds |= POLICY_KIND_RECEIPT;
    if (outline->has_bounce)
        kinds |= POLICY_KIND_BOUNCE;
    if (*envelope->sender == '\0' && kinds == 0)
        kinds |= POLICY_KIND_BOUNCE;
    if (outline->has_calendar)
        kinds |= POLICY_KIND_CALENDAR;
    if (message_find(message, "List-Id", 0) != NULL ||
        message_find(message, "List-Post", 0) != NULL ||
        has_word(message, "Precedence", "list"))
        kinds |= POLICY_KIND_LIST;
    if (has_word(message, "Precedence", "bulk") ||
        has_word(message, "Precedence", "junk"))
        kinds |= POLICY_KIND_BULK;
    return kinds != 0 ? kinds : POLICY_KIND_ORDINARY;
}

/* --- the body's part --------------------------------------------------- */

static Truth
truth(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static void
describe_body(PolicyFacts *facts, const Envelope *envelope,
              const Message *message, const Outline *outline,
              guint64 size_bytes)
{
    for (guint i = 0; i < outline->inner_fields->len; i++)
        add_field(facts->inner_fields,
                  g_ptr_array_index(outline->inner_fields, i));
    facts->inner_incomplete = outline->inner_incomplete;
    facts->kinds = find_kinds(envelope, message, outline);
    facts->is_signed =
        truth(outline->seal == SEAL_SIGNED || outline->seal == SEAL_PGP_SIGNED);
    /* For whom OpenPGP opens is not ours to verify. */
    facts->is_encrypted = truth(outline->seal == SEAL_ENCRYPTED);
    facts->size_bytes = size_bytes;
    facts->size_known = true;
}

static void
forget_body(PolicyFacts *facts)
{
    facts->inner_incomplete = true;
    facts->kinds = 0;
    facts->is_signed = TRUTH_UNKNOWN;
    facts->is_encrypted = TRUTH_UNKNOWN;
    facts->size_known = false;
}

static Truth
submitted(const RightAnswer *right)
{
    switch (right->class) {
    case RIGHT_NOT_SUBMITTED:
        return TRUTH_FALSE;
    case RIGHT_ALLOWED:
    case RIGHT_NOT_ALLOWED:
        return TRUTH_TRUE;
    case RIGHT_UNKNOWN:
        return TRUTH_UNKNOWN;
    }
    return TRUTH_UNKNOWN;
}

PolicyFacts *
describe_message(const Setup *setup, const Envelope *envelope,
                 const Message *message, const RightAnswer *right,
                 const Outline *outline, guint64 size_bytes)
{
    PolicyFacts *facts = policy_facts_new();
    g_free(facts->sender);
    facts->sender = g_strdup(envelope->sender);
    facts->login = g_strdup(right->login);
    facts->service = g_strdup(right->service);
    facts->submitted = submitted(right);
    for (unsigned i = 0; i < message_count_fields(message); i++)
        add_field(facts->fields, message_get_field(message, i));
    facts->from = collect_addresses(message, "From");
    facts->subject = collect(facts->fields, "Subject", false);
    if (outline != NULL)
        describe_body(facts, envelope, message, outline, size_bytes);
    else
        forget_body(facts);
    facts->inner_subject =
        collect(facts->inner_fields, "Subject", facts->inner_incomplete);
    for (guint i = 0; i < envelope->recipients->len; i++) {
        const EnvelopeRecipient *recipient =
            envelope_get_recipient(envelope, i);
        const char *address = recipient->address;
        g_ptr_array_add(
            facts->recipients,
            policy_recipient_new(address != NULL ? address : "",
                                 setup_check_inside(setup, address)));
    }
    return facts;
}

static bool
has_undecodable(const GPtrArray *fields)
{
    for (guint i = 0; i < fields->len; i++)
        if (((const PolicyField *)g_ptr_array_index(fields, i))->undecodable)
            return true;
    return false;
}

bool
describe_is_unreadable(const PolicyFacts *facts)
{
    return facts->inner_incomplete || facts->from.incomplete ||
           has_undecodable(facts->fields) ||
           has_undecodable(facts->inner_fields);
}

/* RFC 5322 3.6: From occurs once; which of several mailboxes wrote is not
 * ours to guess. */
char *
describe_signer(const Message *message)
{
    const char *value = message_find(message, "From", 0);
    if (value == NULL || message_find(message, "From", 1) != NULL)
        return NULL;
    bool malformed = false;
    g_auto(GStrv) addresses = decode_addresses(value, &malformed);
    if (malformed || addresses == NULL || g_strv_length(addresses) != 1)
        return NULL;
    return g_strdup(addresses[0]);
}

bool
describe_is_list(const Message *message)
{
    return message_find(message, "List-Id", 0) != NULL ||
           message_find(message, "Resent-From", 0) != NULL ||
           message_find(message, "Resent-Sender", 0) != NULL;
}

GHashTable *
describe_named(const Message *message)
{
    static const char *const names[] = {"To", "Cc", "Resent-To", "Resent-Cc"};
    GHashTable *set =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        PolicyTexts named = collect_addresses(message, names[i]);
        g_auto(GStrv) texts = named.texts;
        for (char **each = texts; *each != NULL; each++)
            g_hash_table_add(set, mailbox_fold(*each));
    }
    return set;
}
