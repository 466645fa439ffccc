/* SPDX-License-Identifier: BSD-2-Clause */
/* Replay: runs a fuzz harness without a fuzzer, on every file of its corpus:
 * whole, cut anywhere, and with bytes changed. The same on each run. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CUTS    400
#define MUTATIONS   2000
#define MAX_CHANGES 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
run_cut(const uint8_t *bytes, gsize size)
{
    gsize step = size / MAX_CUTS + 1;
    for (gsize cut = 0; cut < size; cut += step) {
        /* Of its own size, so that a reader past the end is found; malloc(),
         * which gives an address for no bytes too, as a fuzzer does. */
        g_autofree uint8_t *copy = malloc(cut);
        g_assert_nonnull(copy);
        memcpy(copy, bytes, cut);
        LLVMFuzzerTestOneInput(copy, cut);
    }
    LLVMFuzzerTestOneInput(bytes, size);
}

static void
run_changed(const uint8_t *bytes, gsize size, GRand *dice)
{
    g_autofree uint8_t *copy = g_memdup2(bytes, size);
    for (unsigned i = 0; i < MUTATIONS && size > 0; i++) {
        memcpy(copy, bytes, size);
        int changes = g_rand_int_range(dice, 1, MAX_CHANGES + 1);
        while (changes-- > 0) {
            /* Half of the new bytes are ones that stand there already. */
            gsize to = g_rand_int(dice) % size, from = g_rand_int(dice) % size;
            copy[to] =
                g_rand_boolean(dice) ? bytes[from] : (uint8_t)g_rand_int(dice);
        }
        LLVMFuzzerTestOneInput(copy, size);
    }
}

static unsigned
run_file(const char *path, GRand *dice)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &bytes, &size, NULL))
        g_error("%s cannot be read", path);
    run_cut((const uint8_t *)bytes, size);
    run_changed((const uint8_t *)bytes, size, dice);
    return 1;
}

static unsigned
run_folder(const char *path, GRand *dice)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    if (folder == NULL)
        g_error("%s cannot be read", path);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        count += run_file(file, dice);
    }
    return count;
}

int
main(void)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);
    g_autofree char *path = g_build_filename(SOURCE, CORPUS, NULL);
    unsigned count = g_file_test(path, G_FILE_TEST_IS_DIR)
                         ? run_folder(path, dice)
                         : run_file(path, dice);
    printf("%u files\n", count);
    return count > 0 ? 0 : 1;
}
