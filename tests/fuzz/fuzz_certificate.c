/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz certificate: any bytes as a certificate; what can be read is looked at
 * in every way, and encrypted for when it may be. */
#include "smime/capabilities.h"
#include "smime/certificate.h"
#include "smime/encrypt.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

static void
encrypt_for(Certificate *certificate)
{
    const SpoolSettings settings = {.path = (char *)(guintptr) "/tmp",
                                    .memory_bytes = 65536,
                                    .limit_bytes = 65536};
    g_autoptr(Spool) out = spool_new(&settings);
    g_autoptr(GPtrArray) certificates = g_ptr_array_new();
    g_ptr_array_add(certificates, certificate);
    g_autoptr(GError) error = NULL;
    const EncryptProfile profile = {0};
    g_autoptr(Encrypt) encrypt =
        encrypt_begin(certificates, &profile, out, &error);
    if (encrypt == NULL || !encrypt_write(encrypt, "text", 4, &error) ||
        !encrypt_end(encrypt, &error))
        g_assert_nonnull(error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Certificate) certificate =
        certificate_parse(bytes, size_bytes, &error);
    g_assert_true((certificate == NULL) == (error != NULL));
    if (certificate == NULL)
        return 0;
    g_assert_true(
        g_utf8_validate(certificate_get_subject(certificate), -1, NULL));
    g_assert_true(
        g_utf8_validate(certificate_get_issuer(certificate), -1, NULL));
    g_assert_cmpint(g_bytes_get_size(certificate_get_der(certificate)), ==,
                    size_bytes);
    g_assert_nonnull(certificate_get_serial_der(certificate));
    certificate_check_sign(certificate);
    g_assert_cmpuint(capabilities_of_certificate(certificate), <=, 7);
    if (certificate_check_encrypt(certificate) == NULL &&
        certificate_get_key_bits(certificate) <= 4096)
        encrypt_for(certificate);
    return 0;
}
