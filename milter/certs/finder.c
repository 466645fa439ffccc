/* SPDX-License-Identifier: BSD-2-Clause */
/* Finder: asks the sources of a domain and answers by class. */
#include "certs/finder.h"

#include "base/clock.h"
#include "base/mailbox.h"
#include "certs/asker.h"
#include "certs/choose.h"
#include "certs/source.h"
#include "certs/source_directory.h"
#include "certs/source_files.h"
#include "certs/trust.h"

#include <string.h>

struct Finder {
    GPtrArray *sources; /* Source *, in the order of the file */
    Asker **askers;     /* one per source; NULL: it is asked directly */
    Trust *trust;
};

void
cert_answer_free(CertAnswer *answer)
{
    if (answer == NULL)
        return;
    g_ptr_array_unref(answer->candidates);
    g_clear_pointer(&answer->certificates, g_ptr_array_unref);
    g_ptr_array_unref(answer->asked);
    g_free(answer->address);
    g_free(answer->reason);
    g_free(answer);
}

const char *
cert_class_get_name(CertClass class)
{
    switch (class) {
    case CERT_FOUND:
        return "found";
    case CERT_NONE:
        return "none";
    case CERT_UNUSABLE:
        return "unusable";
    case CERT_REVOKED:
        return "revoked";
    case CERT_ON_HOLD:
        return "on-hold";
    case CERT_REVOCATION_UNKNOWN:
        return "revocation-unknown";
    case CERT_LOST:
        return "lost";
    case CERT_AMBIGUOUS:
        return "ambiguous";
    case CERT_DIRECTORY_DOWN:
        break;
    }
    return "directory-down";
}

/* --- making ------------------------------------------------------------ */

static void
drop_source(gpointer pointer)
{
    Source *source = pointer;
    source->destroy(source);
}

static int
compare_sources(gconstpointer a, gconstpointer b)
{
    const Source *left = *(Source *const *)a;
    const Source *right = *(Source *const *)b;
    return left->line < right->line ? -1 : left->line > right->line;
}

static void
add_sources(Finder *finder, const Settings *settings, Problems *problems)
{
    const GPtrArray *directories =
        settings_get_all(settings, directory_settings.block);
    for (guint i = 0; i < directories->len; i++)
        g_ptr_array_add(finder->sources,
                        source_directory_new(g_ptr_array_index(directories, i),
                                             settings, problems));
    const GPtrArray *folders =
        settings_get_all(settings, certificates_settings.block);
    for (guint i = 0; i < folders->len; i++)
        g_ptr_array_add(
            finder->sources,
            source_files_new(g_ptr_array_index(folders, i), problems));
    g_ptr_array_sort(finder->sources, compare_sources);
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
finder_new(const Settings *settings, Problems *problems)
{
    Finder *finder = g_new0(Finder, 1);
    finder->sources = g_ptr_array_new_with_free_func(drop_source);
    finder->trust = trust_new(settings, problems);
    add_sources(finder, settings, problems);
    finder->askers = g_new0(Asker *, finder->sources->len);
    for (guint i = 0; i < finder->sources->len; i++) {
        Source *source = g_ptr_array_index(finder->sources, i);
        finder->askers[i] = source->local ? NULL : asker_new(source);
    }
    check_source_names(finder, problems);
    return finder;
}

void
finder_free(Finder *finder)
{
    if (finder == NULL)
        return;
    for (guint i = 0; i < finder->sources->len; i++)
        asker_free(finder->askers[i]);
    g_free(finder->askers);
    g_ptr_array_unref(finder->sources);
    trust_free(finder->trust);
    g_free(finder);
}

/* --- asking ------------------------------------------------------------ */

/* What is known of one address while the sources answer. */
typedef struct {
    CertAnswer *answer;
    char *silent;    /* why a source could not be asked, or NULL */
    char *ambiguous; /* why an address is not one person's, or NULL */
} Question;

static void
drop_candidate(gpointer candidate)
{
    choose_candidate_free(candidate);
}

static void
free_asked(gpointer pointer)
{
    CertAsked *asked = pointer;
    g_free(asked->source);
    g_free(asked->server);
    g_free(asked->filter);
    g_free(asked->entry);
    g_free(asked->reason);
    g_free(asked);
}

static void
start_question(Question *question, const char *address)
{
    question->answer = g_new0(CertAnswer, 1);
    question->answer->address = g_strdup(address);
    question->answer->candidates =
        g_ptr_array_new_with_free_func(drop_candidate);
    question->answer->asked = g_ptr_array_new_with_free_func(free_asked);
    question->silent = question->ambiguous = NULL;
}

/* The first source in order that has a usable one has spoken for all. */
static bool
is_settled(const Question *question)
{
    return question->answer->certificate != NULL || question->ambiguous != NULL;
}

static bool
concerns(const Source *source, const Question *question)
{
    return !is_settled(question) &&
           (source->domains[0] == NULL ||
            mailbox_matches_any(question->answer->address, source->domains));
}

static void
note_asked(const Source *source, const SourceAnswer *from, Question *question)
{
    CertAsked *asked = g_new0(CertAsked, 1);
    asked->source = g_strdup(source->name);
    asked->server = g_strdup(from->server);
    asked->filter = g_strdup(from->filter);
    asked->entry = g_strdup(from->entry);
    asked->reason = g_strdup(from->reason);
    g_ptr_array_add(question->answer->asked, asked);
}

static void
choose_certificates(const Finder *finder, const Source *source,
                    CertAnswer *answer)
{
    const char *domain = mailbox_get_domain(answer->address);
    TrustRule rule = trust_find_rule(finder->trust, domain, source->name);
    g_autoptr(GPtrArray) list =
        choose_list(answer->candidates, rule.all_devices);
    if (list->len == 0)
        return;
    answer->certificate = g_ptr_array_index(list, 0);
    answer->capable = choose_get_capable(answer->candidates, list);
    answer->certificates = g_steal_pointer(&list);
}

static void
take_answer(Finder *finder, const Source *source, const SourceAnswer *from,
            Question *question)
{
    note_asked(source, from, question);
    switch (from->state) {
    case SOURCE_ANSWERED:
        break;
    case SOURCE_AMBIGUOUS:
        question->ambiguous = g_strdup(from->reason);
        return;
    case SOURCE_SILENT:
        if (question->silent == NULL)
            question->silent = g_strdup(from->reason);
        return;
    }
    GPtrArray *candidates = question->answer->candidates;
    for (guint i = 0; i < from->values->len; i++)
        g_ptr_array_add(
            candidates,
            choose_judge(finder->trust, question->answer->address, source, from,
                         g_ptr_array_index(from->values, i), clock_now()));
    choose_sort(candidates);
    choose_certificates(finder, source, question->answer);
}

/* --- all of them together ---------------------------------------------- */

/* What one source is asked. */
typedef struct {
    guint *indexes; /* of the questions */
    const char **addresses;
    guint count;
    AskerSearch *search; /* NULL: not begun */
} Round;

static void
fill_round(Round *round, const Source *source, const Question *questions,
           guint count)
{
    round->indexes = g_new0(guint, count);
    round->addresses = g_new0(const char *, count);
    for (guint i = 0; i < count; i++) {
        if (!concerns(source, &questions[i]))
            continue;
        round->addresses[round->count] = questions[i].answer->address;
        round->indexes[round->count++] = i;
    }
}

static void
clear_round(Round *round)
{
    if (round->search != NULL)
        asker_drop(round->search);
    g_free(round->indexes);
    g_free(round->addresses);
}

/* All that must be waited for, from the first on, at the same time. */
static void
begin_rounds(const Finder *finder, Round *rounds, guint first,
             const Question *questions, guint count, gint64 deadline_us)
{
    for (guint i = first; i < finder->sources->len; i++) {
        if (finder->askers[i] == NULL)
            continue;
        Round *round = &rounds[i];
        fill_round(round, g_ptr_array_index(finder->sources, i), questions,
                   count);
        if (round->count > 0)
            round->search = asker_begin(finder->askers[i], round->addresses,
                                        round->count, deadline_us);
    }
}

static void
ask_directly(Finder *finder, Source *source, Question *questions, guint count,
             gint64 deadline_us)
{
    Round round = {0};
    fill_round(&round, source, questions, count);
    g_autofree SourceAnswer *answers = g_new0(SourceAnswer, round.count);
    for (guint i = 0; i < round.count; i++)
        source_answer_init(&answers[i]);
    if (round.count > 0)
        source->find(source, round.addresses, round.count, deadline_us,
                     answers);
    for (guint i = 0; i < round.count; i++) {
        take_answer(finder, source, &answers[i], &questions[round.indexes[i]]);
        source_answer_clear(&answers[i]);
    }
    clear_round(&round);
}

static void
take_silence(Finder *finder, const Source *source, Question *question)
{
    SourceAnswer silence;
    source_answer_init(&silence);
    source_answer_set(
        &silence, SOURCE_SILENT,
        g_strdup_printf("%s did not answer in time", source->name));
    take_answer(finder, source, &silence, question);
    source_answer_clear(&silence);
}

/* Waits for a source only while it can still change an answer. */
static void
end_round(Finder *finder, const Source *source, const Round *round,
          Question *questions, gint64 deadline_us)
{
    bool needed = false;
    for (guint i = 0; i < round->count; i++)
        needed = needed || !is_settled(&questions[round->indexes[i]]);
    if (!needed)
        return;
    const SourceAnswer *answers = asker_wait(round->search, deadline_us);
    for (guint i = 0; i < round->count; i++) {
        Question *question = &questions[round->indexes[i]];
        if (is_settled(question))
            continue;
        if (answers != NULL)
            take_answer(finder, source, &answers[i], question);
        else
            take_silence(finder, source, question);
    }
}

/* The sources speak in their order, but those that make us wait are all asked
 * when the first of them is. A source in memory before them may settle the
 * matter without anybody being asked. */
static void
ask_sources(Finder *finder, Question *questions, guint count,
            gint64 deadline_us)
{
    guint sources = finder->sources->len;
    g_autofree Round *rounds = g_new0(Round, sources);
    bool begun = false;
    for (guint i = 0; i < sources; i++) {
        Source *source = g_ptr_array_index(finder->sources, i);
        if (finder->askers[i] == NULL) {
            ask_directly(finder, source, questions, count, deadline_us);
            continue;
        }
        if (!begun)
            begin_rounds(finder, rounds, i, questions, count, deadline_us);
        begun = true;
        end_round(finder, source, &rounds[i], questions, deadline_us);
    }
    for (guint i = 0; i < sources; i++)
        clear_round(&rounds[i]);
}

static char *
describe_best(const GPtrArray *candidates, CertClass class)
{
    for (guint i = 0; i < candidates->len; i++) {
        const CertCandidate *each = g_ptr_array_index(candidates, i);
        if (each->class == class && each->reason != NULL)
            return g_strdup(each->reason);
    }
    return NULL;
}

static CertAnswer *
conclude(Question *question)
{
    CertAnswer *answer = question->answer;
    if (answer->certificate != NULL) {
        answer->class = CERT_FOUND;
    } else if (question->ambiguous != NULL) {
        answer->class = CERT_AMBIGUOUS;
        answer->reason = g_steal_pointer(&question->ambiguous);
    } else if (question->silent != NULL) {
        /* The silent one may have had it: none is not what we know. */
        answer->class = CERT_DIRECTORY_DOWN;
        answer->reason = g_steal_pointer(&question->silent);
    } else {
        answer->class = choose_get_class(answer->candidates);
        answer->reason = describe_best(answer->candidates, answer->class);
    }
    g_free(question->silent);
    g_free(question->ambiguous);
    return answer;
}

static void
drop_answer(gpointer answer)
{
    cert_answer_free(answer);
}

GPtrArray *
finder_find(Finder *finder, char *const *addresses, gint64 deadline_us)
{
    guint count = g_strv_length((char **)(guintptr)addresses);
    g_autofree Question *questions = g_new0(Question, count);
    for (guint i = 0; i < count; i++)
        start_question(&questions[i], addresses[i]);
    ask_sources(finder, questions, count, deadline_us);
    GPtrArray *answers = g_ptr_array_new_with_free_func(drop_answer);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(answers, conclude(&questions[i]));
    return answers;
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

void
finder_check_domains(const Finder *finder, char *const *domains,
                     const Position *at, Problems *problems)
{
    trust_check_domains(finder->trust, domains, at, problems);
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
