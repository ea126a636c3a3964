/* SPDX-License-Identifier: MIT */
/*
 * Constraints of a new job. A property that no node has is no error here: the
 * scheduler says that it can never run. A host that the instance does not
 * have is a typing error.
 */
#include <errno.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../resource/resource.h"
#include "constraint.h"
#include "hostlist.h"
#include "ingest.h"
#include "rset.h"

static int
check_host(const struct hostlist *have, const char *host, struct errmsg *em)
{
	if (hostlist_find(have, host) >= 0)
		return 0;
	return errmsg_set(em,
	    "host constraint contains invalid hosts: host '%s' not found",
	    host);
}

static int
check_hosts(
    const struct hostlist *have, const json_t *values, struct errmsg *em)
{
	const json_t *o;
	size_t i, k;
	int r = 0;

	json_array_foreach((json_t *)values, i, o) {
		const char *text = json_string_value(o);
		struct hostlist *want = text ? hostlist_decode(text) : NULL;

		if (!want)
			return errmsg_set(
			    em, "Invalid hostlist: '%s'", text ? text : "");
		for (k = 0; r == 0 && k < hostlist_count(want); k++)
			r = check_host(have, hostlist_nth(want, k), em);
		hostlist_destroy(want);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* Down to each hostlist operator. constraint_check has seen the shape. */
static int
check_tree(const struct hostlist *have, const json_t *o, struct errmsg *em)
{
	json_t *values, *v;
	const char *op;
	size_t i;

	json_object_foreach((json_t *)o, op, values) {
		if (strcmp(op, "hostlist") == 0)
			return check_hosts(have, values, em);
		if (strcmp(op, "and") != 0 && strcmp(op, "or") != 0 &&
		    strcmp(op, "not") != 0)
			continue;
		json_array_foreach(values, i, v)
			if (check_tree(have, v, em) < 0)
				return -1;
	}
	return 0;
}

/* Of the resources, or as long as they are not known, of the brokers. NULL:
 * not known. */
static struct hostlist *
hosts_of(struct broker *b)
{
	const struct rset *all = resource_all(b);
	const char *text = attrs_get(b->attrs, "hostlist");

	if (all)
		return rset_hosts(all);
	return text ? hostlist_decode(text) : NULL;
}

int
ingest_check_constraints(
    struct broker *b, const json_t *constraints, struct errmsg *em)
{
	struct hostlist *have;
	int r;

	if (constraint_check(constraints, em) < 0) {
		errno = EPERM;
		return -1;
	}
	if (!constraints || !(have = hosts_of(b)))
		return 0;
	r = check_tree(have, constraints, em);
	hostlist_destroy(have);
	if (r < 0)
		errno = EPERM;
	return r;
}
