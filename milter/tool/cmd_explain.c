/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau explain: why would this happen to a message, recipient by recipient?
 */
#include "base/quote.h"
#include "mime/decode.h"
#include "tool/handover.h"
#include "tool/terms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const OptionRow option_rows[] = {
    HANDOVER_OPTIONS,
    {.name = "--header",
     .kind = OPTION_EACH,
     .value = "'NAME: VALUE'",
     .help = "a header field of the message"},
    {.name = "--message",
     .kind = OPTION_ONE,
     .value = "FILE",
     .help = "the message itself; without it an empty one is imagined"},
    COMMAND_JSON,
    {0}};

/* --- the message ------------------------------------------------------- */

static bool
add_header(Message *message, const char *text, GError **error)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL) {
        error_set(error, ERROR_CONFIG,
                  "--header wants \"Name: value\" (there is no colon)");
        return false;
    }
    g_autofree char *name = g_strndup(text, (gsize)(colon - text));
    return message_add_field(message, g_strstrip(name), colon + 1, error);
}

static bool
has_header(const GPtrArray *headers, const char *name)
{
    size_t length = strlen(name);
    for (guint i = 0; i < headers->len; i++) {
        const char *text = g_ptr_array_index(headers, i);
        if (g_ascii_strncasecmp(text, name, length) == 0 && text[length] == ':')
            return true;
    }
    return false;
}

/* From and To as the envelope has them, unless --header says otherwise. */
static bool
imagine_message(Message *message, const Envelope *envelope,
                const GPtrArray *headers, GError **error)
{
    if (!has_header(headers, "From") && *envelope->sender != '\0') {
        g_autofree char *from = g_strdup_printf(" <%s>", envelope->sender);
        if (!message_add_field(message, "From", from, error))
            return false;
    }
    if (has_header(headers, "To"))
        return true;
    g_autoptr(GString) to = g_string_new(NULL);
    for (guint i = 0; i < envelope->recipients->len; i++)
        g_string_append_printf(to, "%s <%s>", i > 0 ? "," : "",
                               envelope_get_recipient(envelope, i)->address);
    return message_add_field(message, "To", to->str, error);
}

static bool
read_file(const char *path, const Setup *setup, Message **message, Spool **body,
          GError **error)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        error_set(error, ERROR_CONFIG, "%s cannot be read: %s", path,
                  g_strerror(errno));
        return false;
    }
    bool read = handover_read_message(in, setup, message, body, error);
    (void)fclose(in);
    return read;
}

/* The message to explain; NULL with an error. */
static Message *
make_message(const Options *options, const Setup *setup,
             const Envelope *envelope, Spool **body, GError **error)
{
    const char *path = options_get(options, "--message");
    const GPtrArray *headers = options_get_all(options, "--header");
    g_autoptr(Message) message = NULL;
    if (path != NULL) {
        if (!read_file(path, setup, &message, body, error))
            return NULL;
    } else {
        message = message_new();
        if (!imagine_message(message, envelope, headers, error))
            return NULL;
    }
    for (guint i = 0; i < headers->len; i++)
        if (!add_header(message, g_ptr_array_index(headers, i), error))
            return NULL;
    return g_steal_pointer(&message);
}

/* --- words ------------------------------------------------------------- */

/* "confidential at /etc/sceau/policy:41", or "default". Caller frees. */
static char *
format_by(const PolicyBy *by)
{
    if (by->rule == NULL)
        return g_strdup("default");
    return g_strdup_printf("%s at %s:%u", by->rule, by->at.file, by->at.line);
}

/* --- the answer -------------------------------------------------------- */

/* What is known about one recipient; decision, line and answer may be NULL:
 * the story ended before. */
typedef struct {
    const char *address;
    const PolicyDecision *decision;
    const PlanLine *line;
    const CertAnswer *answer;
} Sheet;

static Sheet
make_sheet(const Process *process, unsigned recipient)
{
    const Plan *plan = process_get_plan(process);
    return (Sheet){
        .address =
            envelope_get_recipient(process_get_envelope(process), recipient)
                ->address,
        .decision = process_get_decision(process, recipient),
        .line = plan != NULL ? &plan->lines[recipient] : NULL,
        .answer = process_get_answer(process, recipient),
    };
}

static const char *
get_class(const Sheet *sheet)
{
    if (sheet->line != NULL && sheet->line->class != CLASS_COUNT)
        return policy_class_get_name(sheet->line->class);
    return sheet->answer != NULL ? cert_class_get_name(sheet->answer->class)
                                 : NULL;
}

static const char *
get_reason(const Sheet *sheet)
{
    if (sheet->line != NULL && sheet->line->reason != NULL)
        return sheet->line->reason;
    if (sheet->decision != NULL && sheet->decision->undecided != NULL)
        return sheet->decision->undecided;
    return sheet->answer != NULL ? sheet->answer->reason : NULL;
}

static void
print_trace(const PolicyDecision *decision)
{
    g_autofree char *trace = policy_explain(decision);
    g_auto(GStrv) lines = g_strsplit(trace, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *shown = quote_terminal(*line);
        if (**line != '\0')
            printf("  %s\n", shown);
    }
}

static void
print_recipient(const Sheet *sheet)
{
    g_autofree char *address = quote_terminal(sheet->address);
    printf("%s\n", address);
    command_print("found", get_class(sheet));
    command_print("reason", get_reason(sheet));
    if (sheet->line != NULL) {
        command_print("would be", terms_get_treatment(sheet->line->treatment));
        if (sheet->line->certificate != NULL)
            command_print("certificate",
                          certificate_get_subject(sheet->line->certificate));
        if (sheet->line->certificate != NULL)
            command_print("gateway", sheet->line->gateway);
    }
    if (sheet->decision != NULL)
        print_trace(sheet->decision);
}

/* The plan's end, in the words of "sceau process". */
static const char *
get_verdict(const Process *process, const Outcome *outcome)
{
    const Plan *plan = process_get_plan(process);
    if (outcome->kind != OUTCOME_REPLACE || plan == NULL ||
        plan->groups->len == 0)
        return outcome_kind_get_name(outcome->kind);
    const PlanGroup *first = g_ptr_array_index(plan->groups, 0);
    bool alone = first->recipients->len == plan->line_count;
    return outcome_kind_get_name(first->treatment == TREAT_UNTOUCHED && alone
                                     ? OUTCOME_UNTOUCHED
                                     : OUTCOME_REPLACE);
}

static void
print_message(const Process *process, const Outcome *outcome, const char *reply)
{
    const RightAnswer *right = process_get_right(process);
    printf("message: %s\n", get_verdict(process, outcome));
    command_print("signature", terms_get_right(right->class));
    command_print("because", right->reason);
    if (process_get_plan(process) == NULL && outcome->kind == OUTCOME_UNTOUCHED)
        command_print("because", "nothing in the policy concerns it, or no "
                                 "recipient is outside");
    if (reply != NULL) {
        g_auto(GStrv) lines = g_strsplit(reply, "\n", -1);
        for (char **line = lines; *line != NULL; line++)
            if (**line != '\0')
                command_print("reply", *line);
    }
}

static void
write_recipient(Json *json, const Sheet *sheet)
{
    const PolicyDecision *decision = sheet->decision;
    json_begin_object(json, NULL);
    json_add_text(json, "address", sheet->address);
    if (decision != NULL) {
        g_autofree char *trace = policy_explain(decision);
        g_autofree char *at = format_by(&decision->by[ASPECT_ENCRYPT]);
        json_begin_object(json, "wants");
        json_add_text(json, "encrypt", terms_get_encrypt(decision->encrypt));
        json_add_text(json, "sign", terms_get_sign(decision->sign));
        json_add_text(json, "verdict", terms_get_verdict(decision->verdict));
        json_end_object(json);
        json_add_text(json, "rule",
                      decision->verdict != VERDICT_DELIVER &&
                              decision->by[ASPECT_VERDICT].rule != NULL
                          ? decision->by[ASPECT_VERDICT].rule
                          : decision->by[ASPECT_ENCRYPT].rule);
        json_add_text(json, "encrypt_by", at);
        json_add_text(json, "label", decision->label);
        json_add_text(json, "trace", trace);
    }
    json_add_text(json, "class", get_class(sheet));
    json_add_text(json, "reason", get_reason(sheet));
    json_add_text(json, "treatment",
                  sheet->line != NULL
                      ? terms_get_treatment(sheet->line->treatment)
                      : NULL);
    json_add_text(json, "certificate",
                  sheet->line != NULL && sheet->line->certificate != NULL
                      ? certificate_get_sha256(sheet->line->certificate)
                      : NULL);
    json_add_text(json, "gateway",
                  sheet->line != NULL && sheet->line->certificate != NULL
                      ? sheet->line->gateway
                      : NULL);
    json_end_object(json);
}

static void
write_json(const Process *process, const Outcome *outcome, const char *reply)
{
    const RightAnswer *right = process_get_right(process);
    g_autoptr(Json) json = json_new();
    json_begin_object(json, NULL);
    json_add_text(json, "verdict", get_verdict(process, outcome));
    json_add_text(json, "reply", reply);
    json_begin_object(json, "signature");
    json_add_text(json, "right", terms_get_right(right->class));
    json_add_text(json, "login", right->login);
    json_add_text(json, "service", right->service);
    json_add_text(json, "reason", right->reason);
    json_end_object(json);
    json_begin_array(json, "recipients");
    for (guint i = 0; i < process_get_envelope(process)->recipients->len; i++) {
        const Sheet sheet = make_sheet(process, i);
        write_recipient(json, &sheet);
    }
    json_end_array(json);
    json_end_object(json);
    command_print_json(json);
}

static void
show(const Process *process, const Outcome *outcome, bool as_json)
{
    g_autofree char *reply =
        command_format_reply(outcome, process_get_setup(process));
    if (as_json) {
        write_json(process, outcome, reply);
        return;
    }
    print_message(process, outcome, reply);
    for (guint i = 0; i < process_get_envelope(process)->recipients->len; i++) {
        const Sheet sheet = make_sheet(process, i);
        print_recipient(&sheet);
    }
}

/* A file or a header field that cannot be used is the command line's fault. */
static CommandStatus
report_message(const GError *error)
{
    CommandStatus status = command_report(error);
    return status == STATUS_CONFIG ? STATUS_USAGE : status;
}

static CommandStatus
run(const char *config, const Options *options)
{
    g_autoptr(GError) error = NULL;
    Envelope *envelope = handover_make_envelope(options, &error);
    if (envelope == NULL) {
        (void)command_report(error);
        return STATUS_USAGE;
    }
    g_autoptr(Setup) setup = command_load_setup(config, true);
    g_autoptr(Spool) body = NULL;
    Message *message =
        setup != NULL ? make_message(options, setup, envelope, &body, &error)
                      : NULL;
    if (message == NULL) {
        envelope_free(envelope);
        return setup != NULL ? report_message(error) : STATUS_CONFIG;
    }
    g_autoptr(Process) process = process_new(setup, NULL, envelope, message);
    if (!handover_feed(process, body, &error))
        return command_report(error);
    g_autoptr(Outcome) outcome = process_explain(process);
    show(process, outcome, options_has(options, "--json"));
    return STATUS_OK;
}

const Command cmd_explain = {
    .name = "explain",
    .help = "say what would happen to a message, and which rule wants it",
    .options = option_rows,
    .run = run,
};
