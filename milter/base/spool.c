/* SPDX-License-Identifier: BSD-2-Clause */
/* Spool: the bytes of one message, of any size. */
#include "base/spool.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(SpoolSettings, member)

static const SettingRow rows[] = {
    {.name = "path",
     .type = SETTING_PATH,
     .offset = AT(path),
     .default_text = LOCALSTATEDIR "/spool/sceau",
     .help = "private directory for messages while they are worked on"},
    {.name = "memory",
     .type = SETTING_SIZE,
     .offset = AT(memory_bytes),
     .default_text = "1MiB",
     .minimum = 4096,
     .maximum = 1073741824,
     .help = "a larger message goes to a file without a name"},
    {.name = "limit",
     .type = SETTING_SIZE,
     .offset = AT(limit_bytes),
     .default_text = "100MiB",
     .minimum = 65536,
     .maximum = 1099511627776,
     .help = "a larger message is refused"},
    {0}};

const SettingsTable spool_settings = {
    .block = "spool",
    .size_bytes = sizeof(SpoolSettings),
    .rows = rows,
    .help = "where messages wait while they are worked on",
};

struct Spool {
    gint references;
    char *path;
    guint64 memory_bytes;
    guint64 limit_bytes;
    guint64 size_bytes;
    GByteArray *memory; /* until the file is opened */
    int fd;             /* -1: all in memory */
    bool sealed;
};

Spool *
spool_new(const SpoolSettings *settings)
{
    Spool *spool = g_new0(Spool, 1);
    spool->references = 1;
    spool->path = g_strdup(settings->path);
    spool->memory_bytes = settings->memory_bytes;
    spool->limit_bytes = settings->limit_bytes;
    spool->memory = g_byte_array_new();
    spool->fd = -1;
    return spool;
}

Spool *
spool_new_beside(const Spool *other)
{
    const SpoolSettings settings = {.path = other->path,
                                    .memory_bytes = other->memory_bytes,
                                    .limit_bytes = other->limit_bytes};
    return spool_new(&settings);
}

Spool *
spool_ref(Spool *spool)
{
    g_atomic_int_inc(&spool->references);
    return spool;
}

void
spool_unref(Spool *spool)
{
    if (spool == NULL || !g_atomic_int_dec_and_test(&spool->references))
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    g_clear_pointer(&spool->memory, g_byte_array_unref);
    g_free(spool->path);
    g_free(spool);
}

static bool
fail(const Spool *spool, const char *what, GError **error)
{
    error_set(error, ERROR_TEMPORARY, "spool %s: %s: %s", spool->path, what,
              g_strerror(errno));
    return false;
}

/* A file without a name leaves nothing behind, whatever happens to us. */
static int
open_nameless(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    g_autofree char *name = g_build_filename(dir, "spool-XXXXXX", NULL);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static bool
append_to_file(Spool *spool, const void *bytes, size_t size_bytes,
               GError **error)
{
    const char *cursor = bytes;
    while (size_bytes > 0) {
        ssize_t done = write(spool->fd, cursor, size_bytes);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail(spool, "cannot write", error);
        cursor += done;
        size_bytes -= (size_t)done;
    }
    return true;
}

static bool
move_to_file(Spool *spool, GError **error)
{
    spool->fd = open_nameless(spool->path);
    if (spool->fd < 0)
        return fail(spool, "cannot make a file", error);
    if (!append_to_file(spool, spool->memory->data, spool->memory->len, error))
        return false;
    g_clear_pointer(&spool->memory, g_byte_array_unref);
    return true;
}

bool
spool_write(Spool *spool, const void *bytes, size_t size_bytes, GError **error)
{
    g_assert(!spool->sealed);
    if (size_bytes > spool->limit_bytes - spool->size_bytes) {
        error_set(error, ERROR_MALFORMED,
                  "the message is larger than the limit of %" G_GUINT64_FORMAT
                  " bytes",
                  spool->limit_bytes);
        return false;
    }
    bool fits = spool->size_bytes + size_bytes <= spool->memory_bytes;
    if (spool->fd < 0 && !fits && !move_to_file(spool, error))
        return false;
    if (spool->fd >= 0) {
        if (!append_to_file(spool, bytes, size_bytes, error))
            return false;
    } else if (size_bytes > 0) {
        g_byte_array_append(spool->memory, bytes, (guint)size_bytes);
    }
    spool->size_bytes += size_bytes;
    return true;
}

/* The bytes are in place already; nothing is synced to disk, because a spool
 * does not outlive its process. */
bool
spool_seal(Spool *spool, GError **error)
{
    (void)error;
    spool->sealed = true;
    return true;
}

guint64
spool_get_size(const Spool *spool)
{
    return spool->size_bytes;
}

ssize_t
spool_read_at(const Spool *spool, guint64 offset, void *buffer,
              size_t size_bytes, GError **error)
{
    if (offset >= spool->size_bytes || size_bytes == 0)
        return 0;
    size_t wanted = (size_t)MIN(size_bytes, spool->size_bytes - offset);
    if (spool->fd < 0) {
        memcpy(buffer, spool->memory->data + offset, wanted);
        return (ssize_t)wanted;
    }
    size_t have = 0;
    while (have < wanted) {
        ssize_t got = pread(spool->fd, (char *)buffer + have, wanted - have,
                            (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            fail(spool, "cannot read", error);
            return -1;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}
