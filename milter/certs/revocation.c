/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation: what the lists of a trust set say about a chain. */
#include "certs/revocation.h"

#include "base/clock.h"
#include "base/log.h"
#include "certs/crlreview.h"
#include "certs/crlshelf.h"

struct Revocation {
    RevocationWish wish;
    CrlShelfWish lists;
    CrlShelf *shelf;
};

/* --- making ------------------------------------------------------------ */

static void
choose_rule(Revocation *revocation, Problems *problems)
{
    RevocationWish *wish = &revocation->wish;
    if (wish->rule == REVOCATION_AUTO && wish->crls != NULL)
        wish->rule = REVOCATION_REQUIRE;
    if (wish->rule != REVOCATION_AUTO)
        return;
    wish->rule = REVOCATION_OFF;
    problems_warn(problems, &wish->at,
                  "trust %s has no crls: revoked certificates will be used "
                  "(say revocation = off if that is meant)",
                  wish->name);
}

Revocation *
revocation_new(const RevocationWish *wish, const GPtrArray *issuers,
               Problems *problems)
{
    Revocation *revocation = g_new0(Revocation, 1);
    revocation->wish = *wish;
    choose_rule(revocation, problems);
    revocation->lists = (CrlShelfWish){.name = wish->name,
                                       .at = wish->at,
                                       .crls = wish->crls,
                                       .index = wish->index,
                                       .issuers = issuers};
    revocation->shelf = crlshelf_new(&revocation->lists, problems);
    return revocation;
}

void
revocation_free(Revocation *revocation)
{
    if (revocation == NULL)
        return;
    crlshelf_free(revocation->shelf);
    g_free(revocation);
}

/* --- checking ---------------------------------------------------------- */

/* Never having had a list is not good, and has no grace: that counts from the
 * date up to which the last list spoke. */
static CertClass
judge_unknown(const Revocation *revocation, const Certificate *link,
              const Crl *last, gint64 now_s, char **reason)
{
    gint64 grace_s = revocation->wish.grace_ms / 1000;
    if (last != NULL && revocation->wish.rule == REVOCATION_PREFER &&
        now_s <= crl_get_next_update(last) + grace_s) {
        log_event(LOG_LEVEL_WARNING, "revocation-unknown", "trust",
                  revocation->wish.name, "issuer", certificate_get_issuer(link),
                  "used-within-grace", "yes", NULL);
        return CERT_FOUND;
    }
    *reason = g_strdup_printf(last != NULL
                                  ? "the revocation list of %s is past its date"
                                  : "there is no revocation list of %s",
                              certificate_get_issuer(link));
    return CERT_REVOCATION_UNKNOWN;
}

/* link was signed by issuer. *judge: the list that spoke, or NULL. */
static CertClass
check_link(Revocation *revocation, const Certificate *link,
           const Certificate *issuer, gint64 now_s, Crl **judge, char **reason)
{
    switch (crlshelf_check(revocation->shelf, link, issuer, now_s, judge)) {
    case CRL_GOOD:
        return CERT_FOUND;
    case CRL_REVOKED:
        *reason =
            g_strdup_printf("%s is revoked", certificate_get_subject(link));
        return CERT_REVOKED;
    case CRL_ON_HOLD:
        *reason =
            g_strdup_printf("%s is on hold", certificate_get_subject(link));
        return CERT_ON_HOLD;
    case CRL_STALE:
    case CRL_UNKNOWN:
        break;
    }
    return judge_unknown(revocation, link, *judge, now_s, reason);
}

CertClass
revocation_check(Revocation *revocation, const GPtrArray *chain, gint64 now_s,
                 char **reason, char **told)
{
    if (revocation->wish.rule == REVOCATION_OFF)
        return CERT_FOUND;
    CertClass worst = CERT_FOUND;
    for (guint i = 0; i + 1 < chain->len; i++) {
        char *why = NULL;
        g_autoptr(Crl) judge = NULL;
        CertClass class =
            check_link(revocation, g_ptr_array_index(chain, i),
                       g_ptr_array_index(chain, i + 1), now_s, &judge, &why);
        if (i == 0 && judge != NULL && told != NULL)
            *told = crl_describe(judge);
        /* Revoked is final; unknown waits for what the others say. */
        if (class != CERT_FOUND &&
            (worst == CERT_FOUND || worst == CERT_REVOCATION_UNKNOWN)) {
            g_free(*reason);
            *reason = why;
            worst = class;
        } else {
            g_free(why);
        }
    }
    return worst;
}

guint64
revocation_get_generation(Revocation *revocation)
{
    if (revocation->wish.rule == REVOCATION_OFF)
        return 0;
    return crlshelf_get_generation(revocation->shelf);
}

void
revocation_review(Revocation *revocation, gint64 now_s, Problems *problems)
{
    if (revocation->wish.rule == REVOCATION_OFF)
        return;
    g_autoptr(GPtrArray) crls = crlshelf_list(revocation->shelf);
    crlreview_tell(&revocation->lists, crls,
                   revocation->wish.rule == REVOCATION_REQUIRE, now_s,
                   problems);
}

gint64
revocation_get_newest_s(Revocation *revocation)
{
    g_autoptr(GPtrArray) lists = crlshelf_list(revocation->shelf);
    gint64 newest_s = 0;
    for (guint i = 0; i < lists->len; i++) {
        const CrlParts *parts = crl_get_parts(g_ptr_array_index(lists, i));
        newest_s = MAX(newest_s, parts->this_update_s);
    }
    return newest_s;
}

void
revocation_write_status(Revocation *revocation, Bulletin *bulletin)
{
    g_autoptr(GPtrArray) lists = crlshelf_list(revocation->shelf);
    for (guint i = 0; i < lists->len; i++) {
        const Crl *crl = g_ptr_array_index(lists, i);
        const CrlParts *parts = crl_get_parts(crl);
        g_autofree char *text = crl_describe(crl);
        bulletin_begin(bulletin, "list",
                       certificate_get_subject(parts->issuer));
        bulletin_add_text(bulletin, "trust", revocation->wish.name);
        bulletin_add_text(bulletin, "is", text);
        bulletin_add_number(bulletin, "entries", (gint64)parts->count);
        bulletin_add_number(bulletin, "age-s",
                            clock_now() - parts->this_update_s);
    }
}
