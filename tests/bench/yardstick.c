/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters to compare with: "noop" answers nothing before the end of the
 * message; "echo" keeps the body and replaces it by itself; "digest" does so
 * too and hashes what comes, which no filter that signs can do without; "file"
 * does what "digest" does but keeps the body in a nameless file. */
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUIET                                                                  \
    (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |           \
     SMFIP_NR_DATA | SMFIP_NR_UNKN | SMFIP_NR_HDR | SMFIP_NR_EOH |             \
     SMFIP_NR_BODY)

typedef struct {
    unsigned char *bytes;
    size_t size;
    size_t room;
    EVP_MD_CTX *digest;
    int fd;         /* of "file"; 0: none yet */
    size_t in_file; /* the bytes before those in memory */
} Kept;

static bool echo;
static bool digest;
static const char *folder; /* of "file" */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
             unsigned long unused_1, unsigned long unused_2,
             unsigned long *actions_out, unsigned long *steps_out,
             unsigned long *unused_out_1, unsigned long *unused_out_2)
{
    (void)ctx;
    (void)unused_1;
    (void)unused_2;
    *actions_out = actions & SMFIF_CHGBODY;
    *steps_out = steps & QUIET;
    *unused_out_1 = 0;
    *unused_out_2 = 0;
    return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
    (void)host;
    (void)address;
    Kept *kept = calloc(1, sizeof *kept);
    return kept != NULL && smfi_setpriv(ctx, kept) == MI_SUCCESS
               ? SMFIS_NOREPLY
               : SMFIS_TEMPFAIL;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
    (void)ctx;
    (void)name;
    return SMFIS_NOREPLY;
}

static sfsistat
on_address(SMFICTX *ctx, char **arguments)
{
    (void)ctx;
    (void)arguments;
    return SMFIS_NOREPLY;
}

static sfsistat
on_data(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_NOREPLY;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return SMFIS_NOREPLY;
}

static bool
keep(Kept *kept, const unsigned char *bytes, size_t size)
{
    if (kept->size + size > kept->room) {
        size_t room = (kept->size + size) * 2;
        unsigned char *more = realloc(kept->bytes, room);
        if (more == NULL)
            return false;
        kept->bytes = more;
        kept->room = room;
    }
    memcpy(kept->bytes + kept->size, bytes, size);
    kept->size += size;
    return true;
}

#define WRITE_BYTES ((size_t)4 * 65536)
#define READ_BYTES  65535

/* Whole blocks at their own places: twice as fast as the same bytes anyhow. */
static bool
flush(Kept *kept, size_t size)
{
    if (kept->fd == 0)
        kept->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (write(kept->fd, kept->bytes, size) != (ssize_t)size)
        return false;
    kept->in_file += size;
    kept->size -= size;
    memmove(kept->bytes, kept->bytes + size, kept->size);
    return true;
}

static bool
keep_in_file(Kept *kept, const unsigned char *bytes, size_t size)
{
    return keep(kept, bytes, size) &&
           (kept->size < WRITE_BYTES || flush(kept, WRITE_BYTES));
}

static bool
replace_from_file(SMFICTX *ctx, Kept *kept)
{
    unsigned char chunk[READ_BYTES];
    if (!flush(kept, kept->size))
        return false;
    for (size_t at = 0; at < kept->in_file;) {
        ssize_t got = pread(kept->fd, chunk, sizeof chunk, (off_t)at);
        if (got <= 0 || smfi_replacebody(ctx, chunk, (int)got) != MI_SUCCESS)
            return false;
        at += (size_t)got;
    }
    return true;
}

static void
drop(Kept *kept)
{
    if (kept->fd != 0)
        close(kept->fd);
    EVP_MD_CTX_free(kept->digest);
    free(kept->bytes);
    *kept = (Kept){0};
}

static bool
hash(Kept *kept, const unsigned char *bytes, size_t size)
{
    if (kept->digest == NULL) {
        kept->digest = EVP_MD_CTX_new();
        if (EVP_DigestInit_ex(kept->digest, EVP_sha256(), NULL) != 1)
            return false;
    }
    return EVP_DigestUpdate(kept->digest, bytes, size) == 1;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t size)
{
    Kept *kept = smfi_getpriv(ctx);
    bool good = !digest || hash(kept, bytes, size);
    if (folder != NULL)
        good = good && keep_in_file(kept, bytes, size);
    else if (echo)
        good = good && keep(kept, bytes, size);
    return good ? SMFIS_NOREPLY : SMFIS_TEMPFAIL;
}

static sfsistat
on_end(SMFICTX *ctx)
{
    Kept *kept = smfi_getpriv(ctx);
    bool good = true;
    unsigned char value[EVP_MAX_MD_SIZE];
    if (kept->digest != NULL &&
        EVP_DigestFinal_ex(kept->digest, value, NULL) != 1)
        return SMFIS_TEMPFAIL;
    if (folder != NULL)
        good = replace_from_file(ctx, kept);
    else if (echo)
        good =
            smfi_replacebody(ctx, kept->bytes, (int)kept->size) == MI_SUCCESS;
    drop(kept);
    return good ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_close(SMFICTX *ctx)
{
    Kept *kept = smfi_getpriv(ctx);
    if (kept != NULL)
        drop(kept);
    free(kept);
    (void)smfi_setpriv(ctx, NULL);
    return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
    static char name[] = "yardstick";
    struct smfiDesc filter = {
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_CHGBODY,
        .xxfi_connect = on_connect,
        .xxfi_helo = on_helo,
        .xxfi_envfrom = on_address,
        .xxfi_envrcpt = on_address,
        .xxfi_header = on_header,
        .xxfi_eoh = on_data,
        .xxfi_body = on_body,
        .xxfi_eom = on_end,
        .xxfi_close = on_close,
        .xxfi_data = on_data,
        .xxfi_negotiate = on_negotiate,
    };
    if (argc < 3 || argc > 4) {
        (void)fprintf(stderr, "usage: yardstick noop|echo|digest SOCKET\n"
                              "       yardstick file SOCKET FOLDER\n");
        return EXIT_FAILURE;
    }
    folder = argc == 4 ? argv[3] : NULL;
    digest = folder != NULL || strcmp(argv[1], "digest") == 0;
    echo = digest || strcmp(argv[1], "echo") == 0;
    return smfi_register(filter) == MI_SUCCESS &&
                   smfi_setconn(argv[2]) == MI_SUCCESS &&
                   smfi_main() == MI_SUCCESS
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
