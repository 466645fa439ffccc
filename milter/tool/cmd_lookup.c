/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau lookup: whose certificate would be used, and why not the others. */
#include "base/clock.h"
#include "base/quote.h"
#include "flow/find.h"
#include "flow/form.h"
#include "smime/usage.h"
#include "tool/command.h"
#include "tool/daemon.h"

#include <stdio.h>
#include <unistd.h>

#define MAX_ADDRESSES 100000
#define AT_A_TIME     50 /* one search each, and one step of progress */

static const OptionRow option_rows[] = {
    {.name = "--file",
     .kind = OPTION_ONE,
     .value = "LIST",
     .help = "also the addresses in this file, one a line"},
    {.name = "--fresh",
     .kind = OPTION_FLAG,
     .help = "let the sceaud that runs ask anew too"},
    COMMAND_JSON,
    {0}};

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
    printf("%s from %s%s\n",
           is_used(answer, candidate)  ? "certificate used"
           : candidate->reason == NULL ? "usable certificate"
                                       : "certificate not used",
           candidate->gateway ? "gateway " : "", source);
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
    g_autofree char *usage = usage_describe(certificate);
    command_print("subject", certificate_get_subject(certificate));
    command_print("issuer", certificate_get_issuer(certificate));
    command_print("serial", certificate_get_serial(certificate));
    command_print("valid from", from);
    command_print("valid until", until);
    command_print("key", key);
    command_print("usage", usage);
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

/* What mail would be encrypted with where the policy names nothing else;
 * NULL: it would not be. Caller frees. */
static char *
format_how(const CertAnswer *answer)
{
    if (answer->certificate == NULL)
        return NULL;
    const PolicyDecision none = {0};
    const Form form = form_make(&none, false, answer->certificate,
                                answer->certificates, answer->capable);
    const char *transport =
        certificate_get_key_family(answer->certificate) == KEY_EC ? "ECDH"
        : form.encryption.oaep                                    ? "RSA-OAEP"
                               : "RSA PKCS#1 v1.5";
    return g_strdup_printf("%s, %s", cipher_get_name(form.encryption.cipher),
                           transport);
}

static void
print_answer(const CertAnswer *answer)
{
    g_autofree char *how = format_how(answer);
    g_autofree char *address = quote_terminal(answer->address);
    printf("%s: %s\n", address, cert_class_get_name(answer->class));
    command_print("reason", answer->reason);
    command_print("gateway", answer->gateway);
    command_print("how", how);
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
    json_add_flag(json, "gateway", candidate->gateway);
    json_add_text(json, "revocation", candidate->revocation);
    if (certificate != NULL) {
        g_autofree char *from =
            command_format_time(certificate_get_not_before(certificate));
        g_autofree char *until =
            command_format_time(certificate_get_not_after(certificate));
        g_autofree char *key = format_key(certificate);
        g_autofree char *usage = usage_describe(certificate);
        json_add_text(json, "subject", certificate_get_subject(certificate));
        json_add_text(json, "issuer", certificate_get_issuer(certificate));
        json_add_text(json, "serial", certificate_get_serial(certificate));
        json_add_text(json, "not_before", from);
        json_add_text(json, "not_after", until);
        json_add_text(json, "key", key);
        json_add_text(json, "usage", usage);
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
write_answer(Json *json, const CertAnswer *answer)
{
    g_autofree char *how = format_how(answer);
    json_begin_object(json, NULL);
    json_add_text(json, "address", answer->address);
    json_add_text(json, "class", cert_class_get_name(answer->class));
    json_add_text(json, "reason", answer->reason);
    json_add_text(json, "gateway", answer->gateway);
    json_add_text(json, "how", how);
    write_asked(json, answer->asked);
    json_begin_array(json, "candidates");
    for (guint i = 0; i < answer->candidates->len; i++)
        write_candidate(json, answer, g_ptr_array_index(answer->candidates, i));
    json_end_array(json);
    json_end_object(json);
}

/* --- who is asked for -------------------------------------------------- */

/* False, and said, when word is no address. */
static bool
add_address(GPtrArray *addresses, const char *word, const char *path,
            guint line)
{
    g_autoptr(GError) error = NULL;
    char *address = command_read_address(word, false, &error);
    if (address == NULL && path != NULL)
        fprintf(stderr, "%s:%u: ", path, line);
    if (address == NULL)
        (void)command_report(error);
    else
        g_ptr_array_add(addresses, address);
    return address != NULL;
}

/* One address a line; blank lines and those that begin with '#' are none. */
static bool
add_file(GPtrArray *addresses, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        g_autofree char *shown = quote_terminal(error->message);
        fprintf(stderr, "sceau: %s\n", shown);
        return false;
    }
    g_autofree char *shown = quote_terminal(path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool good = true;
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = g_strstrip(lines[i]);
        if (*line != '\0' && *line != '#')
            good = add_address(addresses, line, shown, i + 1) && good;
    }
    return good;
}

/* NULL, and said, when one of them is wrong. Caller unrefs. */
static GPtrArray *
list_addresses(const Options *options)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *words = options_get_arguments(options);
    const char *file = options_get(options, "--file");
    bool good = true;
    for (guint i = 0; i < words->len; i++)
        good = add_address(addresses, g_ptr_array_index(words, i), NULL, 0) &&
               good;
    if (file != NULL)
        good = add_file(addresses, file) && good;
    if (good && (addresses->len == 0 || addresses->len > MAX_ADDRESSES)) {
        fprintf(stderr, addresses->len == 0 ? "sceau: no address is given\n"
                                            : "sceau: too many addresses\n");
        good = false;
    }
    return good ? g_steal_pointer(&addresses) : NULL;
}

/* --- the story --------------------------------------------------------- */

/* How it went so far. */
typedef struct {
    Json *json; /* NULL: text */
    guint total, done;
    guint usable, not_usable, not_asked;
    CommandStatus status;
} Sheet;

static void
take_answer(Sheet *sheet, const Setup *setup, CertAnswer *given)
{
    g_autoptr(CertAnswer) answer =
        find_consider_lost(setup, cert_answer_ref(given));
    CommandStatus status = choose_status(answer->class);
    if (sheet->json != NULL)
        write_answer(sheet->json, answer);
    else
        print_answer(answer);
    sheet->done++;
    sheet->usable += status == STATUS_OK;
    sheet->not_usable += status == STATUS_NO;
    sheet->not_asked += status == STATUS_LATER;
    /* Who could not be asked may change the answer: that outranks "no". */
    sheet->status = MAX(sheet->status, status);
}

static void
show_progress(const Sheet *sheet)
{
    if (sheet->total > AT_A_TIME && isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "\r%u of %u%s", sheet->done, sheet->total,
                sheet->done == sheet->total ? "\n" : "");
}

/* What sceaud keeps of them goes. False, and said: it cannot be reached. */
static bool
refresh_daemon(const char *config, const GPtrArray *addresses)
{
    bool reached = true;
    for (guint i = 0; i < addresses->len && reached; i += AT_A_TIME) {
        const char *words[AT_A_TIME + 2] = {"refresh"};
        for (guint k = 0; k < AT_A_TIME && i + k < addresses->len; k++)
            words[k + 1] = g_ptr_array_index(addresses, i + k);
        CommandStatus status = STATUS_OK;
        g_autofree char *text =
            daemon_ask(config, words, DAEMON_SLOW_US, &status);
        reached = text != NULL;
    }
    return reached;
}

/* Asks for some of them, the first of which is first. */
static void
look_up(Sheet *sheet, const Setup *setup, const GPtrArray *addresses,
        guint first)
{
    char *some[AT_A_TIME + 1] = {NULL};
    for (guint i = 0; i < AT_A_TIME && first + i < addresses->len; i++)
        some[i] = g_ptr_array_index(addresses, first + i);
    gint64 deadline_us =
        clock_monotonic_us() + setup->general->lookup_timeout_ms * 1000;
    g_autoptr(GPtrArray) answers =
        finder_find_fresh(setup->finder, some, deadline_us);
    for (guint i = 0; i < answers->len; i++)
        take_answer(sheet, setup, g_ptr_array_index(answers, i));
    show_progress(sheet);
}

static CommandStatus
run(const char *config, const Options *options)
{
    g_autoptr(GPtrArray) addresses = list_addresses(options);
    if (addresses == NULL)
        return STATUS_USAGE;
    g_autoptr(Setup) setup = command_load_setup(config, true);
    if (setup == NULL)
        return STATUS_CONFIG;
    /* Said on standard error: it explains strange verdicts. */
    g_free(setup_check_clock(setup));
    g_autoptr(Json) json = options_has(options, "--json") ? json_new() : NULL;
    Sheet sheet = {.json = json, .total = addresses->len, .status = STATUS_OK};
    bool many = addresses->len > 1 || options_has(options, "--file");
    if (many && json != NULL)
        json_begin_array(json, NULL);
    for (guint i = 0; i < addresses->len; i += AT_A_TIME)
        look_up(&sheet, setup, addresses, i);
    if (many && json != NULL)
        json_end_array(json);
    if (json != NULL)
        command_print_json(json);
    else if (many)
        printf("%u addresses: %u usable, %u none or not usable, %u could not "
               "be asked\n",
               sheet.total, sheet.usable, sheet.not_usable, sheet.not_asked);
    if (options_has(options, "--fresh") && !refresh_daemon(config, addresses))
        return STATUS_LATER;
    return sheet.status;
}

const Command cmd_lookup = {
    .name = "lookup",
    .arguments = "[ADDRESS...]",
    .help = "find certificates of people and say why others are not used",
    .options = option_rows,
    .max_arguments = MAX_ADDRESSES,
    .run = run,
};
