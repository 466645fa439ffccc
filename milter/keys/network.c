/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks: IP addresses and CIDR blocks as text. */
#include "keys/network.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

/* All addresses as 16 octets, IPv4 in its mapped form (RFC 4291 2.5.5.2). */
typedef struct {
    guchar octets[16];
    unsigned prefix; /* bits, of 128 */
} Network;

static bool
parse_address(const char *text, Network *network)
{
    static const guchar mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (g_ascii_strncasecmp(text, "IPv6:", 5) == 0)
        text += 5;
    network->prefix = 128;
    if (inet_pton(AF_INET6, text, network->octets) == 1)
        return true;
    memcpy(network->octets, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, network->octets + 12) == 1;
}

static bool
has_host_bits(const Network *network)
{
    for (unsigned bit = network->prefix; bit < 128; bit++)
        if ((network->octets[bit / 8] & (0x80 >> bit % 8)) != 0)
            return true;
    return false;
}

static bool
parse_network(const char *text, Network *network)
{
    g_autofree char *copy = g_strdup(text);
    char *slash = strchr(copy, '/');
    if (slash == NULL)
        return parse_address(copy, network);
    *slash = '\0';
    if (!parse_address(copy, network))
        return false;
    unsigned width = strchr(copy, ':') != NULL ? 128 : 32;
    char *rest = NULL;
    if (!g_ascii_isdigit(slash[1]))
        return false;
    guint64 prefix = g_ascii_strtoull(slash + 1, &rest, 10);
    if (*rest != '\0' || prefix > width)
        return false;
    network->prefix = (unsigned)prefix + 128 - width;
    return !has_host_bits(network);
}

bool
network_check(const char *text)
{
    Network network;
    return parse_network(text, &network);
}

static bool
contains(const Network *network, const Network *address)
{
    for (unsigned bit = 0; bit < network->prefix; bit++) {
        guchar mask = (guchar)(0x80 >> bit % 8);
        if (((network->octets[bit / 8] ^ address->octets[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

bool
network_contains_any(char *const *networks, const char *address)
{
    Network wanted;
    if (!parse_address(address, &wanted))
        return false;
    for (; *networks != NULL; networks++) {
        Network network;
        if (parse_network(*networks, &network) && contains(&network, &wanted))
            return true;
    }
    return false;
}

/* All of IPv4 lies in ::ffff:0:0/96, its mapped form. */
bool
network_is_everybody(const char *text)
{
    Network network, any;
    if (!parse_network(text, &network) || !parse_address("0.0.0.0", &any))
        return false;
    return network.prefix < 8 ||
           (network.prefix <= 96 && contains(&network, &any));
}
