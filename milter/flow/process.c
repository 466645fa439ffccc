/* SPDX-License-Identifier: BSD-2-Clause */
/* Process: the story of one message in three steps. Read it from the end. */
#include "flow/process.h"

#include "base/clock.h"
#include "base/error.h"
#include "flow/conclude.h"
#include "flow/describe.h"
#include "flow/find.h"
#include "flow/guess.h"
#include "flow/remember.h"
#include "flow/report.h"
#include "flow/seal.h"
#include "mime/outline.h"
#include "mime/scan.h"

#include <string.h>

struct Process {
    Setup *setup;
    State *state;
    Envelope *envelope;
    Message *message;
    RightAnswer right;
    Spool *body;
    Scan *scan;
    Guess *guess;
    bool pass;
    GError *trouble; /* the first thing that went wrong before the end */
    ReasonKind trouble_kind;
    /* what process_end came to */
    Outline *outline;
    PolicyFacts *facts;
    GPtrArray *decisions; /* PolicyDecision *, one per recipient */
    Found *found;
    Plan *plan;
};

/* --- birth and death --------------------------------------------------- */

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
    process->guess = guess_new();
    process->decisions = g_ptr_array_new();
    g_autofree char *from = describe_signer(message);
    const Submission submission = {
        .login = envelope->login,
        .client_address = envelope->client_address,
        .daemon_name = envelope->daemon_name,
        .cert_issuer = envelope->cert_issuer,
        .cert_subject = envelope->cert_subject,
        .envelope_sender = envelope->sender,
        .is_list = describe_is_list(message),
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
    guess_free(process->guess);
    plan_free(process->plan);
    g_ptr_array_unref(process->decisions);
    find_free(process->found);
    policy_facts_free(process->facts);
    outline_free(process->outline);
    scan_free(process->scan);
    spool_unref(process->body);
    right_answer_clear(&process->right);
    g_clear_error(&process->trouble);
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
    g_clear_pointer(&process->decisions, g_ptr_array_unref);
    process->decisions =
        policy_evaluate_all(process->setup->policy, process->facts);
}

static bool
is_neutral(const PolicyDecision *decision)
{
    for (int class = 0; class < CLASS_COUNT; class ++)
        if (decision->on[class] != ON_DEFAULT)
            return false;
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

/* --- seal -------------------------------------------------------------- */

static void
free_sealed(gpointer sealed)
{
    seal_copy_free(sealed);
}

static GPtrArray *
seal_groups(Process *process, GError **error)
{
    OutlineSeal was = process->outline->seal;
    const SealSource source = {
        .setup = process->setup,
        .message = process->message,
        .scan = process->scan,
        .body = process->body,
        .signer = process->found->key.signer,
        .verbatim = was == SEAL_SIGNED || was == SEAL_PGP_SIGNED,
        .now_s = clock_now(),
        .stream = guess_get_stream(process->guess),
    };
    g_autoptr(Seal) seal = seal_new(&source);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_sealed);
    for (guint i = 0; i < process->plan->groups->len; i++) {
        SealCopy *sealed = seal_group(
            seal, g_ptr_array_index(process->plan->groups, i), error);
        if (sealed == NULL)
            return NULL;
        g_ptr_array_add(all, sealed);
    }
    return g_steal_pointer(&all);
}

/* Whether a copy is no longer what our own DKIM signature was made for. */
static bool
breaks_own_dkim(const Process *process, const GPtrArray *sealed)
{
    const OuterSource source = {.message = process->message,
                                .setup = process->setup};
    for (guint i = 0; i < sealed->len; i++) {
        const SealCopy *one = g_ptr_array_index(sealed, i);
        if (one->entity != NULL)
            return outer_has_own_dkim(&source);
    }
    return false;
}

/* What the whole message is refused for, though its plan delivers. */
static bool
is_forbidden(const Process *process, const GPtrArray *sealed, Outcome *outcome)
{
    const GeneralSettings *general = process->setup->general;
    if (breaks_own_dkim(process, sealed)) {
        if (general->dkim == DKIM_REFUSE) {
            conclude_refuse_dkim(outcome);
            return true;
        }
        report_dkim(process->envelope, general->dkim == DKIM_REMOVE);
    }
    for (guint i = 0; i < sealed->len; i++) {
        const SealCopy *one = g_ptr_array_index(sealed, i);
        guint64 size = seal_copy_get_size(one, process->body);
        if (general->message_size_limit > 0 &&
            size > general->message_size_limit) {
            conclude_refuse_size(outcome, size, general->message_size_limit);
            return true;
        }
    }
    return false;
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

static FindQuestion
make_question(const Process *process)
{
    return (FindQuestion){
        .setup = process->setup,
        .state = process->state,
        .envelope = process->envelope,
        .message = process->message,
        .body = process->body,
        .outline = process->outline,
        .right = &process->right,
        .unreadable = describe_is_unreadable(process->facts),
        .decisions = process->decisions,
    };
}

/* Describe, decide, find, plan. */
static bool
make_up_mind(Process *process, GError **error)
{
    if (!end_body(process, error))
        return false;
    decide(process);
    const FindQuestion question = make_question(process);
    process->found = find_all(&question, error);
    if (process->found == NULL)
        return false;
    process->plan = find_make_plan(&question, process->found);
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
    g_autoptr(GPtrArray) sealed = seal_groups(process, &error);
    if (sealed == NULL) {
        report_trouble(process->envelope, error);
        fail_with(outcome, REASON_MALFORMED, error);
        return;
    }
    if (is_forbidden(process, sealed, outcome))
        return;
    conclude_deliver(outcome, process->plan, process->envelope, process->body,
                     sealed);
    outcome->identity = g_strdup(process->found->identity);
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

void
process_fail_header(Process *process, GError *error)
{
    note_trouble(process, REASON_MALFORMED, error);
}

ProcessNext
process_headers(Process *process)
{
    /* Mail inside and inbound passes whatever is wrong with it. */
    if (process->setup->general->scope == SCOPE_OUTGOING &&
        !has_outside_recipient(process)) {
        process->pass = true;
        return PROCESS_PASS;
    }
    if (process->trouble != NULL)
        return PROCESS_CONTINUE;
    decide(process);
    process->pass = are_neutral(process) && !outer_has_blind(process->message);
    if (process->pass)
        return PROCESS_PASS;
    /* Directories look while the body comes. */
    const FindQuestion question = make_question(process);
    find_prefetch(&question);
    return PROCESS_CONTINUE;
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
    const FindQuestion question = make_question(process);
    guess_write(process->guess, &question, bytes, size_bytes);
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
    return process->found != NULL
               ? find_get_answer(process->found, process->envelope, recipient)
               : NULL;
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
process_remember(const Process *process, const Outcome *outcome)
{
    remember_outcome(process->setup->marks, process->envelope, outcome);
}

void
process_log(const Process *process, const Outcome *outcome)
{
    report_outcome(process->envelope, outcome, &process->right,
                   find_wants_signature(process->decisions),
                   policy_get_hash(process->setup->policy));
}
