/* SPDX-License-Identifier: MIT */
/* Commands that calculate: append, diff, intersect, remap, rerank, ... */
#include <err.h>
#include <stdlib.h>

#include "R.h"
#include "hostlist.h"
#include "idset.h"

static struct rset *
first(void)
{
	struct rset *r = R_read();

	if (!r)
		errx(1, "no R object on standard input");
	return r;
}

/* What of a is in b too: a without (a without b). */
static void
intersect(struct rset *a, const struct rset *b)
{
	struct rset *rest = rset_dup(a);

	if (!rest || rset_subtract(rest, b) < 0 || rset_subtract(a, rest) < 0)
		err(1, NULL);
	rset_destroy(rest);
}

static void
add_disjoint(struct rset *a, const struct rset *b)
{
	struct rset *both = rset_dup(a);

	if (!both)
		err(1, NULL);
	intersect(both, b);
	if (rset_ncores(both) + rset_ngpus(both) > 0)
		errx(1, "R objects '%s' and '%s' overlap", rset_summary(a),
		    rset_summary(b));
	rset_destroy(both);
	if (rset_add(a, b) < 0)
		err(1, NULL);
}

static void
subtract(struct rset *a, const struct rset *b)
{
	if (rset_subtract(a, b) < 0)
		err(1, NULL);
}

/* The first set, and what op does to it with each of the others. */
static int
fold(int argc, char **argv, const char *summary,
    void (*op)(struct rset *, const struct rset *))
{
	struct optparse p = { .summary = summary };
	struct rset *r, *next;

	R_words(&p, argc, argv, 0);
	optparse_fini(&p);
	r = first();
	while ((next = R_read())) {
		op(r, next);
		rset_destroy(next);
	}
	return R_print(r);
}

int
cmd_append(int argc, char **argv)
{
	return fold(
	    argc, argv, "the union of sets that share nothing", add_disjoint);
}

int
cmd_diff(int argc, char **argv)
{
	return fold(argc, argv, "the first set without the others", subtract);
}

int
cmd_intersect(int argc, char **argv)
{
	return fold(argc, argv, "what all sets have", intersect);
}

int
cmd_remap(int argc, char **argv)
{
	struct optparse p = { .summary = "number the ranks of the union from "
					 "0" };
	struct rset *r;

	R_words(&p, argc, argv, 0);
	optparse_fini(&p);
	r = R_read_all();
	rset_renumber(r);
	return R_print(r);
}

static void
add_reranked(struct rset *to, const struct rset *from,
    const struct rset_node *n, unsigned rank)
{
	struct rset_node *new;

	if (rset_find(to, rank))
		errx(1, "host %s is in more than one rank", n->host);
	if (rset_add_node(to, rank, n->host, n->cores, n->gpus) < 0)
		err(1, NULL);
	if (!n->props)
		return;
	new = rset_find(to, rank);
	for (size_t i = 0; i < from->nprops; i++)
		if (rset_has_property(from, n, from->props[i]) &&
		    rset_add_property(to, new->rank, from->props[i]) < 0)
			err(1, NULL);
}

int
cmd_rerank(int argc, char **argv)
{
	struct optparse p = { .usage = "HOSTLIST",
		.summary = "number the ranks of the union by the order of "
			   "hosts",
		.example = "flux R rerank 'node[3,1-2]' <R.json" };
	struct rset *r, *to = rset_create();
	struct hostlist *hosts;
	int i;

	R_words(&p, argc, argv, 1);
	if (p.noperands != 1)
		optparse_fail(&p, "missing HOSTLIST");
	if (!(hosts = hostlist_decode(p.operands[0])))
		errx(1, "invalid hostlist '%s'", p.operands[0]);
	r = R_read_all();
	if (!to)
		err(1, NULL);
	for (size_t n = 0; n < r->nnodes; n++) {
		if ((i = hostlist_find(hosts, r->nodes[n].host)) < 0)
			errx(1, "host %s is not in '%s'", r->nodes[n].host,
			    p.operands[0]);
		add_reranked(to, r, &r->nodes[n], i);
	}
	to->starttime = r->starttime;
	to->expiration = r->expiration;
	rset_destroy(r);
	hostlist_destroy(hosts);
	optparse_fini(&p);
	return R_print(to);
}

int
cmd_set_property(int argc, char **argv)
{
	struct optparse p = { .usage = "PROPERTY[:RANKS]...",
		.summary = "give properties to ranks of the union",
		.example = "flux R set-property fast:0-3 <R.json" };
	struct rset *r;

	R_words(&p, argc, argv, argc);
	if (p.noperands == 0)
		optparse_fail(&p, "missing PROPERTY");
	r = R_read_all();
	for (int i = 0; i < p.noperands; i++)
		R_property(r, p.operands[i]);
	optparse_fini(&p);
	return R_print(r);
}

int
cmd_verify(int argc, char **argv)
{
	struct optparse p = { .summary = "check that the second set has what "
					 "the first one has" };
	struct rset *a, *b;
	char *s;

	R_words(&p, argc, argv, 0);
	optparse_fini(&p);
	a = first();
	b = first();
	subtract(a, b);
	if (rset_ncores(a) + rset_ngpus(a) > 0) {
		if (!(s = rset_summary(a)))
			err(1, NULL);
		errx(1, "missing: %s", s);
	}
	rset_destroy(a);
	rset_destroy(b);
	return 0;
}
