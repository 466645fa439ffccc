/* SPDX-License-Identifier: BSD-2-Clause */
/* Finder: asks the sources of a domain and answers by class. */
#include "certs/finder.h"

#include "base/clock.h"
#include "certs/asker.h"
#include "certs/cache.h"
#include "certs/gateway.h"
#include "certs/inquiry.h"
#include "certs/source.h"
#include "certs/source_directory.h"
#include "certs/source_files.h"
#include "certs/source_gateway.h"
#include "certs/trust.h"

struct Finder {
    GPtrArray *sources; /* Source *, in the order of the file */
    Asker **askers;     /* one per source; NULL: it is asked directly */
    CacheEar *ears;     /* one per source: where its asker tells */
    Trust *trust;
    Cache *cache;
    InquiryRule rule;
};

/* --- making ------------------------------------------------------------ */

static void
drop_source(gpointer pointer)
{
    Source *source = pointer;
    source->destroy(source);
}

/* In the order of the file, but for gateways: they speak when all others
 * have. */
static int
compare_sources(gconstpointer a, gconstpointer b)
{
    const Source *left = *(Source *const *)a;
    const Source *right = *(Source *const *)b;
    if (left->gateway != right->gateway)
        return left->gateway ? 1 : -1;
    return left->at.line < right->at.line ? -1 : left->at.line > right->at.line;
}

static void
add_sources(GPtrArray *sources, const Settings *settings, Problems *problems)
{
    const GPtrArray *directories =
        settings_get_all(settings, directory_settings.block);
    for (guint i = 0; i < directories->len; i++)
        g_ptr_array_add(sources,
                        source_directory_new(g_ptr_array_index(directories, i),
                                             settings, problems));
    const GPtrArray *folders =
        settings_get_all(settings, certificates_settings.block);
    for (guint i = 0; i < folders->len; i++)
        g_ptr_array_add(
            sources, source_files_new(g_ptr_array_index(folders, i), problems));
    const GPtrArray *gateways =
        settings_get_all(settings, gateway_settings.block);
    for (guint i = 0; i < gateways->len; i++)
        g_ptr_array_add(sources, source_gateway_new(
                                     g_ptr_array_index(gateways, i), problems));
    g_ptr_array_sort(sources, compare_sources);
}

static void
check_source_names(const Finder *finder, Problems *problems)
{
    g_autofree const char **names =
        g_new0(const char *, finder->sources->len + 1);
    for (guint i = 0; i < finder->sources->len; i++)
        names[i] = ((Source *)g_ptr_array_index(finder->sources, i))->name;
    trust_check_sources(finder->trust, names, problems);
}

Finder *
finder_new_with(GPtrArray *sources, const Settings *settings,
                Problems *problems)
{
    const LookupSettings *lookup =
        settings_get(settings, lookup_settings.block);
    Finder *finder = g_new0(Finder, 1);
    finder->sources = sources;
    finder->trust = trust_new(settings, problems);
    finder->cache = cache_new(lookup, sources->len);
    finder->rule = (InquiryRule){
        .trust = finder->trust, .cache = finder->cache, .merge = lookup->merge};
    finder->askers = g_new0(Asker *, sources->len);
    finder->ears = g_new0(CacheEar, sources->len);
    for (guint i = 0; i < sources->len; i++) {
        Source *source = g_ptr_array_index(sources, i);
        finder->ears[i] = (CacheEar){.cache = finder->cache, .source = i};
        finder->askers[i] =
            source->local ? NULL
                          : asker_new(source, cache_hear, &finder->ears[i]);
    }
    check_source_names(finder, problems);
    gateway_check(sources, finder->trust, problems);
    return finder;
}

Finder *
finder_new(const Settings *settings, Problems *problems)
{
    GPtrArray *sources = g_ptr_array_new_with_free_func(drop_source);
    add_sources(sources, settings, problems);
    return finder_new_with(sources, settings, problems);
}

void
finder_free(Finder *finder)
{
    if (finder == NULL)
        return;
    cache_close(finder->cache);
    for (guint i = 0; i < finder->sources->len; i++)
        asker_free(finder->askers[i]);
    g_free(finder->askers);
    cache_free(finder->cache);
    g_free(finder->ears);
    g_ptr_array_unref(finder->sources);
    trust_free(finder->trust);
    denials_unref(finder->rule.denials);
    g_free(finder);
}

void
finder_set_denials(Finder *finder, Denials *denials)
{
    denials_unref(finder->rule.denials);
    finder->rule.denials = denials != NULL ? denials_ref(denials) : NULL;
}

/* --- asking ------------------------------------------------------------ */

/* What one source is asked. */
typedef struct {
    guint *indexes; /* of the inquiries */
    const char **addresses;
    guint count;
    CacheHold *holds; /* NULL: not begun */
} Round;

/* All that is asked together. */
typedef struct {
    Finder *finder;
    Inquiry **inquiries;
    guint count;
    gint64 deadline_us;
    bool fresh;    /* what is known does not count */
    bool wait;     /* for what the sources say */
    Round *rounds; /* one per source */
} Asking;

static void
fill_round(const Asking *asking, guint source)
{
    Round *round = &asking->rounds[source];
    round->indexes = g_new0(guint, asking->count);
    round->addresses = g_new0(const char *, asking->count);
    for (guint i = 0; i < asking->count; i++) {
        const Inquiry *inquiry = asking->inquiries[i];
        if (!inquiry_concerns(
                inquiry, g_ptr_array_index(asking->finder->sources, source)))
            continue;
        round->addresses[round->count] = inquiry_get_address(inquiry);
        round->indexes[round->count++] = i;
    }
}

static void
clear_round(Round *round)
{
    for (guint i = 0; round->holds != NULL && i < round->count; i++)
        cache_hold_clear(&round->holds[i]);
    g_free(round->holds);
    g_free(round->indexes);
    g_free(round->addresses);
}

/* Whether one source alone is to be waited for, from the first on. */
static bool
is_lone(const Asking *asking, guint first)
{
    guint asked = 0;
    for (guint i = first; i < asking->finder->sources->len; i++)
        asked += asking->rounds[i].count > 0 ? 1 : 0;
    return asked == 1;
}

/* All that must be waited for, from the first on, at the same time. */
static void
begin_rounds(const Asking *asking, guint first)
{
    Finder *finder = asking->finder;
    for (guint i = first; i < finder->sources->len; i++)
        if (finder->askers[i] != NULL)
            fill_round(asking, i);
    bool lazy = asking->wait && is_lone(asking, first);
    for (guint i = first; i < finder->sources->len; i++) {
        Round *round = &asking->rounds[i];
        round->holds = g_new0(CacheHold, round->count);
        if (round->count > 0)
            cache_ask(finder->cache, i, finder->askers[i], round->addresses,
                      round->count, asking->deadline_us, asking->fresh, lazy,
                      round->holds);
    }
}

static void
ask_directly(const Asking *asking, guint at)
{
    Source *source = g_ptr_array_index(asking->finder->sources, at);
    fill_round(asking, at);
    const Round *round = &asking->rounds[at];
    g_autofree SourceAnswer *answers = g_new0(SourceAnswer, round->count);
    for (guint i = 0; i < round->count; i++)
        source_answer_init(&answers[i]);
    if (round->count > 0)
        source->find(source, round->addresses, round->count,
                     asking->deadline_us, answers);
    for (guint i = 0; i < round->count; i++) {
        inquiry_take(asking->inquiries[round->indexes[i]], source, &answers[i],
                     false);
        source_answer_clear(&answers[i]);
    }
}

static void
take_answer(const Asking *asking, guint at, Inquiry *inquiry,
            const SourceAnswer *answer, bool known)
{
    const Source *source = g_ptr_array_index(asking->finder->sources, at);
    g_autoptr(SourceAnswer) stale =
        answer->state == SOURCE_SILENT && !asking->fresh
            ? cache_find_stale(asking->finder->cache, at,
                               inquiry_get_address(inquiry))
            : NULL;
    if (stale != NULL)
        inquiry_take_stale(inquiry, source, stale, answer);
    else
        inquiry_take(inquiry, source, answer, known);
}

/* Waits for a source only while it can still change an answer. */
static void
end_round(const Asking *asking, guint at)
{
    const Source *source = g_ptr_array_index(asking->finder->sources, at);
    const Round *round = &asking->rounds[at];
    for (guint i = 0; i < round->count; i++) {
        Inquiry *inquiry = asking->inquiries[round->indexes[i]];
        const CacheHold *hold = &round->holds[i];
        if (inquiry_is_settled(inquiry))
            continue;
        if (hold->known != NULL) {
            take_answer(asking, at, inquiry, hold->known, true);
            continue;
        }
        SourceAnswer *const *answers =
            asker_wait(hold->search, asking->deadline_us);
        if (answers != NULL)
            take_answer(asking, at, inquiry, answers[hold->index], false);
        else
            inquiry_take_silence(inquiry, source);
    }
}

/* The sources speak in their order, but those that make us wait are all asked
 * when the first of them is. A source in memory before them may settle the
 * matter without anybody being asked. wait: for what they say. */
static void
ask_sources(Asking *asking, bool wait)
{
    const Finder *finder = asking->finder;
    guint sources = finder->sources->len;
    asking->rounds = g_new0(Round, sources);
    asking->wait = wait;
    bool begun = false;
    for (guint i = 0; i < sources && (wait || !begun); i++) {
        if (finder->askers[i] == NULL) {
            ask_directly(asking, i);
            continue;
        }
        if (!begun)
            begin_rounds(asking, i);
        begun = true;
        if (wait)
            end_round(asking, i);
    }
    for (guint i = 0; i < sources; i++)
        clear_round(&asking->rounds[i]);
    g_free(asking->rounds);
}

/* --- verdicts ---------------------------------------------------------- */

/* Another number whenever the same answers may come to another verdict, or a
 * source in memory may give another one; not with time alone. Whatever else
 * bears upon a verdict adds its own number here: all of them only grow. */
static guint64
get_stamp(const Finder *finder)
{
    guint64 sum = trust_get_generation(finder->trust) +
                  denials_get_generation(finder->rule.denials);
    for (guint i = 0; i < finder->sources->len; i++) {
        Source *source = g_ptr_array_index(finder->sources, i);
        if (source->get_generation != NULL)
            sum += source->get_generation(source);
    }
    return sum;
}

static void
drop_inquiries(const Asking *asking)
{
    for (guint i = 0; i < asking->count; i++)
        inquiry_free(asking->inquiries[i]);
    g_free(asking->inquiries);
}

/* Those of addresses (count of them) that have no verdict yet. */
static Asking
begin_asking(Finder *finder, char *const *addresses,
             CertAnswer *const *verdicts, guint count, gint64 deadline_us)
{
    Asking asking = {.finder = finder, .deadline_us = deadline_us};
    asking.inquiries = g_new0(Inquiry *, count);
    for (guint i = 0; i < count; i++)
        if (verdicts[i] == NULL)
            asking.inquiries[asking.count++] =
                inquiry_new(&finder->rule, addresses[i]);
    return asking;
}

/* One pass over those that have no verdict yet. fresh: the last. */
static void
make_verdicts(Finder *finder, char *const *addresses, CertAnswer **verdicts,
              guint count, gint64 deadline_us, bool fresh)
{
    /* Before anything is judged: what changes meanwhile makes it void. */
    guint64 stamp = get_stamp(finder);
    Asking asking =
        begin_asking(finder, addresses, verdicts, count, deadline_us);
    asking.fresh = fresh;
    ask_sources(&asking, true);
    for (guint i = 0, at = 0; i < count; i++) {
        if (verdicts[i] != NULL)
            continue;
        Inquiry *inquiry = asking.inquiries[at++];
        CacheTerm term = {0};
        g_autoptr(CertAnswer) verdict = inquiry_conclude(inquiry, &term);
        term.stamp = stamp;
        if (!fresh && inquiry_is_outdated(inquiry))
            continue;
        cache_keep_verdict(finder->cache, verdict, &term);
        verdicts[i] = g_steal_pointer(&verdict);
    }
    drop_inquiries(&asking);
}

static bool
are_complete(CertAnswer *const *verdicts, guint count)
{
    for (guint i = 0; i < count; i++)
        if (verdicts[i] == NULL)
            return false;
    return true;
}

static void
drop_answer(gpointer answer)
{
    cert_answer_unref(answer);
}

static GPtrArray *
make_answers(guint count)
{
    GPtrArray *answers = g_ptr_array_new_full(count, drop_answer);
    g_ptr_array_set_size(answers, (int)count);
    return answers;
}

static void
take_verdicts(Finder *finder, char *const *addresses, CertAnswer **verdicts,
              guint count)
{
    guint64 stamp = get_stamp(finder);
    for (guint i = 0; i < count; i++)
        verdicts[i] = cache_find_verdict(finder->cache, addresses[i], stamp);
}

GPtrArray *
finder_find(Finder *finder, char *const *addresses, gint64 deadline_us)
{
    guint count = g_strv_length((char **)(guintptr)addresses);
    GPtrArray *answers = make_answers(count);
    CertAnswer **verdicts = (CertAnswer **)answers->pdata;
    take_verdicts(finder, addresses, verdicts, count);
    if (!are_complete(verdicts, count))
        make_verdicts(finder, addresses, verdicts, count, deadline_us, false);
    /* What a certificate stood against is too old to stand alone. */
    if (!are_complete(verdicts, count))
        make_verdicts(finder, addresses, verdicts, count, deadline_us, true);
    return answers;
}

GPtrArray *
finder_find_fresh(Finder *finder, char *const *addresses, gint64 deadline_us)
{
    guint count = g_strv_length((char **)(guintptr)addresses);
    GPtrArray *answers = make_answers(count);
    make_verdicts(finder, addresses, (CertAnswer **)answers->pdata, count,
                  deadline_us, true);
    return answers;
}

GPtrArray *
finder_refresh(Finder *finder, char *const *addresses, gint64 deadline_us)
{
    for (guint i = 0; addresses[i] != NULL; i++)
        cache_drop(finder->cache, addresses[i]);
    return finder_find_fresh(finder, addresses, deadline_us);
}

guint
finder_forget(Finder *finder)
{
    return cache_drop_all(finder->cache);
}

void
finder_prefetch(Finder *finder, char *const *addresses, gint64 deadline_us)
{
    guint count = g_strv_length((char **)(guintptr)addresses);
    g_autoptr(GPtrArray) answers = make_answers(count);
    CertAnswer **verdicts = (CertAnswer **)answers->pdata;
    take_verdicts(finder, addresses, verdicts, count);
    Asking asking =
        begin_asking(finder, addresses, verdicts, count, deadline_us);
    if (asking.count > 0)
        ask_sources(&asking, false);
    drop_inquiries(&asking);
}

void
finder_check(Finder *finder, gint64 deadline_us, Problems *problems)
{
    for (guint i = 0; i < finder->sources->len; i++) {
        Source *source = g_ptr_array_index(finder->sources, i);
        if (source->check != NULL)
            source->check(source, deadline_us, problems);
    }
}

gint64
finder_get_newest_list_s(Finder *finder)
{
    return trust_get_newest_list_s(finder->trust);
}

void
finder_write_status(Finder *finder, Bulletin *bulletin)
{
    for (guint i = 0; i < finder->sources->len; i++) {
        Source *source = g_ptr_array_index(finder->sources, i);
        if (source->write_status != NULL)
            source->write_status(source, bulletin);
    }
    bulletin_begin(bulletin, "cache", NULL);
    bulletin_add_number(bulletin, "addresses", cache_count(finder->cache));
    bulletin_add_number(bulletin, "bytes",
                        (gint64)cache_get_bytes(finder->cache));
    trust_write_status(finder->trust, bulletin);
}

void
finder_check_domains(const Finder *finder, char *const *domains,
                     const Position *at, Problems *problems)
{
    trust_check_domains(finder->trust, domains, at, problems);
    gateway_check_domains(finder->sources, domains, at, problems);
}

Trust *
finder_get_trust(const Finder *finder)
{
    return finder->trust;
}

unsigned
finder_count_sources(const Finder *finder)
{
    return finder->sources->len;
}
