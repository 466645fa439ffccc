/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole Setup in a private directory: folder sources, no network. */
#include "made_setup.h"

#include "made_certificate.h"

#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>

static char *dir;

static char *
path_of(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static void
write_file(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

static void
write_pem(const char *folder, const char *address, X509 *x509, EVP_PKEY *key)
{
    g_autofree char *name = g_strdup_printf("%s/%s.pem", folder, address);
    g_autofree char *path = path_of(name);
    FILE *file = fopen(path, "w");
    g_assert_nonnull(file);
    g_assert_cmpint(fchmod(fileno(file), key != NULL ? 0600 : 0644), ==, 0);
    if (key != NULL)
        g_assert_true(
            PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    g_assert_true(PEM_write_X509(file, x509));
    g_assert_cmpint(fclose(file), ==, 0);
}

static void
make_person(const char *address, KeyFamily family, bool signs)
{
    EVP_PKEY *key = NULL;
    g_autoptr(Certificate) certificate =
        made_certificate_new(family, address, &key);
    X509 *x509 = certificate_get_x509(certificate);
    write_pem("anchors", address, x509, NULL);
    if (signs)
        write_pem("keys", address, x509, key);
    else
        write_pem("certificates", address, x509, NULL);
    EVP_PKEY_free(key);
}

static void
make_dir(void)
{
    static const char *const names[] = {"anchors", "keys", "certificates",
                                        "spool", "state"};
    g_autoptr(GError) error = NULL;
    dir = g_dir_make_tmp("sceau-test-XXXXXX", &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = path_of(names[i]);
        g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    }
    make_person("alice@example.fr", KEY_EC, true);
    make_person("bob@partner.example", KEY_RSA, false);
    make_person("dave@partner.example", KEY_RSA, false);
    make_person("eve@partner.example", KEY_EC, false);
}

Setup *
made_setup_new(const char *policy, const char *extra)
{
    if (dir == NULL)
        make_dir();
    write_file("policy", policy);
    g_autofree char *text = g_strdup_printf(
        "domains = example.fr\n"
        "policy = \"%s/policy\"\n"
        "state = \"%s/state\"\n"
        "contact = \"help@example.fr\"\n"
        "certificates partners { path = \"%s/certificates\" }\n"
        "trust all { anchors = \"%s/anchors\" revocation = off }\n"
        "signing { keys = \"%s/keys\" login-domain = example.fr }\n"
        "spool { path = \"%s/spool\" memory = 64KiB limit = 4MiB }\n"
        "%s\n",
        dir, dir, dir, dir, dir, dir, extra);
    write_file("sceau.conf", text);
    g_autofree char *path = path_of("sceau.conf");
    g_autoptr(Problems) problems = problems_new();
    Setup *setup = setup_load(path, NULL, problems);
    if (setup == NULL)
        problems_print(problems, stderr);
    g_assert_nonnull(setup);
    return setup;
}

static void
remove_tree(const char *path)
{
    GDir *open = g_dir_open(path, 0, NULL);
    const char *name;
    while (open != NULL && (name = g_dir_read_name(open)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_tree(child);
        else
            g_unlink(child);
    }
    if (open != NULL)
        g_dir_close(open);
    g_rmdir(path);
}

void
made_setup_clean(void)
{
    if (dir == NULL)
        return;
    remove_tree(dir);
    g_clear_pointer(&dir, g_free);
}

const char *
made_setup_get_dir(void)
{
    return dir;
}
