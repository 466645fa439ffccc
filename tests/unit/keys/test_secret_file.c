/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/secret_file.h"

#include "base/error.h"
#include "tests/fakes/pki.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define NOBODY 65534

static char *scratch;

static int
make(void **state)
{
    (void)state;
    scratch = pki_scratch_new();
    return 0;
}

static int
clean(void **state)
{
    (void)state;
    pki_scratch_remove(scratch);
    return 0;
}

static void
expect_refusal(const char *path, const char *reason)
{
    g_autoptr(GError) error = NULL;
    assert_null(secret_file_load(path, &error));
    assert_int_equal(error_get_class(error), ERROR_CONFIG);
    assert_true(g_str_has_prefix(error->message, path));
    if (strstr(error->message, reason) == NULL)
        fail_msg("%s", error->message);
}

static void
a_private_file_is_read_as_it_is(void **state)
{
    (void)state;
    g_autofree char *path = pki_scratch_write(scratch, "key", "a\0b", 3, 0600);
    g_autoptr(Secret) secret = secret_file_load(path, NULL);
    assert_int_equal(secret->size, 3);
    assert_memory_equal(secret->bytes, "a\0b", 4);
    g_autofree char *none = pki_scratch_write(scratch, "none", "", 0, 0400);
    g_autoptr(Secret) empty = secret_file_load(none, NULL);
    assert_int_equal(empty->size, 0);
    assert_string_equal(empty->bytes, "");
    secret_file_free(NULL);
}

/* Of root's files a group may read; of ours nobody else. */
static const struct {
    int mode;
    bool of_root, of_us;
} modes[] = {
    {0600, true, true},   {0400, true, true},   {0700, true, true},
    {0640, true, false},  {0440, true, false},  {0660, false, false},
    {0620, false, false}, {0610, false, false}, {0604, false, false},
    {0602, false, false}, {0601, false, false}, {0644, false, false},
    {0666, false, false}, {0777, false, false},
};

static void
expect_mode(int mode, uid_t owner, bool good)
{
    g_autofree char *path = pki_scratch_write(scratch, "mode", "x", 1, mode);
    assert_int_equal(chown(path, owner, (gid_t)-1), 0);
    if (!good) {
        expect_refusal(path, "others may read or write it");
        return;
    }
    g_autoptr(Secret) secret = secret_file_load(path, NULL);
    assert_non_null(secret);
}

static void
a_file_open_to_others_is_refused(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        expect_mode(modes[i].mode, root ? 12345 : geteuid(), modes[i].of_us);
        if (root)
            expect_mode(modes[i].mode, 0, modes[i].of_root);
    }
}

static void
a_file_of_somebody_else_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    g_autofree char *theirs =
        pki_scratch_write(scratch, "theirs", "x", 1, 0600);
    assert_int_equal(chown(theirs, 12345, 12345), 0);
    assert_int_equal(chmod(scratch, 0755), 0);
    /* Root reads before it becomes somebody: any owner will do. */
    g_autoptr(Secret) as_root = secret_file_load(theirs, NULL);
    assert_non_null(as_root);
    g_autofree char *ours = pki_scratch_write(scratch, "ours", "x", 1, 0600);
    assert_int_equal(chown(ours, NOBODY, NOBODY), 0);
    g_autofree char *group = pki_scratch_write(scratch, "group", "x", 1, 0640);
    assert_int_equal(chown(group, 0, NOBODY), 0);
    g_autofree char *closed =
        pki_scratch_write(scratch, "closed", "x", 1, 0600);
    assert_int_equal(setegid(NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    g_autoptr(Secret) own = secret_file_load(ours, NULL);
    g_autoptr(Secret) roots = secret_file_load(group, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Secret) none = secret_file_load(closed, &error);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(0), 0);
    assert_non_null(own);
    assert_non_null(roots);
    assert_null(none);
    assert_non_null(strstr(error->message, "Permission denied"));
}

static void
what_is_no_plain_file_is_refused(void **state)
{
    (void)state;
    g_autofree char *path = pki_scratch_write(scratch, "plain", "x", 1, 0600);
    g_autofree char *link = g_build_filename(scratch, "link", NULL);
    assert_int_equal(symlink(path, link), 0);
    expect_refusal(link, "is a symbolic link");
    g_autofree char *pipe = g_build_filename(scratch, "pipe", NULL);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    expect_refusal(pipe, "not a regular file");
    expect_refusal(scratch, "not a regular file");
    expect_refusal("/dev/null", "not a regular file");
    g_autofree char *missing = g_build_filename(scratch, "missing", NULL);
    expect_refusal(missing, "No such file");
}

static void
a_huge_file_is_refused(void **state)
{
    (void)state;
    g_autofree char *path = pki_scratch_write(scratch, "huge", "", 0, 0600);
    assert_int_equal(truncate(path, 1024 * 1024 + 1), 0);
    expect_refusal(path, "larger than 1 MiB");
    assert_int_equal(truncate(path, 1024 * 1024), 0);
    g_autoptr(Secret) secret = secret_file_load(path, NULL);
    assert_int_equal(secret->size, 1024 * 1024);
}

static void
a_pass_phrase_is_the_first_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"secret", "secret"},
        {"secret\n", "secret"},
        {"secret\r\n", "secret"},
        {"se cret \nmore\n", "se cret "},
        {"", ""},
        {"\n", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = pki_scratch_write(scratch, "phrase", rows[i][0],
                                                  strlen(rows[i][0]), 0600);
        g_autoptr(Secret) secret = secret_file_load_line(path, NULL);
        assert_string_equal(secret->bytes, rows[i][1]);
    }
    g_autofree char *open = pki_scratch_write(scratch, "open", "x", 1, 0644);
    assert_null(secret_file_load_line(open, NULL));
}

static void
nobody_else_may_put_keys_into_the_folder(void **state)
{
    (void)state;
    static const struct {
        int mode;
        bool good;
    } rows[] = {{0700, true},  {0750, true},  {0755, true},
                {0770, false}, {0702, false}, {01777, false}};
    char *folder = pki_scratch_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_int_equal(chmod(folder, (mode_t)rows[i].mode), 0);
        g_autoptr(GError) error = NULL;
        assert_int_equal(secret_file_check_folder(folder, &error),
                         rows[i].good);
        assert_true(rows[i].good ||
                    strstr(error->message, "others can put keys") != NULL);
    }
    assert_int_equal(chmod(folder, 0700), 0);
    g_autofree char *file = pki_scratch_write(folder, "file", "x", 1, 0600);
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);
    assert_false(secret_file_check_folder(file, NULL));
    assert_false(secret_file_check_folder(missing, NULL));
    if (geteuid() == 0) {
        assert_int_equal(chown(folder, 12345, 12345), 0);
        assert_true(secret_file_check_folder(folder, NULL));
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(seteuid(NOBODY), 0);
        bool trusted = secret_file_check_folder(folder, NULL);
        assert_int_equal(seteuid(0), 0);
        assert_false(trusted);
    }
    pki_scratch_remove(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_file_is_read_as_it_is),
        cmocka_unit_test(a_file_open_to_others_is_refused),
        cmocka_unit_test(a_file_of_somebody_else_is_refused),
        cmocka_unit_test(what_is_no_plain_file_is_refused),
        cmocka_unit_test(a_huge_file_is_refused),
        cmocka_unit_test(a_pass_phrase_is_the_first_line),
        cmocka_unit_test(nobody_else_may_put_keys_into_the_folder),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
