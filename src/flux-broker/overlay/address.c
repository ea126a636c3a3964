/* SPDX-License-Identifier: MIT */
/* See address.h. The default route is read where the kernel shows it: the first
 * line of the IPv4 table whose destination and mask are 0. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"

/* A network, "10.1.0.0/16" */
struct net {
	int family;
	unsigned char bytes[16];
	int bits;
};

/* ---- pieces ---- */

static const void *
host_bytes(const struct sockaddr_storage *sa, size_t *len)
{
	if (sa->ss_family == AF_INET) {
		*len = 4;
		return &((const struct sockaddr_in *)sa)->sin_addr;
	}
	*len = 16;
	return &((const struct sockaddr_in6 *)sa)->sin6_addr;
}

static void
set_port(struct address *a, uint16_t port)
{
	if (a->sa.ss_family == AF_INET)
		((struct sockaddr_in *)&a->sa)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&a->sa)->sin6_port = htons(port);
}

static uint16_t
port_of(const struct address *a)
{
	if (a->sa.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&a->sa)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)&a->sa)->sin6_port);
}

bool
address_same_host(const struct address *a, const struct address *b)
{
	size_t la, lb;
	const void *ha = host_bytes(&a->sa, &la), *hb = host_bytes(&b->sa, &lb);

	return la == lb && memcmp(ha, hb, la) == 0;
}

char *
address_host(char buf[ADDRESS_STRMAX], const struct address *a)
{
	size_t len;
	const void *host = host_bytes(&a->sa, &len);

	if (!inet_ntop(a->sa.ss_family, host, buf, ADDRESS_STRMAX))
		strlcpy(buf, "?", ADDRESS_STRMAX);
	return buf;
}

char *
address_uri(char buf[ADDRESS_STRMAX], const struct address *a)
{
	char host[ADDRESS_STRMAX];
	bool is_v6 = a->sa.ss_family == AF_INET6;

	address_host(host, a);
	snprintf(buf, ADDRESS_STRMAX,
	    is_v6 ? "tcp://[%.46s]:%u" : "tcp://%.46s:%u", host, port_of(a));
	return buf;
}

/* ---- our own ---- */

static bool
is_usable(const struct ifaddrs *i)
{
	const struct sockaddr_in6 *v6 = (const void *)i->ifa_addr;

	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
		return false;
	if (i->ifa_addr->sa_family == AF_INET)
		return true;
	/* a link-local address needs a scope, which others do not know */
	return i->ifa_addr->sa_family == AF_INET6 &&
	       !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

static bool
is_inside(const struct net *n, const struct sockaddr *sa)
{
	size_t len;
	const unsigned char *host = host_bytes((const void *)sa, &len);
	int whole = n->bits / 8, rest = n->bits % 8;

	if (sa->sa_family != n->family || memcmp(host, n->bytes, whole) != 0)
		return false;
	return rest == 0 || (host[whole] ^ n->bytes[whole]) >> (8 - rest) == 0;
}

static int
parse_net(struct net *n, const char *text)
{
	char host[64];
	const char *slash = strchr(text, '/'), *err;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return -1;
	strlcpy(host, text, (size_t)(slash - text) + 1);
	n->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	n->bits =
	    (int)strtonum(slash + 1, 0, n->family == AF_INET ? 32 : 128, &err);
	return err || inet_pton(n->family, host, n->bytes) != 1 ? -1 : 0;
}

/* The interface of the default route. */
static int
default_interface(char name[IF_NAMESIZE])
{
	FILE *f = fopen("/proc/net/route", "re");
	char line[256], dev[IF_NAMESIZE];
	unsigned dest, mask;
	int rc = -1;

	while (f && rc < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %x %*x %*x %*d %*d %*d %x", dev, &dest,
			&mask) == 3 &&
		    dest == 0 && mask == 0) {
			strlcpy(name, dev, IF_NAMESIZE);
			rc = 0;
		}
	}
	if (f)
		fclose(f);
	return rc;
}

static void
take(struct address *a, const struct sockaddr *sa)
{
	a->len = sa->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6);
	memset(&a->sa, 0, sizeof(a->sa));
	memcpy(&a->sa, sa, a->len);
	set_port(a, 0);
}

/* How well an address fits: 0 = not at all. IPv4 before IPv6, as those who
 * write host lists by hand expect it. */
static int
rate(const struct ifaddrs *i, const char *dev, const struct net *net)
{
	int is_v4;

	if (!is_usable(i) || (dev && strcmp(i->ifa_name, dev) != 0) ||
	    (net && !is_inside(net, i->ifa_addr)))
		return 0;
	is_v4 = i->ifa_addr->sa_family == AF_INET;
	return 1 + is_v4 + (i->ifa_flags & IFF_LOOPBACK ? 0 : 2);
}

static int
find_interface(struct address *a, const char *dev, const struct net *net)
{
	struct ifaddrs *all, *best = NULL;
	int best_rate = 0;

	if (getifaddrs(&all) < 0)
		return -1;
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		int r = rate(i, dev, net);

		if (r > best_rate) {
			best_rate = r;
			best = i;
		}
	}
	if (best)
		take(a, best->ifa_addr);
	freeifaddrs(all);
	return best ? 0 : -1;
}

static int
resolve(struct address *a, const char *host, struct errmsg *em)
{
	struct addrinfo *list,
	    hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	int rc = getaddrinfo(host, NULL, &hints, &list);

	if (rc != 0)
		return errmsg_set(em, "%s: %s", host, gai_strerror(rc));
	take(a, list->ai_addr);
	freeaddrinfo(list);
	return 0;
}

int
address_own(struct address *a, const char *hint, struct errmsg *em)
{
	char name[HOST_NAME_MAX + 1];
	struct net net;

	if (strcmp(hint, "hostname") == 0) {
		if (gethostname(name, sizeof(name)) < 0)
			return errmsg_set(em, "the host has no name");
		return resolve(a, name, em);
	}
	if (strcmp(hint, "default-route") == 0) {
		if ((default_interface(name) == 0 &&
			find_interface(a, name, NULL) == 0) ||
		    find_interface(a, NULL, NULL) == 0)
			return 0;
		return errmsg_set(em, "no interface is up");
	}
	if (strchr(hint, '/')) {
		if (parse_net(&net, hint) < 0)
			return errmsg_set(em, "'%s' is no network", hint);
		if (find_interface(a, NULL, &net) == 0)
			return 0;
		return errmsg_set(em, "no interface is in network %s", hint);
	}
	if (find_interface(a, hint, NULL) == 0)
		return 0;
	return errmsg_set(em, "no interface '%s' that is up", hint);
}

/* ---- those of others ---- */

/* Cut "tcp://HOST:PORT" apart. */
static int
split(const char *uri, char *host, size_t size, uint16_t *port)
{
	const char *p = uri + 6, *colon, *err;
	size_t n;

	if (strncmp(uri, "tcp://", 6) != 0 || !(colon = strrchr(p, ':')))
		return -1;
	n = (size_t)(colon - p);
	*port = (uint16_t)strtonum(colon + 1, 0, 65535, &err);
	if (err)
		return -1;
	if (n >= 2 && p[0] == '[' && p[n - 1] == ']') {
		p++;
		n -= 2;
	}
	if (n == 0 || n >= size)
		return -1;
	memcpy(host, p, n);
	host[n] = '\0';
	return 0;
}

int
address_parse(struct address *a, const char *uri, struct errmsg *em)
{
	char host[HOST_NAME_MAX + 1];
	uint16_t port;

	if (split(uri, host, sizeof(host), &port) < 0 || port == 0)
		return errmsg_set(
		    em, "'%s' is not of the form tcp://HOST:PORT", uri);
	if (resolve(a, host, em) < 0)
		return -1;
	set_port(a, port);
	return 0;
}

int
address_parse_bind(struct address *a, const char *uri, struct errmsg *em)
{
	char host[HOST_NAME_MAX + 1];
	struct sockaddr_in any = { .sin_family = AF_INET };
	uint16_t port;

	if (split(uri, host, sizeof(host), &port) < 0)
		return errmsg_set(
		    em, "'%s' is not of the form tcp://HOST:PORT", uri);
	if (strcmp(host, "*") == 0)
		take(a, (const struct sockaddr *)&any);
	else if (find_interface(a, host, NULL) < 0 && resolve(a, host, em) < 0)
		return -1;
	set_port(a, port);
	return 0;
}
