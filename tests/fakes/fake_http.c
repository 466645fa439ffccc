/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fakes/fake_http.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    char *head;
    GBytes *content;
    gboolean drip;
} Page;

struct FakeHttp {
    int fd;
    unsigned port;
    GThread *thread;
    GMutex lock;
    GHashTable *pages; /* path -> Page * */
};

static void
free_page(gpointer pointer)
{
    Page *page = pointer;
    g_free(page->head);
    g_bytes_unref(page->content);
    g_free(page);
}

/* MSG_NOSIGNAL: who hangs up is no reason to end. */
static gboolean
say(int fd, const void *bytes, gsize size)
{
    const char *cursor = bytes;
    while (size > 0) {
        ssize_t done = send(fd, cursor, size, MSG_NOSIGNAL);
        if (done <= 0)
            return FALSE;
        cursor += done;
        size -= (gsize)done;
    }
    return TRUE;
}

static void
answer(FakeHttp *fake, int fd)
{
    char request[4096] = "";
    gsize size = 0;
    while (size + 1 < sizeof request && strstr(request, "\r\n\r\n") == NULL) {
        ssize_t done = read(fd, request + size, sizeof request - 1 - size);
        if (done <= 0)
            return;
        size += (gsize)done;
        request[size] = '\0';
    }
    g_auto(GStrv) words = g_strsplit(request, " ", 3);
    g_mutex_lock(&fake->lock);
    const Page *page = g_hash_table_lookup(fake->pages, words[1]);
    g_autofree char *head =
        g_strdup(page != NULL ? page->head : "404 Not Found");
    /* A copy: a page may be replaced while this one is still being sent. */
    gsize length = 0;
    const void *kept =
        page != NULL ? g_bytes_get_data(page->content, &length) : NULL;
    g_autofree char *bytes = g_memdup2(kept, length);
    gboolean drip = page != NULL && page->drip;
    g_mutex_unlock(&fake->lock);
    g_autofree char *start =
        g_strdup_printf("HTTP/1.1 %s\r\nConnection: close\r\n\r\n", head);
    gboolean on = say(fd, start, strlen(start)) && say(fd, bytes, length);
    while (on && drip) {
        on = say(fd, "x", 1);
        g_usleep(20000);
    }
}

static gpointer
serve(gpointer data)
{
    FakeHttp *fake = data;
    for (;;) {
        int fd = accept(fake->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        answer(fake, fd);
        close(fd);
    }
}

FakeHttp *
fake_http_new(void)
{
    FakeHttp *fake = g_new0(FakeHttp, 1);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_mutex_init(&fake->lock);
    fake->pages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_page);
    fake->fd = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_true(bind(fake->fd, (struct sockaddr *)&address, size) == 0 &&
                  listen(fake->fd, 8) == 0 &&
                  getsockname(fake->fd, (struct sockaddr *)&address, &size) ==
                      0);
    fake->port = ntohs(address.sin_port);
    fake->thread = g_thread_new("http", serve, fake);
    return fake;
}

void
fake_http_free(FakeHttp *fake)
{
    (void)shutdown(fake->fd, SHUT_RDWR);
    g_thread_join(fake->thread);
    close(fake->fd);
    g_hash_table_unref(fake->pages);
    g_mutex_clear(&fake->lock);
    g_free(fake);
}

void
fake_http_set(FakeHttp *fake, const char *path, const char *head,
              const void *content, gsize size_bytes, gboolean drip)
{
    Page *page = g_new0(Page, 1);
    page->head = g_strdup(head);
    page->content = g_bytes_new(content, size_bytes);
    page->drip = drip;
    g_mutex_lock(&fake->lock);
    g_hash_table_replace(fake->pages, g_strdup(path), page);
    g_mutex_unlock(&fake->lock);
}

char *
fake_http_url(const FakeHttp *fake, const char *path)
{
    return g_strdup_printf("http://127.0.0.1:%u%s", fake->port, path);
}
