/* SPDX-License-Identifier: MIT */
/*
 * flux overlay: look at the tree of brokers, and cut a branch off.
 */
#include <err.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "overlay.h"

static const char *
one_operand(const struct optparse *p, const char *what)
{
	if (p->noperands != 1)
		errx(1, "%s", what);
	return p->operands[0];
}

/* ---- lookup ---- */

/* What ranks give is hosts, what hosts give is ranks (malloc'd). */
static char *
translate(const struct hostlist *hosts, const char *target)
{
	struct idset *ids = idset_decode(target);
	struct idset *ranks = overlay_ranks(hosts, target);
	struct hostlist *hl = NULL;
	char *text;

	if (ids && (hl = hostlist_pick(hosts, ranks)))
		text = hostlist_encode(hl);
	else
		text = idset_encode(ranks, 0);
	if (!text)
		err(1, NULL);
	hostlist_destroy(hl);
	idset_destroy(ids);
	idset_destroy(ranks);
	return text;
}

int
cmd_lookup(int argc, char **argv)
{
	struct optparse p = {
		.usage = "lookup [OPTIONS] TARGET",
		.summary = "Translate ranks to hosts, or hosts to ranks",
		.example = "flux overlay lookup 1-3",
		.opts = (const struct opt[]){ { 0 } },
		.fail_status = 1,
	};
	struct hostlist *hosts;
	struct handle *h;
	char *text;

	optparse_init(&p, argc, argv);
	optparse_next(&p);
	one_operand(&p, "single TARGET argument is required");
	h = tool_open_plain();
	hosts = overlay_hosts(h);
	text = translate(hosts, p.operands[0]);
	puts(text);
	free(text);
	hostlist_destroy(hosts);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* ---- parentof, disconnect ---- */

static uint32_t
parse_rank(const char *text, const char *what)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (!*text || *end || n < 0 || n > INT_MAX)
		errx(1, "%s", what);
	return (uint32_t)n;
}

static uint32_t
parent_of(struct handle *h, uint32_t rank)
{
	json_t *topology = topology_read(h);
	int64_t parent = topology_parent(topology, rank);

	json_decref(topology);
	if (rank == 0)
		errx(1, "0 has no parent");
	if (parent < 0)
		errx(1, "%u is not a valid rank in this instance", rank);
	return (uint32_t)parent;
}

int
cmd_parentof(int argc, char **argv)
{
	struct optparse p = {
		.usage = "parentof [OPTIONS] RANK",
		.summary = "Print the rank above a rank",
		.opts = (const struct opt[]){ { 0 } },
		.fail_status = 1,
	};
	struct handle *h;
	uint32_t rank;

	optparse_init(&p, argc, argv);
	optparse_next(&p);
	rank = parse_rank(
	    one_operand(&p, "RANK is required"), "RANK must be a number");
	h = tool_open_plain();
	printf("%u\n", parent_of(h, rank));
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* One rank, or the host of one. */
static uint32_t
target_rank(const struct hostlist *hosts, const char *target)
{
	char *end;
	long n = strtol(target, &end, 10);
	int found;

	if (*target && !*end && n >= 0 && n < INT_MAX)
		return (uint32_t)n;
	if ((found = hostlist_find(hosts, target)) < 0)
		errx(1, "TARGET must be a valid rank or hostname");
	return (uint32_t)found;
}

static void
disconnect(struct handle *h, const char *target, int64_t parent)
{
	struct hostlist *hosts = overlay_hosts(h);
	uint32_t rank = target_rank(hosts, target);
	struct errmsg em;

	if (parent < 0)
		parent = parent_of(h, rank);
	warnx("asking %s (rank %u) to disconnect child %s (rank %u)",
	    overlay_host(hosts, (uint32_t)parent), (uint32_t)parent,
	    overlay_host(hosts, rank), rank);
	if (handle_call_new(h, "overlay.disconnect-subtree", (uint32_t)parent,
		json_pack("{s:I}", "rank", (json_int_t)rank), NULL, &em) < 0)
		errx(1, "overlay.disconnect-subtree: %s", em.text);
	hostlist_destroy(hosts);
}

int
cmd_disconnect(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "parent", 'r', "RANK", "who is asked (default: its parent)",
		    0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "disconnect [OPTIONS] TARGET",
		.summary = "End a broker, by rank or host, and all below it",
		.opts = opts,
		.fail_status = 1,
	};
	struct handle *h;
	int64_t parent = -1;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		parent = parse_rank(p.value, "--parent must be a rank");
	one_operand(&p, "TARGET is required");
	h = tool_open_plain();
	disconnect(h, p.operands[0], parent);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

/* ---- all of them ---- */

static const struct subcommand commands[] = {
	{ "status", cmd_status, "show how the brokers of the tree are" },
	{ "errors", cmd_errors, "show which brokers are lost, and why" },
	{ "lookup", cmd_lookup, "translate ranks to hosts, or the reverse" },
	{ "parentof", cmd_parentof, "print the rank above a rank" },
	{ "disconnect", cmd_disconnect, "end a broker and all below it" },
	{ "trace", cmd_trace, "show messages between brokers" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "overlay",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown subcommand: ", "" },
		.missing = "missing subcommand",
		.usage_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-overlay");
	return tool_run(&tool, argc, argv);
}
