/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/source_gateway.h"

#include "tests/unit/certs/given.h"

#include <glib/gstdio.h>

static char *dir;

static int
make_dir(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    return 0;
}

/* dir/gateway.pem with the certificates of these names, NULL at the end. */
static void
put(const char *const *names)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (; *names != NULL; names++) {
        gsize size = 0;
        g_autofree char *pem = pki_read(*names, &size);
        g_string_append_len(text, pem, (gssize)size);
    }
    g_free(pki_scratch_write(dir, "gateway.pem", text->str, text->len, 0644));
}

static Source *
open_gateway(Settings **settings, const char *domains, Problems *problems)
{
    g_autofree char *text = g_strdup_printf(
        "gateway partner { domains = %s certificate = \"%s/gateway.pem\" }",
        domains, dir);
    *settings = given_settings(text);
    return source_gateway_new(settings_get_all(*settings, "gateway")->pdata[0],
                              problems);
}

static guint
count(Source *source, const char *address, guint *chain)
{
    SourceAnswer answer;
    source_answer_init(&answer);
    source->find(source, &address, 1, 0, &answer);
    assert_int_equal(answer.state, SOURCE_ANSWERED);
    guint values = answer.values->len;
    *chain = answer.chain->len;
    source_answer_clear(&answer);
    return values;
}

static void
it_is_everybodys_of_its_domains(void **state)
{
    (void)state;
    static const char *const files[] = {"bob.pem", "issuing.pem", NULL};
    put(files);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = NULL;
    Source *source =
        open_gateway(&settings, "partner.example, .far.example", problems);
    assert_null(problems_get(problems, 0));
    assert_string_equal(source->name, "partner");
    assert_string_equal(source->domains[1], ".far.example");
    assert_true(source->local && source->gateway);
    assert_int_equal(source->at.line, 1);
    guint chain = 0;
    assert_int_equal(count(source, "anybody@partner.example", &chain), 1);
    assert_int_equal(chain, 1);
    source->destroy(source);
}

/* The file is looked at once a second. */
static void
wait_for(Source *source, guint wanted)
{
    guint chain = 0;
    for (int tries = 0; tries < 1000; tries++) {
        if (count(source, "a@partner.example", &chain) == wanted)
            return;
        g_usleep(20000);
    }
    fail_msg("never %u", wanted);
}

static void
a_changed_file_is_read_again(void **state)
{
    (void)state;
    static const char *const before[] = {"bob.pem", NULL};
    static const char *const after[] = {"bob.pem", "carol.pem", NULL};
    put(before);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = NULL;
    Source *source = open_gateway(&settings, "partner.example", problems);
    guint64 generation = source->get_generation(source);
    put(after);
    wait_for(source, 2);
    assert_true(source->get_generation(source) != generation);
    /* What cannot be read takes nothing away. */
    g_autofree char *path = g_build_filename(dir, "gateway.pem", NULL);
    generation = source->get_generation(source);
    assert_int_equal(g_unlink(path), 0);
    g_usleep(1100000);
    guint chain = 0;
    assert_int_equal(count(source, "a@partner.example", &chain), 2);
    assert_int_equal(source->get_generation(source), generation);
    put(before);
    wait_for(source, 1);
    source->destroy(source);
}

static void
mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *domains;
        const char *file; /* NULL: none */
        const char *told;
    } rows[] = {
        {"partner.example", NULL, "gateway.pem"},
        {"partner.example", "issuing.pem", "holds CA certificates alone"},
        {"bob@partner.example", "bob.pem", "\"bob@partner.example\" is no"},
        {"\"partner example\"", "bob.pem", "\"partner example\" is no"},
    };
    g_autofree char *path = g_build_filename(dir, "gateway.pem", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *const files[] = {rows[i].file, NULL};
        if (rows[i].file != NULL)
            put(files);
        else
            (void)g_unlink(path);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Settings) settings = NULL;
        Source *source = open_gateway(&settings, rows[i].domains, problems);
        assert_int_equal(problems_count(problems), 1);
        if (strstr(problems_get(problems, 0), rows[i].told) == NULL)
            fail_msg("%s", problems_get(problems, 0));
        guint chain = 0;
        assert_int_equal(count(source, "a@partner.example", &chain),
                         rows[i].file != NULL &&
                             strcmp(rows[i].file, "bob.pem") == 0);
        source->destroy(source);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_everybodys_of_its_domains),
        cmocka_unit_test(a_changed_file_is_read_again),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
