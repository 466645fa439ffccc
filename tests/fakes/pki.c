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

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) open = g_dir_open(path, 0, NULL);
    const char *name;
    while (open != NULL && (name = g_dir_read_name(open)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_assert_cmpint(g_remove(path), ==, 0);
}

void
pki_scratch_remove(char *directory)
{
    remove_tree(directory);
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

void
pki_scratch_put(const char *directory, const char *folder, const char *file)
{
    gsize size = 0;
    g_autofree char *bytes = pki_read(file, &size);
    g_autofree char *where = g_build_filename(directory, folder, NULL);
    g_assert_cmpint(g_mkdir_with_parents(where, 0755), ==, 0);
    g_free(pki_scratch_write(where, file, bytes, size, 0644));
}

int
pki_openssl(const char *const *words, char **output)
{
    GPtrArray *arguments = g_ptr_array_new();
    g_ptr_array_add(arguments, (gpointer)(guintptr) "openssl");
    for (; *words != NULL; words++)
        g_ptr_array_add(arguments, (gpointer)(guintptr)*words);
    g_ptr_array_add(arguments, NULL);
    g_autoptr(GError) error = NULL;
    int status = -1;
    g_autofree char *printed = NULL;
    g_spawn_sync(NULL, (char **)arguments->pdata, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                 &printed, NULL, &status, &error);
    g_assert_no_error(error);
    g_ptr_array_free(arguments, TRUE);
    if (output != NULL)
        *output = g_steal_pointer(&printed);
    return status;
}

char *
pki_smime_new(const char *type, const char *base64)
{
    return g_strdup_printf("MIME-Version: 1.0\r\n"
                           "Content-Type: application/pkcs7-mime; "
                           "smime-type=%s; name=smime.p7m\r\n"
                           "Content-Transfer-Encoding: base64\r\n\r\n%s",
                           type, base64);
}
