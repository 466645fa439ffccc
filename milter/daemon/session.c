/* SPDX-License-Identifier: BSD-2-Clause */
/* Session: libmilter's callbacks. Facts about both MTAs: what they tell when.
 */
#include "daemon/session.h"

#include "base/log.h"
#include "daemon/answer.h"
#include "daemon/deliver.h"
#include "daemon/macros.h"
#include "flow/process.h"
#include "mime/message.h"

#include <libmilter/mfdef.h>
#include <string.h>

/* Must be granted, else we could not do what we promise. */
#define NEEDED_ACTIONS                                                         \
    (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_DELRCPT)
#define WANTED_ACTIONS (NEEDED_ACTIONS | SMFIF_ADDRCPT | SMFIF_SETSYMLIST)

/* MAIL and EOH are answered: MAIL so that a stopping process can defer, EOH
 * so that ACCEPT and REJECT count there. */
#define QUIET_STEPS                                                            \
    (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_UNKN | SMFIP_NR_RCPT |           \
     SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_BODY)

/* One message. */
typedef struct {
    Setup *setup; /* the message ends with the setup it began with */
    Envelope *envelope;
    Message *message; /* both the process's once there is one */
    GError *trouble;  /* the header could not be kept */
    Process *process;
    bool full; /* the body is no longer wanted */
} Draft;

/* One connection of the MTA: several messages, one after the other. */
typedef struct {
    unsigned long protocol; /* what was negotiated */
    char *client_address;   /* NULL: not told */
    Draft *draft;
} Connection;

static const SessionWorld *world;

/* --- who is at work ---------------------------------------------------- */

static GMutex work_lock;
static GCond work_done;
static unsigned workers; /* under work_lock */
static bool stopping;    /* under work_lock */

static bool
enter_work(void)
{
    g_mutex_lock(&work_lock);
    bool welcome = !stopping;
    if (welcome)
        workers++;
    g_mutex_unlock(&work_lock);
    return welcome;
}

static void
leave_work(void)
{
    g_mutex_lock(&work_lock);
    if (--workers == 0 && stopping)
        g_cond_broadcast(&work_done);
    g_mutex_unlock(&work_lock);
}

bool
session_stop(gint64 deadline_us)
{
    g_mutex_lock(&work_lock);
    stopping = true;
    while (workers > 0 &&
           g_cond_wait_until(&work_done, &work_lock, deadline_us))
        continue;
    bool idle = workers == 0;
    g_mutex_unlock(&work_lock);
    return idle;
}

/* --- drafts and connections -------------------------------------------- */

static void
draft_free(Draft *draft)
{
    if (draft == NULL)
        return;
    if (draft->process != NULL) {
        process_free(draft->process);
    } else {
        message_free(draft->message);
        envelope_free(draft->envelope);
    }
    g_clear_error(&draft->trouble);
    setup_unref(draft->setup);
    g_free(draft);
}

static void
drop_draft(Connection *connection)
{
    g_clear_pointer(&connection->draft, draft_free);
}

static Connection *
get_connection(SMFICTX *ctx)
{
    Connection *connection = smfi_getpriv(ctx);
    if (connection != NULL)
        return connection;
    /* After XCLIENT Postfix closes and begins anew without negotiating. */
    connection = g_new0(Connection, 1);
    if (smfi_setpriv(ctx, connection) == MI_SUCCESS)
        return connection;
    g_free(connection);
    return NULL;
}

static Draft *
get_draft(SMFICTX *ctx)
{
    const Connection *connection = smfi_getpriv(ctx);
    return connection != NULL ? connection->draft : NULL;
}

/* The status for a step whose reply the MTA does not wait for, where that
 * was negotiated. */
static sfsistat
stay_quiet(SMFICTX *ctx, unsigned long step)
{
    const Connection *connection = smfi_getpriv(ctx);
    return connection != NULL && (connection->protocol & step) != 0
               ? SMFIS_NOREPLY
               : SMFIS_CONTINUE;
}

/* --- the connection ---------------------------------------------------- */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
             unsigned long unused_1, unsigned long unused_2,
             unsigned long *actions_out, unsigned long *steps_out,
             unsigned long *unused_out_1, unsigned long *unused_out_2)
{
    (void)unused_1;
    (void)unused_2;
    *unused_out_1 = 0;
    *unused_out_2 = 0;
    Connection *connection = get_connection(ctx);
    if ((actions & NEEDED_ACTIONS) != NEEDED_ACTIONS || connection == NULL) {
        log_event(LOG_LEVEL_ERROR, "mta-offers-too-little", NULL);
        return SMFIS_REJECT;
    }
    if ((actions & SMFIF_SETSYMLIST) != 0)
        macros_request(ctx);
    connection->protocol = steps & (QUIET_STEPS | SMFIP_HDR_LEADSPC);
    *actions_out = actions & WANTED_ACTIONS;
    *steps_out = connection->protocol;
    return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
    (void)host;
    Connection *connection = get_connection(ctx);
    if (connection == NULL)
        return SMFIS_TEMPFAIL;
    g_free(connection->client_address);
    connection->client_address = macros_get_client(ctx, address);
    return stay_quiet(ctx, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
    (void)name;
    return stay_quiet(ctx, SMFIP_NR_HELO);
}

static sfsistat
on_unknown(SMFICTX *ctx, const char *command)
{
    (void)command;
    return stay_quiet(ctx, SMFIP_NR_UNKN);
}

static sfsistat
on_close(SMFICTX *ctx)
{
    Connection *connection = smfi_getpriv(ctx);
    if (connection == NULL)
        return SMFIS_CONTINUE;
    (void)smfi_setpriv(ctx, NULL);
    drop_draft(connection);
    g_free(connection->client_address);
    g_free(connection);
    return SMFIS_CONTINUE;
}

/* --- the envelope ------------------------------------------------------ */

/* ESMTP arguments after the path. */
static char *
join_parameters(char **arguments)
{
    return arguments[0] != NULL && arguments[1] != NULL
               ? g_strjoinv(" ", arguments + 1)
               : g_strdup("");
}

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
    Connection *connection = get_connection(ctx);
    if (connection == NULL || arguments[0] == NULL || !enter_work())
        return SMFIS_TEMPFAIL;
    drop_draft(connection);
    Draft *draft = g_new0(Draft, 1);
    draft->setup = reload_get_setup(world->reload);
    draft->envelope = envelope_new();
    draft->message = message_new();
    g_autofree char *parameters = join_parameters(arguments);
    envelope_set_sender(draft->envelope, arguments[0], parameters);
    draft->envelope->client_address = g_strdup(connection->client_address);
    draft->envelope->trusted_socket =
        !world->inet || draft->setup->general->sign_on_inet;
    connection->draft = draft;
    leave_work();
    return SMFIS_CONTINUE;
}

static sfsistat
on_recipient(SMFICTX *ctx, char **arguments)
{
    Draft *draft = get_draft(ctx);
    if (draft == NULL || draft->process != NULL || arguments[0] == NULL)
        return stay_quiet(ctx, SMFIP_NR_RCPT) == SMFIS_NOREPLY ? SMFIS_NOREPLY
                                                               : SMFIS_TEMPFAIL;
    g_autofree char *parameters = join_parameters(arguments);
    envelope_add_recipient(draft->envelope, arguments[0], parameters,
                           macros_get_recipient(ctx));
    return stay_quiet(ctx, SMFIP_NR_RCPT);
}

static sfsistat
on_data(SMFICTX *ctx)
{
    return stay_quiet(ctx, SMFIP_NR_DATA);
}

/* --- the message ------------------------------------------------------- */

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
    Draft *draft = get_draft(ctx);
    if (draft == NULL || draft->process != NULL || draft->trouble != NULL)
        return stay_quiet(ctx, SMFIP_NR_HDR);
    const Connection *connection = smfi_getpriv(ctx);
    bool raw = (connection->protocol & SMFIP_HDR_LEADSPC) != 0;
    g_autofree char *blank_added = raw ? NULL : g_strconcat(" ", value, NULL);
    if (!message_add_field(draft->message, name, raw ? value : blank_added,
                           &draft->trouble))
        g_assert(draft->trouble != NULL);
    return stay_quiet(ctx, SMFIP_NR_HDR);
}

static sfsistat
answer(SMFICTX *ctx, const Draft *draft, const Outcome *outcome)
{
    return answer_make(ctx, outcome, draft->setup->general->contact);
}

static Outcome *
end_process(SMFICTX *ctx, const Connection *connection)
{
    const Draft *draft = connection->draft;
    Outcome *outcome = process_end(draft->process);
    const Delivery delivery = {
        .ctx = ctx,
        .relay = settings_get(draft->setup->settings, relay_settings.block),
        .spool = draft->setup->spool,
        .state = world->state,
        .envelope = draft->envelope,
        .leading_blanks = (connection->protocol & SMFIP_HDR_LEADSPC) != 0,
    };
    if (outcome->kind == OUTCOME_REPLACE)
        deliver_outcome(&delivery, outcome);
    process_remember(draft->process, outcome);
    process_log(draft->process, outcome);
    return outcome;
}

/* The end of the header: CONTINUE, or the message's last status. */
static sfsistat
end_header(SMFICTX *ctx, Connection *connection)
{
    Draft *draft = connection->draft;
    bool broken = draft->trouble != NULL;
    macros_fill_envelope(ctx, draft->envelope);
    draft->process = process_new(draft->setup, world->state, draft->envelope,
                                 draft->message);
    if (broken)
        process_fail_header(draft->process, g_steal_pointer(&draft->trouble));
    if (process_headers(draft->process) == PROCESS_CONTINUE && !broken)
        return SMFIS_CONTINUE;
    g_autoptr(Outcome) outcome = process_end(draft->process);
    process_log(draft->process, outcome);
    return answer(ctx, draft, outcome);
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
    Connection *connection = smfi_getpriv(ctx);
    if (connection == NULL || connection->draft == NULL ||
        connection->draft->process != NULL || !enter_work())
        return SMFIS_TEMPFAIL;
    sfsistat status = end_header(ctx, connection);
    if (status != SMFIS_CONTINUE)
        drop_draft(connection);
    leave_work();
    return status;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t size_bytes)
{
    Draft *draft = get_draft(ctx);
    if (draft != NULL && draft->process != NULL && !draft->full)
        draft->full = !process_body(draft->process, bytes, size_bytes);
    return stay_quiet(ctx, SMFIP_NR_BODY);
}

static sfsistat
end_message(SMFICTX *ctx, const Connection *connection)
{
    const Draft *draft = connection->draft;
    /* The end of the header was never told: body bytes may be missing. */
    if (draft->process == NULL)
        return SMFIS_TEMPFAIL;
    g_autoptr(Outcome) outcome = end_process(ctx, connection);
    return answer(ctx, draft, outcome);
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
    Connection *connection = smfi_getpriv(ctx);
    if (connection == NULL || connection->draft == NULL || !enter_work())
        return SMFIS_TEMPFAIL;
    sfsistat status = end_message(ctx, connection);
    drop_draft(connection);
    leave_work();
    return status;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
    Connection *connection = smfi_getpriv(ctx);
    if (connection != NULL)
        drop_draft(connection);
    return SMFIS_CONTINUE;
}

struct smfiDesc
session_get_filter(const SessionWorld *new_world)
{
    static char name[] = "sceau";
    world = new_world;
    return (struct smfiDesc){
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = WANTED_ACTIONS,
        .xxfi_connect = on_connect,
        .xxfi_helo = on_helo,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_recipient,
        .xxfi_header = on_header,
        .xxfi_eoh = on_end_of_header,
        .xxfi_body = on_body,
        .xxfi_eom = on_end_of_message,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_unknown = on_unknown,
        .xxfi_data = on_data,
        .xxfi_negotiate = on_negotiate,
    };
}
