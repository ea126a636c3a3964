/* SPDX-License-Identifier: MIT */
/*
 * The fields that a format of flux resource list can name.
 */
#include "format.h"
#include "hostlist.h"
#include "idset.h"
#include "list.h"
#include "value.h"

enum what {
	STATE,
	QUEUE,
	PROPERTIES,
	PROPERTIESX,
	NNODES,
	NCORES,
	NGPUS,
	RANKS,
	NODELIST,
	RLIST
};

static int
get_name(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	switch (f->arg) {
	case STATE:
		return value_str(v, set_name(r->set));
	case QUEUE:
		return value_str(v, r->queue);
	case PROPERTIES:
		return value_str(v, r->properties);
	default:
		return value_str(v, r->propertiesx);
	}
}

static int
get_count(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	switch (f->arg) {
	case NNODES:
		return value_int(v, r->res->nnodes);
	case NCORES:
		return value_int(v, rset_ncores(r->res));
	default:
		return value_int(v, rset_ngpus(r->res));
	}
}

static char *
encode_ranks(const struct rset *res)
{
	struct idset *ranks = rset_ranks(res);
	char *s = ranks ? idset_encode(ranks, 0) : NULL;

	idset_destroy(ranks);
	return s;
}

static char *
encode_hosts(const struct rset *res)
{
	struct hostlist *hl = rset_hosts(res);
	char *s = hl ? hostlist_encode(hl) : NULL;

	hostlist_destroy(hl);
	return s;
}

static int
get_list(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct row *r = row;

	(void)rest;
	(void)em;
	switch (f->arg) {
	case RANKS:
		return value_take(v, encode_ranks(r->res));
	case NODELIST:
		return value_take(v, encode_hosts(r->res));
	default:
		return value_take(v, rset_summary(r->res));
	}
}

const struct field row_fields[] = {
	{ "state", "STATE", get_name, STATE, NULL },
	{ "queue", "QUEUE", get_name, QUEUE, NULL },
	{ "properties", "PROPERTIES", get_name, PROPERTIES, NULL },
	{ "propertiesx", "PROPERTIES", get_name, PROPERTIESX, NULL },
	{ "nnodes", "NNODES", get_count, NNODES, NULL },
	{ "ncores", "NCORES", get_count, NCORES, NULL },
	{ "ngpus", "NGPUS", get_count, NGPUS, NULL },
	{ "ranks", "RANKS", get_list, RANKS, NULL },
	{ "nodelist", "NODELIST", get_list, NODELIST, NULL },
	{ "rlist", "LIST", get_list, RLIST, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
