/* SPDX-License-Identifier: BSD-2-Clause */
/* Spool: the bytes of one message, of any size. */
#include "base/spool.h"

#include "base/error.h"
#include "base/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
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
     .default_text = "256KiB",
     .minimum = 4096,
     .maximum = 1073741824,
     .help = "so much of a message is kept in memory in any case"},
    {.name = "memory-shared",
     .type = SETTING_SIZE,
     .offset = AT(shared_bytes),
     .default_text = "64MiB",
     .minimum = 0,
     .maximum = 1099511627776,
     .help = "larger ones stay in memory while all of them together need no "
             "more; others go to a file without a name"},
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

/* A file takes whole blocks at their own places twice as fast as others. */
#define BLOCK_BYTES 65536
#define WRITE_BYTES (4 * BLOCK_BYTES)

#define FIRST_BYTES 16384

struct Spool {
    gint references;
    char *path;
    guint64 memory_bytes;
    guint64 shared_bytes;
    guint64 limit_bytes;
    guint64 size_bytes;
    guint64 flushed; /* bytes in the file */
    char *buffer;    /* the bytes after them; NULL: none yet */
    gsize buffered;
    gsize room;      /* of buffer */
    Mapping mapping; /* buffer, once it is large */
    int fd;          /* -1: all in memory */
    bool sealed;
};

Spool *
spool_new(const SpoolSettings *settings)
{
    Spool *spool = g_new0(Spool, 1);
    spool->references = 1;
    spool->path = g_strdup(settings->path);
    spool->memory_bytes = settings->memory_bytes;
    spool->shared_bytes = settings->shared_bytes;
    spool->limit_bytes = settings->limit_bytes;
    spool->fd = -1;
    return spool;
}

static void
drop_buffer(Spool *spool)
{
    if (spool->buffer != spool->mapping.bytes)
        g_free(spool->buffer);
    mapping_close(&spool->mapping);
    spool->buffer = NULL;
    spool->room = 0;
}

Spool *
spool_new_beside(const Spool *other)
{
    const SpoolSettings settings = {.path = other->path,
                                    .memory_bytes = other->memory_bytes,
                                    .shared_bytes = other->shared_bytes,
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
    drop_buffer(spool);
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

/* What is buffered, then size_bytes more, go to the end of the file. */
static bool
flush(Spool *spool, const char *bytes, gsize size_bytes, GError **error)
{
    struct iovec parts[] = {
        {.iov_base = spool->buffer, .iov_len = spool->buffered},
        {.iov_base = (char *)(guintptr)bytes, .iov_len = size_bytes}};
    gsize left = spool->buffered + size_bytes;
    spool->flushed += left;
    spool->buffered = 0;
    while (left > 0) {
        ssize_t done = writev(spool->fd, parts, G_N_ELEMENTS(parts));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail(spool, "cannot write", error);
        left -= (gsize)done;
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
            gsize part = MIN((gsize)done, parts[i].iov_len);
            parts[i].iov_base = (char *)parts[i].iov_base + part;
            parts[i].iov_len -= part;
            done -= (ssize_t)part;
        }
    }
    return true;
}

/* --- room -------------------------------------------------------------- */

/* What is large is mapped once, in large pages: growing step by step costs
 * more than the bytes. All mappings are of one size, for their reuse. */
static bool
map_buffer(Spool *spool, gsize needed_bytes)
{
    gsize shared = (gsize)spool->shared_bytes;
    if (needed_bytes > shared || (spool->mapping.bytes == NULL &&
                                  !mapping_open(&spool->mapping, shared)))
        return false;
    if (!mapping_grant(&spool->mapping, needed_bytes, shared)) {
        if (spool->buffer != spool->mapping.bytes)
            mapping_close(&spool->mapping);
        return false;
    }
    if (spool->buffer != spool->mapping.bytes) {
        if (spool->buffered > 0)
            memcpy(spool->mapping.bytes, spool->buffer, spool->buffered);
        g_free(spool->buffer);
        spool->buffer = spool->mapping.bytes;
    }
    spool->room = spool->mapping.granted_bytes;
    return true;
}

/* Room for as many bytes more in memory; false: there is none. */
static bool
grow_buffer(Spool *spool, gsize size_bytes)
{
    gsize needed = spool->buffered + size_bytes;
    if (needed > spool->memory_bytes)
        return map_buffer(spool, needed);
    if (needed <= spool->room)
        return true;
    gsize room = MAX(spool->room * 2, FIRST_BYTES);
    spool->room = MAX(room, needed);
    spool->buffer = g_realloc(spool->buffer, spool->room);
    return true;
}

static bool
append_to_file(Spool *spool, const char *bytes, gsize size_bytes,
               GError **error)
{
    gsize have = spool->buffered + size_bytes;
    if (have >= WRITE_BYTES) {
        gsize part = have / BLOCK_BYTES * BLOCK_BYTES - spool->buffered;
        if (!flush(spool, bytes, part, error))
            return false;
        bytes += part;
        size_bytes -= part;
    }
    if (size_bytes > 0)
        memcpy(spool->buffer + spool->buffered, bytes, size_bytes);
    spool->buffered += size_bytes;
    return true;
}

/* From memory to a file with a buffer of its own. */
static bool
move_to_file(Spool *spool, GError **error)
{
    spool->fd = open_nameless(spool->path);
    if (spool->fd < 0)
        return fail(spool, "cannot make a file", error);
    gsize rest = spool->buffered % BLOCK_BYTES;
    char *buffer = g_malloc(WRITE_BYTES);
    spool->buffered -= rest;
    if (rest > 0)
        memcpy(buffer, spool->buffer + spool->buffered, rest);
    bool good = flush(spool, NULL, 0, error);
    drop_buffer(spool);
    spool->buffer = buffer;
    spool->room = WRITE_BYTES;
    spool->buffered = rest;
    return good;
}

/* --- writing and reading ----------------------------------------------- */

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
    if (spool->fd < 0 && size_bytes > 0) {
        if (grow_buffer(spool, size_bytes)) {
            memcpy(spool->buffer + spool->buffered, bytes, size_bytes);
            spool->buffered += size_bytes;
            spool->size_bytes += size_bytes;
            return true;
        }
        if (!move_to_file(spool, error))
            return false;
    }
    spool->size_bytes += size_bytes;
    return append_to_file(spool, bytes, size_bytes, error);
}

/* Nothing is synced to disk, because a spool does not outlive its process. */
bool
spool_seal(Spool *spool, GError **error)
{
    if (spool->fd >= 0 && !spool->sealed) {
        if (!flush(spool, NULL, 0, error))
            return false;
        drop_buffer(spool);
    }
    spool->sealed = true;
    return true;
}

guint64
spool_get_size(const Spool *spool)
{
    return spool->size_bytes;
}

static bool
read_file(const Spool *spool, guint64 offset, char *to, gsize size_bytes,
          GError **error)
{
    while (size_bytes > 0) {
        ssize_t got = pread(spool->fd, to, size_bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(spool, "cannot read", error);
        to += got;
        offset += (guint64)got;
        size_bytes -= (gsize)got;
    }
    return true;
}

ssize_t
spool_read_at(const Spool *spool, guint64 offset, void *buffer,
              size_t size_bytes, GError **error)
{
    if (offset >= spool->size_bytes || size_bytes == 0)
        return 0;
    char *to = buffer;
    size_t wanted = (size_t)MIN(size_bytes, spool->size_bytes - offset);
    size_t in_file = 0;
    if (offset < spool->flushed) {
        in_file = (size_t)MIN(wanted, spool->flushed - offset);
        if (!read_file(spool, offset, to, in_file, error))
            return -1;
    }
    if (in_file < wanted)
        memcpy(to + in_file,
               spool->buffer + (offset + in_file - spool->flushed),
               wanted - in_file);
    return (ssize_t)wanted;
}

const void *
spool_peek_at(const Spool *spool, guint64 offset, gsize *size_bytes)
{
    if (spool->fd >= 0 || offset >= spool->size_bytes)
        return NULL;
    *size_bytes = (gsize)(spool->size_bytes - offset);
    return spool->buffer + offset;
}
