/* SPDX-License-Identifier: BSD-2-Clause */
/* Find: what the plan needs to know beyond the decisions. */
#include "flow/find.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "flow/describe.h"
#include "flow/identity.h"

/* --- certificates ------------------------------------------------------ */

static bool
is_encrypted(const FindQuestion *question)
{
    const Outline *outline = question->outline;
    return outline != NULL && (outline->seal == SEAL_ENCRYPTED ||
                               outline->seal == SEAL_PGP_ENCRYPTED);
}

/* Whether the answer could change what becomes of that recipient. */
static bool
needs_certificate(const FindQuestion *question, unsigned index,
                  PolicyEncrypt bound)
{
    PolicyEncrypt binding =
        plan_bind(g_ptr_array_index(question->decisions, index), bound);
    if (is_encrypted(question))
        return binding >= ENCRYPT_BY_SENDER;
    return binding == ENCRYPT_IF_POSSIBLE || binding == ENCRYPT_REQUIRED;
}

static bool
is_refused_by_policy(const FindQuestion *question)
{
    for (guint i = 0; i < question->decisions->len; i++) {
        const PolicyDecision *decision =
            g_ptr_array_index(question->decisions, i);
        if (decision->verdict == VERDICT_REFUSE)
            return true;
    }
    return false;
}

static char **
list_questions(const FindQuestion *question)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *addresses = g_ptr_array_new();
    PolicyEncrypt bound = plan_get_bound(question->decisions);
    for (guint i = 0; i < question->envelope->recipients->len; i++) {
        const char *address =
            envelope_get_recipient(question->envelope, i)->address;
        char *folded = mailbox_fold(address);
        if (needs_certificate(question, i, bound) &&
            g_hash_table_add(seen, folded))
            g_ptr_array_add(addresses, folded);
        else
            g_free(folded);
    }
    g_ptr_array_add(addresses, NULL);
    return (char **)g_ptr_array_free(addresses, FALSE);
}

static gint64
get_deadline_us(const FindQuestion *question)
{
    return clock_monotonic_us() +
           question->setup->general->lookup_timeout_ms * 1000;
}

void
find_prefetch(const FindQuestion *question)
{
    if (is_refused_by_policy(question))
        return;
    g_auto(GStrv) addresses = list_questions(question);
    if (addresses[0] != NULL)
        finder_prefetch(question->setup->finder, addresses,
                        get_deadline_us(question));
}

/* Whether sources have nothing of his own: a gateway may stand in for that, but
 * not hide that it is lost. */
static bool
has_none(const CertAnswer *answer)
{
    if (answer->class == CERT_NONE)
        return true;
    for (guint i = 0; i < answer->candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(answer->candidates, i);
        if (!each->gateway)
            return false;
    }
    return answer->candidates->len > 0;
}

CertAnswer *
find_consider_lost(const Setup *setup, CertAnswer *answer)
{
    if (!has_none(answer))
        return answer;
    gint64 last_s = 0;
    g_autofree char *why = NULL;
    CertAnswer *copy = NULL;
    switch (marks_find_lost(setup->marks, answer->address, &last_s, &why)) {
    case STATE_NO:
        return answer;
    case STATE_YES: {
        g_autoptr(GDateTime) last = g_date_time_new_from_unix_utc(last_s);
        g_autofree char *day = g_date_time_format(last, "%Y-%m-%d");
        copy =
            cert_answer_copy_as(answer, CERT_LOST,
                                g_strdup_printf("mail was encrypted for this "
                                                "address until %s",
                                                day));
        break;
    }
    case STATE_UNKNOWN:
        copy = cert_answer_copy_as(answer, CERT_DIRECTORY_DOWN,
                                   g_steal_pointer(&why));
        break;
    }
    cert_answer_unref(answer);
    return copy;
}

static void
find_certificates(const FindQuestion *question, Found *found)
{
    if (is_refused_by_policy(question))
        return;
    g_auto(GStrv) addresses = list_questions(question);
    if (addresses[0] == NULL)
        return;
    GPtrArray *answers = finder_find(question->setup->finder, addresses,
                                     get_deadline_us(question));
    g_ptr_array_set_free_func(answers, NULL);
    for (guint i = 0; i < answers->len; i++)
        g_hash_table_insert(
            found->answers, g_strdup(addresses[i]),
            find_consider_lost(question->setup, g_ptr_array_index(answers, i)));
    g_ptr_array_unref(answers);
}

bool
find_wants_signature(const GPtrArray *decisions)
{
    for (guint i = 0; i < decisions->len; i++) {
        const PolicyDecision *decision = g_ptr_array_index(decisions, i);
        if (decision->sign != SIGN_NEVER)
            return true;
    }
    return false;
}

/* Turns a key that was found into none when name is denied. */
static void
deny_key(const FindQuestion *question, KeyAnswer *key, const char *name)
{
    if (key->class != KEY_FOUND)
        return;
    g_autofree char *why = NULL;
    switch (denials_find(question->setup->denials, name, &why)) {
    case STATE_NO:
        return;
    case STATE_YES:
        key->class = KEY_UNUSABLE;
        key->reason = g_strdup_printf("signing with it is denied: %s", why);
        break;
    case STATE_UNKNOWN:
        key->class = KEY_AWAY;
        key->reason = g_steal_pointer(&why);
        break;
    }
    g_clear_pointer(&key->signer, signer_unref);
}

static void
find_key(const FindQuestion *question, Found *found)
{
    if (question->right->class != RIGHT_ALLOWED ||
        !find_wants_signature(question->decisions))
        return;
    g_autofree char *from = describe_signer(question->message);
    KeyAnswer *key = &found->key;
    *key = keyring_find(question->setup->keyring, from, clock_now());
    deny_key(question, key, from);
    if (key->class == KEY_FOUND)
        deny_key(question, key,
                 certificate_get_sha256(signer_get_certificate(key->signer)));
}

static bool
fail_journal(GError **error)
{
    error_set(error, ERROR_TEMPORARY, "the copy journal could not be asked");
    return false;
}

/* Who has his copy of a message of which some have. */
static bool
find_served(const FindQuestion *question, Found *found, GError **error)
{
    const Envelope *envelope = question->envelope;
    for (guint i = 0; i < envelope->recipients->len; i++) {
        g_autofree char *folded =
            mailbox_fold(envelope_get_recipient(envelope, i)->address);
        switch (state_find_copy(question->state, found->identity, folded)) {
        case STATE_NO:
            break;
        case STATE_YES:
            found->sent[i] = true;
            break;
        case STATE_UNKNOWN:
            return fail_journal(error);
        }
    }
    return true;
}

/* Copies exist only where there are several recipients, so only then is there
 * something that must not be done twice. */
static bool
find_sent(const FindQuestion *question, Found *found, GError **error)
{
    const Envelope *envelope = question->envelope;
    if (question->state == NULL || envelope->recipients->len < 2)
        return true;
    found->identity =
        identity_make(envelope, question->message, question->body, error);
    if (found->identity == NULL)
        return false;
    switch (state_has_copies(question->state, found->identity)) {
    case STATE_NO:
        return true;
    case STATE_YES:
        return find_served(question, found, error);
    case STATE_UNKNOWN:
        break;
    }
    return fail_journal(error);
}

static void
free_answer(gpointer answer)
{
    cert_answer_unref(answer);
}

Found *
find_all(const FindQuestion *question, GError **error)
{
    g_autoptr(Found) found = g_new0(Found, 1);
    found->answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_answer);
    found->sent = g_new0(bool, question->envelope->recipients->len);
    if (!find_sent(question, found, error))
        return NULL;
    found->clock = setup_check_clock(question->setup);
    find_certificates(question, found);
    find_key(question, found);
    return g_steal_pointer(&found);
}

void
find_free(Found *found)
{
    if (found == NULL)
        return;
    g_hash_table_unref(found->answers);
    key_answer_clear(&found->key);
    g_free(found->clock);
    g_free(found->identity);
    g_free(found->sent);
    g_free(found);
}

const CertAnswer *
find_get_answer(const Found *found, const Envelope *envelope,
                unsigned recipient)
{
    const char *address = envelope_get_recipient(envelope, recipient)->address;
    if (address == NULL)
        return NULL;
    g_autofree char *folded = mailbox_fold(address);
    return g_hash_table_lookup(found->answers, folded);
}

/* --- plan -------------------------------------------------------------- */

static bool
is_same(GBytes *a, GBytes *b)
{
    return a != NULL && b != NULL && g_bytes_equal(a, b);
}

static bool
opens_for(const FindQuestion *question, const Certificate *certificate)
{
    const GPtrArray *readers = question->outline->cms_recipients;
    for (guint i = 0; i < readers->len; i++) {
        const CmsRecipientId *reader = g_ptr_array_index(readers, i);
        if (is_same(reader->key_id, certificate_get_key_id(certificate)))
            return true;
        if (is_same(reader->issuer, certificate_get_issuer_der(certificate)) &&
            is_same(reader->serial, certificate_get_serial_der(certificate)))
            return true;
    }
    return false;
}

/* Design 5: a RecipientInfo matches a certificate we would accept for him, or
 * we know none for him. */
static PlanSealedFor
find_sealed_for(const FindQuestion *question, const CertAnswer *answer)
{
    if (question->outline->seal != SEAL_ENCRYPTED || answer == NULL)
        return SEALED_FOR_UNKNOWN;
    for (guint i = 0; i < answer->candidates->len; i++) {
        const CertCandidate *candidate =
            g_ptr_array_index(answer->candidates, i);
        if (candidate->certificate != NULL && candidate->reason == NULL &&
            opens_for(question, candidate->certificate))
            return SEALED_FOR_YES;
    }
    switch (answer->class) {
    case CERT_NONE:
        return SEALED_FOR_YES;
    case CERT_FOUND:
    case CERT_UNUSABLE:
    case CERT_REVOKED:
    case CERT_ON_HOLD:
        return SEALED_FOR_NO;
    case CERT_REVOCATION_UNKNOWN:
    case CERT_LOST:
    case CERT_AMBIGUOUS:
    case CERT_DIRECTORY_DOWN:
        break;
    }
    return SEALED_FOR_UNKNOWN;
}

Plan *
find_make_plan(const FindQuestion *question, const Found *found)
{
    const Envelope *envelope = question->envelope;
    guint count = envelope->recipients->len;
    g_autoptr(GHashTable) named = describe_named(question->message);
    g_autofree PlanRecipient *recipients = g_new0(PlanRecipient, count);
    for (guint i = 0; i < count; i++) {
        const char *address = envelope_get_recipient(envelope, i)->address;
        g_autofree char *folded = mailbox_fold(address);
        const CertAnswer *answer = find_get_answer(found, envelope, i);
        recipients[i] = (PlanRecipient){
            .address = address,
            .bcc = !g_hash_table_contains(named, folded),
            .already_sent = found->sent[i],
            .decision = g_ptr_array_index(question->decisions, i),
            .answer = answer,
            .sealed_for = find_sealed_for(question, answer),
        };
    }
    const PlanMessage message = {
        .seal = question->outline->seal,
        .unreadable = question->unreadable,
        .foreign_recipients = question->outline->cms_other_recipients ||
                              question->outline->cms_weak_cipher,
        .right = question->right->class,
        .right_reason = question->right->reason,
        .key = found->key.class,
        .key_reason = found->key.reason,
        .clock = found->clock,
    };
    return plan_make(&message, recipients, count);
}
