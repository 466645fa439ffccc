/* SPDX-License-Identifier: BSD-2-Clause */
/* A load generator: speaks the milter protocol as Postfix does and prints what
 * came back and how long the ends of messages took. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_BYTES 65535 /* Postfix's body chunk */
#define LINE_BYTES  78    /* of a body line, with CRLF */
#define ALL_ACTIONS 0x1ffU
#define ALL_STEPS   0x1fffffU /* what Postfix 3.7 offers */
#define VERSION_SIX 6U
#define MAX_PACKET  (1U << 20)
#define FLUSH_BYTES 65536
#define MAX_NAMED   100 /* more recipients than that go blind */

/* --- what is sent ------------------------------------------------------ */

static struct {
    const char *socket;
    const char *sender;
    const char *recipient; /* %d is replaced by 0, 1, … */
    guint64 size_bytes;
    unsigned connections;
    unsigned messages;
    unsigned recipients;
} job = {.connections = 1, .messages = 1, .recipients = 1, .size_bytes = 10240};

static GPtrArray *addresses; /* char *: of the recipients */
static GString *to;          /* the field's value; nobody is a blind copy */
static GString *body;
static const char *content_type;
static gint next_message;

static void
make_recipients(void)
{
    addresses = g_ptr_array_new_with_free_func(g_free);
    to = g_string_new(NULL);
    for (unsigned i = 0; i < job.recipients; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        g_auto(GStrv) parts = g_strsplit(job.recipient, "%d", 2);
        char *address = g_strjoinv(number, parts);
        g_ptr_array_add(addresses, address);
        if (i < MAX_NAMED)
            g_string_append_printf(to, "%s%s", i > 0 ? ",\n " : " ", address);
    }
}

/* Lines of 76 characters: text, or from 64 KiB on a part of base64 after one
 * of text, as clients send it. */
static void
make_body(void)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bool attached = job.size_bytes >= 65536;
    const char *before =
        "--part\r\nContent-Type: text/plain\r\n\r\nHello\r\n--part\r\n"
        "Content-Type: application/octet-stream; name=\"a\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n";
    const char *after = "--part--\r\n";
    body = g_string_sized_new((gsize)job.size_bytes + 256);
    content_type = attached ? " multipart/mixed; boundary=\"part\""
                            : " text/plain; charset=us-ascii";
    if (attached)
        g_string_append(body, before);
    guint64 seed = 88172645463325252U;
    while (body->len + LINE_BYTES + strlen(after) <= job.size_bytes) {
        for (int i = 0; i < LINE_BYTES - 2; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            g_string_append_c(body, alphabet[seed & 63]);
        }
        g_string_append(body, "\r\n");
    }
    if (attached)
        g_string_append(body, after);
}

/* --- a connection ------------------------------------------------------ */

typedef struct {
    int fd;
    guint32 steps;      /* as agreed */
    GByteArray *output; /* not yet written */
    GByteArray *input;  /* of the last packet: its data */
    char command;       /* of the last packet */
    guint64 replaced_bytes;
    unsigned done;
    unsigned failed;
    GArray *ends_us; /* gint64: how long each end of message took */
} Link;

static void
fail(const char *what)
{
    (void)fprintf(stderr, "mta: %s: %s\n", what, g_strerror(errno));
    exit(EXIT_FAILURE);
}

static void
write_all(int fd, const void *bytes, gsize size)
{
    const char *cursor = bytes;
    while (size > 0) {
        ssize_t done = send(fd, cursor, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            fail("cannot write");
        cursor += done;
        size -= (gsize)done;
    }
}

static void
flush(Link *link)
{
    write_all(link->fd, link->output->data, link->output->len);
    g_byte_array_set_size(link->output, 0);
}

static void
put(Link *link, char command, const void *bytes, gsize size)
{
    guint32 length = htonl((guint32)size + 1);
    g_byte_array_append(link->output, (const guint8 *)&length, sizeof length);
    g_byte_array_append(link->output, (const guint8 *)&command, 1);
    if (size > 0)
        g_byte_array_append(link->output, bytes, (guint)size);
    if (link->output->len > FLUSH_BYTES)
        flush(link);
}

/* Words, each with its NUL. */
static void
put_words(Link *link, char command, const char *const *words)
{
    g_autoptr(GByteArray) data = g_byte_array_new();
    for (; *words != NULL; words++)
        g_byte_array_append(data, (const guint8 *)*words,
                            (guint)strlen(*words) + 1);
    put(link, command, data->data, data->len);
}

static void
put_macros(Link *link, char command, const char *const *pairs)
{
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_byte_array_append(data, (const guint8 *)&command, 1);
    for (; *pairs != NULL; pairs++)
        g_byte_array_append(data, (const guint8 *)*pairs,
                            (guint)strlen(*pairs) + 1);
    put(link, SMFIC_MACRO, data->data, data->len);
}

static void
read_all(int fd, void *bytes, gsize size)
{
    char *cursor = bytes;
    while (size > 0) {
        ssize_t done = recv(fd, cursor, size, 0);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            fail("the filter went away");
        cursor += done;
        size -= (gsize)done;
    }
}

static void
get(Link *link)
{
    guint32 length = 0;
    flush(link);
    read_all(link->fd, &length, sizeof length);
    length = ntohl(length);
    if (length == 0 || length > MAX_PACKET)
        fail("a packet of impossible size");
    read_all(link->fd, &link->command, 1);
    g_byte_array_set_size(link->input, length - 1);
    read_all(link->fd, link->input->data, length - 1);
}

/* The answer to a step; CONTINUE without asking where none is due. */
static char
answer(Link *link, guint32 quiet)
{
    if ((link->steps & quiet) != 0)
        return SMFIR_CONTINUE;
    do
        get(link);
    while (link->command == SMFIR_PROGRESS);
    return link->command;
}

static void
negotiate(Link *link)
{
    guint32 words[3] = {htonl(VERSION_SIX), htonl(ALL_ACTIONS),
                        htonl(ALL_STEPS)};
    put(link, SMFIC_OPTNEG, words, sizeof words);
    get(link);
    if (link->command != SMFIC_OPTNEG || link->input->len < sizeof words)
        fail("no negotiation");
    memcpy(words, link->input->data, sizeof words);
    link->steps = ntohl(words[2]);
}

static int
open_socket(const char *name)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in inet = {.sin_family = AF_INET};
    bool is_inet = g_str_has_prefix(name, "inet:");
    const char *rest = strchr(name, ':') + 1;
    (void)g_strlcpy(local.sun_path, rest, sizeof local.sun_path);
    inet.sin_port = htons((guint16)g_ascii_strtoull(rest, NULL, 10));
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(is_inet ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result =
        is_inet ? connect(fd, (const struct sockaddr *)&inet, sizeof inet)
                : connect(fd, (const struct sockaddr *)&local, sizeof local);
    if (result != 0)
        fail(name);
    /* The other side's delays are measured, not ours. */
    if (is_inet)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* --- a message --------------------------------------------------------- */

static void
begin_connection(Link *link)
{
    static const char client[] = "client.example.fr\0004\0\031127.0.0.1";
    negotiate(link);
    put_macros(link, SMFIC_CONNECT,
               (const char *const[]){"j", "mx.example.fr", "v",
                                     "Postfix 3.7.11", "{daemon_name}",
                                     "mx.example.fr", NULL});
    if ((link->steps & SMFIP_NOCONNECT) == 0) {
        put(link, SMFIC_CONNECT, client, sizeof client);
        (void)answer(link, SMFIP_NR_CONN);
    }
    if ((link->steps & SMFIP_NOHELO) == 0) {
        put_words(link, SMFIC_HELO,
                  (const char *const[]){"client.example.fr", NULL});
        (void)answer(link, SMFIP_NR_HELO);
    }
}

static char
send_envelope(Link *link, const char *queue_id)
{
    g_autofree char *path = g_strdup_printf("<%s>", job.sender);
    put_macros(link, SMFIC_MAIL,
               (const char *const[]){"i", queue_id, "{auth_type}", "PLAIN",
                                     "{auth_authen}", job.sender, "{mail_addr}",
                                     job.sender, NULL});
    char said = SMFIR_CONTINUE;
    if ((link->steps & SMFIP_NOMAIL) == 0) {
        put_words(link, SMFIC_MAIL, (const char *const[]){path, NULL});
        said = answer(link, SMFIP_NR_MAIL);
    }
    for (unsigned i = 0; said == SMFIR_CONTINUE && i < job.recipients; i++) {
        const char *address = g_ptr_array_index(addresses, i);
        g_autofree char *forward = g_strdup_printf("<%s>", address);
        if ((link->steps & SMFIP_NORCPT) != 0)
            break;
        put_macros(
            link, SMFIC_RCPT,
            (const char *const[]){"i", queue_id, "{rcpt_addr}", address, NULL});
        put_words(link, SMFIC_RCPT, (const char *const[]){forward, NULL});
        said = answer(link, SMFIP_NR_RCPT);
    }
    return said;
}

static char
send_header(Link *link, const char *queue_id, unsigned number)
{
    g_autofree char *from = g_strdup_printf(" %s", job.sender);
    g_autofree char *id = g_strdup_printf(" <%u.bench@example.fr>", number);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date =
        g_date_time_format(now, " %a, %d %b %Y %H:%M:%S +0000");
    const char *const fields[] = {
        "From",       from,         "To",           to->str,
        "Subject",    " benchmark", "Message-ID",   id,
        "Date",       date,         "MIME-Version", " 1.0",
        "User-Agent", " bench",     "Content-Type", content_type};
    if ((link->steps & SMFIP_NODATA) == 0) {
        put(link, SMFIC_DATA, NULL, 0);
        if (answer(link, SMFIP_NR_DATA) != SMFIR_CONTINUE)
            return link->command;
    }
    bool blank = (link->steps & SMFIP_HDR_LEADSPC) != 0;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i += 2) {
        if ((link->steps & SMFIP_NOHDRS) != 0)
            break;
        put_words(link, SMFIC_HEADER,
                  (const char *const[]){fields[i],
                                        fields[i + 1] + (blank ? 0 : 1), NULL});
        if (answer(link, SMFIP_NR_HDR) != SMFIR_CONTINUE)
            return link->command;
    }
    put_macros(link, SMFIC_EOH, (const char *const[]){"i", queue_id, NULL});
    if ((link->steps & SMFIP_NOEOH) != 0)
        return SMFIR_CONTINUE;
    put(link, SMFIC_EOH, NULL, 0);
    return answer(link, SMFIP_NR_EOH);
}

static void
send_body(Link *link)
{
    for (gsize at = 0; at < body->len; at += CHUNK_BYTES) {
        gsize size = MIN(CHUNK_BYTES, body->len - at);
        put(link, SMFIC_BODY, body->str + at, size);
        char said = answer(link, SMFIP_NR_BODY);
        if (said == SMFIR_SKIP)
            return;
    }
}

/* The last status; what comes before it are changes. */
static char
end_message(Link *link)
{
    for (;;) {
        get(link);
        if (link->command == SMFIR_REPLBODY)
            link->replaced_bytes += link->input->len;
        if (strchr("atrdyc4", link->command) != NULL)
            return link->command;
    }
}

static void
send_message(Link *link, unsigned number)
{
    g_autofree char *queue_id = g_strdup_printf("BENCH%u", number);
    char said = send_envelope(link, queue_id);
    if (said == SMFIR_CONTINUE)
        said = send_header(link, queue_id, number);
    gint64 begin = g_get_monotonic_time();
    if (said == SMFIR_CONTINUE) {
        if ((link->steps & SMFIP_NOBODY) == 0)
            send_body(link);
        flush(link);
        put_macros(link, SMFIC_BODYEOB,
                   (const char *const[]){"i", queue_id, NULL});
        begin = g_get_monotonic_time();
        put(link, SMFIC_BODYEOB, NULL, 0);
        said = end_message(link);
    } else {
        put(link, SMFIC_ABORT, NULL, 0);
    }
    gint64 took = g_get_monotonic_time() - begin;
    g_array_append_val(link->ends_us, took);
    link->done++;
    if (said == SMFIR_CONTINUE || said == SMFIR_ACCEPT)
        return;
    (void)fprintf(stderr, "mta: the filter said %c %s\n", said,
                  said == SMFIR_REPLYCODE ? (char *)link->input->data : "");
    link->failed++;
}

static gpointer
run_link(gpointer data)
{
    Link *link = data;
    link->fd = open_socket(job.socket);
    link->output = g_byte_array_new();
    link->input = g_byte_array_new();
    link->ends_us = g_array_new(FALSE, FALSE, sizeof(gint64));
    begin_connection(link);
    for (;;) {
        gint number = g_atomic_int_add(&next_message, 1);
        if ((unsigned)number >= job.messages)
            break;
        send_message(link, (unsigned)number);
    }
    put(link, SMFIC_QUIT, NULL, 0);
    flush(link);
    /* The filter has seen the end when it closes. */
    char rest = 0;
    while (recv(link->fd, &rest, 1, 0) > 0)
        continue;
    (void)close(link->fd);
    return NULL;
}

/* --- the whole --------------------------------------------------------- */

static int
compare_times(gconstpointer a, gconstpointer b)
{
    gint64 left = *(const gint64 *)a;
    gint64 right = *(const gint64 *)b;
    return left < right ? -1 : left > right;
}

static gint64
get_percentile(GArray *times, unsigned percent)
{
    if (times->len == 0)
        return 0;
    g_array_sort(times, compare_times);
    guint index = MIN(times->len * percent / 100, times->len - 1);
    return g_array_index(times, gint64, index);
}

static bool
run(void)
{
    g_autofree Link *links = g_new0(Link, job.connections);
    g_autofree GThread **threads = g_new0(GThread *, job.connections);
    gint64 begin = g_get_monotonic_time();
    for (unsigned i = 0; i < job.connections; i++)
        threads[i] = g_thread_new("link", run_link, &links[i]);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    unsigned done = 0;
    unsigned failed = 0;
    guint64 replaced = 0;
    for (unsigned i = 0; i < job.connections; i++) {
        (void)g_thread_join(threads[i]);
        g_array_append_vals(times, links[i].ends_us->data,
                            links[i].ends_us->len);
        done += links[i].done;
        failed += links[i].failed;
        replaced += links[i].replaced_bytes;
    }
    gint64 took = g_get_monotonic_time() - begin;
    printf("messages=%u failed=%u replaced=%" G_GUINT64_FORMAT
           " body=%" G_GSIZE_FORMAT " p50_us=%" G_GINT64_FORMAT
           " p99_us=%" G_GINT64_FORMAT " wall_us=%" G_GINT64_FORMAT "\n",
           done, failed, replaced, body->len, get_percentile(times, 50),
           get_percentile(times, 99), took);
    return failed == 0;
}

int
main(int argc, char **argv)
{
    int option = 0;
    while ((option = getopt(argc, argv, "S:f:t:r:s:c:n:")) != -1) {
        if (option == 'S')
            job.socket = optarg;
        else if (option == 'f')
            job.sender = optarg;
        else if (option == 't')
            job.recipient = optarg;
        else if (option == 'r')
            job.recipients = (unsigned)g_ascii_strtoull(optarg, NULL, 10);
        else if (option == 's')
            job.size_bytes = g_ascii_strtoull(optarg, NULL, 10);
        else if (option == 'c')
            job.connections = (unsigned)g_ascii_strtoull(optarg, NULL, 10);
        else if (option == 'n')
            job.messages = (unsigned)g_ascii_strtoull(optarg, NULL, 10);
        else
            job.socket = NULL;
    }
    if (job.socket == NULL || strchr(job.socket, ':') == NULL ||
        job.sender == NULL || job.recipient == NULL) {
        (void)fprintf(
            stderr, "usage: mta -S unix:PATH|inet:PORT -f SENDER -t RECIPIENT "
                    "[-r COUNT] [-s BYTES] [-c CONNECTIONS] [-n MESSAGES]\n"
                    "  -r COUNT  recipients; %%d in RECIPIENT is 0, 1, ...\n");
        return EXIT_FAILURE;
    }
    make_recipients();
    make_body();
    return run() ? EXIT_SUCCESS : EXIT_FAILURE;
}
