/* SPDX-License-Identifier: BSD-2-Clause */
/* A fake libmilter: the smfi_ functions as the daemon calls them. */
#include "fake_milter.h"

#include <stdarg.h>
#include <string.h>

SMFICTX *
fake_milter_new(void)
{
    SMFICTX *ctx = g_new0(SMFICTX, 1);
    ctx->macros =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    ctx->symbols = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    ctx->log = g_string_new(NULL);
    return ctx;
}

void
fake_milter_clear(SMFICTX *ctx)
{
    g_string_truncate(ctx->log, 0);
    if (ctx->body != NULL)
        g_string_free(ctx->body, TRUE);
    if (ctx->reply != NULL)
        g_string_free(ctx->reply, TRUE);
    ctx->body = NULL;
    ctx->reply = NULL;
}

void
fake_milter_free(SMFICTX *ctx)
{
    fake_milter_clear(ctx);
    g_string_free(ctx->log, TRUE);
    g_hash_table_unref(ctx->macros);
    g_hash_table_unref(ctx->symbols);
    g_free(ctx);
}

void
fake_milter_set_macro(SMFICTX *ctx, const char *name, const char *value)
{
    if (value == NULL)
        g_hash_table_remove(ctx->macros, name);
    else
        g_hash_table_insert(ctx->macros, g_strdup(name), g_strdup(value));
}

static int
result_of(const SMFICTX *ctx, const char *function)
{
    return g_strcmp0(ctx->failing, function) == 0 ? MI_FAILURE : MI_SUCCESS;
}

/* --- what the daemon calls --------------------------------------------- */

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
    return g_hash_table_lookup(ctx->macros, name);
}

int
smfi_setpriv(SMFICTX *ctx, void *data)
{
    ctx->private_data = data;
    return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
    return ctx->private_data;
}

int
smfi_setsymlist(SMFICTX *ctx, int where, char *macros)
{
    g_hash_table_insert(ctx->symbols, GINT_TO_POINTER(where), g_strdup(macros));
    return result_of(ctx, "smfi_setsymlist");
}

int
smfi_setmlreply(SMFICTX *ctx, const char *code, const char *enhanced, ...)
{
    if (ctx->reply != NULL)
        g_string_free(ctx->reply, TRUE);
    ctx->reply = g_string_new(NULL);
    g_string_append_printf(ctx->reply, "%s %s ", code, enhanced);
    va_list lines;
    va_start(lines, enhanced);
    const char *line;
    while ((line = va_arg(lines, const char *)) != NULL) {
        /* libmilter refuses these. */
        g_assert(strlen(line) <= 980 && strpbrk(line, "\r\n") == NULL);
        g_string_append_printf(ctx->reply, "%s|", line);
    }
    va_end(lines);
    return result_of(ctx, "smfi_setmlreply");
}

int
smfi_addheader(SMFICTX *ctx, char *name, char *value)
{
    g_string_append_printf(ctx->log, "add %s:%s\n", name, value);
    return result_of(ctx, "smfi_addheader");
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
    g_string_append_printf(ctx->log, "change %s[%d]%s%s\n", name, index,
                           value != NULL ? ":" : " delete",
                           value != NULL ? value : "");
    return result_of(ctx, "smfi_chgheader");
}

int
smfi_delrcpt(SMFICTX *ctx, char *recipient)
{
    g_string_append_printf(ctx->log, "remove %s\n", recipient);
    return result_of(ctx, "smfi_delrcpt");
}

int
smfi_progress(SMFICTX *ctx)
{
    ctx->progress++;
    return result_of(ctx, "smfi_progress");
}

int
smfi_replacebody(SMFICTX *ctx, unsigned char *bytes, int size)
{
    if (ctx->body == NULL)
        g_string_append(ctx->log, "body\n");
    if (ctx->body == NULL)
        ctx->body = g_string_new(NULL);
    g_string_append_len(ctx->body, (const char *)bytes, size);
    return result_of(ctx, "smfi_replacebody");
}

/* --- what only listening needs ----------------------------------------- */

int
smfi_setconn(char *connection)
{
    (void)connection;
    return MI_FAILURE;
}

int
smfi_opensocket(bool remove)
{
    (void)remove;
    return MI_FAILURE;
}
