/* SPDX-License-Identifier: BSD-2-Clause */
/* Plan: decisions + what was found -> groups of recipients treated alike, or
 * a refusal. Pure. */
#include "flow/plan.h"

#include "flow/groups.h"
#include "flow/words.h"

/* What is known when one recipient's line is drawn. */
typedef struct {
    const PlanMessage *message;
    const PlanRecipient *recipient;
    PolicyEncrypt binding;
    PlanLine *line;
} Draft;

/* --- binding ----------------------------------------------------------- */

PolicyEncrypt
plan_get_bound(const GPtrArray *decisions)
{
    PolicyEncrypt strongest = ENCRYPT_NEVER;
    for (guint i = 0; i < decisions->len; i++) {
        const PolicyDecision *decision = g_ptr_array_index(decisions, i);
        /* The same text must not go in clear to one and be required to be
         * secret for another. */
        if (!decision->encrypt_only_here && decision->encrypt > strongest &&
            decision->encrypt >= ENCRYPT_BY_SENDER)
            strongest = decision->encrypt;
    }
    return strongest;
}

PolicyEncrypt
plan_bind(const PolicyDecision *decision, PolicyEncrypt bound)
{
    return MAX(decision->encrypt, bound);
}

bool
plan_encrypts(PlanTreatment treatment)
{
    return treatment == TREAT_ENCRYPT || treatment == TREAT_SIGN_ENCRYPT;
}

/* --- one recipient ----------------------------------------------------- */

static bool
is_binding(const Draft *draft)
{
    return draft->binding >= ENCRYPT_BY_SENDER;
}

static void
set_class(Draft *draft, PolicyClass class, const char *detail)
{
    PlanLine *line = draft->line;
    g_free(line->reason);
    g_free(line->reason_fr);
    line->class = class;
    line->reason = words_make(class, is_binding(draft), detail, WORDS_ENGLISH);
    line->reason_fr =
        words_make(class, is_binding(draft), detail, WORDS_FRENCH);
}

/* What "on CLASS" makes of a class: otherwise is what the table in
 * sceau-policy(5) says. A message that must be encrypted is never let go by "on
 * CLASS clear". */
static PlanTreatment
apply_on(const Draft *draft, PolicyClass class, bool may_clear,
         PlanTreatment otherwise, PlanTreatment clear)
{
    switch (draft->recipient->decision->on[class]) {
    case ON_DEFAULT:
        return otherwise;
    case ON_CLEAR:
        return may_clear ? clear : otherwise;
    case ON_DEFER:
        return TREAT_LATER;
    case ON_REFUSE:
        return TREAT_REFUSE;
    }
    return TREAT_LATER;
}

static const char *
rule_of(const PolicyDecision *decision, PolicyAspect aspect)
{
    return decision->by[aspect].rule;
}

/* A fact was unknown. What the message itself hides will not be told by
 * waiting: that is final. */
static PlanTreatment
judge_undecided(Draft *draft)
{
    PlanLine *line = draft->line;
    if (!draft->message->unreadable) {
        set_class(draft, CLASS_DIRECTORY_DOWN,
                  draft->recipient->decision->undecided);
        return apply_on(draft, CLASS_DIRECTORY_DOWN, false, TREAT_LATER,
                        TREAT_LATER);
    }
    line->class = CLASS_UNREPRESENTABLE;
    line->reason = g_strdup(words_unreadable(WORDS_ENGLISH));
    line->reason_fr = g_strdup(words_unreadable(WORDS_FRENCH));
    return apply_on(draft, CLASS_UNREPRESENTABLE, false, TREAT_REFUSE,
                    TREAT_REFUSE);
}

/* The policy's own word. TREAT_UNTOUCHED: it has none, go on. */
static PlanTreatment
judge_verdict(Draft *draft)
{
    const PolicyDecision *decision = draft->recipient->decision;
    PlanLine *line = draft->line;
    switch (decision->verdict) {
    case VERDICT_DELIVER:
        return TREAT_UNTOUCHED;
    case VERDICT_REFUSE:
    case VERDICT_DEFER:
        line->rule = rule_of(decision, ASPECT_VERDICT);
        line->reason =
            g_strdup(decision->text_en != NULL ? decision->text_en
                                               : "not allowed by policy");
        line->reason_fr =
            g_strdup(decision->text_fr != NULL ? decision->text_fr
                                               : "interdit par la politique");
        return decision->verdict == VERDICT_REFUSE ? TREAT_REFUSE : TREAT_LATER;
    case VERDICT_UNDECIDED:
        break;
    }
    return judge_undecided(draft);
}

/* The sender's client has encrypted it: nothing can be added, only judged. */
static PlanTreatment
judge_encrypted(Draft *draft)
{
    const PlanMessage *message = draft->message;
    PlanSealedFor match = draft->recipient->sealed_for;
    if (message->clock != NULL && is_binding(draft)) {
        set_class(draft, CLASS_CLOCK, message->clock);
        return apply_on(draft, CLASS_CLOCK, false, TREAT_LATER, TREAT_LATER);
    }
    if (message->seal == SEAL_PGP_ENCRYPTED)
        set_class(draft, CLASS_ENCRYPTED_NOT_FOR, "OpenPGP");
    else if (message->foreign_recipients)
        set_class(draft, CLASS_ENCRYPTED_NOT_FOR,
                  "password recipient or weak cipher");
    else if (match == SEALED_FOR_NO)
        set_class(draft, CLASS_ENCRYPTED_NOT_FOR, NULL);
    else if (match == SEALED_FOR_YES)
        set_class(draft, CLASS_ENCRYPTED_FOR, NULL);
    else if (is_binding(draft))
        set_class(draft, CLASS_DIRECTORY_DOWN, NULL);
    else
        set_class(draft, CLASS_ALREADY_PROTECTED, NULL);

    PlanTreatment otherwise = TREAT_UNTOUCHED;
    if (is_binding(draft) && draft->line->class == CLASS_ENCRYPTED_NOT_FOR)
        otherwise = TREAT_REFUSE;
    if (is_binding(draft) && draft->line->class == CLASS_DIRECTORY_DOWN)
        otherwise = TREAT_LATER;
    return apply_on(draft, draft->line->class, !is_binding(draft), otherwise,
                    TREAT_UNTOUCHED);
}

static PolicyClass
class_of_answer(CertClass class)
{
    switch (class) {
    case CERT_FOUND:
        return CLASS_COUNT;
    case CERT_NONE:
        return CLASS_NONE;
    case CERT_UNUSABLE:
        return CLASS_UNUSABLE;
    case CERT_REVOKED:
        return CLASS_REVOKED;
    case CERT_ON_HOLD:
        return CLASS_ON_HOLD;
    case CERT_REVOCATION_UNKNOWN:
        return CLASS_REVOCATION_UNKNOWN;
    case CERT_LOST:
        return CLASS_LOST;
    case CERT_AMBIGUOUS:
        return CLASS_AMBIGUOUS;
    case CERT_DIRECTORY_DOWN:
        break;
    }
    return CLASS_DIRECTORY_DOWN;
}

/* Classes that time may mend: never clear on their own account. */
static bool
is_passing(PolicyClass class)
{
    return class == CLASS_REVOCATION_UNKNOWN || class == CLASS_LOST ||
           class == CLASS_AMBIGUOUS || class == CLASS_DIRECTORY_DOWN;
}

/* TREAT_ENCRYPT, TREAT_UNTOUCHED (clear), or the end. */
static PlanTreatment
judge_encryption(Draft *draft)
{
    const CertAnswer *answer = draft->recipient->answer;
    if (draft->binding == ENCRYPT_NEVER)
        return TREAT_UNTOUCHED;
    if (draft->binding == ENCRYPT_BY_SENDER) {
        draft->line->reason = g_strdup(words_by_sender(WORDS_ENGLISH));
        draft->line->reason_fr = g_strdup(words_by_sender(WORDS_FRENCH));
        return TREAT_REFUSE;
    }
    bool required = is_binding(draft);
    if (draft->message->clock != NULL) {
        set_class(draft, CLASS_CLOCK, draft->message->clock);
        return apply_on(draft, CLASS_CLOCK, !required, TREAT_LATER,
                        TREAT_UNTOUCHED);
    }
    if (answer != NULL && answer->class == CERT_FOUND &&
        answer->certificate != NULL) {
        draft->line->certificate = answer->certificate;
        draft->line->devices = answer->certificates;
        draft->line->gateway = answer->gateway;
        draft->line->capable = answer->capable;
        return TREAT_ENCRYPT;
    }
    /* Not asked is not "none". */
    PolicyClass class =
        answer != NULL ? class_of_answer(answer->class) : CLASS_DIRECTORY_DOWN;
    if (class == CLASS_COUNT)
        class = CLASS_DIRECTORY_DOWN;
    set_class(draft, class, answer != NULL ? answer->reason : NULL);
    PlanTreatment otherwise = is_passing(class) ? TREAT_LATER
                              : required        ? TREAT_REFUSE
                                                : TREAT_UNTOUCHED;
    return apply_on(draft, class, !required, otherwise, TREAT_UNTOUCHED);
}

/* A signature that will not be made, for class: what then? */
static PlanTreatment
miss_signature(Draft *draft, PolicyClass class, const char *detail)
{
    bool required = draft->recipient->decision->sign == SIGN_REQUIRED;
    bool passing = class == CLASS_KEY_AWAY || class == CLASS_CLOCK;
    PlanTreatment otherwise = passing    ? TREAT_LATER
                              : required ? TREAT_REFUSE
                                         : TREAT_UNTOUCHED;
    PlanTreatment treatment =
        apply_on(draft, class, !required, otherwise, TREAT_UNTOUCHED);
    /* What is said of the certificate matters more, unless this ends it. */
    if (treatment != TREAT_UNTOUCHED || draft->line->class == CLASS_COUNT)
        set_class(draft, class, detail);
    return treatment;
}

/* TREAT_SIGN, TREAT_UNTOUCHED (unsigned), or the end. */
static PlanTreatment
judge_signature(Draft *draft)
{
    const PlanMessage *message = draft->message;
    PolicySign wish = draft->recipient->decision->sign;
    if (wish == SIGN_NEVER)
        return TREAT_UNTOUCHED;
    if (message->seal == SEAL_SIGNED || message->seal == SEAL_PGP_SIGNED) {
        if (draft->line->class == CLASS_COUNT)
            set_class(draft, CLASS_ALREADY_PROTECTED, NULL);
        return TREAT_UNTOUCHED;
    }
    switch (message->right) {
    case RIGHT_ALLOWED:
        break;
    case RIGHT_NOT_SUBMITTED:
        if (wish != SIGN_REQUIRED)
            return TREAT_UNTOUCHED;
        return miss_signature(draft, CLASS_NOT_ALLOWED, message->right_reason);
    case RIGHT_NOT_ALLOWED:
        return miss_signature(draft, CLASS_NOT_ALLOWED, message->right_reason);
    case RIGHT_UNKNOWN:
        return miss_signature(draft, CLASS_KEY_AWAY, message->right_reason);
    }
    if (message->clock != NULL)
        return miss_signature(draft, CLASS_CLOCK, message->clock);
    switch (message->key) {
    case KEY_FOUND:
        return TREAT_SIGN;
    case KEY_NONE:
    case KEY_UNUSABLE:
        return miss_signature(draft, CLASS_KEY_UNUSABLE, message->key_reason);
    case KEY_AWAY:
        break;
    }
    return miss_signature(draft, CLASS_KEY_AWAY, message->key_reason);
}

static PlanTreatment
combine(PlanTreatment encryption, PlanTreatment signature)
{
    if (encryption == TREAT_ENCRYPT)
        return signature == TREAT_SIGN ? TREAT_SIGN_ENCRYPT : TREAT_ENCRYPT;
    return signature;
}

static bool
is_end(PlanTreatment treatment)
{
    return treatment == TREAT_REFUSE || treatment == TREAT_LATER;
}

static PlanTreatment
judge(Draft *draft)
{
    const PlanRecipient *recipient = draft->recipient;
    draft->line->rule = rule_of(recipient->decision, ASPECT_ENCRYPT);
    PlanTreatment treatment = judge_verdict(draft);
    if (is_end(treatment))
        return treatment;
    if (recipient->already_sent)
        return TREAT_SENT;
    if (draft->message->seal == SEAL_ENCRYPTED ||
        draft->message->seal == SEAL_PGP_ENCRYPTED)
        return judge_encrypted(draft);
    PlanTreatment encryption = judge_encryption(draft);
    if (is_end(encryption))
        return encryption;
    PlanTreatment signature = judge_signature(draft);
    if (is_end(signature)) {
        draft->line->rule = rule_of(recipient->decision, ASPECT_SIGN);
        draft->line->certificate = NULL;
        return signature;
    }
    return combine(encryption, signature);
}

/* --- the story --------------------------------------------------------- */

static void
judge_all(Plan *plan, const PlanMessage *message,
          const PlanRecipient *recipients)
{
    g_autoptr(GPtrArray) decisions = g_ptr_array_sized_new(plan->line_count);
    for (unsigned i = 0; i < plan->line_count; i++)
        g_ptr_array_add(decisions, (gpointer)(guintptr)recipients[i].decision);
    PolicyEncrypt bound = plan_get_bound(decisions);
    for (unsigned i = 0; i < plan->line_count; i++) {
        plan->lines[i].class = CLASS_COUNT;
        Draft draft = {
            .message = message,
            .recipient = &recipients[i],
            .binding = plan_bind(recipients[i].decision, bound),
            .line = &plan->lines[i],
        };
        PlanLine *line = draft.line;
        line->treatment = judge(&draft);
        bool seal = plan_encrypts(line->treatment);
        bool sign = line->treatment == TREAT_SIGN ||
                    line->treatment == TREAT_SIGN_ENCRYPT;
        line->form = form_make(draft.recipient->decision, sign,
                               seal ? line->certificate : NULL, line->devices,
                               line->capable);
    }
}

static PlanVerdict
find_verdict(const Plan *plan)
{
    PlanVerdict verdict = PLAN_DELIVER;
    for (unsigned i = 0; i < plan->line_count; i++) {
        if (plan->lines[i].treatment == TREAT_REFUSE)
            return PLAN_REFUSE;
        if (plan->lines[i].treatment == TREAT_LATER)
            verdict = PLAN_LATER;
    }
    return verdict;
}

Plan *
plan_make(const PlanMessage *message, const PlanRecipient *recipients,
          unsigned count)
{
    Plan *plan = g_new0(Plan, 1);
    plan->lines = g_new0(PlanLine, count);
    plan->line_count = count;
    plan->groups = groups_new();
    judge_all(plan, message, recipients);
    plan->verdict = find_verdict(plan);
    if (plan->verdict == PLAN_DELIVER)
        groups_make(plan, recipients);
    return plan;
}

void
plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    for (unsigned i = 0; i < plan->line_count; i++) {
        g_free(plan->lines[i].reason);
        g_free(plan->lines[i].reason_fr);
    }
    g_free(plan->lines);
    g_ptr_array_unref(plan->groups);
    g_free(plan);
}
