/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake relay: keeps what it is given, answers as it is told. */
#include "fake_relay.h"

#include <stddef.h>

struct RelayCopy {
    bool finished;
};

static const SettingRow rows[] = {{.name = "server",
                                   .type = SETTING_TEXT,
                                   .offset = offsetof(RelaySettings, server),
                                   .default_text = "unix:/fake",
                                   .help = "a fake"},
                                  {0}};

const SettingsTable relay_settings = {
    .block = "relay",
    .size_bytes = sizeof(RelaySettings),
    .rows = rows,
    .help = "a fake",
};

static FakeRelayPlan plan;
static GString *steps;
static int begun, ended;
static unsigned open_copies, connections, most_connections;

void
fake_relay_reset(const FakeRelayPlan *new_plan)
{
    plan = *new_plan;
    begun = 0;
    ended = 0;
    open_copies = 0;
    connections = 0;
    most_connections = 0;
    if (steps == NULL)
        steps = g_string_new(NULL);
    g_string_truncate(steps, 0);
}

const char *
fake_relay_get_log(void)
{
    return steps->str;
}

unsigned
fake_relay_count_open(void)
{
    return open_copies;
}

unsigned
fake_relay_count_connections(void)
{
    return most_connections;
}

void
relay_check_settings(const Settings *settings, Problems *problems)
{
    (void)settings;
    (void)problems;
}

void
relay_reply_clear(RelayReply *reply)
{
    g_clear_pointer(&reply->text, g_free);
}

static RelayResult
answer(RelayReply *reply, bool fails)
{
    reply->result = fails ? plan.result : RELAY_OK;
    reply->recipient = fails ? plan.recipient : -1;
    reply->text = g_strdup(fails ? plan.text : "250 2.0.0 ok");
    return reply->result;
}

static RelayResult
take_envelope(const char *how, const RelayEnvelope *envelope, RelayReply *reply)
{
    g_string_append_printf(steps, "%s %s", how, envelope->sender_path);
    for (unsigned i = 0; i < envelope->recipient_count; i++)
        g_string_append_printf(steps, " %s", envelope->recipients[i].path);
    g_string_append_c(steps, '\n');
    return answer(reply, begun++ == plan.begin_fails);
}

RelayCopy *
relay_begin(const RelaySettings *settings, const RelayEnvelope *envelope,
            RelayReply *reply)
{
    g_assert(settings != NULL);
    if (take_envelope("begin", envelope, reply) != RELAY_OK)
        return NULL;
    open_copies++;
    connections++;
    most_connections = MAX(most_connections, connections);
    return g_new0(RelayCopy, 1);
}

RelayResult
relay_renew(RelayCopy *copy, const RelayEnvelope *envelope, RelayReply *reply)
{
    if (copy->finished)
        open_copies++;
    copy->finished = false;
    return take_envelope("renew", envelope, reply);
}

RelayResult
relay_finish(RelayCopy *copy, const char *header, gsize header_size,
             const Spool *body, RelayReply *reply)
{
    char buffer[4096];
    ssize_t got = spool_read_at(body, 0, buffer, sizeof buffer, NULL);
    g_assert(got >= 0 && !copy->finished);
    g_string_append(steps, "finish\n");
    g_string_append_len(steps, header, (gssize)header_size);
    g_string_append(steps, "\r\n");
    g_string_append_len(steps, buffer, got);
    copy->finished = true;
    open_copies--;
    return answer(reply, ended++ == plan.finish_fails);
}

void
relay_copy_free(RelayCopy *copy)
{
    if (copy == NULL)
        return;
    if (!copy->finished) {
        g_string_append(steps, "drop\n");
        open_copies--;
    }
    connections--;
    g_free(copy);
}
