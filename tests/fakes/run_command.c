/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command of the tool in this process and keeps what it prints. */
#include "run_command.h"

#include "mime/decode.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *last_out, *last_err;

/* Puts file in the place of fd; gives a copy of what was there. */
static int
replace(int fd, FILE *file)
{
    int before = dup(fd);
    g_assert_cmpint(before, >=, 0);
    g_assert_cmpint(dup2(fileno(file), fd), ==, fd);
    return before;
}

static void
put_back(int fd, int before)
{
    g_assert_cmpint(dup2(before, fd), ==, fd);
    (void)close(before);
}

static char *
read_whole(FILE *file)
{
    GString *text = g_string_new(NULL);
    rewind(file);
    for (int c = getc(file); c != EOF; c = getc(file))
        g_string_append_c(text, (char)c);
    (void)fclose(file);
    return g_string_free(text, FALSE);
}

static FILE *
make_input(const char *in)
{
    FILE *file = tmpfile();
    g_assert_nonnull(file);
    if (in != NULL)
        g_assert_cmpint(fputs(in, file), >=, 0);
    (void)fflush(file);
    rewind(file);
    return file;
}

CommandRun
run_command(const Command *command, const char *config,
            const char *const *words, const char *in)
{
    static bool ready;
    if (!ready)
        decode_init();
    ready = true;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) own = g_strdupv((char **)(guintptr)words);
    g_autoptr(Options) options =
        options_parse(command->options, own, command->min_arguments,
                      command->max_arguments, &error);
    g_assert_no_error(error);
    FILE *input = make_input(in), *out = tmpfile(), *err = tmpfile();
    g_assert_true(out != NULL && err != NULL);
    (void)fflush(NULL);
    int before[] = {replace(STDIN_FILENO, input), replace(STDOUT_FILENO, out),
                    replace(STDERR_FILENO, err)};
    clearerr(stdin);
    (void)fseek(stdin, 0, SEEK_SET);
    CommandRun run = {.status = command->run(config, options)};
    (void)fflush(NULL);
    for (int fd = 0; fd < 3; fd++)
        put_back(fd, before[fd]);
    (void)fclose(input);
    g_free(last_out);
    g_free(last_err);
    run.out = last_out = read_whole(out);
    run.err = last_err = read_whole(err);
    return run;
}
