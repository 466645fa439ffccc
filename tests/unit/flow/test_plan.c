/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/plan.h"

#include "given_readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MAX_RECIPIENTS 8

/* One case: a message and up to MAX_RECIPIENTS, all alike until changed. */
typedef struct {
    PlanMessage message;
    PolicyDecision decisions[MAX_RECIPIENTS];
    CertAnswer answers[MAX_RECIPIENTS];
    PlanRecipient recipients[MAX_RECIPIENTS];
    unsigned count;
} Case;

static void
start(Case *c, unsigned count)
{
    memset(c, 0, sizeof *c);
    c->count = count;
    c->message.right = RIGHT_ALLOWED;
    c->message.key = KEY_FOUND;
    for (unsigned i = 0; i < count; i++) {
        c->decisions[i].encrypt = ENCRYPT_IF_POSSIBLE;
        c->decisions[i].sign = SIGN_IF_POSSIBLE;
        c->answers[i].class = CERT_FOUND;
        c->answers[i].certificate = rsa[0];
        c->recipients[i] = (PlanRecipient){.address = "bob@partner.example",
                                           .decision = &c->decisions[i],
                                           .answer = &c->answers[i]};
    }
}

static void
lose(Case *c, unsigned i, CertClass class)
{
    c->answers[i].class = class;
    c->answers[i].certificate = NULL;
}

static Plan *
plan_of(const Case *c)
{
    return plan_make(&c->message, c->recipients, c->count);
}

static void
classes_end_as_the_table_says(void **state)
{
    (void)state;
    static const struct {
        CertClass class;
        PlanTreatment required, if_possible;
    } rows[] = {
        {CERT_FOUND, TREAT_SIGN_ENCRYPT, TREAT_SIGN_ENCRYPT},
        {CERT_NONE, TREAT_REFUSE, TREAT_SIGN},
        {CERT_UNUSABLE, TREAT_REFUSE, TREAT_SIGN},
        {CERT_REVOKED, TREAT_REFUSE, TREAT_SIGN},
        {CERT_ON_HOLD, TREAT_REFUSE, TREAT_SIGN},
        {CERT_REVOCATION_UNKNOWN, TREAT_LATER, TREAT_LATER},
        {CERT_LOST, TREAT_LATER, TREAT_LATER},
        {CERT_AMBIGUOUS, TREAT_LATER, TREAT_LATER},
        {CERT_DIRECTORY_DOWN, TREAT_LATER, TREAT_LATER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int required = 0; required < 2; required++) {
            Case c;
            start(&c, 1);
            c.answers[0].class = rows[i].class;
            c.decisions[0].encrypt =
                required ? ENCRYPT_REQUIRED : ENCRYPT_IF_POSSIBLE;
            g_autoptr(Plan) plan = plan_of(&c);
            assert_int_equal(plan->lines[0].treatment,
                             required ? rows[i].required : rows[i].if_possible);
        }
    }
}

static void
a_gateway_of_several_reads_once(void **state)
{
    (void)state;
    Case c;
    start(&c, 3);
    c.recipients[1].address = "carol@partner.example";
    c.recipients[2].address = "dave@partner.example";
    c.answers[0].gateway = c.answers[1].gateway = (char *)(guintptr) "post";
    c.answers[2].certificate = rsa[1];
    g_autoptr(Plan) plan = plan_of(&c);
    assert_int_equal(plan->verdict, PLAN_DELIVER);
    assert_int_equal(plan->groups->len, 1);
    const PlanGroup *group = g_ptr_array_index(plan->groups, 0);
    assert_int_equal(group->recipients->len, 3);
    assert_int_equal(group->certificates->len, 2);
    assert_string_equal(plan->lines[1].gateway, "post");
    assert_null(plan->lines[2].gateway);
}

static void
on_class_never_loosens_required(void **state)
{
    (void)state;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        Case c;
        start(&c, 1);
        lose(&c, 0, CERT_NONE);
        c.decisions[0].encrypt = ENCRYPT_REQUIRED;
        c.decisions[0].on[class] = ON_CLEAR;
        g_autoptr(Plan) plan = plan_of(&c);
        assert_int_equal(plan->verdict, PLAN_REFUSE);
    }
}

static void
on_class_changes_if_possible(void **state)
{
    (void)state;
    Case c;
    start(&c, 1);
    lose(&c, 0, CERT_NONE);
    c.decisions[0].on[CLASS_NONE] = ON_DEFER;
    g_autoptr(Plan) defer = plan_of(&c);
    assert_int_equal(defer->verdict, PLAN_LATER);
    c.decisions[0].on[CLASS_NONE] = ON_REFUSE;
    g_autoptr(Plan) refuse = plan_of(&c);
    assert_int_equal(refuse->verdict, PLAN_REFUSE);
    lose(&c, 0, CERT_LOST);
    c.decisions[0].on[CLASS_LOST] = ON_CLEAR;
    g_autoptr(Plan) lost = plan_of(&c);
    assert_int_equal(lost->lines[0].treatment, TREAT_SIGN);
    assert_int_equal(lost->lines[0].class, CLASS_LOST);
    c.decisions[0].encrypt = ENCRYPT_REQUIRED;
    g_autoptr(Plan) bound = plan_of(&c);
    assert_int_equal(bound->verdict, PLAN_LATER);
    c.decisions[0].encrypt = ENCRYPT_IF_POSSIBLE;
    lose(&c, 0, CERT_DIRECTORY_DOWN);
    c.decisions[0].on[CLASS_DIRECTORY_DOWN] = ON_CLEAR;
    g_autoptr(Plan) clear = plan_of(&c);
    assert_int_equal(clear->lines[0].treatment, TREAT_SIGN);
}

static void
required_for_one_binds_the_others(void **state)
{
    (void)state;
    Case c;
    start(&c, 2);
    c.decisions[0].encrypt = ENCRYPT_REQUIRED;
    lose(&c, 1, CERT_NONE);
    g_autoptr(Plan) bound = plan_of(&c);
    assert_int_equal(bound->verdict, PLAN_REFUSE);
    assert_int_equal(bound->lines[0].treatment, TREAT_SIGN_ENCRYPT);
    assert_int_equal(bound->lines[1].treatment, TREAT_REFUSE);
    c.decisions[1].encrypt = ENCRYPT_NEVER;
    g_autoptr(Plan) even_never = plan_of(&c);
    assert_int_equal(even_never->verdict, PLAN_REFUSE);
    c.decisions[0].encrypt_only_here = true;
    g_autoptr(Plan) apart = plan_of(&c);
    assert_int_equal(apart->verdict, PLAN_DELIVER);
    assert_int_equal(apart->lines[1].treatment, TREAT_SIGN);
}

static void
not_asked_is_not_none(void **state)
{
    (void)state;
    Case c;
    start(&c, 1);
    c.recipients[0].answer = NULL;
    g_autoptr(Plan) plan = plan_of(&c);
    assert_int_equal(plan->verdict, PLAN_LATER);
    assert_int_equal(plan->lines[0].class, CLASS_DIRECTORY_DOWN);
}

static void
by_sender_refuses_what_comes_in_clear(void **state)
{
    (void)state;
    Case c;
    start(&c, 1);
    c.decisions[0].encrypt = ENCRYPT_BY_SENDER;
    g_autoptr(Plan) plan = plan_of(&c);
    assert_int_equal(plan->verdict, PLAN_REFUSE);
    c.message.seal = SEAL_ENCRYPTED;
    c.recipients[0].sealed_for = SEALED_FOR_YES;
    g_autoptr(Plan) sealed = plan_of(&c);
    assert_int_equal(sealed->lines[0].treatment, TREAT_UNTOUCHED);
}

static void
false_seals_are_clear_text(void **state)
{
    (void)state;
    static const OutlineSeal seals[] = {SEAL_NONE, SEAL_FALSE, SEAL_SIGNED,
                                        SEAL_PGP_SIGNED};
    for (gsize i = 0; i < G_N_ELEMENTS(seals); i++) {
        Case c;
        start(&c, 1);
        c.message.seal = seals[i];
        c.decisions[0].encrypt = ENCRYPT_REQUIRED;
        lose(&c, 0, CERT_NONE);
        g_autoptr(Plan) plan = plan_of(&c);
        assert_int_equal(plan->verdict, PLAN_REFUSE);
    }
}

static void
what_the_sender_encrypted_is_judged_not_touched(void **state)
{
    (void)state;
    static const struct {
        OutlineSeal seal;
        bool foreign;
        PlanSealedFor match;
        PlanTreatment required, if_possible;
    } rows[] = {
        {SEAL_ENCRYPTED, false, SEALED_FOR_YES, TREAT_UNTOUCHED,
         TREAT_UNTOUCHED},
        {SEAL_ENCRYPTED, false, SEALED_FOR_NO, TREAT_REFUSE, TREAT_UNTOUCHED},
        {SEAL_ENCRYPTED, false, SEALED_FOR_UNKNOWN, TREAT_LATER,
         TREAT_UNTOUCHED},
        {SEAL_ENCRYPTED, true, SEALED_FOR_YES, TREAT_REFUSE, TREAT_UNTOUCHED},
        {SEAL_PGP_ENCRYPTED, false, SEALED_FOR_YES, TREAT_REFUSE,
         TREAT_UNTOUCHED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Case c;
        start(&c, 1);
        c.message.seal = rows[i].seal;
        c.message.foreign_recipients = rows[i].foreign;
        c.recipients[0].sealed_for = rows[i].match;
        g_autoptr(Plan) possible = plan_of(&c);
        assert_int_equal(possible->lines[0].treatment, rows[i].if_possible);
        c.decisions[0].encrypt = ENCRYPT_REQUIRED;
        g_autoptr(Plan) required = plan_of(&c);
        assert_int_equal(required->lines[0].treatment, rows[i].required);
    }
}

static void
signing_needs_a_right_and_a_key(void **state)
{
    (void)state;
    static const struct {
        RightClass right;
        KeyClass key;
        PlanTreatment required, if_possible;
    } rows[] = {
        {RIGHT_ALLOWED, KEY_FOUND, TREAT_SIGN, TREAT_SIGN},
        {RIGHT_ALLOWED, KEY_NONE, TREAT_REFUSE, TREAT_UNTOUCHED},
        {RIGHT_ALLOWED, KEY_UNUSABLE, TREAT_REFUSE, TREAT_UNTOUCHED},
        {RIGHT_ALLOWED, KEY_AWAY, TREAT_LATER, TREAT_LATER},
        {RIGHT_NOT_ALLOWED, KEY_FOUND, TREAT_REFUSE, TREAT_UNTOUCHED},
        {RIGHT_NOT_SUBMITTED, KEY_FOUND, TREAT_REFUSE, TREAT_UNTOUCHED},
        {RIGHT_UNKNOWN, KEY_FOUND, TREAT_LATER, TREAT_LATER},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Case c;
        start(&c, 1);
        c.decisions[0].encrypt = ENCRYPT_NEVER;
        c.message.right = rows[i].right;
        c.message.key = rows[i].key;
        g_autoptr(Plan) possible = plan_of(&c);
        assert_int_equal(possible->lines[0].treatment, rows[i].if_possible);
        c.decisions[0].sign = SIGN_REQUIRED;
        g_autoptr(Plan) required = plan_of(&c);
        assert_int_equal(required->lines[0].treatment, rows[i].required);
    }
}

/* What is judged by the time waits; what is not goes on. */
static void
a_clock_that_cannot_be_right_defers_what_needs_it(void **state)
{
    (void)state;
    static const struct {
        PolicyEncrypt encrypt;
        PolicySign sign;
        OutlineSeal seal;
        PolicyOn on;
        PlanTreatment treatment;
    } rows[] = {
        {ENCRYPT_NEVER, SIGN_NEVER, SEAL_NONE, ON_DEFAULT, TREAT_UNTOUCHED},
        {ENCRYPT_IF_POSSIBLE, SIGN_NEVER, SEAL_NONE, ON_DEFAULT, TREAT_LATER},
        {ENCRYPT_REQUIRED, SIGN_NEVER, SEAL_NONE, ON_DEFAULT, TREAT_LATER},
        {ENCRYPT_NEVER, SIGN_IF_POSSIBLE, SEAL_NONE, ON_DEFAULT, TREAT_LATER},
        {ENCRYPT_NEVER, SIGN_REQUIRED, SEAL_NONE, ON_DEFAULT, TREAT_LATER},
        {ENCRYPT_NEVER, SIGN_REQUIRED, SEAL_SIGNED, ON_DEFAULT,
         TREAT_UNTOUCHED},
        {ENCRYPT_IF_POSSIBLE, SIGN_NEVER, SEAL_ENCRYPTED, ON_DEFAULT,
         TREAT_UNTOUCHED},
        {ENCRYPT_REQUIRED, SIGN_NEVER, SEAL_ENCRYPTED, ON_DEFAULT, TREAT_LATER},
        {ENCRYPT_IF_POSSIBLE, SIGN_IF_POSSIBLE, SEAL_NONE, ON_CLEAR,
         TREAT_UNTOUCHED},
        {ENCRYPT_REQUIRED, SIGN_NEVER, SEAL_NONE, ON_CLEAR, TREAT_LATER},
        {ENCRYPT_REQUIRED, SIGN_NEVER, SEAL_ENCRYPTED, ON_CLEAR, TREAT_LATER},
        {ENCRYPT_NEVER, SIGN_REQUIRED, SEAL_NONE, ON_CLEAR, TREAT_LATER},
        {ENCRYPT_IF_POSSIBLE, SIGN_NEVER, SEAL_NONE, ON_REFUSE, TREAT_REFUSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Case c;
        start(&c, 1);
        c.message.clock = "it is before this program was built";
        c.message.seal = rows[i].seal;
        c.recipients[0].sealed_for = SEALED_FOR_YES;
        c.decisions[0].encrypt = rows[i].encrypt;
        c.decisions[0].sign = rows[i].sign;
        c.decisions[0].on[CLASS_CLOCK] = rows[i].on;
        g_autoptr(Plan) plan = plan_of(&c);
        if (plan->lines[0].treatment != rows[i].treatment)
            fail_msg("row %zu: %d", i, plan->lines[0].treatment);
        if (rows[i].treatment == TREAT_LATER)
            assert_int_equal(plan->lines[0].class, CLASS_CLOCK);
    }
}

static void
verdicts_come_first(void **state)
{
    (void)state;
    Case c;
    start(&c, 2);
    c.decisions[1].verdict = VERDICT_REFUSE;
    c.decisions[1].text_en = "not to this provider";
    g_autoptr(Plan) refused = plan_of(&c);
    assert_int_equal(refused->verdict, PLAN_REFUSE);
    assert_string_equal(refused->lines[1].reason, "not to this provider");
    c.decisions[1].verdict = VERDICT_UNDECIDED;
    g_autoptr(Plan) undecided = plan_of(&c);
    assert_int_equal(undecided->verdict, PLAN_LATER);
    c.decisions[1].on[CLASS_DIRECTORY_DOWN] = ON_CLEAR;
    g_autoptr(Plan) still = plan_of(&c);
    assert_int_equal(still->verdict, PLAN_LATER);
    c.decisions[0].verdict = VERDICT_REFUSE;
    g_autoptr(Plan) refusal_outranks = plan_of(&c);
    assert_int_equal(refusal_outranks->verdict, PLAN_REFUSE);
}

static void
what_the_message_hides_is_final(void **state)
{
    (void)state;
    Case c;
    start(&c, 1);
    c.decisions[0].verdict = VERDICT_UNDECIDED;
    c.message.unreadable = true;
    g_autoptr(Plan) plan = plan_of(&c);
    assert_int_equal(plan->verdict, PLAN_REFUSE);
    c.decisions[0].on[CLASS_UNREPRESENTABLE] = ON_CLEAR;
    g_autoptr(Plan) still = plan_of(&c);
    assert_int_equal(still->verdict, PLAN_REFUSE);
    c.decisions[0].on[CLASS_UNREPRESENTABLE] = ON_DEFER;
    g_autoptr(Plan) later = plan_of(&c);
    assert_int_equal(later->verdict, PLAN_LATER);
}

static void
who_has_his_copy_is_left_out(void **state)
{
    (void)state;
    Case c;
    start(&c, 2);
    c.recipients[0].already_sent = true;
    g_autoptr(Plan) plan = plan_of(&c);
    assert_int_equal(plan->lines[0].treatment, TREAT_SENT);
    assert_int_equal(plan->groups->len, 1);
    c.recipients[1].already_sent = true;
    g_autoptr(Plan) nobody = plan_of(&c);
    assert_int_equal(nobody->verdict, PLAN_DELIVER);
    assert_int_equal(nobody->groups->len, 0);
}

/* --- properties -------------------------------------------------------- */

static void
randomise(Case *c, GRand *rand)
{
    start(c, (unsigned)g_rand_int_range(rand, 1, MAX_RECIPIENTS + 1));
    c->message.seal = (OutlineSeal)g_rand_int_range(rand, 0, 6);
    c->message.foreign_recipients = g_rand_int_range(rand, 0, 4) == 0;
    c->message.right = (RightClass)g_rand_int_range(rand, 0, 4);
    c->message.key = (KeyClass)g_rand_int_range(rand, 0, 4);
    for (unsigned i = 0; i < c->count; i++) {
        PolicyDecision *decision = &c->decisions[i];
        decision->encrypt = (PolicyEncrypt)g_rand_int_range(rand, 0, 4);
        decision->encrypt_only_here = g_rand_boolean(rand);
        decision->sign = (PolicySign)g_rand_int_range(rand, 0, 3);
        if (g_rand_int_range(rand, 0, 8) == 0)
            decision->verdict = (PolicyVerdict)g_rand_int_range(rand, 0, 4);
        for (int class = 0; class < CLASS_COUNT; class ++)
            if (g_rand_boolean(rand))
                decision->on[class] = (PolicyOn)g_rand_int_range(rand, 0, 4);
        c->answers[i].class = (CertClass)g_rand_int_range(rand, 0, 9);
        bool found = c->answers[i].class == CERT_FOUND;
        int which = g_rand_int_range(rand, 0, 3);
        c->answers[i].certificate = !found       ? NULL
                                    : which == 2 ? ec
                                                 : rsa[which];
        if (g_rand_int_range(rand, 0, 40) == 0)
            c->message.clock = "wrong";
        if (g_rand_int_range(rand, 0, 10) == 0)
            c->recipients[i].answer = NULL;
        c->recipients[i].bcc = g_rand_boolean(rand);
        c->recipients[i].already_sent = g_rand_int_range(rand, 0, 10) == 0;
        c->recipients[i].sealed_for =
            (PlanSealedFor)g_rand_int_range(rand, 0, 3);
    }
}

static void
check_partition(const Case *c, const Plan *plan)
{
    unsigned seen[MAX_RECIPIENTS] = {0};
    for (guint g = 0; g < plan->groups->len; g++) {
        const PlanGroup *group = g_ptr_array_index(plan->groups, g);
        assert_true(group->recipients->len > 0);
        for (guint i = 0; i < group->recipients->len; i++)
            seen[g_array_index(group->recipients, unsigned, i)]++;
    }
    for (unsigned i = 0; i < c->count; i++)
        assert_int_equal(seen[i],
                         plan->lines[i].treatment == TREAT_SENT ? 0 : 1);
}

/* Every reader of a group is one of its recipients, and the other way. */
static void
check_readers(const Plan *plan, const PlanGroup *group)
{
    for (guint i = 0; i < group->recipients->len; i++) {
        unsigned index = g_array_index(group->recipients, unsigned, i);
        assert_true(g_ptr_array_find(group->certificates,
                                     plan->lines[index].certificate, NULL));
    }
    for (guint k = 0; k < group->certificates->len; k++) {
        bool needed = false;
        for (guint i = 0; i < group->recipients->len; i++) {
            unsigned index = g_array_index(group->recipients, unsigned, i);
            needed = needed || plan->lines[index].certificate ==
                                   g_ptr_array_index(group->certificates, k);
        }
        assert_true(needed);
    }
}

static bool
is_sealed(PlanTreatment treatment)
{
    return treatment == TREAT_ENCRYPT || treatment == TREAT_SIGN_ENCRYPT;
}

static void
check_secrecy(const Case *c, const Plan *plan)
{
    bool bound = false;
    for (unsigned i = 0; i < c->count; i++)
        bound = bound || (c->decisions[i].encrypt >= ENCRYPT_BY_SENDER &&
                          !c->decisions[i].encrypt_only_here);
    for (unsigned i = 0; i < c->count; i++) {
        PlanTreatment treatment = plan->lines[i].treatment;
        assert_false(c->message.clock != NULL && is_sealed(treatment));
        if (treatment == TREAT_SENT || is_sealed(treatment))
            continue;
        bool required = c->decisions[i].encrypt >= ENCRYPT_BY_SENDER || bound;
        if (required) {
            assert_int_equal(c->message.seal, SEAL_ENCRYPTED);
            assert_int_equal(c->recipients[i].sealed_for, SEALED_FOR_YES);
            assert_false(c->message.foreign_recipients);
        }
    }
}

static void
any_plan_serves_each_once_and_nobody_in_clear_against_policy(void **state)
{
    (void)state;
    const char *given = getenv("SCEAU_SEED");
    guint32 seed = given != NULL ? (guint32)g_ascii_strtoull(given, NULL, 10)
                                 : g_random_int();
    print_message("SCEAU_SEED=%u\n", seed);
    GRand *rand = g_rand_new_with_seed(seed);
    for (int round = 0; round < 100000; round++) {
        Case c;
        randomise(&c, rand);
        g_autoptr(Plan) plan = plan_of(&c);
        if (plan->verdict != PLAN_DELIVER) {
            assert_int_equal(plan->groups->len, 0);
            continue;
        }
        check_partition(&c, plan);
        check_secrecy(&c, plan);
        for (guint g = 0; g < plan->groups->len; g++) {
            const PlanGroup *group = g_ptr_array_index(plan->groups, g);
            if (is_sealed(group->treatment))
                check_readers(plan, group);
            for (guint r = 1; group->alone && r < group->recipients->len; r++)
                assert_string_equal(
                    c.recipients[g_array_index(group->recipients, unsigned, r)]
                        .address,
                    c.recipients[g_array_index(group->recipients, unsigned, 0)]
                        .address);
        }
    }
    g_rand_free(rand);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_end_as_the_table_says),
        cmocka_unit_test(on_class_never_loosens_required),
        cmocka_unit_test(a_gateway_of_several_reads_once),
        cmocka_unit_test(on_class_changes_if_possible),
        cmocka_unit_test(required_for_one_binds_the_others),
        cmocka_unit_test(not_asked_is_not_none),
        cmocka_unit_test(by_sender_refuses_what_comes_in_clear),
        cmocka_unit_test(false_seals_are_clear_text),
        cmocka_unit_test(what_the_sender_encrypted_is_judged_not_touched),
        cmocka_unit_test(signing_needs_a_right_and_a_key),
        cmocka_unit_test(a_clock_that_cannot_be_right_defers_what_needs_it),
        cmocka_unit_test(verdicts_come_first),
        cmocka_unit_test(what_the_message_hides_is_final),
        cmocka_unit_test(who_has_his_copy_is_left_out),
        cmocka_unit_test(
            any_plan_serves_each_once_and_nobody_in_clear_against_policy),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
