/* SPDX-License-Identifier: MIT */
/*
 * flux resource list, info and R: the scheduler's view.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "formatname.h"
#include "hostlist.h"
#include "idset.h"
#include "jsontext.h"
#include "list.h"
#include "optparse.h"

/* ---- options that the three have in common ---- */

#define SELECT_OPTIONS(help)                                               \
	{ "states", 's', "STATE,...", help, 0 },                           \
	    { "state", 0, "STATE,...", NULL, 's' },                        \
	    { "include", 'i', "TARGETS", "only these ranks or hosts", 0 }, \
	{                                                                  \
		"queue", 'q', "QUEUE,...", "only these queues", 0          \
	}

/* Returns false for an option that is not one of them. */
static bool
select_option(
    struct selection *s, struct words *states, const struct optparse *p, int c)
{
	if (c == 's') {
		words_fini(states);
		words_add(states, (char *)p->value);
	} else if (c == 'i') {
		s->include = p->value;
	} else if (c == 'q') {
		words_add(&s->queues, (char *)p->value);
	} else {
		return false;
	}
	return true;
}

static void
no_operands(const struct optparse *p)
{
	if (p->noperands > 0)
		optparse_fail(p, "unexpected argument '%s'", p->operands[0]);
}

/* The sets asked for. Each only once: a row twice would be no help. */
static size_t
parse_sets(int *sets, const struct words *states)
{
	size_t n = 0;

	for (size_t i = 0; i < states->n; i++) {
		int set = view_set_parse(states->v[i]);
		size_t k = 0;

		while (k < n && sets[k] != set)
			k++;
		if (k == n)
			sets[n++] = set;
	}
	return n;
}

/* ---- list ---- */

static const struct format_builtin formats[] = {
	{ "default", "Default flux-resource list format string",
	    "{state:>10} ?+:{queue:<5} ?:{propertiesx:<10.10+} {nnodes:>6} "
	    "+:{ncores:>6} ?+:{ngpus:>5} {nodelist}" },
	{ "rlist", "Format including resource list details",
	    "{state:>10} ?+:{queue:<5} ?:{propertiesx:<10.10+} {nnodes:>6} "
	    "+:{ncores:>6} ?+:{ngpus:>5} {rlist}" },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-resource",
	.stem = "flux-resource",
	.table = "list.formats",
	.default_env = "FLUX_RESOURCE_LIST_FORMAT_DEFAULT",
	.builtin = formats,
};

static const struct opt list_opts[] = {
	SELECT_OPTIONS("in these states: up, down, allocated, free, all "
		       "(free,allocated,down)"),
	{ "format", 'o', "FORMAT", "a format, the name of one, or help", 0 },
	{ "no-header", 'n', NULL, "no header line", 0 },
	{ "skip-empty", 0, NULL, "no rows without resources (default with -i)",
	    'E' },
	{ "no-skip-empty", 0, NULL, "such rows even with -i", 'e' },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

static json_t *
row_json(const struct row *r)
{
	struct idset *ranks = rset_ranks(r->res);
	struct hostlist *hosts = rset_hosts(r->res);
	char *rank_text = ranks ? idset_encode(ranks, 0) : NULL;
	char *host_text = hosts ? hostlist_encode(hosts) : NULL;
	json_t *o = json_pack("{s:s s:o s:o s:i s:i s:i s:s s:s}", "state",
	    set_name(r->set), "queues", table_names(r->queue), "properties",
	    table_names(r->properties), "nnodes", (int)r->res->nnodes, "ncores",
	    (int)rset_ncores(r->res), "ngpus", (int)rset_ngpus(r->res), "ranks",
	    rank_text ? rank_text : "", "nodelist", host_text ? host_text : "");

	free(rank_text);
	free(host_text);
	idset_destroy(ranks);
	hostlist_destroy(hosts);
	return o;
}

static void
print_rows_json(const struct rows *rows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->n; i++)
		json_array_append_new(array, row_json(rows->v[i]));
	table_print_json("resources", array);
}

struct look {
	bool skip_empty, header, json;
};

static void
print_list(const struct selection *s, const struct words *states,
    struct format *f, const struct look *look)
{
	static const int standard[] = { SET_FREE, SET_ALLOCATED, SET_DOWN };
	int sets[NSETS];
	size_t nsets = parse_sets(sets, states);
	struct view v = { 0 };
	struct rows rows = { 0 };

	if (nsets == 0) {
		memcpy(sets, standard, sizeof(standard));
		nsets = 3;
	}
	view_init(&v, s);
	rows_build(&rows, &v, sets, nsets, f, look->skip_empty);
	if (look->json)
		print_rows_json(&rows);
	else
		table_print(f, (void **)rows.v, rows.n, look->header);
	rows_fini(&rows);
	view_fini(&v);
}

int
cmd_list(int argc, char **argv)
{
	struct optparse p = {
		.usage = "list [OPTIONS]",
		.summary = "List resources by state, as the scheduler sees "
			   "them",
		.example = "flux resource list --states=free -no {nodelist}",
		.opts = list_opts,
	};
	struct selection s = { 0 };
	struct words states = { 0 };
	const char *format = NULL;
	struct look look = { .header = true };
	bool skip = false, keep = false;
	struct format *f;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (select_option(&s, &states, &p, c))
			continue;
		look.header &= c != 'n';
		look.json |= c == 'j';
		skip |= c == 'E';
		keep |= c == 'e';
		if (c == 'o')
			format = p.value;
	}
	no_operands(&p);
	look.skip_empty = skip || (s.include && !keep);
	f = look.json
		? table_key("{state} {queue} {properties} {nnodes}", row_fields)
		: table_format(&source, format, row_fields);
	if (f)
		print_list(&s, &states, f, &look);
	format_destroy(f);
	words_fini(&s.queues);
	words_fini(&states);
	optparse_fini(&p);
	return tool_finish(0);
}

/* ---- info, R ---- */

/* The union of the sets asked for, all of them by default (new). */
static struct rset *
collect(const struct view *v, const struct words *states)
{
	struct rset *sum;
	int sets[NSETS] = { SET_ALL };
	size_t n = parse_sets(sets, states);

	sum = view_select(v, sets[0]);
	for (size_t i = 1; i < n; i++) {
		struct rset *r = view_select(v, sets[i]);

		if (rset_add(sum, r) < 0)
			err(1, NULL);
		rset_destroy(r);
	}
	return sum;
}

static void
print_info(const struct rset *r)
{
	printf("%zu Nodes, %zu Cores, %zu GPUs\n", r->nnodes, rset_ncores(r),
	    rset_ngpus(r));
}

static void
print_R(const struct rset *r)
{
	json_t *o = rset_encode(r);
	char *s;

	/* how many tasks a job asked for is nothing that resources have */
	json_object_del(json_object_get(o, "execution"), "nslots");
	if (!o || !(s = json_text(o, JSONTEXT_ASCII)))
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

static int
run(struct optparse *p, int argc, char **argv,
    void (*print)(const struct rset *r))
{
	static const struct opt opts[] = {
		SELECT_OPTIONS("in these states: up, down, allocated, free, "
			       "all (default)"),
		{ 0 },
	};
	struct selection s = { 0 };
	struct words states = { 0 };
	struct view v = { 0 };
	struct rset *sum;
	int c;

	p->opts = opts;
	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1)
		select_option(&s, &states, p, c);
	no_operands(p);
	view_init(&v, &s);
	sum = collect(&v, &states);
	print(sum);
	rset_destroy(sum);
	view_fini(&v);
	words_fini(&s.queues);
	words_fini(&states);
	optparse_fini(p);
	return tool_finish(0);
}

int
cmd_info(int argc, char **argv)
{
	struct optparse p = {
		.usage = "info [OPTIONS]",
		.summary = "Print how many nodes, cores and GPUs there are",
		.example = "flux resource info --states=free",
	};

	return run(&p, argc, argv, print_info);
}

int
cmd_R(int argc, char **argv)
{
	struct optparse p = {
		.usage = "R [OPTIONS]",
		.summary = "Print resources as RFC 20 JSON",
		.example = "flux resource R --states=up",
	};

	return run(&p, argc, argv, print_R);
}
