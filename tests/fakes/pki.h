/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates and keys that tests/pki/make_pki.sh made, for tests. */
#ifndef SCEAU_TESTS_FAKES_PKI_H
#define SCEAU_TESTS_FAKES_PKI_H

#include "smime/certificate.h"

#include <glib.h>

struct evp_pkey_st;

/* Programs run in the build directory, as make check does. */
#define PKI_DIR "tests/pki/out"

/* PKI_DIR/file. Caller frees. */
char *pki_path(const char *file);

/* NAME.pem and NAME.key of the header of make_pki.sh. The caller's. All of
 * these end the test when they cannot. */
Certificate *pki_certificate(const char *name);
struct evp_pkey_st *pki_key(const char *name);

/* All bytes of a file of PKI_DIR, NUL-terminated beyond them. */
char *pki_read(const char *file, gsize *size_bytes);

/* A private directory of its own, and its removal with all files in it. */
char *pki_scratch_new(void);
void pki_scratch_remove(char *directory);

/* directory/name with these bytes and mode. Caller frees the path. */
char *pki_scratch_write(const char *directory, const char *name,
                        const void *bytes, gsize size_bytes, int mode);

/* A copy of PKI_DIR/file in directory/folder, which is made. */
void pki_scratch_put(const char *directory, const char *folder,
                     const char *file);

/* Runs "openssl" with these words (NULL-terminated). Its exit status; what it
 * printed on standard output into *output (may be NULL; caller frees). */
int pki_openssl(const char *const *words, char **output);

/* A message that holds base64 lines as smime.p7m, for -inform SMIME. */
char *pki_smime_new(const char *type, const char *base64);

#endif
