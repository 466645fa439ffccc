/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz CRL: any bytes as a revocation list; every part that the scan points to
 * lies within them, and its entries come to an end. */
#include "certs/crlscan.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    CrlScan scan;
    const char *fault = NULL;
    bool good = crlscan_open(bytes, size_bytes, &scan, &fault);
    g_assert_true(good == (fault == NULL));
    const CrlSlice slices[] = {scan.signed_part, scan.algorithm, scan.signature,
                               scan.issuer,      scan.entries,   scan.key_id,
                               scan.number,      scan.points};
    for (gsize i = 0; i < G_N_ELEMENTS(slices); i++)
        g_assert_true(slices[i].size == 0 ||
                      (slices[i].bytes >= bytes &&
                       slices[i].bytes + slices[i].size <= bytes + size_bytes));
    DerReader reader = der_open(scan.entries.bytes, scan.entries.size);
    CrlScanEntry entry;
    size_t count = 0;
    while (good && crlscan_next(&reader, &entry, &fault)) {
        g_assert_true(entry.serial.size > 0);
        count++;
    }
    g_assert_cmpuint(count, <=, size_bytes);
    return 0;
}
