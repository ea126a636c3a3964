/* SPDX-License-Identifier: MIT */
#include <sys/utsname.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log-service.h"
#include "../log.h"
#include "../overlay/address.h"
#include "../overlay/overlay-core.h"
#include "../overlay/seal.h"
#include "bootconf.h"
#include "certificate.h"
#include "hostlist.h"

enum { URI_SIZE = 300, PORT_MAX = 65535 };

/* A name may be unknown for a while, until its host is up. */
enum { RESOLVE_TRIES = 30, SAID_AFTER = 3 };

/* A broker: its templates belong to the configuration; NULL = the default. */
struct place {
	const char *bind, *connect;
};

struct bootconf {
	struct hostlist *hosts; /* by rank */
	struct place *places;
	const char *bind, *connect, *cert;
	int port; /* 0 = none */
};

static const json_t *
table(const struct broker *b)
{
	return json_object_get(b->config, "bootstrap");
}

bool
bootconf_exists(const struct broker *b)
{
	const char *method = attrs_get(b->attrs, "broker.boot-method");

	if (method && strcmp(method, "config") != 0)
		return false;
	return json_object_get(table(b), "hosts") != NULL;
}

void
bootconf_destroy(struct bootconf *bc)
{
	if (!bc)
		return;
	hostlist_destroy(bc->hosts);
	free(bc->places);
	free(bc);
}

/* ---- reading ---- */

/* An entry of hosts stands for one or more. */
static int
add_entry(struct bootconf *bc, size_t i, json_t *entry, struct errmsg *em)
{
	const char *hosts, *parent = NULL;
	struct place place = { 0 }, *p;
	struct hostlist *hl;
	size_t n = hostlist_count(bc->hosts), more;
	json_error_t je;

	if (json_unpack_ex(entry, &je, JSON_STRICT, "{s:s s?s s?s s?s}", "host",
		&hosts, "bind", &place.bind, "connect", &place.connect,
		"parent", &parent) < 0)
		return errmsg_set(em, "[bootstrap] hosts[%zu]: %s", i, je.text);
	/* parent is for tbon.topo=custom (tree.h) */
	if (!(hl = hostlist_decode(hosts)) || hostlist_count(hl) == 0) {
		hostlist_destroy(hl);
		return errmsg_set(em,
		    "[bootstrap] hosts[%zu]: invalid hostlist '%s'", i, hosts);
	}
	more = hostlist_count(hl);
	if (!(p = realloc(bc->places, (n + more) * sizeof(*p)))) {
		hostlist_destroy(hl);
		return errmsg_set(em, "out of memory");
	}
	bc->places = p;
	for (size_t k = 0; k < more; k++) {
		p[n + k] = place;
		hostlist_append_host(bc->hosts, hostlist_nth(hl, k));
	}
	hostlist_destroy(hl);
	return 0;
}

static int
host_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
check_duplicates(const struct bootconf *bc, struct errmsg *em)
{
	size_t n = hostlist_count(bc->hosts);
	const char **names = calloc(n, sizeof(*names));
	int rc = 0;

	if (!names)
		return errmsg_set(em, "out of memory");
	for (size_t i = 0; i < n; i++)
		names[i] = hostlist_nth(bc->hosts, i);
	qsort(names, n, sizeof(*names), host_cmp);
	for (size_t i = 1; i < n && rc == 0; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			rc = errmsg_set(em,
			    "[bootstrap] host '%s' is there more than once",
			    names[i]);
	free(names);
	return rc;
}

static int
read_table(struct bootconf *bc, const struct broker *b, struct errmsg *em)
{
	json_t *hosts, *entry;
	json_error_t je;
	int ipv6;
	size_t i;

	if (json_unpack_ex((json_t *)table(b), &je, JSON_STRICT,
		"{s:o s?s s?s s?s s?i s?b}", "hosts", &hosts, "default_bind",
		&bc->bind, "default_connect", &bc->connect, "curve_cert",
		&bc->cert, "default_port", &bc->port, "enable_ipv6", &ipv6) < 0)
		return errmsg_set(em, "[bootstrap]: %s", je.text);
	if (bc->port < 0 || bc->port > PORT_MAX)
		return errmsg_set(
		    em, "[bootstrap] invalid default_port %d", bc->port);
	if (!json_is_array(hosts) || json_array_size(hosts) == 0)
		return errmsg_set(
		    em, "[bootstrap] hosts must be an array of hosts");
	json_array_foreach(hosts, i, entry)
		if (add_entry(bc, i, entry, em) < 0)
			return -1;
	return check_duplicates(bc, em);
}

static int
find_rank(struct bootconf *bc, struct broker *b, struct errmsg *em)
{
	const char *name = attrs_get(b->attrs, "hostname");
	struct utsname u;
	char *text;
	long rank;

	if (!name && uname(&u) < 0)
		return errmsg_set(em, "uname: %s", strerror(errno));
	if (!name)
		name = u.nodename;
	if ((rank = hostlist_find(bc->hosts, name)) < 0)
		return errmsg_set(em,
		    "[bootstrap] this host, '%s', is not among the hosts of "
		    "the configuration",
		    name);
	b->rank = (uint32_t)rank;
	b->size = (uint32_t)hostlist_count(bc->hosts);
	if (!(text = hostlist_encode(bc->hosts)) ||
	    (!attrs_get(b->attrs, "hostlist") &&
		attrs_set(b->attrs, "hostlist", text, ATTR_IMMUTABLE) < 0)) {
		free(text);
		return errmsg_set(em, "out of memory");
	}
	free(text);
	return 0;
}

struct bootconf *
bootconf_read(struct broker *b, struct errmsg *em)
{
	struct bootconf *bc = calloc(1, sizeof(*bc));

	if (!bc || !(bc->hosts = hostlist_create()))
		errmsg_set(em, "out of memory");
	else if (read_table(bc, b, em) == 0 && find_rank(bc, b, em) == 0)
		return bc;
	bootconf_destroy(bc);
	return NULL;
}

/* ---- connecting ---- */

/* The template with %h = the host, %p = the port. */
static int
expand(const struct bootconf *bc, const char *template, uint32_t rank,
    char uri[URI_SIZE], struct errmsg *em)
{
	const char *host = hostlist_nth(bc->hosts, rank);
	char port[8], *p = uri, *end = uri + URI_SIZE;

	snprintf(port, sizeof(port), "%d", bc->port);
	for (const char *t = template; *t && p < end; t++) {
		const char *word = NULL;

		if (t[0] == '%' && t[1] == 'h')
			word = host;
		else if (t[0] == '%' && t[1] == 'p' && bc->port > 0)
			word = port;
		else if (t[0] == '%')
			return errmsg_set(em,
			    "[bootstrap] '%s': %%h is a host, and %%p "
			    "default_port",
			    template);
		if (word && strlcpy(p, word, end - p) < (size_t)(end - p)) {
			p += strlen(word);
			t++;
		} else if (word) {
			p = end;
		} else {
			*p++ = *t;
		}
	}
	if (p >= end)
		return errmsg_set(em, "[bootstrap] '%s' is too long", template);
	*p = '\0';
	return 0;
}

static int
listen_at(const struct bootconf *bc, struct broker *b, struct errmsg *em)
{
	const char *template = bc->places[b->rank].bind;
	char uri[URI_SIZE];

	if (!template)
		template = bc->bind ? bc->bind : "tcp://*:%p";
	if (expand(bc, template, b->rank, uri, em) < 0)
		return -1;
	return strncmp(uri, "ipc://", 6) == 0
		   ? overlay_bind(b->overlay, uri, em)
		   : overlay_listen(b->overlay, uri, em);
}

/* Wait until the name of the parent's host is known. */
static int
await_name(struct broker *b, const char *uri, struct errmsg *em)
{
	static const struct timespec second = { .tv_sec = 1 };
	struct address a;

	if (strncmp(uri, "ipc://", 6) == 0)
		return 0;
	for (int i = 0; i < RESOLVE_TRIES; i++) {
		if (address_parse(&a, uri, em) == 0)
			return 0;
		if (i == SAID_AFTER)
			log_error(b->log, "waiting for the parent broker: %s",
			    em->text);
		nanosleep(&second, NULL);
	}
	return -1;
}

static int
connect_parent(const struct bootconf *bc, struct broker *b, const char *key,
    struct errmsg *em)
{
	uint32_t parent = overlay_parent(b->overlay);
	const char *template = bc->places[parent].connect;
	char uri[URI_SIZE];

	if (!template)
		template = bc->connect ? bc->connect : "tcp://%h:%p";
	if (expand(bc, template, parent, uri, em) < 0 ||
	    await_name(b, uri, em) < 0)
		return -1;
	return overlay_connect(b->overlay, parent, uri, key, em);
}

int
bootconf_connect(struct bootconf *bc, struct broker *b, struct errmsg *em)
{
	char key[2 * SEAL_KEY_LEN + 1];
	int n = overlay_nchildren(b->overlay);
	struct seal_keys keys;

	if (b->size == 1)
		return 0;
	if (!bc->cert)
		return errmsg_set(em,
		    "[bootstrap] curve_cert is missing: the file with the keys "
		    "that all brokers have");
	if (certificate_read(&keys, bc->cert, em) < 0)
		return -1;
	overlay_set_keys(b->overlay, &keys);
	seal_key_encode(key, keys.public);
	if (n > 0 && listen_at(bc, b, em) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (overlay_connect(b->overlay, overlay_child(b->overlay, i),
			NULL, key, em) < 0)
			return -1;
	return b->rank > 0 ? connect_parent(bc, b, key, em) : 0;
}
