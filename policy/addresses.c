/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses: one list of a policy: addresses and domains, some until a day. */
#include "policy/addresses.h"

#include "policy/truth.h"

#include "base/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one file; a spreadsheet taken for a list has thousands. */
#define MISTAKE_LIMIT 20

struct Addresses {
    GHashTable *entries; /* folded pattern -> gint64 *until_s */
};

Addresses *
addresses_new(void)
{
    Addresses *addresses = g_new0(Addresses, 1);
    addresses->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return addresses;
}

void
addresses_free(Addresses *addresses)
{
    if (addresses == NULL)
        return;
    g_hash_table_unref(addresses->entries);
    g_free(addresses);
}

guint
addresses_count(const Addresses *addresses)
{
    return g_hash_table_size(addresses->entries);
}

/* The form under which a mailbox would look for it: domains as mailbox_parse
 * writes them, everything else folded. NULL: not a pattern. */
static char *
make_key(const char *pattern)
{
    if (!mailbox_check_pattern(pattern))
        return NULL;
    if (strchr(pattern, '@') != NULL) {
        g_autofree char *mailbox = mailbox_parse(pattern);
        return mailbox != NULL ? mailbox_fold(mailbox) : NULL;
    }
    bool below = *pattern == '.';
    g_autofree char *example =
        g_strconcat("x@", below ? pattern + 1 : pattern, NULL);
    g_autofree char *mailbox = mailbox_parse(example);
    if (mailbox == NULL)
        return NULL;
    return g_strconcat(below ? "." : "", mailbox_get_domain(mailbox), NULL);
}

bool
addresses_add(Addresses *addresses, const char *pattern, gint64 until_s)
{
    g_autofree char *key = make_key(pattern);
    if (key == NULL)
        return false;
    const gint64 *before = g_hash_table_lookup(addresses->entries, key);
    if (before != NULL && *before >= until_s)
        return true;
    gint64 *until = g_new(gint64, 1);
    *until = until_s;
    g_hash_table_replace(addresses->entries, g_steal_pointer(&key), until);
    return true;
}

/* --- matching ---------------------------------------------------------- */

static Truth
look_up(const Addresses *addresses, const char *key, gint64 now_s)
{
    const gint64 *until = g_hash_table_lookup(addresses->entries, key);
    if (until == NULL)
        return TRUTH_FALSE;
    if (*until == G_MAXINT64)
        return TRUTH_TRUE;
    if (now_s == 0)
        return TRUTH_UNKNOWN;
    return now_s < *until ? TRUTH_TRUE : TRUTH_FALSE;
}

Truth
addresses_match(const Addresses *addresses, const char *mailbox, gint64 now_s)
{
    g_autofree char *folded = mailbox_fold(mailbox);
    const char *domain = mailbox_get_domain(folded);
    Truth truth = look_up(addresses, folded, now_s);
    if (*domain == '\0')
        return truth;
    truth = truth_either(truth, look_up(addresses, domain, now_s));
    /* ".example.fr" is example.fr and everything below. */
    g_autofree char *dotted = g_strconcat(".", domain, NULL);
    for (const char *at = dotted; at != NULL && truth != TRUTH_TRUE;
         at = strchr(at + 1, '.'))
        truth = truth_either(truth, look_up(addresses, at, now_s));
    return truth;
}

/* --- files ------------------------------------------------------------- */

static GBytes *
read_all(int file, size_t limit_bytes, const char **reason)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (;;) {
        guint8 buffer[16384];
        ssize_t got = read(file, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *reason = g_strerror(errno);
            return NULL;
        }
        if (got == 0)
            return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
        if (bytes->len + (size_t)got > limit_bytes) {
            *reason = "it is too large";
            return NULL;
        }
        g_byte_array_append(bytes, buffer, (guint)got);
    }
}

GBytes *
addresses_read_file(const char *path, size_t limit_bytes, const Position *at,
                    Problems *problems)
{
    /* Not to wait for the writer of a fifo that somebody put there. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *reason = NULL;
    GBytes *bytes = NULL;
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        reason = g_strerror(errno);
    else if (!S_ISREG(status.st_mode))
        reason = "it is not a regular file";
    else
        bytes = read_all(file, limit_bytes, &reason);
    if (file >= 0)
        close(file);
    if (bytes == NULL)
        problems_add(problems, at, "cannot read %s: %s", path, reason);
    return bytes;
}

/* The first second after a day "2026-12-15", UTC; 0 when it is no day. */
static gint64
parse_day(const char *text)
{
    unsigned parts[3] = {0, 0, 0};
    static const unsigned widths[] = {4, 2, 2};
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned digit = 0; digit < widths[i]; digit++) {
            if (!g_ascii_isdigit(*text))
                return 0;
            parts[i] = parts[i] * 10 + (unsigned)(*text++ - '0');
        }
        if (*text++ != (i < 2 ? '-' : '\0'))
            return 0;
    }
    if (!g_date_valid_dmy((GDateDay)parts[2], (GDateMonth)parts[1],
                          (GDateYear)parts[0]))
        return 0;
    g_autoptr(GDateTime) day = g_date_time_new_utc((int)parts[0], (int)parts[1],
                                                   (int)parts[2], 0, 0, 0);
    return day != NULL ? g_date_time_to_unix(day) + 24 * 60 * 60 : 0;
}

/* One line without its comment. */
static void
add_line(Addresses *addresses, char *line, const Position *at,
         Problems *problems)
{
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(line), " \t", -1);
    const char *found[4] = {NULL, NULL, NULL, NULL};
    unsigned count = 0;
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0' && count < G_N_ELEMENTS(found))
            found[count++] = *word;
    if (count == 0)
        return;
    gint64 until_s = G_MAXINT64;
    if (count == 3 && strcmp(found[1], "until") == 0) {
        until_s = parse_day(found[2]);
        if (until_s == 0) {
            problems_add(problems, at,
                         "\"until\" needs a day such as 2026-12-31");
            return;
        }
    } else if (count != 1) {
        problems_add(problems, at,
                     "a line is an address or a domain, then maybe \"until\" "
                     "and a day, then maybe # and a comment");
        return;
    }
    if (!addresses_add(addresses, found[0], until_s))
        problems_add(problems, at, "\"%.80s\" is no address and no domain",
                     found[0]);
}

/* As in the policy, '#' begins a comment where a word could begin: it is
 * allowed inside an address (RFC 5322 3.2.3). */
static void
cut_comment(char *line)
{
    for (char *at = line; *at != '\0'; at++)
        if (*at == '#' && (at == line || g_ascii_isspace(at[-1]))) {
            *at = '\0';
            return;
        }
}

static void
add_lines(Addresses *addresses, const char *path, char *text,
          Problems *problems)
{
    Position at = {.file = g_intern_string(path), .line = 1, .column = 1};
    unsigned before = problems_count(problems);
    while (text != NULL) {
        char *next = strchr(text, '\n');
        if (next != NULL)
            *next++ = '\0';
        cut_comment(text);
        add_line(addresses, text, &at, problems);
        if (problems_count(problems) >= before + MISTAKE_LIMIT) {
            problems_add(problems, &at, "too many mistakes: not read further");
            return;
        }
        if (addresses_count(addresses) > ADDRESSES_ENTRY_LIMIT) {
            problems_add(problems, &at, "a list has at most %d entries",
                         ADDRESSES_ENTRY_LIMIT);
            return;
        }
        text = next;
        at.line++;
    }
}

void
addresses_load(Addresses *addresses, const char *path, const Position *at,
               GChecksum *hash, Problems *problems)
{
    g_autoptr(GBytes) bytes =
        addresses_read_file(path, ADDRESSES_FILE_LIMIT_BYTES, at, problems);
    if (bytes == NULL)
        return;
    gsize size_bytes = 0;
    const char *start = g_bytes_get_data(bytes, &size_bytes);
    guint64 length = GUINT64_TO_LE((guint64)size_bytes);
    g_checksum_update(hash, (const guchar *)&length, sizeof length);
    g_checksum_update(hash, (const guchar *)start, (gssize)size_bytes);
    if (size_bytes > 0 && memchr(start, '\0', size_bytes) != NULL) {
        problems_add(problems, at, "%s is not a text file", path);
        return;
    }
    g_autofree char *text = g_strndup(start, size_bytes);
    add_lines(addresses, path, text, problems);
}
