/* SPDX-License-Identifier: BSD-2-Clause */
/* Run cases: policy + facts + expected explanation, each in one file.
 *
 *   run_cases [--update] [FILE.case ...]
 *
 * Without files: all of tests/policy. --update writes what came out as what is
 * expected, to be read before it is committed. A case has three parts, each
 * behind a line "--- policy", "--- facts" or "--- expect"; "--- policy FILE"
 * takes a file of the source tree. What stands before is for people.
 *
 * Facts, one a line: sender, from, login, service, subject, inner-subject,
 * header and inner-header (NAME: VALUE), kind, recipient (ADDRESS inside,
 * outside or unknown), signed, encrypted and submitted (yes, no, unknown),
 * size, now; "unread" for what could not be decoded: subject, from, body or
 * NAME of a header field. */
#include "policy/facts.h"
#include "policy/policy.h"

#include "base/lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *about;
    char *file; /* NULL: the policy stands in the case */
    char *policy;
    char *facts;
    char *expect;
} Case;

static void
case_free(Case *test)
{
    g_free(test->about);
    g_free(test->file);
    g_free(test->policy);
    g_free(test->facts);
    g_free(test->expect);
    g_free(test);
}

/* --- reading ----------------------------------------------------------- */

static Case *
case_parse(const char *text)
{
    Case *test = g_new0(Case, 1);
    g_autoptr(GString) about = g_string_new(NULL);
    g_autoptr(GString) policy = g_string_new(NULL);
    g_autoptr(GString) facts = g_string_new(NULL);
    g_autoptr(GString) expect = g_string_new(NULL);
    GString *part = about;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, "--- policy")) {
            part = policy;
            if (strlen(*line) > 11)
                test->file = g_strdup(*line + 11);
        } else if (strcmp(*line, "--- facts") == 0) {
            part = facts;
        } else if (strcmp(*line, "--- expect") == 0) {
            part = expect;
        } else if (line[1] != NULL || **line != '\0') {
            g_string_append_printf(part, "%s\n", *line);
        }
    }
    test->about = g_strdup(about->str);
    test->policy = g_strdup(policy->str);
    test->facts = g_strdup(facts->str);
    test->expect = g_strdup(expect->str);
    return test;
}

static void
add_text(PolicyTexts *texts, const char *text)
{
    guint count = texts->texts != NULL ? g_strv_length(texts->texts) : 0;
    texts->texts = g_renew(char *, texts->texts, count + 2);
    texts->texts[count] = g_strdup(text);
    texts->texts[count + 1] = NULL;
}

static bool
read_truth(const char *word, const char *yes, Truth *truth)
{
    if (strcmp(word, "unknown") == 0)
        *truth = TRUTH_UNKNOWN;
    else
        *truth = strcmp(word, yes) == 0 ? TRUTH_TRUE : TRUTH_FALSE;
    return true;
}

static bool
add_field(PolicyFacts *facts, const char *value, bool inner)
{
    g_auto(GStrv) parts = g_strsplit(value, ": ", 2);
    if (g_strv_length(parts) != 2)
        return false;
    g_ptr_array_add(inner ? facts->inner_fields : facts->fields,
                    policy_field_new(parts[0], parts[1], false));
    return true;
}

static bool
add_recipient(PolicyFacts *facts, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, " ", 2);
    if (g_strv_length(parts) != 2)
        return false;
    Truth inside = TRUTH_UNKNOWN;
    read_truth(parts[1], "inside", &inside);
    g_ptr_array_add(facts->recipients, policy_recipient_new(parts[0], inside));
    return true;
}

static bool
add_kinds(PolicyFacts *facts, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, " ", -1);
    for (char **word = words; *word != NULL; word++)
        for (const FactKindRow *row = facts_kinds; row->word != NULL; row++)
            if (strcmp(row->word, *word) == 0)
                facts->kinds |= row->kind;
    return true;
}

static bool
add_unread(PolicyFacts *facts, const char *what)
{
    if (strcmp(what, "subject") == 0)
        facts->subject.incomplete = true;
    else if (strcmp(what, "from") == 0)
        facts->from.incomplete = true;
    else if (strcmp(what, "body") == 0)
        facts->inner_incomplete = facts->inner_subject.incomplete = true;
    for (guint i = 0; i < facts->fields->len; i++) {
        PolicyField *field = g_ptr_array_index(facts->fields, i);
        if (strcmp(field->name, what) == 0)
            field->undecodable = true;
    }
    return true;
}

static bool
set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

static bool
add_fact(PolicyFacts *facts, const char *name, const char *value)
{
    if (strcmp(name, "sender") == 0)
        return set_text(&facts->sender, value);
    if (strcmp(name, "login") == 0)
        return set_text(&facts->login, value);
    if (strcmp(name, "service") == 0)
        return set_text(&facts->service, value);
    if (strcmp(name, "header") == 0 || strcmp(name, "inner-header") == 0)
        return add_field(facts, value, *name == 'i');
    if (strcmp(name, "recipient") == 0)
        return add_recipient(facts, value);
    if (strcmp(name, "kind") == 0)
        return add_kinds(facts, value);
    if (strcmp(name, "unread") == 0)
        return add_unread(facts, value);
    if (strcmp(name, "signed") == 0)
        return read_truth(value, "yes", &facts->is_signed);
    if (strcmp(name, "encrypted") == 0)
        return read_truth(value, "yes", &facts->is_encrypted);
    if (strcmp(name, "submitted") == 0)
        return read_truth(value, "yes", &facts->submitted);
    if (strcmp(name, "now") == 0)
        return g_ascii_string_to_signed(value, 10, 0, G_MAXINT64, &facts->now_s,
                                        NULL);
    if (strcmp(name, "size") == 0)
        return (facts->size_known =
                    lexer_parse_size(value, &facts->size_bytes));
    PolicyTexts *texts = strcmp(name, "from") == 0      ? &facts->from
                         : strcmp(name, "subject") == 0 ? &facts->subject
                         : strcmp(name, "inner-subject") == 0
                             ? &facts->inner_subject
                             : NULL;
    if (texts != NULL)
        add_text(texts, value);
    return texts != NULL;
}

/* NULL: a line cannot be read; told. */
static PolicyFacts *
read_facts(const char *path, const char *text)
{
    g_autoptr(PolicyFacts) facts = policy_facts_new();
    facts->now_s = 0;
    facts->is_signed = facts->is_encrypted = TRUTH_FALSE;
    facts->submitted = TRUTH_FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '\0')
            continue;
        g_auto(GStrv) parts = g_strsplit(*line, ":", 2);
        if (g_strv_length(parts) != 2 ||
            !add_fact(facts, parts[0], g_strstrip(parts[1]))) {
            fprintf(stderr, "%s: no fact: %s\n", path, *line);
            return NULL;
        }
    }
    return g_steal_pointer(&facts);
}

/* --- running ----------------------------------------------------------- */

static const char *
get_source_folder(void)
{
    const char *folder = g_getenv("srcdir");
    return folder != NULL ? folder : ".";
}

static Policy *
load_policy(const Case *test, Problems *problems)
{
    if (test->file == NULL)
        return policy_parse("policy", test->policy, strlen(test->policy),
                            problems);
    g_autofree char *path =
        g_build_filename(get_source_folder(), test->file, NULL);
    g_autofree char *text = NULL;
    gsize size_bytes = 0;
    if (!g_file_get_contents(path, &text, &size_bytes, NULL))
        return policy_load(path, problems);
    /* As it is called in the source tree, wherever that is. */
    return policy_parse(test->file, text, size_bytes, problems);
}

/* What comes out: the mistakes, or the decision for each recipient. */
static char *
run_case(const char *path, const Case *test)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Policy) policy = load_policy(test, problems);
    for (unsigned i = 0; problems_get(problems, i) != NULL; i++)
        g_string_append_printf(out, "%s\n", problems_get(problems, i));
    g_autoptr(PolicyFacts) facts = read_facts(path, test->facts);
    if (facts == NULL)
        return NULL;
    for (guint i = 0;
         problems_count(problems) == 0 && i < facts->recipients->len; i++) {
        const PolicyRecipient *recipient =
            g_ptr_array_index(facts->recipients, i);
        g_autoptr(PolicyDecision) decision = policy_evaluate(policy, facts, i);
        g_autofree char *text = policy_explain(decision);
        g_string_append_printf(out, "* %s\n%s", recipient->address, text);
    }
    return g_strdup(out->str);
}

static bool
update_case(const char *path, const Case *test, const char *out)
{
    g_autofree char *first = test->file != NULL
                                 ? g_strdup_printf(" %s\n", test->file)
                                 : g_strdup_printf("\n%s", test->policy);
    g_autofree char *text =
        g_strdup_printf("%s--- policy%s--- facts\n%s--- expect\n%s",
                        test->about, first, test->facts, out);
    return g_file_set_contents(path, text, -1, NULL);
}

static bool
check_case(const char *path, bool update)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    Case *test = case_parse(text);
    g_autofree char *out = run_case(path, test);
    bool same = out != NULL && strcmp(out, test->expect) == 0;
    if (!same && out != NULL && update)
        same = update_case(path, test, out);
    else if (!same && out != NULL)
        fprintf(stderr, "%s\n--- expected\n%s--- came out\n%s", path,
                test->expect, out);
    case_free(test);
    printf("%s %s\n", same ? "ok" : "FAILED", path);
    return same;
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
find_cases(void)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path =
        g_build_filename(get_source_folder(), "tests", "policy", NULL);
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
        if (g_str_has_suffix(name, ".case"))
            g_ptr_array_add(paths, g_build_filename(path, name, NULL));
    if (folder != NULL)
        g_dir_close(folder);
    g_ptr_array_sort(paths, compare_names);
    return paths;
}

int
main(int argc, char **argv)
{
    bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
    int first = update ? 2 : 1;
    g_autoptr(GPtrArray) paths =
        first < argc ? g_ptr_array_new() : find_cases();
    for (int i = first; i < argc; i++)
        g_ptr_array_add(paths, argv[i]);
    unsigned failed = 0;
    for (guint i = 0; i < paths->len; i++)
        if (!check_case(g_ptr_array_index(paths, i), update))
            failed++;
    printf("%u cases, %u failed\n", paths->len, failed);
    /* No case at all is no success. */
    return failed > 0 || paths->len == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
