/* SPDX-License-Identifier: MIT */
/*
 * flux queue list: one row a queue, with what the configuration allows and
 * what resources its nodes have.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "format.h"
#include "formatname.h"
#include "idset.h"
#include "list.h"
#include "optparse.h"
#include "queue.h"
#include "rset.h"

struct list {
	struct handle *h;
	json_t *config;
	struct rset *sets[NSETS];
	struct row *rows;
	size_t nrows;
	const char **only; /* -q; NULL = all queues */
	size_t nonly;
	bool color;
};

/* ---- resources ---- */

static struct rset *
decode_set(const json_t *status, const char *name)
{
	struct errmsg em;
	struct rset *r = rset_decode(json_object_get(status, name), &em);

	if (!r)
		tool_fail("%s: %s", name, em.text);
	return r;
}

static struct rset *
minus(const struct rset *a, const struct rset *b)
{
	struct rset *r = rset_dup(a);

	if (!r || rset_subtract(r, b) < 0)
		err(1, NULL);
	return r;
}

static void
get_resources(struct list *l)
{
	json_t *status = NULL;
	struct errmsg em;

	if (handle_call_new(
		l->h, "resource.sched-status", 0, NULL, &status, &em) < 0)
		tool_fail("%s", em.text);
	l->sets[ALL] = decode_set(status, "all");
	l->sets[DOWN] = decode_set(status, "down");
	l->sets[ALLOCATED] = decode_set(status, "allocated");
	l->sets[UP] = minus(l->sets[ALL], l->sets[DOWN]);
	l->sets[FREE] = minus(l->sets[UP], l->sets[ALLOCATED]);
	json_decref(status);
}

/* The ranks that have all properties of requires. */
static struct idset *
ranks_of(const struct rset *all, const json_t *requires)
{
	struct idset *ranks = idset_create();
	const json_t *prop;
	size_t i, k;

	if (!ranks)
		err(1, NULL);
	for (i = 0; i < all->nnodes; i++) {
		const struct rset_node *n = &all->nodes[i];
		bool has = true;

		json_array_foreach(requires, k, prop)
			has &=
			    rset_has_property(all, n, json_string_value(prop));
		if (has && idset_set(ranks, n->rank) < 0)
			err(1, NULL);
	}
	return ranks;
}

static void
count_set(const struct rset *set, const struct idset *ranks, size_t *count)
{
	struct rset *r = rset_dup(set);

	if (!r || rset_keep_ranks(r, ranks) < 0)
		err(1, NULL);
	count[NNODES] = r->nnodes;
	count[NCORES] = rset_ncores(r);
	count[NGPUS] = rset_ngpus(r);
	rset_destroy(r);
}

static void
count_resources(const struct list *l, struct row *r)
{
	struct idset *ranks =
	    ranks_of(l->sets[ALL], policy_requires(l->config, r->name));

	for (int i = 0; i < NSETS; i++)
		count_set(l->sets[i], ranks, r->count[i]);
	idset_destroy(ranks);
}

/* ---- rows ---- */

static void
get_status(const struct list *l, struct row *r)
{
	json_t *out = NULL, *in = r->name ? json_pack("{s:s}", "name", r->name)
					  : json_object();
	const char *blocked = NULL;
	struct errmsg em;
	int enable, start;

	if (handle_call_new(l->h, "job-manager.queue-status", NODEID_ANY, in,
		&out, &em) < 0)
		tool_fail("list: %s", em.text);
	if (json_unpack(out, "{s:b s:b s?s}", "enable", &enable, "start",
		&start, "blocked", &blocked) < 0)
		tool_fail("list: malformed answer");
	r->enabled = enable;
	r->started = start;
	r->blocked = blocked && strcmp(blocked, "parent") == 0;
	json_decref(out);
}

static void
get_limits(const struct list *l, struct row *r)
{
	static const char *const names[NRES] = { "nnodes", "ncores", "ngpus" };
	char path[64];

	r->timelimit = policy_duration(l->config, r->name, "limits.duration");
	r->default_timelimit = policy_duration(
	    l->config, r->name, "jobspec.defaults.system.duration");
	for (int i = 0; i < NRES; i++) {
		snprintf(
		    path, sizeof(path), "limits.job-size.min.%s", names[i]);
		r->min[i] = policy_int(l->config, r->name, path, 0);
		snprintf(
		    path, sizeof(path), "limits.job-size.max.%s", names[i]);
		r->max[i] = policy_int(l->config, r->name, path, -1);
	}
}

static void
add_row(struct list *l, const char *name)
{
	const char *standard = policy_default_queue(l->config);
	struct row *r = &l->rows[l->nrows++];

	*r = (struct row){ .name = name, .color = l->color };
	r->parent = policy_parent(l->config, name);
	r->is_default = name && standard && strcmp(name, standard) == 0;
	get_status(l, r);
	get_limits(l, r);
	count_resources(l, r);
}

static bool
wanted(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->nonly; i++)
		if (strcmp(l->only[i], name) == 0)
			return true;
	return l->nonly == 0;
}

static void
check_only(const struct list *l)
{
	for (size_t i = 0; i < l->nonly; i++)
		if (!json_object_get(policy_queues(l->config), l->only[i]))
			tool_fail("No such queue: %s", l->only[i]);
}

static void
fill(struct list *l)
{
	json_t *queues;
	struct errmsg em;
	const char *name;
	json_t *table;

	l->h = tool_open();
	if (handle_call_new(
		l->h, "config.get", NODEID_ANY, NULL, &l->config, &em) < 0)
		tool_fail("%s", em.text);
	check_only(l);
	get_resources(l);
	queues = (json_t *)policy_queues(l->config);
	l->rows = calloc(json_object_size(queues) + 1, sizeof(*l->rows));
	if (!l->rows)
		err(1, NULL);
	json_object_foreach(queues, name, table)
		if (wanted(l, name))
			add_row(l, name);
	if (json_object_size(queues) == 0)
		add_row(l, NULL);
	handle_close(l->h);
}

static void
list_fini(struct list *l)
{
	for (int i = 0; i < NSETS; i++)
		rset_destroy(l->sets[i]);
	free(l->rows);
	free(l->only);
	json_decref(l->config);
}

/* ---- output ---- */

static void
print_line(char *line, const struct errmsg *em)
{
	if (!line)
		tool_fail("%s", em->text);
	if (line[strspn(line, " \t")] != '\0')
		puts(line);
	free(line);
}

static void
print(struct list *l, struct format *f, bool header)
{
	struct errmsg em;
	void **order = calloc(l->nrows + 1, sizeof(*order));

	if (!order)
		err(1, NULL);
	for (size_t i = 0; i < l->nrows; i++) {
		order[i] = &l->rows[i];
		if (format_measure(f, order[i], &em) < 0)
			tool_fail("%s", em.text);
	}
	format_adapt(f, header);
	if (format_sort(f, order, l->nrows, &em) < 0)
		tool_fail("%s", em.text);
	if (header)
		print_line(format_header(f, &em), &em);
	for (size_t i = 0; i < l->nrows; i++)
		print_line(format_row(f, order[i], &em), &em);
	free(order);
}

/* {"nnodes":1,...}; a negative count is left out. */
static json_t *
sizes(const json_int_t *count)
{
	static const char *const names[NRES] = { "nnodes", "ncores", "ngpus" };
	json_t *o = json_object();

	for (int i = 0; i < NRES; i++)
		if (count[i] >= 0)
			json_object_set_new(
			    o, names[i], json_integer(count[i]));
	return o;
}

static json_t *
resources_json(const struct row *r)
{
	static const char *const names[NSETS] = { "all", "up", "down",
		"allocated", "free" };
	json_t *o = json_object();

	for (int i = 0; i < NSETS; i++) {
		json_int_t count[NRES];

		for (int k = 0; k < NRES; k++)
			count[k] = r->count[i][k];
		json_object_set_new(o, names[i], sizes(count));
	}
	return o;
}

static json_t *
row_json(const struct row *r)
{
	json_t *o = json_pack("{s:s* s:s* s:b s:b s:b s:b}", "name", r->name,
	    "parent", r->parent, "default", r->is_default, "enabled",
	    r->enabled, "started", r->started, "blocked", r->blocked);
	json_t *defaults = json_object();
	json_t *limits =
	    json_pack("{s:o s:o}", "min", sizes(r->min), "max", sizes(r->max));

	if (isfinite(r->default_timelimit))
		json_object_set_new(
		    defaults, "timelimit", json_real(r->default_timelimit));
	if (isfinite(r->timelimit))
		json_object_set_new(
		    limits, "timelimit", json_real(r->timelimit));
	json_object_set_new(o, "defaults", defaults);
	json_object_set_new(o, "limits", limits);
	json_object_set_new(o, "resources", resources_json(r));
	return o;
}

static void
print_json(const struct list *l)
{
	json_t *queues = json_array();

	for (size_t i = 0; i < l->nrows; i++)
		json_array_append_new(queues, row_json(&l->rows[i]));
	queue_print_json(
	    json_pack("{s:i s:o}", "version", 1, "queues", queues));
}

#define QUEUE_COLUMNS                             \
	"?:{queuem:<8.8} ?:{parent:<8.8} "        \
	"{color_enabled}{enabled:>2}{color_off} " \
	"{color_started}{started:>2}{color_off} "

static const struct format_builtin formats[] = {
	{ "default", "Default flux-queue list format string",
	    QUEUE_COLUMNS "{defaults.timelimit!F:>8} {limits.timelimit!F:>8} "
			  "{limits.range.effective.nnodes:>10} "
			  "{limits.range.effective.ncores:>10} "
			  "{limits.range.effective.ngpus:>10}" },
	{ "policy", "flux-queue list with policy limits only",
	    QUEUE_COLUMNS "{defaults.timelimit!F:>8} {limits.timelimit!F:>8} "
			  "{limits.range.nnodes:>10} {limits.range.ncores:>10} "
			  "{limits.range.ngpus:>10}" },
	{ "nodes", "Show queue status plus all/up/allocated/free nodes",
	    QUEUE_COLUMNS "{resources.all.nnodes:>6} {resources.up.nnodes:>10} "
			  "{resources.down.nnodes:>10} "
			  "{resources.allocated.nnodes:>11} "
			  "{resources.free.nnodes:>10}" },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-queue",
	.stem = "flux-queue",
	.table = "list.formats",
	.default_env = "FLUX_QUEUE_LIST_FORMAT_DEFAULT",
	.builtin = formats,
};

/* Split "a,b" and add to the queues wanted. The words live in argv. */
static void
add_only(struct list *l, char *words)
{
	char *word;

	while ((word = strsep(&words, ","))) {
		const char **p;

		if (!*word)
			continue;
		p = reallocarray(l->only, l->nonly + 1, sizeof(*p));
		if (!p)
			err(1, NULL);
		l->only = p;
		p[l->nonly++] = word;
	}
}

static const struct opt list_opts[] = {
	{ "queue", 'q', "QUEUE,...", "only these queues", 0 },
	{ "format", 'o', "FORMAT", "a format, the name of one, or help", 0 },
	{ "no-header", 'n', NULL, "no header line", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ 0 },
};

/* What -o asks for: the table, or a text about formats. */
static void
run(struct list *l, const char *arg, bool header)
{
	struct errmsg em;
	bool is_answer = false;
	char *text = format_choose(&source, arg, &is_answer, &em);
	struct format *f;

	if (!text)
		tool_fail("%s", em.text);
	if (is_answer) {
		fputs(text, stdout);
		free(text);
		return;
	}
	if (!(f = format_parse(text, list_fields, &em)))
		tool_fail("%s", em.text);
	fill(l);
	print(l, f, header);
	format_destroy(f);
	free(text);
}

int
cmd_list(int argc, char **argv)
{
	struct optparse p = {
		.usage = "list [OPTIONS]",
		.summary = "List queues with their limits and resources",
		.example = "flux queue list -o nodes",
		.opts = list_opts,
	};
	struct list l = { 0 };
	const char *format = NULL;
	bool header = true, as_json = false;
	int c;

	color_parse(NULL, &l.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'q')
			add_only(&l, (char *)p.value);
		else if (c == 'o')
			format = p.value;
		else if (c == 'n')
			header = false;
		else if (c == 'j')
			as_json = true;
		else if (color_parse(p.value ? p.value : "", &l.color) < 0)
			optparse_fail(
			    &p, "Invalid argument to --color: '%s'", p.value);
	}
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	if (as_json) {
		fill(&l);
		print_json(&l);
	} else {
		run(&l, format, header);
	}
	list_fini(&l);
	optparse_fini(&p);
	return tool_finish(0);
}
