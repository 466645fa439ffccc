/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates and keys that tests/pki/make_pki.sh made, for tests. */
#include "pki.h"

#include <glib/gstdio.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

char *
pki_path(const char *file)
{
    return g_build_filename(PKI_DIR, file, NULL);
}

Certificate *
pki_certificate(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".pem", NULL);
    g_autofree char *path = pki_path(file);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = certificate_load_file(path, &error);
    g_assert_no_error(error);
    return certificate_ref(g_ptr_array_index(list, 0));
}

struct evp_pkey_st *
pki_key(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".key", NULL);
    g_autofree char *path = pki_path(file);
    BIO *bio = BIO_new_file(path, "r");
    g_assert_nonnull(bio);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    g_assert_nonnull(key);
    return key;
}

char *
pki_read(const char *file, gsize *size_bytes)
{
    g_autofree char *path = pki_path(file);
    g_autoptr(GError) error = NULL;
    char *bytes = NULL;
    g_file_get_contents(path, &bytes, size_bytes, &error);
    g_assert_no_error(error);
    return bytes;
}

char *
pki_scratch_new(void)
{
    g_autoptr(GError) error = NULL;
    char *directory = g_dir_make_tmp("sceau-test-XXXXXX", &error);
    g_assert_no_error(error);
    return directory;
}

void
pki_scratch_remove(char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    g_assert_nonnull(dir);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_free(directory);
}

char *
pki_scratch_write(const char *directory, const char *name, const void *bytes,
                  gsize size_bytes, int mode)
{
    char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, bytes, (gssize)size_bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
    return path;
}
