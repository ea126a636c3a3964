/* SPDX-License-Identifier: MIT */
/*
 * Where requests are placed on four nodes of four cores and two GPUs, and what
 * is said of those that can never be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/sched/placement.h"
#include "idset.h"
#include "jobspec.h"
#include "rset.h"
#include "tap.h"

static const char all_text[] =
    "{'version':1,'execution':{'R_lite':[{'rank':'0-3','children':{"
    "'core':'0-3','gpu':'0-1'}}],'starttime':0.0,'expiration':0.0,"
    "'nodelist':['node[0-3]'],'properties':{'fast':'0-1','big':'2-3',"
    "'+local':'0-3'}}}";

/* JSON with ' for ". */
static json_t *
json(const char *text)
{
	char buf[2048], *p;

	snprintf(buf, sizeof(buf), "%s", text);
	for (p = buf; *p; p++)
		if (*p == '\'')
			*p = '"';
	return json_loads(buf, 0, NULL);
}

/* What is asked for. size: "2N 1n 4c 1g x" = 2 nodes, 1 slot on each, 4 cores
 * and a GPU in it, exclusive; without N slots in all. */
struct ask {
	const char *size;
	const char *constraint;
	const char *properties; /* of the queue */
};

static int
amount(const struct ask *a, char unit)
{
	const char *p = strchr(a->size, unit);

	while (p && p > a->size && p[-1] != ' ')
		p--;
	return p ? (int)strtol(p, NULL, 10) : 0;
}

static json_t *
slot_of(const struct ask *a)
{
	json_t *with =
	    json_pack("[{s:s s:i}]", "type", "core", "count", amount(a, 'c'));

	if (amount(a, 'g') > 0)
		json_array_append_new(
		    with, json_pack("{s:s s:i}", "type", "gpu", "count",
			      amount(a, 'g')));
	return json_pack("{s:s s:i s:s s:o}", "type", "slot", "count",
	    amount(a, 'n'), "label", "task", "with", with);
}

static struct jobspec *
spec_of(const struct ask *a)
{
	json_t *resources = json_pack("[o]", slot_of(a)), *system, *o;
	struct jobspec *js;
	struct errmsg em;

	if (amount(a, 'N') > 0) {
		resources = json_pack("[{s:s s:i s:o}]", "type", "node",
		    "count", amount(a, 'N'), "with", resources);
		if (strchr(a->size, 'x'))
			json_object_set_new(json_array_get(resources, 0),
			    "exclusive", json_true());
	}
	system = json_pack("{s:i}", "duration", 0);
	if (a->constraint)
		json_object_set_new(system, "constraints", json(a->constraint));
	o = json_pack("{s:o s:[{s:[s] s:s s:{s:i}}] s:{s:o} s:i}", "resources",
	    resources, "tasks", "command", "true", "slot", "task", "count",
	    "per_slot", 1, "attributes", "system", system, "version", 1);
	js = jobspec_decode(o, &em);
	json_decref(o);
	if (!js)
		diag("%s", em.text);
	return js;
}

static struct pool *
new_pool(void)
{
	json_t *o = json(all_text);
	struct rset *all = rset_decode(o, NULL);
	struct pool *p = pool_create(all, 0);

	rset_destroy(all);
	json_decref(o);
	return p;
}

/* Allocate; the summary of R, or "-" (malloc'd). */
static char *
alloc_text(struct pool *p, const struct ask *a, struct rset **keep)
{
	struct jobspec *js = spec_of(a);
	json_t *props = a->properties ? json(a->properties) : NULL;
	struct demand d = { .spec = js, .properties = props };
	struct rset *r = pool_alloc(p, &d, NOW);
	char *text = r ? rset_summary(r) : strdup("-");

	if (keep)
		*keep = r;
	else
		rset_destroy(r);
	jobspec_destroy(js);
	json_decref(props);
	return text;
}

static void
is_placed(
    struct pool *p, const struct ask *a, const char *expected, const char *name)
{
	char *text = alloc_text(p, a, NULL);

	is_str(text, expected, "%s", name);
	free(text);
}

static void
test_first_fit(void)
{
	static const struct {
		const char *name;
		struct ask ask;
		const char *place;
	} tests[] = {
		{ "one core", { "1n 1c", NULL, NULL }, "rank0/core0" },
		{ "cores of one node", { "3n 1c", NULL, NULL },
		    "rank0/core[0-2]" },
		{ "a node is filled before the next", { "5n 1c", NULL, NULL },
		    "rank0/core[0-3] rank1/core0" },
		{ "slots are not torn", { "3n 3c", NULL, NULL },
		    "rank[0-2]/core[0-2]" },
		{ "slots of two", { "3n 2c", NULL, NULL },
		    "rank0/core[0-3] "
		    "rank1/core[0-1]" },
		{ "GPUs", { "2n 2c 1g", NULL, NULL },
		    "rank0/core[0-3],gpu[0-1]" },
		{ "GPUs run out first", { "3n 1c 1g", NULL, NULL },
		    "rank0/core[0-1],gpu[0-1] rank1/core0,gpu0" },
		{ "slots on each node", { "2N 2n 1c", NULL, NULL },
		    "rank[0-1]/core[0-1]" },
		{ "nodes with GPUs", { "3N 1n 1c 2g", NULL, NULL },
		    "rank[0-2]/core0,gpu[0-1]" },
		{ "whole nodes", { "2N 1n 1c x", NULL, NULL },
		    "rank[0-1]/core[0-3],gpu[0-1]" },
		{ "all", { "16n 1c", NULL, NULL }, "rank[0-3]/core[0-3]" },
		{ "property", { "1n 1c", "{'properties':['big']}", NULL },
		    "rank2/core0" },
		{ "absent property",
		    { "1n 1c", "{'properties':['^fast']}", NULL },
		    "rank2/core0" },
		{ "hosts", { "2N 1n 1c", "{'hostlist':['node[1,3]']}", NULL },
		    "rank[1,3]/core0" },
		{ "ranks", { "5n 1c", "{'ranks':['2-3']}", NULL },
		    "rank2/core[0-3] rank3/core0" },
		{ "the queue's property", { "1n 1c", NULL, "['big']" },
		    "rank2/core0" },
		{ "the queue's and its own",
		    { "1n 1c", "{'ranks':['3']}", "['big']" }, "rank3/core0" },
		{ "too many", { "17n 1c", NULL, NULL }, "-" },
		{ "too wide", { "1n 5c", NULL, NULL }, "-" },
		{ "no such property", { "1n 1c", "{'properties':['x']}", NULL },
		    "-" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		struct pool *p = new_pool();

		is_placed(p, &tests[i].ask, tests[i].place, tests[i].name);
		pool_destroy(p);
	}
}

static void
test_busy(void)
{
	struct pool *p = new_pool();
	struct ask one = { "1n 1c", NULL, NULL },
		   node = { "1N 1n 1c x", NULL, NULL },
		   two = { "2N 2n 1c", NULL, NULL };
	struct rset *r, *s, *taken;
	char *text;

	free(alloc_text(p, &one, &r));
	is_placed(p, &node, "rank1/core[0-3],gpu[0-1]",
	    "a node of which a core is taken is not whole");
	free(alloc_text(p, &two, &s));
	text = rset_summary(s);
	is_str(text, "rank0/core[1-2] rank2/core[0-1]",
	    "nodes with other jobs are shared");
	free(text);
	taken = pool_taken(p);
	text = rset_summary(taken);
	is_str(text, "rank0/core[0-2] rank1/core[0-3],gpu[0-1] rank2/core[0-1]",
	    "what is taken is known");
	free(text);
	rset_destroy(taken);
	pool_give(p, r);
	is_placed(p, &one, "rank0/core0", "what comes back is used first");
	pool_give(p, s);
	is_int(pool_take(p, s), 0, "what is free can be taken");
	is_int(pool_take(p, s), -1, "what is taken cannot");
	is_int(errno, EBUSY, "errno says so");
	rset_destroy(r);
	rset_destroy(s);
	pool_destroy(p);
}

static void
test_down(void)
{
	struct pool *p = new_pool();
	struct ask one = { "1n 1c", NULL, NULL },
		   four = { "4N 1n 1c", NULL, NULL };
	struct idset *down = idset_decode("0,2"), *none = idset_create();
	struct jobspec *js = spec_of(&four);
	struct demand d = { .spec = js };
	struct errmsg em;

	pool_set_down(p, down);
	is_placed(p, &one, "rank1/core0", "a node that is down is not used");
	is_placed(p, &four, "-", "nor counted");
	is_int(pool_feasible(p, &d, &em), 0, "but it may come back");
	pool_set_down(p, none);
	is_placed(
	    p, &four, "rank[0,2-3]/core0 rank1/core1", "and then it is used");
	jobspec_destroy(js);
	idset_destroy(down);
	idset_destroy(none);
	pool_destroy(p);
}

static void
test_R(void)
{
	struct pool *p = new_pool();
	struct ask a = { "2N 2n 1c", "{'ranks':['1-2']}", NULL };
	struct rset *r;
	json_t *o;
	char *text;

	free(alloc_text(p, &a, &r));
	o = rset_encode(r);
	text = json_dumps(json_object_get(o, "execution"), JSON_COMPACT);
	is_str(text,
	    "{\"R_lite\":[{\"rank\":\"1-2\",\"children\":{\"core\":\"0-1\"}}],"
	    "\"starttime\":0.0,\"expiration\":0.0,\"nslots\":4,\"nodelist\":["
	    "\"node[1-2]\"],\"properties\":{\"big\":\"2\",\"fast\":\"1\"}}",
	    "R names slots, hosts and properties, but not local ones");
	free(text);
	json_decref(o);
	rset_destroy(r);
	pool_destroy(p);
}

/* why: what stands after "unsatisfiable request: "; NULL: it is not. */
static void
test_feasible(struct pool *p, const struct ask *a, const char *why)
{
	static const char prefix[] = "unsatisfiable request: ";
	struct jobspec *js = spec_of(a);
	json_t *props = a->properties ? json(a->properties) : NULL;
	struct demand d = { .spec = js, .properties = props };
	struct errmsg em = { { 0 } };
	int rc = pool_feasible(p, &d, &em);

	if (why)
		is_str(strncmp(em.text, prefix, strlen(prefix)) == 0
			   ? em.text + strlen(prefix)
			   : em.text,
		    why, "%s is infeasible", a->size);
	else
		is_int(rc, 0, "%s is feasible", a->size);
	jobspec_destroy(js);
	json_decref(props);
}

static void
test_infeasible(void)
{
	static const struct {
		struct ask ask;
		const char *why;
	} tests[] = {
		{ { "16n 1c", NULL, NULL }, NULL },
		{ { "4N 4n 1c x", NULL, NULL }, NULL },
		{ { "9N 1n 1c x", NULL, NULL },
		    "need 9 exclusive node(s), only 4 eligible" },
		{ { "3N 1n 1c x", "{'properties':['fast']}", NULL },
		    "need 3 exclusive node(s), only 2 eligible" },
		{ { "5N 1n 1c", NULL, NULL },
		    "need 5 node(s) with 1 cores each, only 4 eligible" },
		{ { "2N 5n 1c", NULL, NULL },
		    "need 2 node(s) with 5 cores each, only 0 eligible" },
		{ { "2N 1n 1c 3g", NULL, NULL },
		    "need 2 node(s) with 1 cores and 3 GPUs "
		    "each, only 0 eligible" },
		{ { "100n 1c", NULL, NULL },
		    "need 100 slot(s) of 1 core(s), only 16 such "
		    "slot(s) available (total cores: 16)" },
		{ { "4n 5c", NULL, NULL },
		    "need 4 slot(s) of 5 core(s), only 0 such "
		    "slot(s) available (total cores: 16)" },
		{ { "9n 1c", "{'properties':['fast']}", NULL },
		    "need 9 slot(s) of 1 core(s), only 8 such slot(s) "
		    "available (total cores: 8)" },
		{ { "1n 1c 3g", NULL, NULL },
		    "need 1 slot(s) with 3 GPU(s) each, only 0 "
		    "available (total GPUs: 8)" },
		{ { "9n 1c 1g", NULL, NULL },
		    "need 9 slot(s) with 1 GPU(s) each, only 8 "
		    "available (total GPUs: 8)" },
		{ { "17n 1c 1g", NULL, NULL },
		    "need 17 slot(s) of 1 core(s), only 16 such slot(s) "
		    "available (total cores: 16)" },
		{ { "1n 1c", NULL, "['nosuch']" },
		    "need 1 slot(s) of 1 core(s), only 0 such slot(s) "
		    "available (total cores: 0)" },
	};
	struct pool *p = new_pool();

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		test_feasible(p, &tests[i].ask, tests[i].why);
	pool_destroy(p);
}

int
main(void)
{
	test_first_fit();
	test_busy();
	test_down();
	test_R();
	test_infeasible();
	return done_testing();
}
