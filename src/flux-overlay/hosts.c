/* SPDX-License-Identifier: MIT */
/* Names of ranks: the attribute hostlist, which has one for each. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "overlay.h"

struct hostlist *
overlay_hosts(struct handle *h)
{
	char *text = handle_getattr(h, "hostlist");
	struct hostlist *hosts = text ? hostlist_decode(text) : NULL;

	if (!hosts)
		err(1, "hostlist");
	free(text);
	return hosts;
}

const char *
overlay_host(const struct hostlist *hosts, uint32_t rank)
{
	const char *name = hostlist_nth(hosts, rank);

	return name ? name : "(null)";
}

static struct idset *
ranks_of_hosts(const struct hostlist *hosts, const struct hostlist *names)
{
	struct idset *ranks = idset_create();

	for (size_t i = 0; i < hostlist_count(names); i++) {
		const char *name = hostlist_nth(names, i);
		int rank = hostlist_find(hosts, name);

		if (rank < 0)
			errx(1, "host %s not found in host map", name);
		if (!ranks || idset_set(ranks, (unsigned)rank) < 0)
			err(1, NULL);
	}
	return ranks;
}

struct idset *
overlay_ranks(const struct hostlist *hosts, const char *target)
{
	struct idset *ranks = idset_decode(target);
	struct hostlist *names;

	if (ranks) {
		for (unsigned i = idset_first(ranks); i != IDSET_INVALID;
		     i = idset_next(ranks, i))
			if (i >= hostlist_count(hosts))
				errx(1, "rank %u is not in host map", i);
		return ranks;
	}
	if (!(names = hostlist_decode(target)))
		errx(1, "target must be a valid idset or hostlist");
	ranks = ranks_of_hosts(hosts, names);
	hostlist_destroy(names);
	return ranks;
}

void
overlay_print_json(json_t *o_new)
{
	char *s = o_new ? json_dumps(o_new, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o_new);
}
