/* SPDX-License-Identifier: BSD-2-Clause */
#include "crld/rounds.h"

#include "base/clock.h"
#include "tests/fakes/fake_http.h"
#include "tests/fakes/made_crl.h"
#include "tests/fakes/pki.h"

#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static FakeHttp *fake;
static char *dir;

static int
start(void **state)
{
    (void)state;
    fake = fake_http_new();
    dir = pki_scratch_new();
    assert_int_equal(chmod(dir, 0755), 0);
    static const char *const folders[] = {"crls", "index", "anchors"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(dir, folders[i], NULL);
        assert_int_equal(g_mkdir_with_parents(path, 0755), 0);
    }
    gsize size = 0;
    g_autofree char *bytes = pki_read("issuing.pem", &size);
    g_autofree char *anchors = g_build_filename(dir, "anchors", NULL);
    g_free(pki_scratch_write(anchors, "ca.pem", bytes, size, 0644));
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    fake_http_free(fake);
    pki_scratch_remove(dir);
    return 0;
}

static bool
go_on(void)
{
    return false;
}

static Rounds *
make(const char *more)
{
    g_autofree char *url = fake_http_url(fake, "/list");
    g_autofree char *text = g_strdup_printf(
        "domains = example.fr\n"
        "trust corp { anchors = \"%s/anchors\" crls = \"%s/crls\" "
        "crl-urls = \"%s\" crl-private = yes }\n%s",
        dir, dir, url, more);
    g_autofree char *config =
        pki_scratch_write(dir, "conf", text, strlen(text), 0644);
    return rounds_new(config, go_on);
}

static void
serve(const MadeCrl *list)
{
    g_autoptr(GBytes) der = made_crl_new(list);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(der, &size);
    fake_http_set(fake, "/list", "200 OK", bytes, size, FALSE);
}

static void
hear(gpointer data, bool good, const char *trust, const char *text)
{
    g_string_append_printf(data, "%d %s %s\n", good, trust, text);
}

static void
what_is_fetched_is_indexed_in_the_same_round(void **state)
{
    (void)state;
    const MadeCrl one = {.issuer = "issuing", .number = 1};
    const MadeCrl two = {.issuer = "issuing", .number = 2};
    g_autoptr(GString) heard = g_string_new(NULL);
    g_autofree char *more =
        g_strdup_printf("crld { index = \"%s/index\" }\n", dir);
    g_autoptr(Rounds) rounds = make(more);
    assert_int_equal(rounds_count(rounds), 1);
    serve(&one);
    rounds_run(rounds, false, hear, heard);
    assert_non_null(strstr(heard->str, "1 corp fetched http://"));
    assert_non_null(strstr(heard->str, "1 corp in use now: list 0x1"));
    assert_int_equal(rounds_count_faults(rounds), 0);
    assert_in_range(rounds_get_wait_s(rounds), 1, 5);
    /* Nothing is due, unless somebody asks. */
    serve(&two);
    g_string_truncate(heard, 0);
    rounds_run(rounds, false, hear, heard);
    assert_string_equal(heard->str, "");
    rounds_run(rounds, true, hear, heard);
    assert_non_null(strstr(heard->str, "in use now: list 0x2"));
    fake_http_set(fake, "/list", "404 Not Found", "", 0, FALSE);
    rounds_run(rounds, true, hear, heard);
    assert_non_null(strstr(heard->str, "0 corp not fetched: http://"));
    assert_int_equal(rounds_count_faults(rounds), 1);
}

static void
without_the_block_there_is_no_index(void **state)
{
    (void)state;
    const MadeCrl list = {.issuer = "issuing", .number = 3};
    g_autoptr(GString) heard = g_string_new(NULL);
    g_autoptr(Rounds) rounds = make("");
    serve(&list);
    rounds_run(rounds, false, hear, heard);
    assert_non_null(strstr(heard->str, "1 corp fetched http://"));
    assert_null(strstr(heard->str, "in use"));
    assert_true(rounds_get_wait_s(rounds) > 60);
}

static void
learnt_addresses_are_fetched_kept_and_bounded(void **state)
{
    (void)state;
    const MadeCrl list = {.issuer = "issuing", .number = 4};
    g_autoptr(GString) heard = g_string_new(NULL);
    g_autofree char *more =
        g_strdup_printf("user = mail\ncrld { index = \"%s/index\" learn = yes "
                        "control = \"%s/c\" }\n",
                        dir, dir);
    g_autofree char *url = fake_http_url(fake, "/learnt");
    Rounds *rounds = make(more);
    const char *from = NULL;
    assert_true(g_str_has_suffix(rounds_get_control(rounds, &from), "/c"));
    assert_string_equal(from, "mail");
    rounds_learn(rounds, "corp", url);
    rounds_learn(rounds, "corp", url);
    rounds_learn(rounds, "other", url);
    rounds_learn(rounds, "corp", "file:///etc/passwd");
    assert_int_equal(rounds_count(rounds), 2);
    serve(&list);
    rounds_run(rounds, false, hear, heard);
    assert_non_null(strstr(heard->str, "/learnt"));
    rounds_free(rounds);
    rounds = make(more);
    assert_int_equal(rounds_count(rounds), 2);
    for (int i = 0; i < 300; i++) {
        g_autofree char *each = g_strdup_printf("http://h.invalid/%d", i);
        rounds_learn(rounds, "corp", each);
    }
    assert_int_equal(rounds_count(rounds), 1 + 256);
    rounds_free(rounds);
    /* Switched off, nothing of it is done. */
    g_autofree char *off =
        g_strdup_printf("crld { index = \"%s/index\" }\n", dir);
    g_autoptr(Rounds) quiet = make(off);
    rounds_learn(quiet, "corp", url);
    assert_int_equal(rounds_count(quiet), 1);
    (void)rounds_get_control(quiet, &from);
    assert_null(from);
}

static void
a_mistake_is_no_configuration(void **state)
{
    (void)state;
    assert_null(make("crld { index = relative }\n"));
    assert_null(
        make("trust other { anchors = \"/nonexistent\" crls = \"/\" }"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_fetched_is_indexed_in_the_same_round),
        cmocka_unit_test(without_the_block_there_is_no_index),
        cmocka_unit_test(learnt_addresses_are_fetched_kept_and_bounded),
        cmocka_unit_test(a_mistake_is_no_configuration),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
