/* SPDX-License-Identifier: MIT */
/*
 * Resources that the configuration describes:
 *     [resource]
 *     path = "R.json"              a file with an R object, or
 *     [[resource.config]]          a list of
 *     hosts = "node[0-3]"          hosts (may be in several entries)
 *     cores = "0-3"
 *     gpus = "0-1"
 *     properties = ["fast"]
 * Ranks are those of the hostlist; if it has none of the hosts they are
 * numbered as they come.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "state.h"

struct reader {
	struct rset *r;
	struct hostlist *known;  /* by rank */
	struct hostlist *others; /* that no broker runs on, as they come */
	unsigned base;           /* rank of the first of these */
};

struct rset *
configured_file(const char *path, struct errmsg *em)
{
	json_error_t error;
	json_t *o;
	struct rset *r;

	errno = 0;
	if (!(o = json_load_file(path, 0, &error))) {
		int saved = errno ? errno : EINVAL;
		errmsg_set(em, "%s:%d %s", path, error.line, error.text);
		errno = saved;
		return NULL;
	}
	r = rset_decode(o, em);
	json_decref(o);
	if (!r)
		errno = EINVAL;
	return r;
}

static int
add_host(struct rset *r, unsigned rank, const char *host, const json_t *entry)
{
	const char *cores = json_string_value(json_object_get(entry, "cores"));
	const char *gpus = json_string_value(json_object_get(entry, "gpus"));
	json_t *props = json_object_get(entry, "properties"), *prop;
	struct idset *c = idset_decode(cores ? cores : "");
	struct idset *g = idset_decode(gpus ? gpus : "");
	int rc = -1;
	size_t i;

	if (c && g && rset_add_node(r, rank, host, c, g) == 0)
		rc = 0;
	json_array_foreach(props, i, prop) {
		if (rc == 0 && !json_is_string(prop))
			rc = -1;
		if (rc == 0)
			rc =
			    rset_add_property(r, rank, json_string_value(prop));
	}
	idset_destroy(c);
	idset_destroy(g);
	return rc;
}

/* The first rank on host that is not in used, from *hint on: hosts mostly come
 * in the order of ranks. -1: none. */
static int
find_rank(
    const struct reader *rd, const char *host, struct idset *used, size_t *hint)
{
	size_t n = hostlist_count(rd->known);

	for (size_t i = 0; i < n; i++) {
		size_t rank = (*hint + i) % n;

		if (idset_test(used, (unsigned)rank) ||
		    strcmp(hostlist_nth(rd->known, rank), host) != 0)
			continue;
		if (idset_set(used, (unsigned)rank) < 0)
			return -1;
		*hint = rank + 1;
		return (int)rank;
	}
	return -1;
}

/* A rank for a host that no broker runs on. */
static int
other_rank(const struct reader *rd, const char *host)
{
	int i = hostlist_find(rd->others, host);

	if (i < 0) {
		i = (int)hostlist_count(rd->others);
		if (hostlist_append_host(rd->others, host) < 0)
			return -1;
	}
	return (int)rd->base + i;
}

/* All hosts of one entry. Several brokers may be on one host: a host that is
 * named twice is two of them. */
static int
add_entry(struct reader *rd, const json_t *entry, struct errmsg *em)
{
	const char *text = json_string_value(json_object_get(entry, "hosts"));
	struct hostlist *hosts = text ? hostlist_decode(text) : NULL;
	struct idset *used = idset_create();
	size_t hint = 0;
	int rc = 0;

	if (!hosts || !used)
		rc = errmsg_set(em, "resource.config: no valid hosts");
	for (size_t i = 0; rc == 0 && i < hostlist_count(hosts); i++) {
		const char *host = hostlist_nth(hosts, i);
		int rank = find_rank(rd, host, used, &hint);

		if (rank < 0)
			rank = other_rank(rd, host);
		if (rank < 0 ||
		    add_host(rd->r, (unsigned)rank, host, entry) < 0)
			rc = errmsg_set(em,
			    "resource.config: %s: invalid cores, gpus or "
			    "properties",
			    host);
	}
	idset_destroy(used);
	hostlist_destroy(hosts);
	return rc;
}

/* Does a broker run on any of the hosts? */
static bool
has_known(const struct reader *rd, const json_t *entries)
{
	const json_t *entry;
	size_t k;

	json_array_foreach((json_t *)entries, k, entry) {
		const char *text =
		    json_string_value(json_object_get(entry, "hosts"));
		struct hostlist *hosts = text ? hostlist_decode(text) : NULL;
		bool known = false;

		for (size_t i = 0; hosts && i < hostlist_count(hosts); i++)
			known |= hostlist_find(
				     rd->known, hostlist_nth(hosts, i)) >= 0;
		hostlist_destroy(hosts);
		if (known)
			return true;
	}
	return false;
}

static struct rset *
from_entries(struct broker *b, const json_t *entries, struct errmsg *em)
{
	const char *hosts = attrs_get(b->attrs, "hostlist");
	struct reader rd = { .r = rset_create(),
		.known = hostlist_decode(hosts ? hosts : ""),
		.others = hostlist_create() };
	int rc = 0;

	if (!rd.r || !rd.known || !rd.others)
		rc = errmsg_set(em, "out of memory");
	else
		rd.base = has_known(&rd, entries) ? b->size : 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(entries); i++)
		rc = add_entry(&rd, json_array_get(entries, i), em);
	hostlist_destroy(rd.known);
	hostlist_destroy(rd.others);
	if (rc == 0)
		return rd.r;
	rset_destroy(rd.r);
	return NULL;
}

struct rset *
configured_rset(struct broker *b, struct errmsg *em)
{
	json_t *table = json_object_get(b->config, "resource");
	const char *path = json_string_value(json_object_get(table, "path"));
	json_t *entries = json_object_get(table, "config");

	if (path)
		return configured_file(path, em);
	if (json_array_size(entries) > 0)
		return from_entries(b, entries, em);
	return NULL;
}
