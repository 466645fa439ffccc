/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau lookup: whose certificate would be used, and why not the others. */
#include "base/clock.h"
#include "base/quote.h"
#include "tool/command.h"

#include <stdio.h>

static const OptionRow option_rows[] = {COMMAND_JSON, {0}};

static CommandStatus
choose_status(CertClass class)
{
    switch (class) {
    case CERT_FOUND:
        return STATUS_OK;
    case CERT_NONE:
    case CERT_UNUSABLE:
    case CERT_REVOKED:
    case CERT_ON_HOLD:
    case CERT_LOST:
    case CERT_AMBIGUOUS:
        return STATUS_NO;
    case CERT_REVOCATION_UNKNOWN:
    case CERT_DIRECTORY_DOWN:
        return STATUS_LATER;
    }
    return STATUS_INTERNAL;
}

static char *
format_key(const Certificate *certificate)
{
    return g_strdup_printf("%s %u", certificate_get_key_name(certificate),
                           certificate_get_key_bits(certificate));
}

/* Usable, and one of those that mail would be encrypted for. */
static bool
is_used(const CertAnswer *answer, const CertCandidate *candidate)
{
    return answer->certificates != NULL && candidate->certificate != NULL &&
           g_ptr_array_find(answer->certificates, candidate->certificate, NULL);
}

static void
print_candidate(const CertAnswer *answer, const CertCandidate *candidate)
{
    const Certificate *certificate = candidate->certificate;
    g_autofree char *source = quote_terminal(candidate->source);
    printf("%s from %s\n",
           is_used(answer, candidate)  ? "certificate used"
           : candidate->reason == NULL ? "usable certificate"
                                       : "certificate not used",
           source);
    if (candidate->reason != NULL) {
        command_print("class", cert_class_get_name(candidate->class));
        command_print("reason", candidate->reason);
    }
    command_print("revocation", candidate->revocation);
    if (certificate == NULL)
        return;
    g_autofree char *from =
        command_format_time(certificate_get_not_before(certificate));
    g_autofree char *until =
        command_format_time(certificate_get_not_after(certificate));
    g_autofree char *key = format_key(certificate);
    command_print("subject", certificate_get_subject(certificate));
    command_print("issuer", certificate_get_issuer(certificate));
    command_print("serial", certificate_get_serial(certificate));
    command_print("valid from", from);
    command_print("valid until", until);
    command_print("key", key);
    for (char *const *address = certificate_get_addresses(certificate);
         address != NULL && *address != NULL; address++)
        command_print("address", *address);
    command_print("sha-256", certificate_get_sha256(certificate));
}

static void
print_asked(const GPtrArray *asked)
{
    for (guint i = 0; i < asked->len; i++) {
        const CertAsked *each = g_ptr_array_index(asked, i);
        command_print("asked", each->source);
        command_print("server", each->server);
        command_print("filter", each->filter);
        command_print("entry", each->entry);
        command_print("no answer", each->reason);
    }
}

static void
write_asked(Json *json, const GPtrArray *asked)
{
    json_begin_array(json, "asked");
    for (guint i = 0; i < asked->len; i++) {
        const CertAsked *each = g_ptr_array_index(asked, i);
        json_begin_object(json, NULL);
        json_add_text(json, "source", each->source);
        json_add_text(json, "server", each->server);
        json_add_text(json, "filter", each->filter);
        json_add_text(json, "entry", each->entry);
        json_add_text(json, "reason", each->reason);
        json_end_object(json);
    }
    json_end_array(json);
}

static void
print_answer(const CertAnswer *answer)
{
    g_autofree char *address = quote_terminal(answer->address);
    printf("%s: %s\n", address, cert_class_get_name(answer->class));
    command_print("reason", answer->reason);
    print_asked(answer->asked);
    for (guint i = 0; i < answer->candidates->len; i++)
        print_candidate(answer, g_ptr_array_index(answer->candidates, i));
}

static void
write_candidate(Json *json, const CertAnswer *answer,
                const CertCandidate *candidate)
{
    const Certificate *certificate = candidate->certificate;
    json_begin_object(json, NULL);
    json_add_flag(json, "usable", candidate->reason == NULL);
    json_add_flag(json, "used", is_used(answer, candidate));
    json_add_text(json, "class", cert_class_get_name(candidate->class));
    json_add_text(json, "reason", candidate->reason);
    json_add_text(json, "source", candidate->source);
    json_add_text(json, "revocation", candidate->revocation);
    if (certificate != NULL) {
        g_autofree char *from =
            command_format_time(certificate_get_not_before(certificate));
        g_autofree char *until =
            command_format_time(certificate_get_not_after(certificate));
        g_autofree char *key = format_key(certificate);
        json_add_text(json, "subject", certificate_get_subject(certificate));
        json_add_text(json, "issuer", certificate_get_issuer(certificate));
        json_add_text(json, "serial", certificate_get_serial(certificate));
        json_add_text(json, "not_before", from);
        json_add_text(json, "not_after", until);
        json_add_text(json, "key", key);
        json_begin_array(json, "addresses");
        for (char *const *address = certificate_get_addresses(certificate);
             address != NULL && *address != NULL; address++)
            json_add_text(json, NULL, *address);
        json_end_array(json);
        json_add_text(json, "sha256", certificate_get_sha256(certificate));
    }
    json_end_object(json);
}

static void
write_answer(const CertAnswer *answer)
{
    g_autoptr(Json) json = json_new();
    json_begin_object(json, NULL);
    json_add_text(json, "address", answer->address);
    json_add_text(json, "class", cert_class_get_name(answer->class));
    json_add_text(json, "reason", answer->reason);
    write_asked(json, answer->asked);
    json_begin_array(json, "candidates");
    for (guint i = 0; i < answer->candidates->len; i++)
        write_candidate(json, answer, g_ptr_array_index(answer->candidates, i));
    json_end_array(json);
    json_end_object(json);
    command_print_json(json);
}

static CommandStatus
run(const char *config, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *address = command_read_address(
        g_ptr_array_index(options_get_arguments(options), 0), false, &error);
    if (address == NULL) {
        (void)command_report(error);
        return STATUS_USAGE;
    }
    g_autoptr(Setup) setup = command_load_setup(config, true);
    if (setup == NULL)
        return STATUS_CONFIG;
    char *const addresses[] = {address, NULL};
    gint64 deadline_us =
        clock_monotonic_us() + setup->general->lookup_timeout_ms * 1000;
    g_autoptr(GPtrArray) answers =
        finder_find(setup->finder, addresses, deadline_us);
    const CertAnswer *answer = g_ptr_array_index(answers, 0);
    if (options_has(options, "--json"))
        write_answer(answer);
    else
        print_answer(answer);
    return choose_status(answer->class);
}

const Command cmd_lookup = {
    .name = "lookup",
    .arguments = "ADDRESS",
    .help = "find somebody's certificate and say why others are not used",
    .options = option_rows,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
