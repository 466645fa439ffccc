/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = 4096,
                                    .limit_bytes = 1 << 20};

static Spool *
spool_with(const char *text)
{
    Spool *spool = spool_new(&place);
    assert_true(spool_write(spool, text, strlen(text), NULL));
    assert_true(spool_seal(spool, NULL));
    return spool;
}

static void
an_outcome_is_born_as_later(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    assert_int_equal(outcome->kind, OUTCOME_LATER);
    assert_string_equal(outcome_kind_get_name(outcome->kind), "later");
}

static void
failing_replaces_earlier_reasons(void **state)
{
    (void)state;
    g_autoptr(Outcome) outcome = outcome_new();
    outcome_fail(outcome, OUTCOME_LATER, REASON_INTERNAL, NULL, "one", NULL);
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, "a@b", "two", "deux");
    assert_int_equal(outcome->reasons->len, 1);
    const OutcomeReason *reason = g_ptr_array_index(outcome->reasons, 0);
    assert_string_equal(reason->text_fr, "deux");
    assert_int_equal(outcome->kind, OUTCOME_REFUSE);
}

static void
a_plain_body_is_read_and_spooled_as_it_is(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = spool_with("abc\r\n");
    OutcomeBody body = {.spool = spool_ref(spool)};
    assert_int_equal(outcome_body_get_size(&body), 5);
    char buffer[8];
    assert_int_equal(outcome_body_read_at(&body, 1, buffer, 8, NULL), 4);
    assert_memory_equal(buffer, "bc\r\n", 4);
    g_autoptr(Spool) same = outcome_body_spool(&body, &place, NULL);
    assert_ptr_equal(same, spool);
    outcome_body_clear(&body);
}

static void
an_entity_body_becomes_a_spool(void **state)
{
    (void)state;
    g_autoptr(Spool) base64 = spool_with("QUJD\r\n");
    OutcomeBody body = {.entity = entity_make_pkcs7(PKCS7_ENVELOPED, base64)};
    g_autoptr(Spool) made = outcome_body_spool(&body, &place, NULL);
    char buffer[8];
    assert_int_equal(spool_read_at(made, 0, buffer, 8, NULL), 6);
    assert_memory_equal(buffer, "QUJD\r\n", 6);
    outcome_body_clear(&body);
    assert_int_equal(outcome_body_get_size(&body), 0);
    assert_int_equal(outcome_body_read_at(&body, 0, buffer, 8, NULL), 0);
}

static void
a_copys_header_is_written_as_received(void **state)
{
    (void)state;
    OutcomeCopy *copy = g_new0(OutcomeCopy, 1);
    copy->fields = g_ptr_array_new();
    copy->recipients = g_ptr_array_new();
    Field *from = field_new("From", " a@b");
    Field *to = field_new("TO", "c@d,\r\n\te@f");
    g_ptr_array_add(copy->fields, from);
    g_ptr_array_add(copy->fields, to);
    gsize size = 0;
    g_autofree char *header = outcome_copy_format_header(copy, &size);
    assert_string_equal(header, "From: a@b\r\nTO:c@d,\r\n\te@f\r\n");
    assert_int_equal(size, strlen(header));
    field_free(from);
    field_free(to);
    outcome_copy_free(copy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outcome_is_born_as_later),
        cmocka_unit_test(failing_replaces_earlier_reasons),
        cmocka_unit_test(a_plain_body_is_read_and_spooled_as_it_is),
        cmocka_unit_test(an_entity_body_becomes_a_spool),
        cmocka_unit_test(a_copys_header_is_written_as_received),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
