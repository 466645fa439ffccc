/* SPDX-License-Identifier: BSD-2-Clause */
/* sceau certificate forget: whose certificate has gone for good. */
#include "base/mailbox.h"
#include "base/quote.h"
#include "base/state.h"
#include "tool/cmd_certificate.h"
#include "tool/keep.h"

#include <stdio.h>

/* Folded, as the state file has them; NULL, and said, when one of them is
 * wrong. Caller unrefs. */
static GPtrArray *
list_addresses(const GPtrArray *words)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 1; i < words->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *address =
            command_read_address(g_ptr_array_index(words, i), false, &error);
        if (address == NULL) {
            (void)command_report(error);
            return NULL;
        }
        g_ptr_array_add(addresses, mailbox_fold(address));
    }
    return g_steal_pointer(&addresses);
}

static CommandStatus
forget(State *state, const char *address)
{
    g_autofree char *shown = quote_terminal(address);
    g_autoptr(GError) error = NULL;
    switch (state_remove_mark(state, address, &error)) {
    case STATE_YES:
        printf("%s is forgotten: without a certificate, none is missed\n",
               shown);
        return STATUS_OK;
    case STATE_NO:
        fprintf(stderr,
                "sceau certificate forget: no mail to %s was "
                "encrypted lately\n",
                shown);
        return STATUS_NO;
    case STATE_UNKNOWN:
        break;
    }
    return command_report(error);
}

CommandStatus
cmd_certificate_forget(const char *config, const Options *options)
{
    g_autoptr(GPtrArray) addresses =
        list_addresses(options_get_arguments(options));
    if (addresses == NULL)
        return STATUS_USAGE;
    g_autoptr(GError) error = NULL;
    g_autoptr(State) state = keep_open(config, &error);
    if (state == NULL)
        return command_report(error);
    CommandStatus status = STATUS_OK;
    for (guint i = 0; i < addresses->len; i++) {
        CommandStatus one = forget(state, g_ptr_array_index(addresses, i));
        status = MAX(status, one);
    }
    return status;
}
