/* SPDX-License-Identifier: MIT */
/*
 * The fields that a format of flux resource status and drain can name.
 */
#include <stdio.h>

#include "hostlist.h"
#include "status.h"
#include "value.h"

static const char *const names[NODE_STATES] = {
	[AVAIL] = "avail",
	[EXCLUDE] = "exclude",
	[ALLOCATED] = "allocated",
	[TORPID] = "torpid",
	[HOUSEKEEPING] = "housekeeping",
	[DRAINING] = "draining",
	[DRAINED] = "drained",
};

const char *
node_state_name(enum node_state state)
{
	return names[state];
}

enum text { STATEX, STATUS, UP, UP_ASCII, REASON, COLOR_UP, COLOR_OFF };

static const char *
text(const struct status_row *r, enum text which)
{
	switch (which) {
	case STATEX:
		return names[r->state];
	case STATUS:
		return r->online ? "online" : "offline";
	case UP:
		return r->online ? "✔" : "✗";
	case UP_ASCII:
		return r->online ? "y" : "n";
	case REASON:
		return r->reason;
	case COLOR_UP:
		return !r->color   ? NULL
		       : r->online ? "\033[01;32m"
				   : "\033[01;31m";
	case COLOR_OFF:
		return r->color ? "\033[0;0m" : NULL;
	}
	return NULL;
}

static int
get_text(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)rest;
	(void)em;
	return value_str(v, text(row, f->arg));
}

/* Offline nodes are marked. */
static int
get_state(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct status_row *r = row;
	char *s;

	(void)f;
	(void)rest;
	(void)em;
	if (r->online)
		return value_str(v, names[r->state]);
	if (asprintf(&s, "%s*", names[r->state]) < 0)
		s = NULL;
	return value_take(v, s);
}

static int
get_nnodes(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct status_row *r = row;

	(void)f;
	(void)rest;
	(void)em;
	return value_int(v, idset_count(r->ranks));
}

static int
get_ranks(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct status_row *r = row;

	(void)f;
	(void)rest;
	(void)em;
	return value_take(v, idset_encode(r->ranks, 0));
}

char *
status_row_hosts(const struct status_row *r)
{
	struct hostlist *hl = hostlist_create();
	char *s = NULL;
	unsigned id;

	for (id = idset_first(r->ranks); hl && id != IDSET_INVALID;
	     id = idset_next(r->ranks, id)) {
		const struct rset_node *n = rset_find(r->all, id);

		if (n && hostlist_append_host(hl, n->host) < 0)
			goto done;
	}
	if (hl)
		s = hostlist_encode(hl);
done:
	hostlist_destroy(hl);
	return s;
}

static int
get_nodelist(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)f;
	(void)rest;
	(void)em;
	return value_take(v, status_row_hosts(row));
}

static int
get_timestamp(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct status_row *r = row;

	(void)f;
	(void)rest;
	(void)em;
	if (r->timestamp == 0)
		return value_str(v, NULL);
	return value_float(v, r->timestamp);
}

const struct field status_fields[] = {
	{ "state", "STATE", get_state, 0, NULL },
	{ "statex", "STATE", get_text, STATEX, NULL },
	{ "status", "STATUS", get_text, STATUS, NULL },
	{ "up", "UP", get_text, UP, NULL },
	{ "up.ascii", "UP", get_text, UP_ASCII, NULL },
	{ "nnodes", "NNODES", get_nnodes, 0, NULL },
	{ "ranks", "RANKS", get_ranks, 0, NULL },
	{ "nodelist", "NODELIST", get_nodelist, 0, NULL },
	{ "reason", "REASON", get_text, REASON, NULL },
	{ "timestamp", "TIME", get_timestamp, 0, NULL },
	{ "color_up", "", get_text, COLOR_UP, NULL },
	{ "color_off", "", get_text, COLOR_OFF, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
