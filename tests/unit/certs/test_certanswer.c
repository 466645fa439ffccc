/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/finder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static CertAnswer *
make_answer(const char *reason)
{
    CertAnswer *answer = g_new0(CertAnswer, 1);
    answer->references = 1;
    answer->address = g_strdup("bob@x");
    answer->reason = g_strdup(reason);
    answer->candidates = g_ptr_array_new();
    answer->asked = g_ptr_array_new();
    return answer;
}

/* The sanitizers see what is freed too early or never. */
static void
the_last_reference_frees(void **state)
{
    (void)state;
    CertAnswer *answer = make_answer("none");
    assert_ptr_equal(cert_answer_ref(answer), answer);
    cert_answer_unref(answer);
    assert_string_equal(answer->address, "bob@x");
    cert_answer_unref(answer);
    cert_answer_unref(NULL);
}

static void
longer_texts_take_more(void **state)
{
    (void)state;
    g_autoptr(CertAnswer) small = make_answer(NULL);
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autoptr(CertAnswer) large = make_answer(text);
    gsize bytes = cert_answer_reckon(small);
    assert_in_range(bytes, sizeof *small, 1000);
    assert_in_range(cert_answer_reckon(large), bytes + 5000, bytes + 5100);
}

/* Others who have the answer see no change. */
static void
a_copy_may_say_another_thing(void **state)
{
    (void)state;
    g_autoptr(CertAnswer) none = cert_answer_new("bob@x");
    assert_int_equal(none->class, CERT_DIRECTORY_DOWN);
    none->class = CERT_NONE;
    CertAsked *asked = g_new0(CertAsked, 1);
    asked->source = g_strdup("corp");
    asked->filter = g_strdup("(mail=bob@x)");
    g_ptr_array_add(none->asked, asked);
    CertCandidate *candidate = g_new0(CertCandidate, 1);
    candidate->class = CERT_UNUSABLE;
    candidate->reason = g_strdup("garbage");
    g_ptr_array_add(none->candidates, candidate);
    g_autoptr(CertAnswer) lost =
        cert_answer_copy_as(none, CERT_LOST, g_strdup("gone"));
    assert_int_equal(none->class, CERT_NONE);
    assert_null(none->reason);
    assert_int_equal(lost->class, CERT_LOST);
    assert_string_equal(lost->reason, "gone");
    assert_string_equal(lost->address, "bob@x");
    const CertAsked *copied = g_ptr_array_index(lost->asked, 0);
    assert_string_equal(copied->filter, "(mail=bob@x)");
    assert_null(copied->server);
    const CertCandidate *other = g_ptr_array_index(lost->candidates, 0);
    assert_string_equal(other->reason, "garbage");
    assert_int_equal(other->class, CERT_UNUSABLE);
}

static void
every_class_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i <= CERT_DIRECTORY_DOWN; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(cert_class_get_name((CertClass)i),
                                    cert_class_get_name((CertClass)k));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(longer_texts_take_more),
        cmocka_unit_test(a_copy_may_say_another_thing),
        cmocka_unit_test(every_class_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
