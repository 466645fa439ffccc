/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox: RFC 5321 addresses as text: read, compare, match. */
#include "base/mailbox.h"

#include <string.h>

/* RFC 5321 4.5.3.1: a path may have 256 octets; directories hold more. */
#define MAX_ADDRESS_BYTES 320
#define MAX_LOCAL_BYTES   64
#define MAX_DOMAIN_BYTES  255

static bool
is_atext(unsigned char c)
{
    return g_ascii_isalnum(c) || c >= 0x80 ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* The local part at *text, moved past: as given when its quotes are needed,
 * else without them. NULL: none that can be read. */
static char *
read_local(const char **text)
{
    const char *start = *text;
    GString *bare = g_string_new(NULL);
    bool plain = true;
    const char *c = start;
    if (*c == '"') {
        for (c++; *c != '"' && *c != '\0'; c++) {
            if (*c == '\\' && c[1] != '\0')
                c++;
            plain = plain && is_atext((unsigned char)*c);
            g_string_append_c(bare, *c);
        }
        if (*c != '"') {
            g_string_free(bare, TRUE);
            return NULL;
        }
        c++;
    } else {
        for (; is_atext((unsigned char)*c); c++)
            g_string_append_c(bare, *c);
    }
    *text = c;
    if (plain && bare->len > 0)
        return g_string_free(bare, FALSE);
    g_string_free(bare, TRUE);
    return c > start && *start == '"' ? g_strndup(start, (gsize)(c - start))
                                      : NULL;
}

static bool
is_hostname(const char *domain)
{
    size_t length = strlen(domain);
    if (length == 0 || length > MAX_DOMAIN_BYTES || domain[0] == '.' ||
        domain[0] == '-' || domain[length - 1] == '.' ||
        strstr(domain, "..") != NULL)
        return false;
    for (const char *c = domain; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && *c != '.' && *c != '-' && *c != '_')
            return false;
    return true;
}

/* Lower case and A-labels, so that two spellings of one domain are one. */
static char *
read_domain(const char *text)
{
    size_t length = strlen(text);
    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        for (const char *c = text + 1; c < text + length - 1; c++)
            if (!g_ascii_isalnum(*c) && strchr(".:-", *c) == NULL)
                return NULL;
        return g_ascii_strdown(text, -1);
    }
    if (length > MAX_DOMAIN_BYTES)
        return NULL;
    g_autofree char *ascii =
        g_str_is_ascii(text) ? g_strdup(text) : g_hostname_to_ascii(text);
    if (ascii == NULL || !is_hostname(ascii))
        return NULL;
    return g_ascii_strdown(ascii, -1);
}

static bool
is_clean(const char *text)
{
    if (strlen(text) > MAX_ADDRESS_BYTES || !g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    return true;
}

static char *
parse_addr_spec(const char *text)
{
    const char *c = text;
    g_autofree char *local = read_local(&c);
    if (local == NULL || *c != '@' || strlen(local) > MAX_LOCAL_BYTES)
        return NULL;
    g_autofree char *domain = read_domain(c + 1);
    return domain != NULL ? g_strconcat(local, "@", domain, NULL) : NULL;
}

/* RFC 5321 4.1.2: "@relay:" before the address is a source route, to be
 * ignored. */
static const char *
skip_route(const char *text)
{
    const char *colon = *text == '@' ? strchr(text, ':') : NULL;
    return colon != NULL ? colon + 1 : text;
}

char *
mailbox_parse(const char *path)
{
    if (path == NULL || !is_clean(path))
        return NULL;
    g_autofree char *text = g_strstrip(g_strdup(path));
    size_t length = strlen(text);
    bool opens = length > 0 && text[0] == '<';
    bool closes = length > 1 && text[length - 1] == '>';
    if (opens != closes)
        return NULL;
    if (!opens)
        return length > 0 ? parse_addr_spec(skip_route(text)) : NULL;
    text[length - 1] = '\0';
    char *inner = g_strstrip(text + 1);
    if (*inner == '\0')
        return g_strdup("");
    return parse_addr_spec(skip_route(inner));
}

char *
mailbox_fold(const char *mailbox)
{
    return g_ascii_strdown(mailbox, -1);
}

bool
mailbox_equal(const char *a, const char *b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

const char *
mailbox_get_domain(const char *mailbox)
{
    const char *at = strrchr(mailbox, '@');
    return at != NULL ? at + 1 : "";
}

static bool
is_domain_in(const char *domain, const char *pattern)
{
    if (*pattern != '.')
        return g_ascii_strcasecmp(domain, pattern) == 0;
    size_t whole = strlen(domain);
    size_t part = strlen(pattern);
    return g_ascii_strcasecmp(domain, pattern + 1) == 0 ||
           (whole > part &&
            g_ascii_strcasecmp(domain + whole - part, pattern) == 0);
}

bool
mailbox_matches(const char *mailbox, const char *pattern)
{
    if (strchr(pattern, '@') != NULL)
        return mailbox_equal(mailbox, pattern);
    const char *domain = mailbox_get_domain(mailbox);
    return *domain != '\0' && is_domain_in(domain, pattern);
}

bool
mailbox_matches_any(const char *mailbox, char *const *patterns)
{
    for (; patterns != NULL && *patterns != NULL; patterns++)
        if (mailbox_matches(mailbox, *patterns))
            return true;
    return false;
}

bool
mailbox_check_pattern(const char *text)
{
    if (!is_clean(text))
        return false;
    g_autofree char *canonical = NULL;
    if (strchr(text, '@') != NULL)
        canonical = parse_addr_spec(text);
    else
        canonical = read_domain(*text == '.' ? text + 1 : text);
    /* A pattern is compared as written: a spelling that is not canonical
     * but for case could never match. */
    if (canonical == NULL)
        return false;
    const char *written =
        *text == '.' && strchr(text, '@') == NULL ? text + 1 : text;
    return g_ascii_strcasecmp(canonical, written) == 0;
}
