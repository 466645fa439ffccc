/* SPDX-License-Identifier: BSD-2-Clause */
/* Deliver: carries out an outcome: copies first, then the change in place. */
#include "daemon/deliver.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "base/metrics.h"

#include <string.h>

/* libmilter's own chunk. */
#define CHUNK_BYTES 65535
/* At the relay, for one message; the last one serves all further copies. */
#define MAX_CONNECTIONS 10
/* Of a connection: Postfix gives up after 100 RSETs (smtpd_junk_command_limit)
 * and some errors. */
#define MAX_RESETS 50

/* --- failing ----------------------------------------------------------- */

static bool
is_recipient_of(const OutcomeCopy *copy, const char *address)
{
    for (guint i = 0; i < copy->recipients->len; i++) {
        const EnvelopeRecipient *recipient =
            g_ptr_array_index(copy->recipients, i);
        if (g_strcmp0(recipient->address, address) == 0)
            return true;
    }
    return false;
}

static bool
has_left(const Outcome *outcome, guint copies_left, const char *address)
{
    for (guint i = 0; i < copies_left; i++)
        if (is_recipient_of(g_ptr_array_index(outcome->copies, i), address))
            return true;
    return false;
}

/* Reports must tell what became of each, not what was meant. */
static void
correct_reports(Outcome *outcome, guint copies_left)
{
    for (guint i = 0; i < outcome->reports->len; i++) {
        OutcomeReport *report = g_ptr_array_index(outcome->reports, i);
        if (has_left(outcome, copies_left, report->address) ||
            strcmp(report->action, "already-sent") == 0)
            continue;
        report->action =
            outcome->kind == OUTCOME_REFUSE ? "refused" : "deferred";
    }
}

static void
fail_later(Outcome *outcome, guint copies_left)
{
    outcome_fail(outcome, OUTCOME_LATER, REASON_UNAVAILABLE, NULL,
                 "the message could not be handed on, please try again later",
                 "le message n'a pas pu être transmis, veuillez réessayer plus "
                 "tard");
    correct_reports(outcome, copies_left);
}

static const EnvelopeRecipient *
get_recipient(const OutcomeCopy *copy, int index)
{
    return index >= 0 && (guint)index < copy->recipients->len
               ? g_ptr_array_index(copy->recipients, (guint)index)
               : NULL;
}

static void
fail_as_relay_says(const Delivery *delivery, Outcome *outcome,
                   const OutcomeCopy *copy, const RelayReply *reply,
                   guint copies_left)
{
    const EnvelopeRecipient *recipient = get_recipient(copy, reply->recipient);
    const char *address = recipient != NULL ? recipient->address : NULL;
    log_event(LOG_LEVEL_ERROR, "relay", "queue-id",
              delivery->envelope->queue_id, "server", delivery->relay->server,
              "to", address, "said", reply->text, NULL);
    if (reply->result != RELAY_REFUSED || copies_left > 0) {
        fail_later(outcome, copies_left);
        return;
    }
    const char *said = reply->text != NULL ? reply->text : "no reason given";
    g_autofree char *english =
        g_strdup_printf("the next mail server refuses: %s", said);
    g_autofree char *french =
        g_strdup_printf("le serveur de messagerie suivant refuse : %s", said);
    outcome_fail(outcome, OUTCOME_REFUSE, REASON_POLICY, address, english,
                 french);
    correct_reports(outcome, copies_left);
}

/* --- copies ------------------------------------------------------------ */

/* MAIL and RCPT of a copy, on a connection of its own or on one that there
 * is. NULL: reply says why, and what there was is for its owner to free. */
static RelayCopy *
begin_copy(const Delivery *delivery, const OutcomeCopy *copy, RelayCopy *there,
           RelayReply *reply)
{
    guint count = copy->recipients->len;
    g_autofree RelayRecipient *recipients = g_new0(RelayRecipient, count);
    for (guint i = 0; i < count; i++) {
        const EnvelopeRecipient *recipient =
            g_ptr_array_index(copy->recipients, i);
        recipients[i].path = recipient->path;
        recipients[i].parameters = recipient->parameters;
    }
    const RelayEnvelope envelope = {
        .sender_path = delivery->envelope->sender_path,
        .parameters = delivery->envelope->sender_parameters,
        .recipients = recipients,
        .recipient_count = count,
    };
    *reply = (RelayReply){.result = RELAY_LATER, .recipient = -1};
    (void)smfi_progress(delivery->ctx);
    if (there == NULL)
        return relay_begin(delivery->relay, &envelope, reply);
    return relay_renew(there, &envelope, reply) == RELAY_OK ? there : NULL;
}

static void
free_begun(gpointer copy)
{
    relay_copy_free(copy);
}

/* One copy more: on a new connection; once there are enough, in the place of
 * what the last one has begun, which is then only known to be accepted. */
static bool
add_begun(const Delivery *delivery, const OutcomeCopy *copy, GPtrArray *begun,
          guint index, RelayReply *reply)
{
    RelayCopy *last = NULL;
    if (index >= MAX_CONNECTIONS) {
        last = g_ptr_array_index(begun, MAX_CONNECTIONS - 1);
        if ((index - MAX_CONNECTIONS + 1) % MAX_RESETS == 0) {
            g_ptr_array_remove_index(begun, MAX_CONNECTIONS - 1);
            last = NULL;
        }
    }
    RelayCopy *one = begin_copy(delivery, copy, last, reply);
    if (one != NULL && one != last)
        g_ptr_array_add(begun, one);
    return one != NULL;
}

/* MAIL and RCPT of every copy are tried. The connections; NULL: outcome says
 * why. */
static GPtrArray *
begin_copies(const Delivery *delivery, Outcome *outcome)
{
    g_autoptr(GPtrArray) begun = g_ptr_array_new_with_free_func(free_begun);
    for (guint i = 0; i < outcome->copies->len; i++) {
        const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, i);
        RelayReply reply = {0};
        bool accepted = add_begun(delivery, copy, begun, i, &reply);
        if (!accepted)
            fail_as_relay_says(delivery, outcome, copy, &reply, 0);
        relay_reply_clear(&reply);
        if (!accepted)
            return NULL;
    }
    return g_steal_pointer(&begun);
}

/* The connection on which copy number index has begun, again if need be. NULL:
 * outcome says why. */
static RelayCopy *
get_begun(const Delivery *delivery, Outcome *outcome, const GPtrArray *begun,
          guint index)
{
    if (index < MAX_CONNECTIONS - 1 || outcome->copies->len <= MAX_CONNECTIONS)
        return g_ptr_array_index(begun, index);
    const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, index);
    RelayReply reply = {0};
    RelayCopy *one = begin_copy(
        delivery, copy, g_ptr_array_index(begun, MAX_CONNECTIONS - 1), &reply);
    if (one == NULL)
        fail_as_relay_says(delivery, outcome, copy, &reply, index);
    relay_reply_clear(&reply);
    return one;
}

/* It has left: a journal that cannot be written is no reason to have the
 * client send all of it again. */
static void
note_copy(const Delivery *delivery, const Outcome *outcome,
          const OutcomeCopy *copy)
{
    metrics_add(METRIC_COPIES, 1);
    for (guint i = 0; i < copy->recipients->len; i++) {
        const EnvelopeRecipient *recipient =
            g_ptr_array_index(copy->recipients, i);
        if (outcome->identity == NULL || recipient->address == NULL)
            continue;
        g_autofree char *key = mailbox_fold(recipient->address);
        g_autoptr(GError) error = NULL;
        if (!state_add_copy(delivery->state, outcome->identity, key, &error))
            log_event(LOG_LEVEL_ERROR, "journal", "queue-id",
                      delivery->envelope->queue_id, "to", recipient->address,
                      "error", error->message, NULL);
    }
}

static void
free_spool(gpointer spool)
{
    spool_unref(spool);
}

/* The bodies of all copies as the relay wants them: the disk may fill before
 * anything leaves, not in between. NULL: outcome says why. */
static GPtrArray *
prepare_bodies(const Delivery *delivery, Outcome *outcome)
{
    g_autoptr(GPtrArray) bodies = g_ptr_array_new_with_free_func(free_spool);
    for (guint i = 0; i < outcome->copies->len; i++) {
        const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, i);
        g_autoptr(GError) error = NULL;
        Spool *body = outcome_body_spool(&copy->body, delivery->spool, &error);
        if (body == NULL) {
            log_event(LOG_LEVEL_ERROR, "copy", "queue-id",
                      delivery->envelope->queue_id, "error", error->message,
                      NULL);
            fail_later(outcome, 0);
            return NULL;
        }
        g_ptr_array_add(bodies, body);
    }
    return g_steal_pointer(&bodies);
}

static bool
finish_copy(const Delivery *delivery, Outcome *outcome, guint index,
            RelayCopy *begun, const Spool *body)
{
    const OutcomeCopy *copy = g_ptr_array_index(outcome->copies, index);
    gsize header_bytes = 0;
    g_autofree char *header = outcome_copy_format_header(copy, &header_bytes);
    RelayReply reply = {.result = RELAY_LATER, .recipient = -1};
    bool sent =
        relay_finish(begun, header, header_bytes, body, &reply) == RELAY_OK;
    if (sent)
        note_copy(delivery, outcome, copy);
    else
        fail_as_relay_says(delivery, outcome, copy, &reply, index);
    relay_reply_clear(&reply);
    return sent;
}

static bool
send_copies(const Delivery *delivery, Outcome *outcome)
{
    g_autoptr(GPtrArray) bodies = prepare_bodies(delivery, outcome);
    g_autoptr(GPtrArray) begun =
        bodies != NULL ? begin_copies(delivery, outcome) : NULL;
    if (begun == NULL)
        return false;
    for (guint i = 0; i < outcome->copies->len; i++) {
        (void)smfi_progress(delivery->ctx);
        RelayCopy *one = get_begun(delivery, outcome, begun, i);
        if (one == NULL || !finish_copy(delivery, outcome, i, one,
                                        g_ptr_array_index(bodies, i)))
            return false;
    }
    return true;
}

/* --- in place ---------------------------------------------------------- */

/* The body's next bytes, from where they lie or else from buffer; NULL: the
 * spool cannot be read, which is logged. */
static const void *
read_body(const Delivery *delivery, const OutcomeBody *body, guint64 offset,
          void *buffer, gsize *size_bytes)
{
    const void *there = outcome_body_peek_at(body, offset, size_bytes);
    if (there != NULL && *size_bytes >= CHUNK_BYTES) {
        *size_bytes = CHUNK_BYTES;
        return there;
    }
    g_autoptr(GError) error = NULL;
    ssize_t got =
        outcome_body_read_at(body, offset, buffer, CHUNK_BYTES, &error);
    *size_bytes = got > 0 ? (gsize)got : 0;
    if (got >= 0)
        return buffer;
    log_event(LOG_LEVEL_ERROR, "body", "queue-id", delivery->envelope->queue_id,
              "error", error->message, NULL);
    return NULL;
}

static bool
replace_body(const Delivery *delivery, const OutcomeBody *body)
{
    if (body->entity == NULL && body->spool == NULL)
        return true;
    g_autofree unsigned char *buffer = g_malloc(CHUNK_BYTES);
    guint64 offset = 0;
    for (;;) {
        gsize size = 0;
        const void *bytes = read_body(delivery, body, offset, buffer, &size);
        if (bytes == NULL)
            return false;
        /* The first call drops the old body, even when the new is empty. */
        if (size == 0 && offset > 0)
            return true;
        if (smfi_replacebody(delivery->ctx, (unsigned char *)(guintptr)bytes,
                             (int)size) != MI_SUCCESS)
            return false;
        if (size == 0)
            return true;
        offset += size;
    }
}

static bool
remove_recipients(const Delivery *delivery, const GPtrArray *removed)
{
    for (guint i = 0; i < removed->len; i++) {
        const EnvelopeRecipient *recipient = g_ptr_array_index(removed, i);
        g_autofree char *path = g_strdup(recipient->path);
        if (smfi_delrcpt(delivery->ctx, path) != MI_SUCCESS)
            return false;
    }
    return true;
}

/* A value for libmilter: folds as LF + blank; the leading blank only where it
 * is asked for, else the MTA writes one of its own. */
static char *
format_value(const Delivery *delivery, const char *value)
{
    GString *text = g_string_new(NULL);
    if (!delivery->leading_blanks && *value == ' ')
        value++;
    for (; *value != '\0'; value++)
        if (value[0] != '\r' || value[1] != '\n')
            g_string_append_c(text, *value);
    return g_string_free(text, FALSE);
}

static bool
change_header(const Delivery *delivery, const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        const OutcomeChange *change = g_ptr_array_index(changes, i);
        g_autofree char *name = g_strdup(change->name);
        int result;
        g_autofree char *value = change->value != NULL
                                     ? format_value(delivery, change->value)
                                     : NULL;
        if (change->instance > 0)
            result = smfi_chgheader(delivery->ctx, name, (int)change->instance,
                                    value);
        else
            result = smfi_addheader(delivery->ctx, name, value);
        if (result != MI_SUCCESS)
            return false;
    }
    return true;
}

void
deliver_outcome(const Delivery *delivery, Outcome *outcome)
{
    if (!send_copies(delivery, outcome))
        return;
    /* Body first: a change that stops half-way never leaves clear text in a
     * sealed envelope, and our 4xx makes the MTA drop it anyway. */
    if (replace_body(delivery, &outcome->body) &&
        remove_recipients(delivery, outcome->removed) &&
        change_header(delivery, outcome->changes))
        return;
    log_event(LOG_LEVEL_ERROR, "change-not-taken", "queue-id",
              delivery->envelope->queue_id, NULL);
    fail_later(outcome, outcome->copies->len);
}
