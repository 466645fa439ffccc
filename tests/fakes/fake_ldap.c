/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory server in a thread of the test. */
#include "fake_ldap.h"

#include "smime/der.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <stdbool.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CLIENTS 32

typedef struct {
    char *dn, *mail, *attribute;
    GBytes *value;
} Entry;

struct FakeLdap {
    char *dir, *path, *uri;
    int listener;
    int wake[2];
    GThread *thread;
    GPtrArray *entries;
    GMutex lock; /* of what follows */
    FakeLdapMode mode;
    bool stopping, disconnect;
    guint accepted;
};

/* --- answers ----------------------------------------------------------- */

static void
put(GByteArray *to, guchar tag, const void *bytes, gsize size)
{
    der_append_header(to, tag, size);
    g_byte_array_append(to, bytes, (guint)size);
}

static void
wrap(GByteArray *to, guchar tag, GByteArray *content)
{
    put(to, tag, content->data, content->len);
    g_byte_array_unref(content);
}

/* LDAPMessage ::= SEQUENCE { messageID, protocolOp } */
static void
put_message(GByteArray *out, const DerElement *id, guchar tag, GByteArray *op)
{
    GByteArray *message = g_byte_array_new();
    g_byte_array_append(message, id->whole, (guint)id->whole_size);
    wrap(message, tag, op);
    wrap(out, 0x30, message);
}

static void
put_result(GByteArray *out, const DerElement *id, guchar tag, guchar code)
{
    GByteArray *op = g_byte_array_new();
    put(op, 0x0A, &code, 1);
    put(op, 0x04, "", 0);
    put(op, 0x04, "", 0);
    put_message(out, id, tag, op);
}

static void
put_attribute(GByteArray *to, const char *name, const void *bytes, gsize size)
{
    GByteArray *attribute = g_byte_array_new();
    GByteArray *values = g_byte_array_new();
    put(attribute, 0x04, name, strlen(name));
    put(values, 0x04, bytes, size);
    wrap(attribute, 0x31, values);
    wrap(to, 0x30, attribute);
}

static void
put_entry(GByteArray *out, const DerElement *id, const Entry *entry, bool blind)
{
    GByteArray *op = g_byte_array_new();
    GByteArray *attributes = g_byte_array_new();
    gsize size = 0;
    const void *value = g_bytes_get_data(entry->value, &size);
    put(op, 0x04, entry->dn, strlen(entry->dn));
    put_attribute(attributes, "mail", entry->mail, strlen(entry->mail));
    if (!blind && size > 0)
        put_attribute(attributes, entry->attribute, value, size);
    wrap(op, 0x30, attributes);
    put_message(out, id, 0x64, op);
}

static void
answer_search(const FakeLdap *fake, FakeLdapMode mode, const DerElement *id,
              const DerElement *request, GByteArray *out)
{
    for (guint i = 0; mode != FAKE_LDAP_EMPTY && i < fake->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(fake->entries, i);
        g_autofree char *folded = g_ascii_strdown(entry->mail, -1);
        if (memmem(request->content, request->size, folded, strlen(folded)) !=
            NULL)
            put_entry(out, id, entry, mode == FAKE_LDAP_BLIND);
    }
    put_result(out, id, 0x65, mode == FAKE_LDAP_CUT ? 4 : 0);
}

/* False: the connection is to be closed. */
static bool
answer(const FakeLdap *fake, FakeLdapMode mode, const DerElement *message,
       GByteArray *out)
{
    DerReader reader = der_enter(message);
    DerElement id, op;
    if (mode == FAKE_LDAP_FROZEN)
        return true;
    if (!der_read(&reader, &id) || !der_read(&reader, &op))
        return false;
    if (op.tag == 0x60)
        put_result(out, &id, 0x61, mode == FAKE_LDAP_REFUSE_BIND ? 49 : 0);
    else if (op.tag == 0x63 && mode != FAKE_LDAP_DROP)
        answer_search(fake, mode, &id, &op, out);
    else
        return false;
    return true;
}

/* --- connections ------------------------------------------------------- */

static bool
serve(FakeLdap *fake, int fd)
{
    guchar buffer[65536];
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0)
        return false;
    g_mutex_lock(&fake->lock);
    FakeLdapMode mode = fake->mode;
    g_mutex_unlock(&fake->lock);
    DerReader reader = der_open(buffer, (gsize)got);
    DerElement message;
    g_autoptr(GByteArray) out = g_byte_array_new();
    while (der_read(&reader, &message))
        if (!answer(fake, mode, &message, out))
            return false;
    return out->len == 0 ||
           send(fd, out->data, out->len, MSG_NOSIGNAL) == (ssize_t)out->len;
}

static bool
take_orders(FakeLdap *fake, struct pollfd *fds, nfds_t *count)
{
    char byte;
    if (read(fake->wake[0], &byte, 1) < 0)
        return false;
    g_mutex_lock(&fake->lock);
    bool go_on = !fake->stopping;
    bool drop = fake->disconnect || fake->stopping;
    fake->disconnect = false;
    g_mutex_unlock(&fake->lock);
    while (drop && *count > 2)
        close(fds[--*count].fd);
    return go_on;
}

static void
accept_one(FakeLdap *fake, struct pollfd *fds, nfds_t *count)
{
    int fd = accept(fake->listener, NULL, NULL);
    if (fd < 0 || *count == MAX_CLIENTS)
        return;
    fds[(*count)++] = (struct pollfd){.fd = fd, .events = POLLIN};
    g_mutex_lock(&fake->lock);
    fake->accepted++;
    g_mutex_unlock(&fake->lock);
}

static gpointer
run(gpointer pointer)
{
    FakeLdap *fake = pointer;
    struct pollfd fds[MAX_CLIENTS] = {{.fd = fake->wake[0], .events = POLLIN},
                                      {.fd = fake->listener, .events = POLLIN}};
    nfds_t count = 2;
    for (;;) {
        if (poll(fds, count, -1) < 0)
            continue;
        if (fds[0].revents != 0 && !take_orders(fake, fds, &count))
            return NULL;
        for (nfds_t i = count; i > 2; i--)
            if (fds[i - 1].revents != 0 && !serve(fake, fds[i - 1].fd)) {
                close(fds[i - 1].fd);
                fds[i - 1] = fds[--count];
            }
        if (fds[1].revents != 0)
            accept_one(fake, fds, &count);
        for (nfds_t i = 0; i < count; i++)
            fds[i].revents = 0;
    }
}

/* --- the test's side --------------------------------------------------- */

static void
free_entry(gpointer pointer)
{
    Entry *entry = pointer;
    g_free(entry->dn);
    g_free(entry->mail);
    g_free(entry->attribute);
    g_bytes_unref(entry->value);
    g_free(entry);
}

FakeLdap *
fake_ldap_new(void)
{
    /* A client that went away is no reason to end. */
    (void)signal(SIGPIPE, SIG_IGN);
    FakeLdap *fake = g_new0(FakeLdap, 1);
    fake->dir = g_dir_make_tmp("sceau-ldap-XXXXXX", NULL);
    fake->path = g_build_filename(fake->dir, "ldapi", NULL);
    g_autofree char *escaped = g_uri_escape_string(fake->path, NULL, FALSE);
    fake->uri = g_strconcat("ldapi://", escaped, NULL);
    fake->entries = g_ptr_array_new_with_free_func(free_entry);
    g_mutex_init(&fake->lock);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, fake->path, sizeof address.sun_path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(
        bind(fake->listener, (struct sockaddr *)&address, sizeof address), ==,
        0);
    g_assert_cmpint(listen(fake->listener, 16), ==, 0);
    g_assert_cmpint(pipe(fake->wake), ==, 0);
    fake->thread = g_thread_new("fake-ldap", run, fake);
    return fake;
}

static void
order(FakeLdap *fake)
{
    g_assert_cmpint(write(fake->wake[1], "x", 1), ==, 1);
}

void
fake_ldap_free(FakeLdap *fake)
{
    if (fake == NULL)
        return;
    g_mutex_lock(&fake->lock);
    fake->stopping = true;
    g_mutex_unlock(&fake->lock);
    order(fake);
    g_thread_join(fake->thread);
    close(fake->listener);
    close(fake->wake[0]);
    close(fake->wake[1]);
    g_unlink(fake->path);
    g_rmdir(fake->dir);
    g_ptr_array_unref(fake->entries);
    g_mutex_clear(&fake->lock);
    g_free(fake->dir);
    g_free(fake->path);
    g_free(fake->uri);
    g_free(fake);
}

const char *
fake_ldap_get_uri(const FakeLdap *fake)
{
    return fake->uri;
}

void
fake_ldap_set_mode(FakeLdap *fake, FakeLdapMode mode)
{
    g_mutex_lock(&fake->lock);
    fake->mode = mode;
    g_mutex_unlock(&fake->lock);
}

void
fake_ldap_add(FakeLdap *fake, const char *dn, const char *mail,
              const char *attribute, const void *value, gsize size)
{
    Entry *entry = g_new0(Entry, 1);
    entry->dn = g_strdup(dn);
    entry->mail = g_strdup(mail);
    entry->attribute = g_strdup(attribute);
    entry->value = g_bytes_new(value, size);
    g_ptr_array_add(fake->entries, entry);
}

void
fake_ldap_disconnect(FakeLdap *fake)
{
    g_mutex_lock(&fake->lock);
    fake->disconnect = true;
    g_mutex_unlock(&fake->lock);
    order(fake);
    for (bool done = false; !done; g_usleep(1000)) {
        g_mutex_lock(&fake->lock);
        done = !fake->disconnect;
        g_mutex_unlock(&fake->lock);
    }
}

guint
fake_ldap_count(FakeLdap *fake)
{
    g_mutex_lock(&fake->lock);
    guint count = fake->accepted;
    g_mutex_unlock(&fake->lock);
    return count;
}
