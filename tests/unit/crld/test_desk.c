/* SPDX-License-Identifier: BSD-2-Clause */
#include "crld/desk.h"

#include "base/clock.h"
#include "base/control.h"
#include "certs/crllearn.h"
#include "tests/fakes/pki.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char *dir;
static char *control;
static sigset_t signals;

static int
start(void **state)
{
    (void)state;
    dir = pki_scratch_new();
    control = g_build_filename(dir, "control.sock", NULL);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGUSR1);
    return sigprocmask(SIG_BLOCK, &signals, NULL);
}

static int
stop(void **state)
{
    (void)state;
    pki_scratch_remove(dir);
    g_free(control);
    return 0;
}

typedef struct {
    const char *word;
    int status;
    char *text;
    gint done; /* atomic: the others may be read */
} Asked;

static gpointer
ask(gpointer pointer)
{
    Asked *asked = pointer;
    const char *const words[] = {asked->word, NULL};
    asked->text =
        control_ask(control, words, clock_monotonic_us() + 60 * G_USEC_PER_SEC,
                    &asked->status, NULL);
    g_atomic_int_set(&asked->done, 1);
    return NULL;
}

static void
a_command_is_answered(void **state)
{
    (void)state;
    DeskNews news;
    g_autoptr(Desk) desk = desk_new(&signals, control, NULL);
    Asked asked = {.word = "refresh"};
    GThread *thread = g_thread_new("ask", ask, &asked);
    assert_int_equal(desk_wait(desk, 60, &news), DESK_REFRESH);
    desk_answer(desk, 75, "one line\n");
    g_thread_join(thread);
    assert_int_equal(asked.status, 75);
    assert_string_equal(asked.text, "one line\n");
    g_free(asked.text);
    /* Another word is no event. */
    Asked other = {.word = "dance"};
    thread = g_thread_new("ask", ask, &other);
    while (g_atomic_int_get(&other.done) == 0)
        assert_int_equal(desk_wait(desk, 1, &news), DESK_TIME);
    g_thread_join(thread);
    assert_int_equal(other.status, 64);
    g_free(other.text);
}

static void
a_signal_comes_through(void **state)
{
    (void)state;
    DeskNews news;
    g_autoptr(Desk) desk = desk_new(&signals, NULL, NULL);
    assert_int_equal(desk_wait(desk, 0, &news), DESK_TIME);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    assert_int_equal(desk_wait(desk, 60, &news), DESK_SIGNAL);
    assert_int_equal(news.signal, SIGUSR1);
}

static GPtrArray *
make_chain(void)
{
    GPtrArray *chain =
        g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(chain, pki_certificate("bob"));
    g_ptr_array_add(chain, pki_certificate("issuing"));
    return chain;
}

/* Nobody waits for nobody: a note without a listener is lost. */
static void
notes_do_not_wait(void **state)
{
    (void)state;
    g_autoptr(CrlLearn) learn = crllearn_new(control);
    g_autoptr(GPtrArray) chain = make_chain();
    crllearn_note(learn, "corp", chain);
    uid_t own = geteuid();
    g_autofree char *path = crllearn_get_path(control);
    g_autoptr(Desk) desk = desk_new(&signals, control, &own);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    desk_free(g_steal_pointer(&desk));
    assert_int_equal(stat(path, &status), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_answered),
        cmocka_unit_test(a_signal_comes_through),
        cmocka_unit_test(notes_do_not_wait),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
