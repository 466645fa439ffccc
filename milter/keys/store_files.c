/* SPDX-License-Identifier: BSD-2-Clause */
/* Key store in files: PEM (key, certificate, chain) and PKCS#12. */
#include "keys/store_files.h"

#include "base/mailbox.h"
#include "keys/secret_file.h"
#include "smime/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#define MIN_RSA_BITS 2048
#define MIN_EC_BITS  256
#define MAX_CHAIN    8

typedef struct {
    Signer signer;
    Certificate *leaf;
    EVP_PKEY *key;
    GPtrArray *chain;        /* Certificate * */
    Certificate *encryption; /* what answers should be encrypted for, or NULL */
    bool has_issuer;
} FileSigner;

/* --- the signer -------------------------------------------------------- */

static const Certificate *
get_certificate(const Signer *signer)
{
    return ((const FileSigner *)(gconstpointer)signer)->leaf;
}

static GBytes *
sign(Signer *signer, const SignProfile *profile, GBytes *digest, GError **error)
{
    FileSigner *self = (FileSigner *)(gpointer)signer;
    const SignIdentity identity = {.leaf = self->leaf,
                                   .key = self->key,
                                   .chain = self->chain,
                                   .encryption = self->encryption};
    return sign_make(&identity, profile, digest, error);
}

static void
destroy(Signer *signer)
{
    FileSigner *self = (FileSigner *)(gpointer)signer;
    certificate_unref(self->leaf);
    certificate_unref(self->encryption);
    EVP_PKEY_free(self->key);
    g_clear_pointer(&self->chain, g_ptr_array_unref);
    g_free(self);
}

/* --- reading ----------------------------------------------------------- */

/* What a file holds; all owned. */
typedef struct {
    EVP_PKEY *key;
    GPtrArray *certificates; /* Certificate * */
} KeyFile;

static void
drop(gpointer certificate)
{
    certificate_unref(certificate);
}

/* NULL without *error: there is no pass phrase file. */
static Secret *
load_phrase(const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path, ".password", NULL);
    if (!g_file_test(name, G_FILE_TEST_EXISTS))
        return NULL;
    return secret_file_load_line(name, error);
}

static int
give_phrase(char *buffer, int size, int writing, void *phrase)
{
    (void)writing;
    const Secret *secret = phrase;
    if (secret == NULL || secret->bytes == NULL)
        return -1;
    gsize length = strlen(secret->bytes);
    if (length > (gsize)size)
        return -1;
    memcpy(buffer, secret->bytes, length);
    return (int)length;
}

static bool
fail_key(const char *path, const Secret *phrase, GError **error)
{
    error_set(error, ERROR_CONFIG,
              phrase != NULL
                  ? "%s: the private key cannot be read: wrong pass phrase in "
                    "%s.password?"
                  : "%s: no private key that can be read (an encrypted one "
                    "needs its pass phrase in %s.password)",
              path, path);
    openssl_clear();
    return false;
}

static bool
read_pem(const char *path, const Secret *file, Secret *phrase, KeyFile *into,
         GError **error)
{
    g_autoptr(BIO) bio = BIO_new_mem_buf(file->bytes, (int)file->size);
    into->key = PEM_read_bio_PrivateKey(bio, NULL, give_phrase, phrase);
    if (into->key == NULL)
        return fail_key(path, phrase, error);
    into->certificates =
        certificate_parse_pem(file->bytes, file->size, path, error);
    return into->certificates != NULL;
}

static bool
add_x509(GPtrArray *list, X509 *x509, const char *path, GError **error)
{
    guchar *der = NULL;
    int size = i2d_X509(x509, &der);
    if (size <= 0)
        return openssl_fail(error, ERROR_CONFIG, path);
    g_autoptr(GError) cause = NULL;
    Certificate *made = certificate_parse(der, (gsize)size, &cause);
    OPENSSL_free(der);
    if (made == NULL) {
        error_set(error, ERROR_CONFIG, "%s: %s", path, cause->message);
        return false;
    }
    g_ptr_array_add(list, made);
    return true;
}

/* What the library said on the way: the last word is often the vaguest. */
typedef struct {
    bool wrong_phrase;
    bool unsupported;
} Complaint;

static Complaint
read_complaint(void)
{
    Complaint complaint = {0};
    unsigned long code;
    while ((code = ERR_get_error()) != 0) {
        if (ERR_GET_LIB(code) == ERR_LIB_PKCS12 &&
            ERR_GET_REASON(code) == PKCS12_R_MAC_VERIFY_FAILURE)
            complaint.wrong_phrase = true;
        if (ERR_GET_LIB(code) == ERR_LIB_EVP &&
            ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)
            complaint.unsupported = true;
    }
    return complaint;
}

static bool
fail_pkcs12(const char *path, const Secret *phrase, GError **error)
{
    Complaint complaint = read_complaint();
    if (complaint.unsupported)
        error_set(error, ERROR_CONFIG,
                  "%s: encrypted with algorithms of the past (RC2, 3DES): "
                  "convert it (openssl pkcs12 -legacy, then openssl pkcs12 "
                  "-export)",
                  path);
    else if (complaint.wrong_phrase)
        error_set(error, ERROR_CONFIG,
                  phrase != NULL ? "%s: %s.password does not hold its pass "
                                   "phrase (password)"
                                 : "%s: it needs its pass phrase (password) "
                                   "in %s.password",
                  path, path);
    else
        error_set(error, ERROR_CONFIG, "%s: a damaged PKCS#12 file", path);
    return false;
}

static bool
read_pkcs12(const char *path, const Secret *file, const Secret *phrase,
            KeyFile *into, GError **error)
{
    const guchar *cursor = (const guchar *)file->bytes;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &cursor, (long)file->size);
    if (pkcs12 == NULL) {
        openssl_clear();
        error_set(error, ERROR_CONFIG, "%s: not a PKCS#12 file", path);
        return false;
    }
    X509 *leaf = NULL;
    STACK_OF(X509) *others = NULL;
    const char *text = phrase != NULL ? phrase->bytes : "";
    bool good = PKCS12_parse(pkcs12, text, &into->key, &leaf, &others) == 1;
    PKCS12_free(pkcs12);
    if (!good)
        return fail_pkcs12(path, phrase, error);
    into->certificates = g_ptr_array_new_with_free_func(drop);
    if (leaf != NULL)
        good = add_x509(into->certificates, leaf, path, error);
    for (int i = 0; good && i < sk_X509_num(others); i++)
        good =
            add_x509(into->certificates, sk_X509_value(others, i), path, error);
    X509_free(leaf);
    sk_X509_pop_free(others, X509_free);
    if (good && into->key == NULL) {
        error_set(error, ERROR_CONFIG, "%s: holds no private key", path);
        return false;
    }
    return good;
}

static bool
read_file(const char *path, KeyFile *into, GError **error)
{
    g_autoptr(Secret) file = secret_file_load(path, error);
    if (file == NULL)
        return false;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Secret) phrase = load_phrase(path, &problem);
    if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return g_str_has_suffix(path, ".p12")
               ? read_pkcs12(path, file, phrase, into, error)
               : read_pem(path, file, phrase, into, error);
}

/* --- judging ----------------------------------------------------------- */

static Certificate *
find_leaf(const KeyFile *file)
{
    for (guint i = 0; i < file->certificates->len; i++) {
        Certificate *each = g_ptr_array_index(file->certificates, i);
        if (X509_check_private_key(certificate_get_x509(each), file->key) == 1)
            return each;
        openssl_clear();
    }
    return NULL;
}

static bool
check_leaf(const char *path, const Certificate *leaf, const EVP_PKEY *key,
           GError **error)
{
    const char *reason = NULL;
    if (leaf == NULL)
        reason = "no certificate in it fits the private key";
    else if (certificate_get_addresses(leaf)[0] == NULL)
        reason = "its certificate holds no e-mail address";
    else if (certificate_get_key_family(leaf) == KEY_RSA &&
             certificate_get_key_bits(leaf) < MIN_RSA_BITS)
        reason = "its RSA key is shorter than 2048 bits";
    else if (certificate_get_key_family(leaf) == KEY_EC &&
             certificate_get_key_bits(leaf) < MIN_EC_BITS)
        reason = "its EC key is shorter than 256 bits";
    else if (EVP_PKEY_is_a(key, "RSA-PSS"))
        reason = "its key is for RSASSA-PSS alone: most readers cannot verify "
                 "that";
    else
        reason = certificate_check_sign(leaf);
    if (reason == NULL)
        return true;
    error_set(error, ERROR_CONFIG, "%s: %s", path, reason);
    return false;
}

static Certificate *
find_issuer(const KeyFile *file, const Certificate *of)
{
    for (guint i = 0; i < file->certificates->len; i++) {
        Certificate *each = g_ptr_array_index(file->certificates, i);
        if (each != of &&
            X509_check_issued(certificate_get_x509(each),
                              certificate_get_x509(of)) == X509_V_OK)
            return each;
    }
    return NULL;
}

static bool
share_address(const Certificate *a, const Certificate *b)
{
    for (char *const *one = certificate_get_addresses(a); *one != NULL; one++)
        for (char *const *other = certificate_get_addresses(b); *other != NULL;
             other++)
            if (mailbox_equal(*one, *other))
                return true;
    return false;
}

/* Another certificate of the same person, put beside the key to say that his
 * own software opens what is encrypted for it. */
static Certificate *
find_encryption(const KeyFile *file, const Certificate *leaf)
{
    for (guint i = 0; i < file->certificates->len; i++) {
        Certificate *each = g_ptr_array_index(file->certificates, i);
        if (each != leaf && certificate_check_encrypt(each) == NULL &&
            share_address(each, leaf))
            return certificate_ref(each);
    }
    return NULL;
}

static bool
is_self_signed(const Certificate *certificate)
{
    return (X509_get_extension_flags(certificate_get_x509(certificate)) &
            EXFLAG_SS) != 0;
}

/* What readers need between leaf and root, without the root itself and
 * without what else lies in the file. */
static void
make_chain(FileSigner *self, const KeyFile *file)
{
    self->chain = g_ptr_array_new_with_free_func(drop);
    self->has_issuer = is_self_signed(self->leaf);
    const Certificate *last = self->leaf;
    while (!is_self_signed(last) && self->chain->len < MAX_CHAIN) {
        Certificate *issuer = find_issuer(file, last);
        if (issuer == NULL)
            return;
        self->has_issuer = true;
        if (!is_self_signed(issuer))
            g_ptr_array_add(self->chain, certificate_ref(issuer));
        last = issuer;
    }
}

bool
store_files_has_issuer(const Signer *signer)
{
    return ((const FileSigner *)(gconstpointer)signer)->has_issuer;
}

Signer *
store_files_load(const char *path, GError **error)
{
    KeyFile file = {0};
    FileSigner *self = NULL;
    if (read_file(path, &file, error)) {
        Certificate *leaf = find_leaf(&file);
        if (check_leaf(path, leaf, file.key, error)) {
            self = g_new0(FileSigner, 1);
            self->signer = (Signer){.references = 1,
                                    .get_certificate = get_certificate,
                                    .sign = sign,
                                    .destroy = destroy};
            self->leaf = certificate_ref(leaf);
            self->key = g_steal_pointer(&file.key);
            self->encryption = find_encryption(&file, leaf);
            make_chain(self, &file);
        }
    }
    EVP_PKEY_free(file.key);
    g_clear_pointer(&file.certificates, g_ptr_array_unref);
    return self != NULL ? &self->signer : NULL;
}
