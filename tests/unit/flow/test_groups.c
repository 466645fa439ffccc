/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/groups.h"

#include "given_readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define MAX_RECIPIENTS 4

/* Lines as plan.c draws them: signed and encrypted for rsa[0], until
 * changed. */
typedef struct {
    PlanLine lines[MAX_RECIPIENTS];
    PlanRecipient recipients[MAX_RECIPIENTS];
    Plan plan;
} Case;

static void
start(Case *c, unsigned count)
{
    *c = (Case){.plan = {.verdict = PLAN_DELIVER, .line_count = count}};
    c->plan.lines = c->lines;
    c->plan.groups = groups_new();
    for (unsigned i = 0; i < count; i++) {
        c->recipients[i].address = "bob@partner.example";
        c->lines[i].treatment = TREAT_SIGN_ENCRYPT;
        c->lines[i].certificate = rsa[0];
    }
}

static void
end(Case *c)
{
    g_ptr_array_unref(c->plan.groups);
}

static const PlanGroup *
group_of(const Case *c, guint index)
{
    return g_ptr_array_index(c->plan.groups, index);
}

static void
families_and_blind_copies_are_apart(void **state)
{
    (void)state;
    Case c;
    start(&c, 4);
    c.lines[1].certificate = rsa[1];
    c.lines[2].certificate = ec;
    c.recipients[3].bcc = true;
    groups_make(&c.plan, c.recipients);
    assert_int_equal(c.plan.groups->len, 3);
    const PlanGroup *first = group_of(&c, 0);
    assert_int_equal(first->recipients->len, 2);
    assert_int_equal(first->certificates->len, 2);
    assert_int_equal(first->family, KEY_RSA);
    const PlanGroup *last = group_of(&c, 2);
    assert_true(last->alone);
    assert_int_equal(g_array_index(last->recipients, unsigned, 0), 3);
    end(&c);
}

/* One mailbox in two spellings has one copy, addressed to both. */
static void
a_blind_copy_in_two_spellings_is_one(void **state)
{
    (void)state;
    Case c;
    start(&c, 3);
    c.recipients[0].address = "carol@example.org";
    c.recipients[1].address = "Carol@Example.org";
    c.recipients[2].address = "dave@example.org";
    for (unsigned i = 0; i < 3; i++)
        c.recipients[i].bcc = true;
    groups_make(&c.plan, c.recipients);
    assert_int_equal(c.plan.groups->len, 2);
    const PlanGroup *first = group_of(&c, 0);
    assert_int_equal(first->recipients->len, 2);
    assert_int_equal(first->certificates->len, 1);
    end(&c);
}

static void
all_devices_of_a_recipient_read_his_copy(void **state)
{
    (void)state;
    Case c;
    start(&c, 2);
    g_autoptr(GPtrArray) devices = g_ptr_array_new();
    g_ptr_array_add(devices, rsa[0]);
    g_ptr_array_add(devices, rsa[1]);
    c.lines[0].devices = devices;
    c.recipients[0].bcc = true;
    groups_make(&c.plan, c.recipients);
    assert_int_equal(c.plan.groups->len, 2);
    const PlanGroup *open = group_of(&c, 0);
    assert_int_equal(open->certificates->len, 1);
    const PlanGroup *alone = group_of(&c, 1);
    assert_int_equal(alone->certificates->len, 2);
    assert_ptr_equal(g_ptr_array_index(alone->certificates, 0), rsa[0]);
    assert_ptr_equal(g_ptr_array_index(alone->certificates, 1), rsa[1]);
    end(&c);
}

static void
one_certificate_twice_is_one_reader(void **state)
{
    (void)state;
    Case c;
    start(&c, 2);
    groups_make(&c.plan, c.recipients);
    const PlanGroup *group = group_of(&c, 0);
    assert_int_equal(group->recipients->len, 2);
    assert_int_equal(group->certificates->len, 1);
    end(&c);
}

/* Nobody is served twice; the most protected group is done in place. */
static void
the_most_protected_group_comes_first(void **state)
{
    (void)state;
    Case c;
    start(&c, 4);
    c.lines[0].treatment = TREAT_UNTOUCHED;
    c.lines[1].treatment = TREAT_SENT;
    c.lines[2].treatment = TREAT_SIGN;
    for (unsigned i = 0; i < 3; i++)
        c.lines[i].certificate = NULL;
    groups_make(&c.plan, c.recipients);
    assert_int_equal(c.plan.groups->len, 3);
    assert_int_equal(group_of(&c, 0)->treatment, TREAT_SIGN_ENCRYPT);
    assert_int_equal(group_of(&c, 1)->treatment, TREAT_SIGN);
    assert_int_equal(group_of(&c, 2)->treatment, TREAT_UNTOUCHED);
    end(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_and_blind_copies_are_apart),
        cmocka_unit_test(a_blind_copy_in_two_spellings_is_one),
        cmocka_unit_test(all_devices_of_a_recipient_read_his_copy),
        cmocka_unit_test(one_certificate_twice_is_one_reader),
        cmocka_unit_test(the_most_protected_group_comes_first),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
