/* SPDX-License-Identifier: BSD-2-Clause */
#include "mime/scan_parts.h"

#include "mime/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void
clear(ScanPart *part)
{
    g_free(part->type);
    g_free(part->boundary);
}

static void
fields_say_what_a_part_is(void **state)
{
    (void)state;
    static const struct {
        const char *type, *encoding, *instead;
        bool good;
        const char *said;
        TransferEncoding coded;
        bool container, message;
    } rows[] = {
        {NULL, NULL, "text/plain", true, "text/plain", ENCODING_7BIT, false,
         false},
        {NULL, NULL, "message/rfc822", true, "message/rfc822", ENCODING_7BIT,
         false, true},
        {" TEXT/Html", " 8bit", "text/plain", true, "text/html", ENCODING_8BIT,
         false, false},
        {" multipart/mixed; boundary=b", NULL, "text/plain", true,
         "multipart/mixed", ENCODING_7BIT, true, false},
        {" message/rfc822", " base64", "text/plain", false, "message/rfc822",
         ENCODING_BASE64, false, false},
        {" multipart/mixed", NULL, "text/plain", false, "multipart/mixed",
         ENCODING_7BIT, false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScanPart part = {0};
        assert_int_equal(scan_part_describe(&part, rows[i].type,
                                            rows[i].encoding, rows[i].instead),
                         rows[i].good);
        assert_string_equal(part.type, rows[i].said);
        assert_int_equal(part.encoding, rows[i].coded);
        assert_int_equal(part.is_container, rows[i].container);
        assert_int_equal(scan_part_is_message(&part), rows[i].message);
        assert_int_equal(part.faults,
                         rows[i].coded == ENCODING_8BIT ? FAULT_8BIT_LABEL : 0);
        clear(&part);
    }
}

static void
a_name_says_how_it_will_be_opened(void **state)
{
    (void)state;
    static const struct {
        const char *type, *disposition, *encoding;
        bool message, cms, doubtful;
    } rows[] = {
        {" application/octet-stream", NULL, NULL, false, false, false},
        {" application/octet-stream; name=a.eml", NULL, NULL, true, false,
         false},
        {" application/octet-stream", " attachment; filename=\"a.EML\"",
         " x-rot", true, false, true},
        {" application/octet-stream; name=smime.p7m", NULL, " base64", false,
         true, false},
        {" image/png; name=smime.p7m", NULL, " base64", false, false, false},
        {" multipart/mixed; boundary=b; name=a.eml", NULL, NULL, false, false,
         false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ScanPart part = {0};
        assert_true(scan_part_describe(&part, rows[i].type, rows[i].encoding,
                                       "text/plain"));
        part.doubtful = false;
        scan_part_note_name(&part, rows[i].type, rows[i].disposition);
        assert_int_equal(part.named_message, rows[i].message);
        assert_int_equal(part.named_cms, rows[i].cms);
        assert_int_equal(part.doubtful, rows[i].doubtful);
        clear(&part);
    }
}

int
main(void)
{
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_say_what_a_part_is),
        cmocka_unit_test(a_name_says_how_it_will_be_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
