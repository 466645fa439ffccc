/* SPDX-License-Identifier: BSD-2-Clause */
/* Orders: tokens to the orders of a rule. */
#include "policy/orders.h"

#include <string.h>

#define KNOWN_LIMIT 32

static bool
fail_later(Reader *reader)
{
    return reader_fail(reader, "\"%s\" comes in a later version",
                       lexer_peek(reader->lexer)->text);
}

static bool
is_later(const Reader *reader)
{
    const Token *token = lexer_peek(reader->lexer);
    return token->kind == TOKEN_WORD && actions_is_later(token->text);
}

static const ActionRow *
parse_action(Reader *reader)
{
    const Token *token = lexer_peek(reader->lexer);
    const ActionRow *row =
        token->kind == TOKEN_WORD ? actions_find(token->text) : NULL;
    if (row != NULL) {
        lexer_next(reader->lexer);
        return row;
    }
    if (is_later(reader)) {
        fail_later(reader);
        return NULL;
    }
    const char *known[KNOWN_LIMIT] = {NULL};
    gsize count = 0;
    for (row = actions_table; row->name != NULL && count < KNOWN_LIMIT - 1;
         row++)
        known[count++] = row->name;
    reader_fail_unknown(reader, "action", known);
    return NULL;
}

static bool
fail_value(Reader *reader, const ActionRow *row)
{
    const char *known[KNOWN_LIMIT] = {NULL};
    gsize count = 0;
    g_autoptr(GString) list = g_string_new(NULL);
    for (const ActionRow *one = row; one != NULL; one = actions_find_next(one))
        for (const ActionValue *value = one->values;
             value->word != NULL && count < KNOWN_LIMIT - 1; value++) {
            g_string_append_printf(list, "%s%s", count == 0 ? "" : ", ",
                                   value->word);
            known[count++] = value->word;
        }
    g_autofree char *what =
        g_strdup_printf("word for \"%s\" (known: %s)", row->name, list->str);
    return reader_fail_unknown(reader, what, known);
}

static bool
parse_value(Reader *reader, const ActionRow *row, Order *order)
{
    const Token *token = lexer_peek(reader->lexer);
    for (const ActionRow *one = row; one != NULL;
         one = actions_find_next(one)) {
        const ActionValue *value = token->kind == TOKEN_WORD
                                       ? actions_find_value(one, token->text)
                                       : NULL;
        if (value == NULL)
            continue;
        order->id = one->id;
        order->value = value->value;
        lexer_next(reader->lexer);
        return true;
    }
    if (is_later(reader))
        return fail_later(reader);
    return fail_value(reader, row);
}

static bool
parse_scope(Reader *reader, Order *order)
{
    if (!reader_take(reader, "for"))
        return true;
    if (order->value != ENCRYPT_REQUIRED && order->value != ENCRYPT_BY_SENDER)
        return reader_fail(
            reader, "only \"encrypt required\" and \"encrypt by-sender\" "
                    "bind other recipients, so only they can be \"for "
                    "this recipient\"");
    order->only_here = true;
    return reader_expect(reader, "this") && reader_expect(reader, "recipient");
}

static bool
parse_class(Reader *reader, Order *order)
{
    const Token *token = lexer_peek(reader->lexer);
    order->class = token->kind == TOKEN_WORD ? actions_find_class(token->text)
                                             : CLASS_COUNT;
    if (order->class != CLASS_COUNT) {
        lexer_next(reader->lexer);
        return true;
    }
    const char *known[CLASS_COUNT + 1] = {NULL};
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        known[i] = actions_classes[i].name;
    return reader_fail_unknown(reader, "class of what may be found", known);
}

static bool
parse_text(Reader *reader, char **text, const char *language)
{
    if (*text != NULL)
        return reader_fail(reader, "the text \"%s\" stands here twice",
                           language);
    g_autofree char *what =
        g_strdup_printf("a text in quotes after \"%s\"", language);
    Position at = lexer_peek(reader->lexer)->at;
    g_autofree char *taken = reader_take_text(reader, what);
    if (taken == NULL)
        return false;
    g_strstrip(taken);
    if (*taken == '\0' || strlen(taken) > ORDERS_TEXT_LIMIT) {
        problems_add(reader->problems, &at, "a reply's text has 1 to %d bytes",
                     ORDERS_TEXT_LIMIT);
        return false;
    }
    *text = g_steal_pointer(&taken);
    return true;
}

static bool
parse_texts(Reader *reader, Order *order)
{
    for (;;) {
        bool parsed = true;
        if (reader_take(reader, "fr"))
            parsed = parse_text(reader, &order->text_fr, "fr");
        else if (reader_take(reader, "en"))
            parsed = parse_text(reader, &order->text_en, "en");
        else
            break;
        if (!parsed)
            return false;
    }
    if (order->id == ACTION_REFUSE &&
        (order->text_fr == NULL || order->text_en == NULL))
        return reader_fail_expected(
            reader, order->text_fr == NULL ? "fr \"...\" (a refusal says why)"
                                           : "en \"...\" (a refusal says why)");
    return true;
}

/* It becomes a header field, so it is one line. */
static bool
parse_subject(Reader *reader, Order *order)
{
    if (order->value != WANT_SUBJECT_REPLACED)
        return true;
    Position at = lexer_peek(reader->lexer)->at;
    g_autofree char *taken =
        reader_take_text(reader, "a text in quotes after \"replace\"");
    if (taken == NULL)
        return false;
    g_strstrip(taken);
    bool plain = *taken != '\0' && strlen(taken) <= ORDERS_SUBJECT_LIMIT &&
                 g_utf8_validate(taken, -1, NULL);
    for (const char *c = taken; plain && *c != '\0'; c++)
        plain = (guchar)*c >= ' ' && *c != 127;
    if (!plain) {
        problems_add(reader->problems, &at,
                     "a subject is one line of 1 to %d bytes of UTF-8",
                     ORDERS_SUBJECT_LIMIT);
        return false;
    }
    order->subject = g_steal_pointer(&taken);
    return true;
}

static bool
parse_rest(Reader *reader, const ActionRow *row, Order *order)
{
    switch (row->id) {
    case ACTION_ACCEPT:
        return true;
    case ACTION_ENCRYPT:
        return parse_value(reader, row, order) && parse_scope(reader, order);
    case ACTION_SIGN:
        return parse_value(reader, row, order);
    case ACTION_REFUSE:
    case ACTION_DEFER:
        return parse_texts(reader, order);
    case ACTION_ON:
        return parse_class(reader, order) && parse_value(reader, row, order);
    case ACTION_FORM + FORM_SUBJECT:
        return parse_value(reader, row, order) && parse_subject(reader, order);
    default:
        return parse_value(reader, row, order);
    }
}

bool
orders_parse(Reader *reader, GPtrArray *orders)
{
    do {
        Position at = lexer_peek(reader->lexer)->at;
        const ActionRow *row = parse_action(reader);
        if (row == NULL)
            return false;
        Order *order = g_new0(Order, 1);
        order->id = row->id;
        order->at = at;
        order->class = CLASS_COUNT;
        g_ptr_array_add(orders, order);
        if (!parse_rest(reader, row, order))
            return false;
    } while (reader_take_mark(reader, ','));
    return true;
}
