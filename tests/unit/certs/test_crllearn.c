/* SPDX-License-Identifier: BSD-2-Clause */
#include "certs/crllearn.h"

#include "base/localsocket.h"
#include "smime/openssl.h"
#include "tests/fakes/made_certificate.h"
#include "tests/fakes/pki.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
datagrams_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *trust, *url;
    } rows[] = {
        {"corp\nhttp://h/x.crl", "corp", "http://h/x.crl"},
        {"two words\nhttps://h/", "two words", "https://h/"},
        {"corp\nldap://h/cn=x", NULL, NULL},
        {"corp\nfile:///etc/passwd", NULL, NULL},
        {"corp\nhttp://h/a b", NULL, NULL},
        {"corp\nhttp://h/a\nhttp://h/b", NULL, NULL},
        {"\nhttp://h/", NULL, NULL},
        {"http://h/", NULL, NULL},
        {"", NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *trust = NULL;
        g_autofree char *url = NULL;
        bool good =
            crllearn_parse(rows[i].text, strlen(rows[i].text), &trust, &url);
        if (good != (rows[i].url != NULL) ||
            g_strcmp0(trust, rows[i].trust) != 0 ||
            g_strcmp0(url, rows[i].url) != 0)
            fail_msg("row %zu: %s %s", i, trust, url);
    }
    char *trust = NULL;
    char *url = NULL;
    assert_false(crllearn_parse("c\nhttp://h/\0x", 12, &trust, &url));
    g_autofree char *rest = g_strnfill(CRLLEARN_MAX_URL, 'x');
    g_autofree char *longer = g_strconcat("http://h/", rest, NULL);
    assert_false(crllearn_check_url(longer));
}

static Certificate *
make_with_points(const char *points)
{
    EVP_PKEY *key = NULL;
    g_autoptr(Certificate) plain =
        made_certificate_new(KEY_EC, "x@example.fr", &key);
    X509 *x509 = X509_dup(certificate_get_x509(plain));
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_crl_distribution_points, points);
    guchar *der = NULL;
    assert_true(X509_add_ext(x509, extension, -1) == 1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    int size = i2d_X509(x509, &der);
    Certificate *made = certificate_parse(der, (gsize)size, NULL);
    assert_non_null(made);
    OPENSSL_free(der);
    X509_EXTENSION_free(extension);
    X509_free(x509);
    EVP_PKEY_free(key);
    return made;
}

/* What a listener hears of the chain; "" when nothing. */
static char *
hear(CrlLearn *learn, int fd, const GPtrArray *chain)
{
    char text[CRLLEARN_MAX_BYTES];
    g_autoptr(GString) all = g_string_new(NULL);
    crllearn_note(learn, "corp", chain);
    for (;;) {
        ssize_t got = recv(fd, text, sizeof text, MSG_DONTWAIT);
        if (got <= 0)
            return g_string_free(g_steal_pointer(&all), FALSE);
        g_string_append_len(all, text, got);
        g_string_append_c(all, ';');
    }
}

static void
each_certificate_is_told_once(void **state)
{
    (void)state;
    char *dir = pki_scratch_new();
    g_autofree char *control = g_build_filename(dir, "control", NULL);
    g_autofree char *path = crllearn_get_path(control);
    struct sockaddr_un address;
    assert_true(localsocket_fill(&address, path));
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    g_autoptr(CrlLearn) learn = crllearn_new(control);
    g_autoptr(GPtrArray) chain =
        g_ptr_array_new_with_free_func((GDestroyNotify)certificate_unref);
    g_ptr_array_add(chain,
                    make_with_points("URI:http://lists.example.fr/issuing.crl,"
                                     "URI:ldap://lists.example.fr/cn=x"));
    g_ptr_array_add(chain, pki_certificate("root"));
    /* Nobody listens yet: it is told when somebody does. */
    crllearn_note(learn, "corp", chain);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    g_autofree char *first = hear(learn, fd, chain);
    assert_string_equal(first, "corp\nhttp://lists.example.fr/issuing.crl;");
    g_autofree char *second = hear(learn, fd, chain);
    assert_string_equal(second, "");
    close(fd);
    pki_scratch_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_are_checked),
        cmocka_unit_test(each_certificate_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
