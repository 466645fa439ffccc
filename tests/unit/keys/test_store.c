/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/store.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    Signer signer;
    int destroyed;
    bool silent; /* fails without a word */
} Fake;

static GBytes *
sign(Signer *signer, const SignProfile *profile, GBytes *digest, GError **error)
{
    Fake *fake = (Fake *)(gpointer)signer;
    if (fake->silent)
        return NULL;
    if (strcmp(profile->digest, "sha-256") != 0) {
        error_set(error, ERROR_TEMPORARY, "the token is away");
        return NULL;
    }
    return g_bytes_ref(digest);
}

static void
destroy(Signer *signer)
{
    ((Fake *)(gpointer)signer)->destroyed++;
}

static Fake
make_fake(void)
{
    return (Fake){
        .signer = {.references = 1, .sign = sign, .destroy = destroy}};
}

static void
the_last_reference_destroys_it_once(void **state)
{
    (void)state;
    Fake fake = make_fake();
    assert_ptr_equal(signer_ref(&fake.signer), &fake.signer);
    signer_unref(&fake.signer);
    assert_int_equal(fake.destroyed, 0);
    signer_unref(&fake.signer);
    assert_int_equal(fake.destroyed, 1);
    signer_unref(NULL);
}

static void
an_answer_and_its_error_come_through(void **state)
{
    (void)state;
    Fake fake = make_fake();
    g_autoptr(GBytes) digest = g_bytes_new_static("x", 1);
    const SignProfile good = {.digest = "sha-256"};
    g_autoptr(GBytes) made = signer_sign(&fake.signer, &good, digest, NULL);
    assert_ptr_equal(made, digest);
    const SignProfile bad = {.digest = "sha-512"};
    g_autoptr(GError) error = NULL;
    assert_null(signer_sign(&fake.signer, &bad, digest, &error));
    assert_int_equal(error_get_class(error), ERROR_TEMPORARY);
}

static void
a_silent_failure_becomes_an_error(void **state)
{
    (void)state;
    Fake fake = make_fake();
    fake.silent = true;
    g_autoptr(GBytes) digest = g_bytes_new_static("x", 1);
    const SignProfile profile = {.digest = "sha-256"};
    g_autoptr(GError) error = NULL;
    assert_null(signer_sign(&fake.signer, &profile, digest, &error));
    assert_int_equal(error_get_class(error), ERROR_INTERNAL);
    assert_null(signer_sign(&fake.signer, &profile, digest, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_reference_destroys_it_once),
        cmocka_unit_test(an_answer_and_its_error_come_through),
        cmocka_unit_test(a_silent_failure_becomes_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
