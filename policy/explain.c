/* SPDX-License-Identifier: BSD-2-Clause */
/* Explain: decision and trace as text that a postmaster understands. */
#include "policy/explain.h"

#include "policy/actions.h"

static void
write_line(GString *text, const char *aspect, const char *value,
           const PolicyBy *by)
{
    g_string_append_printf(text, "%-10s %s", aspect, value);
    if (by->rule != NULL)
        g_string_append_printf(text, " - rule %s (%s:%u)\n", by->rule,
                               by->at.file, by->at.line);
    else
        g_string_append(text, " - default\n");
}

static void
write_verdict(GString *text, const PolicyDecision *decision)
{
    const PolicyBy *by = &decision->by[ASPECT_VERDICT];
    switch (decision->verdict) {
    case VERDICT_DELIVER:
        write_line(text, "verdict", "deliver", by);
        break;
    case VERDICT_DEFER:
        write_line(text, "verdict", "defer", by);
        break;
    case VERDICT_REFUSE:
        write_line(text, "verdict", "refuse", by);
        break;
    case VERDICT_UNDECIDED:
        g_string_append_printf(text, "verdict    could not decide - %s\n",
                               decision->undecided);
        break;
    }
    if (decision->text_fr != NULL)
        g_string_append_printf(text, "           fr \"%s\"\n",
                               decision->text_fr);
    if (decision->text_en != NULL)
        g_string_append_printf(text, "           en \"%s\"\n",
                               decision->text_en);
}

static void
write_classes(GString *text, const PolicyDecision *decision)
{
    for (unsigned i = 0; i < CLASS_COUNT; i++) {
        if (decision->on[i] == ON_DEFAULT)
            continue;
        g_autofree char *aspect =
            g_strdup_printf("on %s", actions_classes[i].name);
        write_line(text, aspect,
                   actions_get_word(ACTION_ON, (int)decision->on[i]),
                   &decision->by[ASPECT_ON + i]);
    }
}

static void
write_forms(GString *text, const PolicyDecision *decision)
{
    for (unsigned i = 0; i < FORM_COUNT; i++) {
        if (decision->form[i] == 0)
            continue;
        g_autofree char *value = g_strconcat(
            actions_get_word((int)(ACTION_FORM + i), decision->form[i]),
            i == FORM_SUBJECT && decision->subject != NULL ? " \"" : NULL,
            decision->subject, "\"", NULL);
        write_line(text, actions_get_name((int)(ACTION_FORM + i)), value,
                   &decision->by[ASPECT_FORM + i]);
    }
}

char *
explain_decision(const PolicyDecision *decision)
{
    GString *text = g_string_new(NULL);
    write_verdict(text, decision);
    g_autofree char *encrypt = g_strconcat(
        actions_get_word(ACTION_ENCRYPT, (int)decision->encrypt),
        decision->encrypt_only_here ? " for this recipient" : "", NULL);
    write_line(text, "encrypt", encrypt, &decision->by[ASPECT_ENCRYPT]);
    write_line(text, "sign", actions_get_word(ACTION_SIGN, (int)decision->sign),
               &decision->by[ASPECT_SIGN]);
    write_forms(text, decision);
    write_classes(text, decision);
    if (decision->label != NULL)
        g_string_append_printf(text, "label      %s, level %d\n",
                               decision->label, decision->level);
    g_string_append_c(text, '\n');
    if (decision->trace != NULL)
        g_string_append(text, decision->trace->str);
    return g_string_free(text, FALSE);
}
