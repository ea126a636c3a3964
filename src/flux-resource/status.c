/* SPDX-License-Identifier: MIT */
/*
 * flux resource status: nodes as the administrator sees them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "formatname.h"
#include "optparse.h"
#include "status.h"

#define BIT(state) (1u << (state))

enum {
	STANDARD = BIT(AVAIL) | BIT(EXCLUDE) | BIT(DRAINING) | BIT(DRAINED) |
		   BIT(TORPID) | BIT(HOUSEKEEPING),
	EVERY = BIT(NODE_STATES) - 1,
	ONLINE = BIT(NODE_STATES), /* not states: connections */
	OFFLINE = BIT(NODE_STATES + 1),
};

static const struct {
	const char *name;
	unsigned mask;
} words[] = {
	{ "all", EVERY },
	{ "online", ONLINE },
	{ "avail", BIT(AVAIL) },
	{ "offline", OFFLINE },
	{ "exclude", BIT(EXCLUDE) },
	{ "drain", BIT(DRAINING) | BIT(DRAINED) },
	{ "draining", BIT(DRAINING) },
	{ "drained", BIT(DRAINED) },
	{ "torpid", BIT(TORPID) },
	{ "allocated", BIT(ALLOCATED) },
	{ "housekeeping", BIT(HOUSEKEEPING) },
};
enum { NWORDS = sizeof(words) / sizeof(*words) };

static void
print_valid(void)
{
	fputs("flux-resource: INFO: valid states: ", stderr);
	for (int i = 0; i < NWORDS; i++)
		fprintf(stderr, "%s%s", i > 0 ? "," : "", words[i].name);
	fputs("\n", stderr);
}

static unsigned
parse_word(const char *word)
{
	for (int i = 0; i < NWORDS; i++)
		if (strcasecmp(word, words[i].name) == 0)
			return words[i].mask;
	warnx("ERROR: Invalid resource state %s specified", word);
	print_valid();
	exit(1);
}

/* online and offline select rows; alone they stand for the usual states. */
static void
set_states(struct status_query *q, char *list)
{
	unsigned mask = 0;
	char *word;

	if (strcmp(list, "help") == 0) {
		print_valid();
		exit(0);
	}
	while ((word = strsep(&list, ",")))
		mask |= parse_word(word);
	q->show_empty = true;
	q->empty_offline = mask & OFFLINE;
	q->online = (mask & ONLINE) || !(mask & OFFLINE);
	q->offline = (mask & OFFLINE) || !(mask & ONLINE);
	q->states = mask & EVERY ? mask & EVERY : STANDARD;
}

void
status_print(const struct status_query *q, struct format *f, bool header)
{
	struct nodes nd = { 0 };
	struct status_rows rows = { 0 };

	nodes_init(&nd);
	status_rows_build(&rows, &nd, q, f);
	table_print(f, (void **)rows.v, rows.n, header);
	status_rows_fini(&rows);
	nodes_fini(&nd);
}

static json_t *
row_json(const struct status_row *r)
{
	char *ranks = idset_encode(r->ranks, 0), *hosts = status_row_hosts(r);
	json_t *o = json_pack("{s:s s:b s:i s:s s:s}", "state",
	    node_state_name(r->state), "online", r->online, "nnodes",
	    (int)idset_count(r->ranks), "ranks", ranks ? ranks : "", "nodelist",
	    hosts ? hosts : "");

	if (r->reason)
		json_object_set_new(o, "reason", json_string(r->reason));
	if (r->timestamp > 0)
		json_object_set_new(o, "timestamp", json_real(r->timestamp));
	free(ranks);
	free(hosts);
	return o;
}

static void
print_json(const struct status_query *q)
{
	struct format *f =
	    table_key("{state} {status} {reason} {timestamp}", status_fields);
	struct nodes nd = { 0 };
	struct status_rows rows = { 0 };
	json_t *array = json_array();

	nodes_init(&nd);
	status_rows_build(&rows, &nd, q, f);
	for (size_t i = 0; i < rows.n; i++)
		json_array_append_new(array, row_json(rows.v[i]));
	table_print_json("nodes", array);
	status_rows_fini(&rows);
	nodes_fini(&nd);
	format_destroy(f);
}

static const struct format_builtin formats[] = {
	{ "default", "Default flux-resource status format string",
	    "{state:>12} {color_up}{up:>2}{color_off} {nnodes:>6} {nodelist}" },
	{ "long", "Long flux-resource status format string",
	    "{state:>12} {color_up}{up:>2}{color_off} {nnodes:>6} "
	    "+:{reason:<30.30} {nodelist}" },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-resource",
	.stem = "flux-resource",
	.table = "status.formats",
	.default_env = "FLUX_RESOURCE_STATUS_FORMAT_DEFAULT",
	.builtin = formats,
};

static const struct opt opts[] = {
	{ "states", 's', "STATE,...", "in these states, or help", 0 },
	{ "format", 'o', "FORMAT", "a format, the name of one, or help", 0 },
	{ "include", 'i', "TARGETS", "only these ranks or hosts", 0 },
	{ "queue", 'q', "QUEUE,...", "only these queues", 0 },
	{ "no-header", 'n', NULL, "no header line", 0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ "skip-empty", 0, NULL, "no rows without nodes", 'E' },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

int
cmd_status(int argc, char **argv)
{
	struct optparse p = {
		.usage = "status [OPTIONS]",
		.summary = "List nodes by what keeps them from being used",
		.example = "flux resource status --states=drain -o long",
		.opts = opts,
	};
	struct status_query q = {
		.states = STANDARD,
		.online = true,
		.offline = true,
	};
	const char *format = NULL;
	bool header = true, skip = false, as_json = false;
	struct format *f;
	int c;

	color_parse(NULL, &q.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		header &= c != 'n';
		skip |= c == 'E';
		as_json |= c == 'j';
		if (c == 's')
			set_states(&q, (char *)p.value);
		else if (c == 'o')
			format = p.value;
		else if (c == 'i')
			q.sel.include = p.value;
		else if (c == 'q')
			words_add(&q.sel.queues, (char *)p.value);
		else if (c == 'L' &&
			 color_parse(p.value ? p.value : "", &q.color) < 0)
			optparse_fail(
			    &p, "Invalid argument to --color: '%s'", p.value);
	}
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	q.show_empty &= !skip;
	if (as_json) {
		print_json(&q);
	} else if ((f = table_format(&source, format, status_fields))) {
		status_print(&q, f, header);
		format_destroy(f);
	}
	words_fini(&q.sel.queues);
	optparse_fini(&p);
	return tool_finish(0);
}
