/* SPDX-License-Identifier: MIT */
/* flux overlay status: the tree of brokers as it is, drawn as a tree. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "fsd.h"
#include "hostlist.h"
#include "idset.h"
#include "overlay.h"

enum { OPT_SUMMARY = 256, OPT_DOWN, OPT_NO_PRETTY, OPT_NO_GHOST };

enum { WAIT_STEP_MS = 50, PREFIX_MAX = 512 };

#define DEFAULT_TIMEOUT 0.5 /* s */

struct status {
	struct query query;
	struct hostlist *hosts;
	uint32_t rank;
	long verbose;
	bool summary, down, no_pretty, no_ghost, color, json, has_timeout;
	const char *highlight_text[16];
	int nhighlight;
	struct idset *highlight; /* ranks, with those above; NULL = none */
	const char *wait;        /* status to wait for; NULL = none */
};

/* ---- a line ---- */

static const char *
status_color(const struct node *n)
{
	if (n->is_presumed)
		return "\033[90m";
	if (strcmp(n->status, "lost") == 0)
		return "\033[31m";
	if (strcmp(n->status, "offline") == 0)
		return "\033[33m";
	return NULL;
}

static void
print_name(const struct status *s, const struct node *n)
{
	const char *host = overlay_host(s->hosts, n->rank);
	const char *before = "", *after = "";

	if (s->highlight && idset_test(s->highlight, n->rank)) {
		before = s->color ? "\033[01;34m" : "<<";
		after = s->color ? "\033[0m" : ">>";
	}
	printf("%s%u %s%s: ", before, n->rank, host, after);
}

static void
print_state(const struct status *s, const struct node *n)
{
	const char *color = s->color ? status_color(n) : NULL;
	char buf[32];

	if (n->no_answer) {
		printf("%s\n", n->error);
		return;
	}
	printf(
	    "%s%s%s", color ? color : "", n->status, color ? "\033[39m" : "");
	if (s->verbose > 0 && n->duration >= 0)
		printf(" for %s", fsd_format(buf, sizeof(buf), n->duration));
	if (s->verbose > 1 && n->rtt >= 0)
		printf(" (%.3f ms)", n->rtt * 1000);
	if (*n->error)
		printf(" %s", n->error);
	putchar('\n');
}

/* ---- the tree ---- */

static bool
is_shown(const struct status *s, const struct node *n)
{
	if (s->no_ghost && n->is_presumed)
		return false;
	return !s->down || n->no_answer || strcmp(n->status, "full") != 0;
}

/* prefix: the connectors of those above. */
static void
print_tree(const struct status *s, const struct node *n, const char *prefix)
{
	char next[PREFIX_MAX];

	for (int i = 0; i < n->nchildren; i++) {
		const struct node *child = n->children[i];
		bool last = i == n->nchildren - 1;

		if (!is_shown(s, child))
			continue;
		if (!s->no_pretty)
			printf("%s%s", prefix, last ? "└─ " : "├─ ");
		print_name(s, child);
		print_state(s, child);
		snprintf(
		    next, sizeof(next), "%s%s", prefix, last ? "   " : "│  ");
		print_tree(s, child, next);
	}
}

static void
print_all(const struct status *s, const struct node *root)
{
	if (s->summary) {
		print_state(s, root);
		return;
	}
	if (!is_shown(s, root))
		return;
	print_name(s, root);
	print_state(s, root);
	print_tree(s, root, "");
}

/* ---- JSON ---- */

static void
add_nodes(const struct status *s, const struct node *n, json_t *list)
{
	json_t *o = json_pack("{s:I s:s s:s}", "rank", (json_int_t)n->rank,
	    "host", overlay_host(s->hosts, n->rank), "status", n->status);

	if (n->parent)
		json_object_set_new(
		    o, "parent", json_integer((json_int_t)n->parent->rank));
	if (n->duration >= 0)
		json_object_set_new(o, "duration", json_real(n->duration));
	if (n->rtt >= 0 && s->verbose > 1)
		json_object_set_new(o, "rtt", json_real(n->rtt));
	if (*n->error)
		json_object_set_new(o, "error", json_string(n->error));
	if (n->is_presumed)
		json_object_set_new(o, "presumed", json_true());
	if (is_shown(s, n))
		json_array_append(list, o);
	json_decref(o);
	for (int i = 0; i < n->nchildren && !s->summary; i++)
		add_nodes(s, n->children[i], list);
}

static void
print_json(const struct status *s, const struct node *root)
{
	json_t *list = json_array();

	add_nodes(s, root, list);
	overlay_print_json(json_pack("{s:i s:o}", "version", 1, "nodes", list));
}

/* ---- options ---- */

static void
add_above(struct status *s, const json_t *topology, uint32_t rank)
{
	int64_t r = rank;

	for (; r >= 0; r = topology_parent(topology, (uint32_t)r))
		if (idset_set(s->highlight, (unsigned)r) < 0)
			err(1, NULL);
}

static void
add_highlight(struct status *s, const json_t *topology, const char *target)
{
	size_t size = hostlist_count(s->hosts);
	struct idset *ranks = idset_decode(target);
	unsigned r;

	if (!ranks)
		ranks = overlay_ranks(s->hosts, target);
	for (r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r)) {
		if (r >= size)
			errx(1, "--highlight: rank %u not in set 0-%zu", r,
			    size - 1);
		add_above(s, topology, r);
	}
	idset_destroy(ranks);
}

static void
set_highlights(struct status *s)
{
	json_t *topology;

	if (s->nhighlight == 0)
		return;
	if (!(s->highlight = idset_create()))
		err(1, NULL);
	topology = topology_read(s->query.h);
	for (int i = 0; i < s->nhighlight; i++)
		add_highlight(s, topology, s->highlight_text[i]);
	json_decref(topology);
}

static long
parse_number(const struct optparse *p, const char *name, long max)
{
	char *end;
	long n = strtol(p->value, &end, 10);

	if (!*p->value || *end || n < 0 || n > max)
		optparse_fail(
		    p, "Option '%s' requires an integer argument", name);
	return n;
}

/* -v, -vv (where the second is the value of the first), -v2, --verbose=2 */
static long
parse_verbose(const struct status *s, const struct optparse *p)
{
	size_t n = p->value ? strlen(p->value) : 0;

	if (strspn(p->value ? p->value : "", "v") == n)
		return s->verbose + 1 + (long)n;
	return parse_number(p, "verbose", INT_MAX);
}

static void
check_wait(const char *name)
{
	static const char *const states[] = { "full", "partial", "offline",
		"degraded", "lost" };

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (strcmp(states[i], name) == 0)
			return;
	errx(1, "invalid --wait state");
}

static void
set_value(struct status *s, const struct optparse *p, int c)
{
	switch (c) {
	case 'r':
		s->rank = (uint32_t)parse_number(p, "rank", INT_MAX);
		break;
	case 'v':
		s->verbose = parse_verbose(s, p);
		break;
	case 't':
		s->has_timeout = true;
		if (fsd_parse(p->value, &s->query.timeout) < 0)
			optparse_fail(p,
			    "Invalid argument for option 'timeout': '%s'",
			    p->value);
		if (isinf(s->query.timeout) || s->query.timeout > 1e6)
			s->query.timeout = 0;
		break;
	case 'L':
		if (color_parse(p->value ? p->value : "", &s->color) < 0)
			optparse_fail(
			    p, "Invalid argument to --color: '%s'", p->value);
		break;
	case 'H':
		if (s->nhighlight == 16)
			optparse_fail(p, "--highlight: at most 16 times");
		s->highlight_text[s->nhighlight++] = p->value;
		break;
	case 'w':
		check_wait(p->value);
		s->wait = p->value;
		break;
	}
}

static void
set_option(struct status *s, const struct optparse *p, int c)
{
	s->summary |= c == OPT_SUMMARY;
	s->down |= c == OPT_DOWN;
	s->no_pretty |= c == OPT_NO_PRETTY;
	s->no_ghost |= c == OPT_NO_GHOST;
	s->json |= c == 'j';
	set_value(s, p, c);
}

static const struct opt opts[] = {
	{ "rank", 'r', "RANK", "the subtree of this rank (default: 0)", 0 },
	{ "verbose", 'v', "[LEVEL]",
	    "1: time in this state; 2: time to get an answer", 0 },
	{ "timeout", 't', "FSD", "for an answer, 0 = none (default: 0.5s)", 0 },
	{ "summary", 0, NULL, "only the state of the whole subtree",
	    OPT_SUMMARY },
	{ "down", 0, NULL, "only what is not full", OPT_DOWN },
	{ "no-pretty", 0, NULL, "no lines between the nodes", OPT_NO_PRETTY },
	{ "no-ghost", 0, NULL, "not those that cannot be asked", OPT_NO_GHOST },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ "highlight", 'H', "TARGET", "mark ranks or hosts, and those above",
	    0 },
	{ "wait", 'w', "STATE",
	    "until it is full, partial, offline, degraded, lost", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

/* ---- asking ---- */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Brokers tell nobody when this changes, so ask again and again. */
static void
wait_for(const struct status *s)
{
	double end = now() + s->query.timeout;
	bool limited = s->has_timeout && s->query.timeout > 0, found;
	json_t *health = NULL;
	struct errmsg em;

	for (;;) {
		if (call_new(
			&s->query, "overlay.health", s->rank, &health, &em) < 0)
			errx(1, "%s", em.text);
		found =
		    strcmp(json_string_value(json_object_get(health, "status")),
			s->wait) == 0;
		json_decref(health);
		if (found)
			return;
		if (limited && now() > end)
			errx(1, "%s", strerror(ETIMEDOUT));
		handle_poll(s->query.h, WAIT_STEP_MS);
	}
}

static void
run(struct status *s)
{
	struct node *root;
	struct errmsg em;

	s->query.h = tool_open_plain();
	s->query.ask_leaves = s->verbose > 1;
	s->hosts = overlay_hosts(s->query.h);
	set_highlights(s);
	if (s->wait)
		wait_for(s);
	if (!(root = node_read(&s->query, s->rank, &em)))
		errx(1, "%s", em.text);
	if (s->json)
		print_json(s, root);
	else
		print_all(s, root);
	node_destroy(root);
	hostlist_destroy(s->hosts);
	idset_destroy(s->highlight);
	handle_close(s->query.h);
}

int
cmd_status(int argc, char **argv)
{
	struct optparse p = {
		.usage = "status [OPTIONS]",
		.summary = "Show how the brokers of the tree are",
		.example = "flux overlay status --down --wait=full",
		.opts = opts,
		.fail_status = 1,
	};
	struct status s = { .query.timeout = DEFAULT_TIMEOUT };
	int c;

	color_parse(NULL, &s.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&s, &p, c);
	run(&s);
	optparse_fini(&p);
	return tool_finish(0);
}
