/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau process: what the daemon would do with a message, without an MTA. */
#include "base/quote.h"
#include "tool/copies.h"
#include "tool/handover.h"

#include <stdio.h>

static const OptionRow option_rows[] = {
    HANDOVER_OPTIONS,
    {.name = "--out",
     .kind = OPTION_ONE,
     .value = "DIR",
     .required = true,
     .help = "empty directory for N.eml and N.env, one pair per copy"},
    COMMAND_JSON,
    {0}};

/* What one run works with. */
typedef struct {
    const Options *options;
    Setup *setup;
    Envelope *envelope;     /* the process's */
    const Message *message; /* the process's */
    Spool *body;
} Work;

static CommandStatus
choose_status(const Outcome *outcome)
{
    const OutcomeReason *first = outcome->reasons->len > 0
                                     ? g_ptr_array_index(outcome->reasons, 0)
                                     : NULL;
    switch (outcome->kind) {
    case OUTCOME_UNTOUCHED:
    case OUTCOME_REPLACE:
        return STATUS_OK;
    case OUTCOME_REFUSE:
        return first != NULL && first->kind == REASON_MALFORMED
                   ? STATUS_MALFORMED
                   : STATUS_REFUSED;
    case OUTCOME_LATER:
        return first != NULL && first->kind == REASON_INTERNAL ? STATUS_INTERNAL
                                                               : STATUS_LATER;
    }
    return STATUS_INTERNAL;
}

static void
write_json(const Outcome *outcome, const char *reply, unsigned count)
{
    g_autoptr(Json) json = json_new();
    json_begin_object(json, NULL);
    json_add_text(json, "verdict", outcome_kind_get_name(outcome->kind));
    json_add_number(json, "messages", count);
    json_add_text(json, "reply", reply);
    json_begin_array(json, "recipients");
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        json_begin_object(json, NULL);
        json_add_text(json, "address", report->address);
        json_add_text(json, "action", report->action);
        json_add_text(json, "class", report->class_name);
        json_add_text(json, "reason", report->reason);
        json_add_text(json, "rule", report->rule);
        json_add_text(json, "certificate", report->certificate);
        json_add_text(json, "gateway", report->gateway);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
    command_print_json(json);
}

static void
write_text(const Outcome *outcome, unsigned count)
{
    printf("%s, %u message%s\n", outcome_kind_get_name(outcome->kind), count,
           count == 1 ? "" : "s");
    for (guint i = 0; i < outcome->reports->len; i++) {
        const OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        g_autofree char *address = quote_terminal(report->address);
        g_autofree char *reason =
            quote_terminal(report->reason != NULL ? report->reason : "");
        printf("  %s: %s%s%s%s%s\n", address, report->action,
               report->class_name != NULL ? ", " : "",
               report->class_name != NULL ? report->class_name : "",
               report->reason != NULL ? ": " : "", reason);
    }
}

static CommandStatus
show(const Work *work, const Outcome *outcome)
{
    unsigned count = 0;
    g_autoptr(GError) error = NULL;
    if ((outcome->kind == OUTCOME_UNTOUCHED ||
         outcome->kind == OUTCOME_REPLACE) &&
        !copies_write(options_get(work->options, "--out"), outcome,
                      work->envelope, work->message, work->body, &count,
                      &error))
        return command_report(error);
    g_autofree char *reply = command_format_reply(outcome, work->setup);
    if (reply != NULL)
        fputs(reply, stderr);
    if (options_has(work->options, "--json"))
        write_json(outcome, reply, count);
    else
        write_text(outcome, count);
    return choose_status(outcome);
}

/* The header could not even be collected: the daemon's answer to that. */
static CommandStatus
show_trouble(const Work *work, const GError *error)
{
    if (error_get_class(error) != ERROR_MALFORMED)
        return command_report(error);
    g_autoptr(Outcome) outcome = outcome_new();
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_MALFORMED, NULL,
                 error->message, NULL);
    return show(work, outcome);
}

static CommandStatus
process_message(Work *work, Message *message)
{
    work->message = message;
    g_autoptr(Process) process =
        process_new(work->setup, NULL, work->envelope, message);
    g_autoptr(GError) error = NULL;
    if (!handover_feed(process, work->body, &error))
        return command_report(error);
    g_autoptr(Outcome) outcome = process_end(process);
    return show(work, outcome);
}

static CommandStatus
run(const char *config, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Envelope) envelope = handover_make_envelope(options, &error);
    if (envelope == NULL ||
        !copies_prepare(options_get(options, "--out"), &error)) {
        (void)command_report(error);
        return STATUS_USAGE;
    }
    g_autoptr(Setup) setup = command_load_setup(config, true);
    if (setup == NULL)
        return STATUS_CONFIG;
    g_autoptr(Spool) body = NULL;
    Message *message = NULL;
    Work work = {.options = options, .setup = setup, .envelope = envelope};
    if (!handover_read_message(stdin, setup, &message, &body, &error))
        return show_trouble(&work, error);
    work.body = body;
    envelope = NULL; /* the process's from here */
    return process_message(&work, message);
}

const Command cmd_process = {
    .name = "process",
    .arguments = "< MESSAGE",
    .help = "do with a message what the daemon would, into files",
    .options = option_rows,
    .run = run,
};
