/* SPDX-License-Identifier: MIT */
/*
 * Resources that the configuration describes:
 *     [resource]
 *     path = "R.json"              a file with an R object, or
 *     [[resource.config]]          a list of
 *     hosts = "node[0-3]"          hosts (ranks are those of the hostlist, or
 *     cores = "0-3"                the order of mention if it has none of them)
 *     gpus = "0-1"
 *     properties = ["fast"]
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

static struct rset *
from_file(const char *path, struct errmsg *em)
{
	json_error_t error;
	json_t *o = json_load_file(path, 0, &error);
	struct rset *r;

	if (!o) {
		errmsg_set(em, "%s: %s", path, error.text);
		return NULL;
	}
	r = rset_decode(o, em);
	json_decref(o);
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
	json_array_foreach(props, i, prop)
		if (rc == 0 && json_is_string(prop))
			rc =
			    rset_add_property(r, rank, json_string_value(prop));
	idset_destroy(c);
	idset_destroy(g);
	return rc;
}

/* All hosts of one entry. Ranks are those of equal names in `known`, each used
 * once (several brokers may be on one host). */
static int
add_entry(struct rset *r, const struct hostlist *known, const json_t *entry,
    struct errmsg *em)
{
	const char *text = json_string_value(json_object_get(entry, "hosts"));
	struct hostlist *hosts = text ? hostlist_decode(text) : NULL;
	int rc = hosts ? 0 : errmsg_set(em, "config: no valid hosts");

	for (size_t i = 0; rc == 0 && i < hostlist_count(hosts); i++) {
		const char *host = hostlist_nth(hosts, i);
		int rank = hostlist_find(known, host);
		if (rank < 0)
			rank = (int)r->nnodes;
		if (add_host(r, (unsigned)rank, host, entry) < 0)
			rc = errmsg_set(
			    em, "config: invalid cores or gpus of %s", host);
	}
	hostlist_destroy(hosts);
	return rc;
}

static struct rset *
from_entries(struct broker *b, const json_t *entries, struct errmsg *em)
{
	struct hostlist *known =
	    hostlist_decode(attrs_get(b->attrs, "hostlist"));
	struct rset *r = rset_create();
	int rc = r && known ? 0 : errmsg_set(em, "out of memory");

	for (size_t i = 0; rc == 0 && i < json_array_size(entries); i++)
		rc = add_entry(r, known, json_array_get(entries, i), em);
	hostlist_destroy(known);
	if (rc == 0)
		return r;
	rset_destroy(r);
	return NULL;
}

struct rset *
configured_rset(struct broker *b, struct errmsg *em)
{
	json_t *table = json_object_get(b->config, "resource");
	const char *path = json_string_value(json_object_get(table, "path"));
	json_t *entries = json_object_get(table, "config");

	if (path)
		return from_file(path, em);
	if (json_array_size(entries) > 0)
		return from_entries(b, entries, em);
	return NULL;
}
