/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation: what the lists of a trust set say about a chain. */
#include "certs/revocation.h"

#include "base/log.h"
#include "certs/crl.h"
#include "certs/folder.h"

#include <sys/stat.h>

struct Revocation {
    RevocationWish wish;
    const GPtrArray *issuers; /* Certificate * */
    /* under lock: the lists are read again when their folder changes */
    GMutex lock;
    GPtrArray *crls; /* Crl *; replaced whole */
    struct timespec crls_changed;
    guint64 generation;
};

/* --- lists ------------------------------------------------------------- */

static void
drop_crl(gpointer crl)
{
    crl_unref(crl);
}

/* Nothing a CA without a list has issued can be used under "require". */
static void
warn_uncovered(const Revocation *revocation, const GPtrArray *crls,
               Problems *problems)
{
    for (guint i = 0; i < revocation->issuers->len; i++) {
        const Certificate *issuer = g_ptr_array_index(revocation->issuers, i);
        if (!crl_covers(crls, issuer))
            problems_warn(problems, &revocation->wish.at,
                          "trust %s: no revocation list of %s",
                          revocation->wish.name,
                          certificate_get_subject(issuer));
    }
}

static GPtrArray *
load_crls(const Revocation *revocation, Problems *problems)
{
    GPtrArray *crls = g_ptr_array_new_with_free_func(drop_crl);
    g_autoptr(GPtrArray) paths =
        folder_list(revocation->wish.crls, &revocation->wish.at, problems);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        Crl *crl =
            crl_load(g_ptr_array_index(paths, i), revocation->issuers, &error);
        if (crl != NULL)
            g_ptr_array_add(crls, crl);
        else if (error != NULL)
            problems_warn(problems, NULL, "%s", error->message);
    }
    warn_uncovered(revocation, crls, problems);
    return crls;
}

/* Whether crls hold a list as new as old; *behind: one that is older. */
static bool
reaches(const GPtrArray *crls, const Crl *old, Crl **behind)
{
    bool reached = false;
    *behind = NULL;
    for (guint i = 0; i < crls->len; i++) {
        Crl *crl = g_ptr_array_index(crls, i);
        if (crl_is_behind(crl, old))
            *behind = crl;
        else
            reached = reached || crl_is_same(crl, old);
    }
    return reached;
}

/* A list whose number went back may be an old one played again: the one we
 * had speaks on in its place. */
static void
keep_newer(const Revocation *revocation, GPtrArray *crls, Problems *problems)
{
    for (guint i = 0; i < revocation->crls->len; i++) {
        Crl *old = g_ptr_array_index(revocation->crls, i);
        Crl *behind = NULL;
        bool replaced = false;
        while (!reaches(crls, old, &behind) && behind != NULL) {
            g_autofree char *text = crl_describe(behind);
            g_autofree char *kept = crl_describe(old);
            problems_warn(problems, NULL, "%s: its number went back; kept: %s",
                          text, kept);
            g_ptr_array_remove(crls, behind);
            replaced = true;
        }
        if (replaced)
            g_ptr_array_add(crls, crl_ref(old));
    }
}

static struct timespec
get_change(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return (struct timespec){0};
    return status.st_mtim;
}

/* A file replaced by rename changes its folder, which is what a PKI's copy
 * job does; one rewritten in place is seen by a reload. */
static void
reread_crls(Revocation *revocation)
{
    if (revocation->wish.crls == NULL)
        return;
    struct timespec changed = get_change(revocation->wish.crls);
    if (changed.tv_sec == revocation->crls_changed.tv_sec &&
        changed.tv_nsec == revocation->crls_changed.tv_nsec)
        return;
    revocation->crls_changed = changed;
    revocation->generation++;
    g_autoptr(Problems) problems = problems_new();
    GPtrArray *crls = load_crls(revocation, problems);
    keep_newer(revocation, crls, problems);
    g_ptr_array_unref(revocation->crls);
    revocation->crls = crls;
    const char *line;
    for (unsigned i = 0; (line = problems_get(problems, i)) != NULL; i++)
        log_event(LOG_LEVEL_WARNING, "crl", "trust", revocation->wish.name,
                  "problem", line, NULL);
}

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
    revocation->issuers = issuers;
    g_mutex_init(&revocation->lock);
    choose_rule(revocation, problems);
    if (wish->crls != NULL) {
        revocation->crls_changed = get_change(wish->crls);
        revocation->crls = load_crls(revocation, problems);
    } else {
        revocation->crls = g_ptr_array_new_with_free_func(drop_crl);
    }
    return revocation;
}

void
revocation_free(Revocation *revocation)
{
    if (revocation == NULL)
        return;
    g_clear_pointer(&revocation->crls, g_ptr_array_unref);
    g_mutex_clear(&revocation->lock);
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
           const Certificate *issuer, gint64 now_s, const Crl **judge,
           char **reason)
{
    switch (crl_check(revocation->crls, link, issuer, now_s, judge)) {
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
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&revocation->lock);
    (void)locker;
    reread_crls(revocation);
    CertClass worst = CERT_FOUND;
    for (guint i = 0; i + 1 < chain->len; i++) {
        char *why = NULL;
        const Crl *judge = NULL;
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
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&revocation->lock);
    (void)locker;
    reread_crls(revocation);
    return revocation->generation;
}
