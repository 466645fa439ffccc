/* SPDX-License-Identifier: BSD-2-Clause */
/* Process: the story of one message in three steps. Read it from the end. */
#include "flow/process.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "flow/conclude.h"
#include "flow/describe.h"
#include "flow/identity.h"
#include "flow/report.h"
#include "flow/seal.h"
#include "mime/decode.h"
#include "mime/outline.h"
#include "mime/scan.h"

#include <string.h>

/* A reader calls a signature invalid whose time is far from the Date. */
#define DATE_TOLERANCE_S 3000

struct Process {
    Setup *setup;
    State *state;
    Envelope *envelope;
    Message *message;
    RightAnswer right;
    Spool *body;
    Scan *scan;
    bool pass;
    GError *trouble; /* the first thing that went wrong before the end */
    ReasonKind trouble_kind;
    /* what process_end came to */
    Outline *outline;
    PolicyFacts *facts;
    GPtrArray *decisions; /* PolicyDecision *, one per recipient */
    GHashTable *answers;  /* folded address -> CertAnswer * */
    KeyAnswer key;
    char *identity;
    bool *sent; /* one per recipient: has his copy */
    Plan *plan;
};

/* --- birth and death --------------------------------------------------- */

static void
free_decision(gpointer decision)
{
    policy_decision_free(decision);
}

static void
free_answer(gpointer answer)
{
    cert_answer_free(answer);
}

static void
note_trouble(Process *process, ReasonKind kind, GError *error)
{
    if (process->trouble != NULL) {
        g_error_free(error);
        return;
    }
    process->trouble = error;
    process->trouble_kind = kind;
}

static void
check_recipients(Process *process)
{
    const Envelope *envelope = process->envelope;
    gint64 most = process->setup->general->max_recipients;
    GError *error = NULL;
    if ((gint64)envelope->recipients->len > most) {
        error_set(&error, ERROR_TEMPORARY,
                  "more than %" G_GINT64_FORMAT
                  " recipients, please send to fewer at once",
                  most);
        note_trouble(process, REASON_POLICY, error);
        return;
    }
    for (guint i = 0; i < envelope->recipients->len; i++) {
        if (envelope_get_recipient(envelope, i)->address != NULL)
            continue;
        error_set(&error, ERROR_MALFORMED,
                  "a recipient address cannot be read");
        note_trouble(process, REASON_MALFORMED, error);
        return;
    }
}

Process *
process_new(Setup *setup, State *state, Envelope *envelope, Message *message)
{
    Process *process = g_new0(Process, 1);
    process->setup = setup_ref(setup);
    process->state = state;
    process->envelope = envelope;
    process->message = message;
    process->body = spool_new(setup->spool);
    process->scan = scan_new(message);
    process->decisions = g_ptr_array_new_with_free_func(free_decision);
    process->answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_answer);
    process->sent = g_new0(bool, envelope->recipients->len);
    g_autofree char *from = describe_signer(message);
    const Submission submission = {
        .login = envelope->login,
        .client_address = envelope->client_address,
        .daemon_name = envelope->daemon_name,
        .cert_issuer = envelope->cert_issuer,
        .cert_subject = envelope->cert_subject,
        .envelope_sender = envelope->sender,
        .trusted_socket = envelope->trusted_socket,
    };
    process->right = rights_check(setup->rights, &submission, from);
    check_recipients(process);
    return process;
}

void
process_free(Process *process)
{
    if (process == NULL)
        return;
    plan_free(process->plan);
    g_ptr_array_unref(process->decisions);
    g_hash_table_unref(process->answers);
    policy_facts_free(process->facts);
    outline_free(process->outline);
    scan_free(process->scan);
    spool_unref(process->body);
    key_answer_clear(&process->key);
    right_answer_clear(&process->right);
    g_clear_error(&process->trouble);
    g_free(process->identity);
    g_free(process->sent);
    message_free(process->message);
    envelope_free(process->envelope);
    setup_unref(process->setup);
    g_free(process);
}

/* --- describe and decide ----------------------------------------------- */

static guint64
get_size(const Process *process)
{
    guint64 size = spool_get_size(process->body);
    for (unsigned i = 0; i < message_count_fields(process->message); i++) {
        const Field *field = message_get_field(process->message, i);
        size += strlen(field->name) + strlen(field->value) + 3;
    }
    return size;
}

static void
decide(Process *process)
{
    policy_facts_free(process->facts);
    process->facts =
        describe_message(process->setup, process->envelope, process->message,
                         &process->right, process->outline, get_size(process));
    g_ptr_array_set_size(process->decisions, 0);
    for (guint i = 0; i < process->envelope->recipients->len; i++)
        g_ptr_array_add(
            process->decisions,
            policy_evaluate(process->setup->policy, process->facts, i));
}

static bool
is_neutral(const PolicyDecision *decision)
{
    return decision->verdict == VERDICT_DELIVER &&
           decision->encrypt == ENCRYPT_NEVER && decision->sign == SIGN_NEVER;
}

static bool
are_neutral(const Process *process)
{
    for (guint i = 0; i < process->decisions->len; i++)
        if (!is_neutral(g_ptr_array_index(process->decisions, i)))
            return false;
    return true;
}

static bool
has_outside_recipient(const Process *process)
{
    for (guint i = 0; i < process->envelope->recipients->len; i++) {
        const EnvelopeRecipient *recipient =
            envelope_get_recipient(process->envelope, i);
        if (setup_check_inside(process->setup, recipient->address) !=
            TRUTH_TRUE)
            return true;
    }
    return false;
}

/* --- find -------------------------------------------------------------- */

static const PolicyDecision *const *
get_decisions(const Process *process)
{
    return (const PolicyDecision *const *)process->decisions->pdata;
}

static bool
is_encrypted(const Process *process)
{
    return process->outline->seal == SEAL_ENCRYPTED ||
           process->outline->seal == SEAL_PGP_ENCRYPTED;
}

/* Whether the answer could change what becomes of that recipient. */
static bool
needs_certificate(const Process *process, unsigned index)
{
    PolicyEncrypt binding = plan_get_binding(get_decisions(process),
                                             process->decisions->len, index);
    if (is_encrypted(process))
        return binding >= ENCRYPT_BY_SENDER;
    return binding == ENCRYPT_IF_POSSIBLE || binding == ENCRYPT_REQUIRED;
}

static bool
is_refused_by_policy(const Process *process)
{
    for (guint i = 0; i < process->decisions->len; i++) {
        const PolicyDecision *decision =
            g_ptr_array_index(process->decisions, i);
        if (decision->verdict == VERDICT_REFUSE)
            return true;
    }
    return false;
}

static char **
list_questions(const Process *process)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *addresses = g_ptr_array_new();
    for (guint i = 0; i < process->envelope->recipients->len; i++) {
        const char *address =
            envelope_get_recipient(process->envelope, i)->address;
        char *folded = mailbox_fold(address);
        if (needs_certificate(process, i) && g_hash_table_add(seen, folded))
            g_ptr_array_add(addresses, folded);
        else
            g_free(folded);
    }
    g_ptr_array_add(addresses, NULL);
    return (char **)g_ptr_array_free(addresses, FALSE);
}

static void
find_certificates(Process *process)
{
    g_auto(GStrv) addresses = list_questions(process);
    if (addresses[0] == NULL || is_refused_by_policy(process))
        return;
    gint64 deadline_us = clock_monotonic_us() +
                         process->setup->general->lookup_timeout_ms * 1000;
    GPtrArray *answers =
        finder_find(process->setup->finder, addresses, deadline_us);
    g_ptr_array_set_free_func(answers, NULL);
    for (guint i = 0; i < answers->len; i++)
        g_hash_table_insert(process->answers, g_strdup(addresses[i]),
                            g_ptr_array_index(answers, i));
    g_ptr_array_unref(answers);
}

static bool
wants_signature(const Process *process)
{
    for (guint i = 0; i < process->decisions->len; i++) {
        const PolicyDecision *decision =
            g_ptr_array_index(process->decisions, i);
        if (decision->sign != SIGN_NEVER)
            return true;
    }
    return false;
}

static void
find_key(Process *process)
{
    if (process->right.class != RIGHT_ALLOWED || !wants_signature(process))
        return;
    g_autofree char *from = describe_signer(process->message);
    process->key = keyring_find(process->setup->keyring, from, clock_now());
}

/* Copies exist only where there are several recipients, so only then is there
 * something that must not be done twice. */
static bool
find_sent(Process *process, GError **error)
{
    const Envelope *envelope = process->envelope;
    if (process->state == NULL || envelope->recipients->len < 2)
        return true;
    process->identity =
        identity_make(envelope, process->message, process->body, error);
    if (process->identity == NULL)
        return false;
    for (guint i = 0; i < envelope->recipients->len; i++) {
        g_autofree char *folded =
            mailbox_fold(envelope_get_recipient(envelope, i)->address);
        switch (state_find_copy(process->state, process->identity, folded)) {
        case STATE_NO:
            break;
        case STATE_YES:
            process->sent[i] = true;
            break;
        case STATE_UNKNOWN:
            error_set(error, ERROR_TEMPORARY,
                      "the copy journal could not be asked");
            return false;
        }
    }
    return true;
}

/* --- plan -------------------------------------------------------------- */

static bool
is_same(GBytes *a, GBytes *b)
{
    return a != NULL && b != NULL && g_bytes_equal(a, b);
}

static bool
opens_for(const Process *process, const Certificate *certificate)
{
    const GPtrArray *readers = process->outline->cms_recipients;
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
find_sealed_for(const Process *process, const CertAnswer *answer)
{
    if (process->outline->seal != SEAL_ENCRYPTED || answer == NULL)
        return SEALED_FOR_UNKNOWN;
    for (guint i = 0; i < answer->candidates->len; i++) {
        const CertCandidate *candidate =
            g_ptr_array_index(answer->candidates, i);
        if (candidate->certificate != NULL && candidate->reason == NULL &&
            opens_for(process, candidate->certificate))
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

static void
make_plan(Process *process)
{
    const Envelope *envelope = process->envelope;
    guint count = envelope->recipients->len;
    g_autofree PlanRecipient *recipients = g_new0(PlanRecipient, count);
    for (guint i = 0; i < count; i++) {
        const char *address = envelope_get_recipient(envelope, i)->address;
        const CertAnswer *answer = process_get_answer(process, i);
        recipients[i] = (PlanRecipient){
            .address = address,
            .bcc = !describe_is_named(process->message, address),
            .already_sent = process->sent[i],
            .decision = g_ptr_array_index(process->decisions, i),
            .answer = answer,
            .sealed_for = find_sealed_for(process, answer),
        };
    }
    const PlanMessage message = {
        .seal = process->outline->seal,
        .foreign_recipients = process->outline->cms_other_recipients ||
                              process->outline->cms_weak_cipher,
        .right = process->right.class,
        .right_reason = process->right.reason,
        .key = process->key.class,
        .key_reason = process->key.reason,
    };
    process->plan = plan_make(&message, recipients, count);
}

/* --- seal -------------------------------------------------------------- */

/* 0, which leaves signingTime out, for a message that was written long before
 * now (or after it). */
static gint64
choose_signing_time(const Process *process)
{
    gint64 now = clock_now();
    const char *date = message_find(process->message, "Date", 0);
    gint64 written = 0;
    if (date == NULL)
        return now; /* the MTA adds one that says now */
    if (!decode_date(date, &written))
        return 0;
    return ABS(now - written) <= DATE_TOLERANCE_S ? now : 0;
}

static void
free_entity(gpointer entity)
{
    entity_unref(entity);
}

static GPtrArray *
seal_groups(Process *process, GError **error)
{
    const Setup *setup = process->setup;
    OutlineSeal was = process->outline->seal;
    g_autoptr(Seal) seal =
        seal_new(process->message, process->scan, process->body, setup->spool,
                 process->key.signer, setup->signing->digest,
                 was == SEAL_SIGNED || was == SEAL_PGP_SIGNED,
                 choose_signing_time(process));
    g_autoptr(GPtrArray) entities = g_ptr_array_new_with_free_func(free_entity);
    for (guint i = 0; i < process->plan->groups->len; i++) {
        const PlanGroup *group = g_ptr_array_index(process->plan->groups, i);
        Entity *entity = NULL;
        if (group->treatment != TREAT_UNTOUCHED) {
            entity = seal_group(seal, group, error);
            if (entity == NULL)
                return NULL;
        }
        g_ptr_array_add(entities, entity);
    }
    return g_steal_pointer(&entities);
}

/* --- conclude ---------------------------------------------------------- */

static void
fail_with(Outcome *outcome, ReasonKind kind, const GError *error)
{
    switch (error_get_class(error)) {
    case ERROR_MALFORMED:
        outcome_fail(outcome, OUTCOME_REFUSE, kind, NULL, error->message, NULL);
        return;
    case ERROR_TEMPORARY:
        outcome_fail(outcome, OUTCOME_LATER, kind, NULL,
                     "the gateway could not do its work, please try again "
                     "later",
                     "la passerelle n'a pas pu faire son travail, veuillez "
                     "réessayer plus tard");
        return;
    case ERROR_CONFIG:
    case ERROR_INTERNAL:
        break;
    }
    outcome_fail(outcome, OUTCOME_LATER, REASON_INTERNAL, NULL,
                 "internal error of the gateway, please try again later",
                 "erreur interne de la passerelle, veuillez réessayer plus "
                 "tard");
}

static bool
end_body(Process *process, GError **error)
{
    scan_finish(process->scan);
    if (!spool_seal(process->body, error))
        return false;
    process->outline =
        outline_make(process->message, process->scan, process->body, error);
    return process->outline != NULL;
}

/* Describe, decide, find, plan. */
static bool
make_up_mind(Process *process, GError **error)
{
    if (!end_body(process, error))
        return false;
    decide(process);
    if (!find_sent(process, error))
        return false;
    find_certificates(process);
    find_key(process);
    make_plan(process);
    return true;
}

static void
act_on_plan(Process *process, Outcome *outcome)
{
    if (process->plan->verdict != PLAN_DELIVER) {
        conclude_fail(outcome, process->plan, process->envelope);
        return;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entities = seal_groups(process, &error);
    if (entities == NULL) {
        report_trouble(process->envelope, error);
        fail_with(outcome, REASON_MALFORMED, error);
        return;
    }
    conclude_deliver(outcome, process->plan, process->envelope,
                     process->message, process->body, entities);
    outcome->identity = g_strdup(process->identity);
}

/* What came before the plan, if it already is the whole story. */
static bool
is_settled(Process *process, Outcome *outcome)
{
    if (process->pass) {
        outcome->kind = OUTCOME_UNTOUCHED;
        return true;
    }
    g_autoptr(GError) error = NULL;
    if (process->trouble == NULL && make_up_mind(process, &error))
        return false;
    if (process->trouble == NULL) {
        process->trouble = g_steal_pointer(&error);
        process->trouble_kind = REASON_UNAVAILABLE;
    }
    report_trouble(process->envelope, process->trouble);
    fail_with(outcome, process->trouble_kind, process->trouble);
    return true;
}

static Outcome *
conclude(Process *process, bool act)
{
    Outcome *outcome = outcome_new();
    if (is_settled(process, outcome))
        return outcome;
    if (act || process->plan->verdict != PLAN_DELIVER)
        act_on_plan(process, outcome);
    else
        outcome->kind = OUTCOME_REPLACE;
    conclude_report(outcome, process->plan, process->envelope);
    return outcome;
}

/* --- the story --------------------------------------------------------- */

ProcessNext
process_headers(Process *process)
{
    if (process->trouble != NULL)
        return PROCESS_CONTINUE;
    if (process->setup->general->scope == SCOPE_OUTGOING &&
        !has_outside_recipient(process)) {
        process->pass = true;
        return PROCESS_PASS;
    }
    decide(process);
    process->pass = are_neutral(process);
    return process->pass ? PROCESS_PASS : PROCESS_CONTINUE;
}

bool
process_body(Process *process, const void *bytes, size_t size_bytes)
{
    if (process->pass || process->trouble != NULL)
        return false;
    GError *error = NULL;
    if (!spool_write(process->body, bytes, size_bytes, &error)) {
        ReasonKind kind = error_get_class(error) == ERROR_MALFORMED
                              ? REASON_TOO_BIG
                              : REASON_UNAVAILABLE;
        note_trouble(process, kind, error);
        return false;
    }
    scan_write(process->scan, bytes, size_bytes);
    return true;
}

Outcome *
process_end(Process *process)
{
    return conclude(process, true);
}

Outcome *
process_explain(Process *process)
{
    return conclude(process, false);
}

/* --- for those who ask why --------------------------------------------- */

const Plan *
process_get_plan(const Process *process)
{
    return process->plan;
}

const PolicyDecision *
process_get_decision(const Process *process, unsigned recipient)
{
    return recipient < process->decisions->len
               ? g_ptr_array_index(process->decisions, recipient)
               : NULL;
}

const CertAnswer *
process_get_answer(const Process *process, unsigned recipient)
{
    const char *address =
        envelope_get_recipient(process->envelope, recipient)->address;
    if (address == NULL)
        return NULL;
    g_autofree char *folded = mailbox_fold(address);
    return g_hash_table_lookup(process->answers, folded);
}

const RightAnswer *
process_get_right(const Process *process)
{
    return &process->right;
}

const Envelope *
process_get_envelope(const Process *process)
{
    return process->envelope;
}

const Setup *
process_get_setup(const Process *process)
{
    return process->setup;
}

void
process_log(const Process *process, const Outcome *outcome)
{
    report_outcome(process->envelope, outcome, &process->right,
                   process->decisions->len > 0 && wants_signature(process),
                   policy_get_hash(process->setup->policy));
}
