/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* One message, changed in one point at a time. */
typedef struct {
    const char *sender, *login, *parameters, *queue_id;
    const char *received, *message_id, *subject, *body;
} Sample;

static const Sample base = {
    "<alice@example.fr>", "alice",  "ENVID=1", "4F2A", " from x",
    " <1@client>",        " hello", "text"};

static char *
identity_of(const Sample *sample)
{
    static const SpoolSettings place = {.path = (char *)(guintptr) "/tmp",
                                        .memory_bytes = 4096,
                                        .limit_bytes = 4096};
    g_autoptr(Envelope) envelope = envelope_new();
    envelope_set_sender(envelope, sample->sender, sample->parameters);
    envelope->login = g_strdup(sample->login);
    envelope->queue_id = g_strdup(sample->queue_id);
    g_autoptr(Message) message = message_new();
    assert_true(message_add_field(message, "Received", sample->received, NULL));
    if (sample->message_id != NULL)
        assert_true(
            message_add_field(message, "Message-ID", sample->message_id, NULL));
    assert_true(message_add_field(message, "Subject", sample->subject, NULL));
    g_autoptr(Spool) body = spool_new(&place);
    assert_true(spool_write(body, sample->body, strlen(sample->body), NULL));
    assert_true(spool_seal(body, NULL));
    g_autoptr(GError) error = NULL;
    char *identity = identity_make(envelope, message, body, &error);
    assert_null(error);
    assert_int_equal(strlen(identity), 64);
    return identity;
}

static bool
is_same(const Sample *a, const Sample *b)
{
    g_autofree char *one = identity_of(a);
    g_autofree char *two = identity_of(b);
    return strcmp(one, two) == 0;
}

static void
a_retry_is_the_same_message(void **state)
{
    (void)state;
    Sample retry = base;
    retry.received = " from y";
    retry.queue_id = "99ZZ";
    assert_true(is_same(&base, &retry));
}

static void
every_other_change_is_another_message(void **state)
{
    (void)state;
    Sample others[6];
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        others[i] = base;
    others[0].sender = "<bob@example.fr>";
    others[1].login = "bob";
    others[2].parameters = "ENVID=2";
    others[3].message_id = " <2@client>";
    others[4].subject = " hullo";
    others[5].body = "texts";
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        assert_false(is_same(&base, &others[i]));
}

static void
alike_alerts_without_message_id_are_two(void **state)
{
    (void)state;
    Sample one = base, two = base;
    one.message_id = two.message_id = NULL;
    two.queue_id = "99ZZ";
    assert_false(is_same(&one, &two));
    one.message_id = " <20261124.4F2A@mx.example.fr>"; /* the MTA's own */
    two.message_id = " <20261124.99ZZ@mx.example.fr>";
    assert_false(is_same(&one, &two));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retry_is_the_same_message),
        cmocka_unit_test(every_other_change_is_another_message),
        cmocka_unit_test(alike_alerts_without_message_id_are_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
