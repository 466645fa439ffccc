/* SPDX-License-Identifier: BSD-2-Clause */
/* Pattern: one regular expression. The room's window on PCRE2. */
#include "policy/pattern.h"

#include "policy/text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Of one match. PCRE2's own match limit starts anew at every place where the
 * search begins, so steps are counted besides, by callouts. */
#define MATCH_LIMIT    100000
#define DEPTH_LIMIT    10000
#define HEAP_LIMIT_KIB 8192
#define STEP_LIMIT     400000

struct Pattern {
    pcre2_code *code;
};

typedef struct {
    guint *budget;
    guint left;
} Steps;

Pattern *
pattern_new(const char *text, bool exact, char **reason)
{
    g_autofree char *stripped =
        exact ? g_strdup(text) : text_strip_pattern(text);
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)stripped, PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS |
                          PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT,
                      &number, &offset, NULL);
    if (code == NULL) {
        PCRE2_UCHAR why[256] = "";
        pcre2_get_error_message(number, why, sizeof why);
        *reason = g_strdup_printf("%s, at its byte %zu", (const char *)why,
                                  (size_t)offset + 1);
        return NULL;
    }
    Pattern *pattern = g_new0(Pattern, 1);
    pattern->code = code;
    return pattern;
}

void
pattern_free(Pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    g_free(pattern);
}

static int
count_step(pcre2_callout_block *block, void *pointer)
{
    (void)block;
    Steps *steps = pointer;
    if (steps->left == 0 || *steps->budget == 0)
        return PCRE2_ERROR_CALLOUT;
    steps->left--;
    (*steps->budget)--;
    return 0;
}

Truth
pattern_match(const Pattern *pattern, const char *text, guint *budget)
{
    Steps steps = {.budget = budget, .left = STEP_LIMIT};
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_match_data *found =
        pcre2_match_data_create_from_pattern(pattern->code, NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (limits != NULL && found != NULL) {
        pcre2_set_match_limit(limits, MATCH_LIMIT);
        pcre2_set_depth_limit(limits, DEPTH_LIMIT);
        pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
        pcre2_set_callout(limits, count_step, &steps);
        result = pcre2_match(pattern->code, (PCRE2_SPTR)text,
                             PCRE2_ZERO_TERMINATED, 0, 0, found, limits);
    }
    pcre2_match_data_free(found);
    pcre2_match_context_free(limits);
    if (result >= 0)
        return TRUTH_TRUE;
    return result == PCRE2_ERROR_NOMATCH ? TRUTH_FALSE : TRUTH_UNKNOWN;
}
