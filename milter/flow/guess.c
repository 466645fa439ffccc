/* SPDX-License-Identifier: BSD-2-Clause */
/* Guess: the plan a message will probably get, before its body has come. */
#include "flow/guess.h"

#include "flow/describe.h"
#include "smime/sign.h"

#include <string.h>

/* A smaller message is sooner done at its end than guessed at. */
#define FROM_BYTES  131072
#define CHUNK_BYTES 65536

struct Guess {
    bool made;
    Found *found;
    Stream *stream;
};

Guess *
guess_new(void)
{
    return g_new0(Guess, 1);
}

void
guess_free(Guess *guess)
{
    if (guess == NULL)
        return;
    stream_free(guess->stream);
    find_free(guess->found);
    g_free(guess);
}

Found *
guess_get_found(const Guess *guess)
{
    return guess->found;
}

Stream *
guess_get_stream(const Guess *guess)
{
    return guess->stream;
}

/* --- the plan ---------------------------------------------------------- */

/* A body without anything to note. */
static Outline *
make_outline(void)
{
    Outline *outline = g_new0(Outline, 1);
    outline->cms_recipients = g_ptr_array_new();
    outline->inner_fields = g_ptr_array_new();
    return outline;
}

/* What its sender has protected will get another plan. */
static bool
is_protected(const Message *message)
{
    const char *type = message_find(message, "Content-Type", 0);
    g_autofree char *folded = g_ascii_strdown(type != NULL ? type : "", -1);
    return strstr(folded, "pkcs7") != NULL ||
           strstr(folded, "multipart/signed") != NULL ||
           strstr(folded, "multipart/encrypted") != NULL;
}

static bool
signs(const PlanGroup *group)
{
    return group->treatment == TREAT_SIGN ||
           group->treatment == TREAT_SIGN_ENCRYPT;
}

static bool
encrypts(const PlanGroup *group)
{
    return group->treatment == TREAT_ENCRYPT ||
           group->treatment == TREAT_SIGN_ENCRYPT;
}

/* Content that is more than the message's own is not begun early. */
static bool
is_plain(const Form *form)
{
    return !form->opaque && !form->protect &&
           form->subject == WANT_SUBJECT_KEPT;
}

static Stream *
begin(const FindQuestion *question, const Found *found, const Plan *plan)
{
    if (plan->verdict != PLAN_DELIVER || plan->groups->len == 0)
        return NULL;
    const PlanGroup *first = g_ptr_array_index(plan->groups, 0);
    bool sign = signs(first) && found->key.signer != NULL;
    if ((!sign && !encrypts(first)) || !is_plain(&first->form))
        return NULL;
    const SigningSettings *signing = question->setup->signing;
    const StreamWish wish = {
        .message = question->message,
        .spool = question->setup->spool,
        .digest =
            sign ? sign_choose_digest(signer_get_certificate(found->key.signer),
                                      signing->digest)
                 : NULL,
        .certificates = encrypts(first) ? first->certificates : NULL,
        .encryption = first->form.encryption,
    };
    return stream_new(&wish);
}

static void
make(Guess *guess, const FindQuestion *question)
{
    if (is_protected(question->message))
        return;
    g_autoptr(Outline) outline = make_outline();
    PolicyFacts *facts = describe_message(
        question->setup, question->envelope, question->message, question->right,
        outline, spool_get_size(question->body));
    g_autoptr(GPtrArray) decisions =
        policy_evaluate_all(question->setup->policy, facts);
    FindQuestion guessed = *question;
    guessed.state = NULL;
    guessed.outline = outline;
    guessed.unreadable = false;
    guessed.decisions = decisions;
    guess->found = find_all(&guessed, NULL);
    g_autoptr(Plan) plan =
        guess->found != NULL ? find_make_plan(&guessed, guess->found) : NULL;
    if (plan != NULL)
        guess->stream = begin(question, guess->found, plan);
    policy_facts_free(facts);
}

/* --- the body ---------------------------------------------------------- */

/* The stream gets the body from its first byte. */
static void
catch_up(Stream *stream, const Spool *body)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    ssize_t got = 0;
    while ((got = spool_read_at(body, offset, buffer, CHUNK_BYTES, NULL)) > 0) {
        stream_write(stream, buffer, (gsize)got);
        offset += (guint64)got;
    }
}

void
guess_write(Guess *guess, const FindQuestion *question, const void *bytes,
            gsize size_bytes)
{
    if (guess->stream != NULL) {
        stream_write(guess->stream, bytes, size_bytes);
        return;
    }
    if (guess->made || spool_get_size(question->body) < FROM_BYTES)
        return;
    guess->made = true;
    make(guess, question);
    if (guess->stream != NULL)
        catch_up(guess->stream, question->body);
}
