/* SPDX-License-Identifier: MIT */
/* RFC 20 R: read and written, what is no R, and sets of resources. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "tap.h"

/* ' stands for " in all JSON here. */
#define X(inside) "{'version':1,'execution':{" inside "}}"
#define R1(children)                                       \
	"'R_lite':[{'rank':'0','children':" children "}]," \
	"'starttime':0.0,'expiration':0.0"

static const struct {
	const char *in, *out; /* NULL = the same */
	const char *summary;
} good[] = {
	{ X("'R_lite':[],'starttime':0.0,'expiration':0.0,'nodelist':['']"),
	    NULL, "" },
	{ X(R1("{'core':'0'}") ",'nslots':1,'nodelist':['node0'],"
			       "'properties':{'fast':'0'}"),
	    NULL, "rank0/core0" },
	{ X("'R_lite':[{'rank':'0','children':{'core':'0-1'}},"
	    "{'rank':'1','children':{'core':'0'}}],'starttime':1.5,"
	    "'expiration':61.5,'nslots':3,'nodelist':['node[0-1]'],"
	    "'properties':{'fast':'0-1','slow':'1'}"),
	    NULL, "rank0/core[0-1] rank1/core0" },
	{ X("'R_lite':[{'rank':'0-1','children':{'core':'0-1','gpu':'0-1'}}],"
	    "'starttime':0.0,'expiration':0.0,'nodelist':['node[0-1]']"),
	    NULL, "rank[0-1]/core[0-1],gpu[0-1]" },
	/* equal children are put together, ranks are sorted */
	{ X("'R_lite':[{'rank':'7','children':{'core':'0'}},"
	    "{'rank':'3','children':{'core':'1'}},"
	    "{'rank':'1','children':{'core':'0'}}],'nodelist':['a','b,c']"),
	    X("'R_lite':[{'rank':'1,7','children':{'core':'0'}},"
	      "{'rank':'3','children':{'core':'1'}}],'starttime':0.0,"
	      "'expiration':0.0,'nodelist':['a,b,c']"),
	    "rank[1,7]/core0 rank3/core1" },
	/* hosts are not known */
	{ X("'R_lite':[{'rank':'0','children':{'gpu':'3'}}]"),
	    X(R1("{'gpu':'3'}")), "rank0/gpu3" },
	{ X(R1("{'core':'0'}") ",'nodelist':['']"), X(R1("{'core':'0'}")),
	    "rank0/core0" },
	/* properties come by name */
	{ X(R1("{'core':'0'}") ",'nodelist':['a'],"
			       "'properties':{'z':'0','a':'0','none':''}"),
	    X(R1("{'core':'0'}") ",'nodelist':['a'],"
				 "'properties':{'a':'0','z':'0'}"),
	    "rank0/core0" },
	/* what belongs to a scheduler is kept */
	{ "{'version':1,'execution':{" R1(
	      "{'core':'0'}") "},"
			      "'scheduling':{'x':[1]}}",
	    NULL, "rank0/core0" },
};

static const struct {
	const char *text, *error; /* error: its beginning */
} bad[] = {
	{ "[]", "invalid R: " },
	{ "{}", "invalid R: " },
	{ "{'version':1}", "invalid R: " },
	{ "{'version':2,'execution':{'R_lite':[]}}", "invalid R: version 2" },
	{ "{'version':'1','execution':{'R_lite':[]}}", "invalid R: " },
	{ "{'version':1,'execution':[]}", "invalid R: " },
	{ X("'starttime':0"), "invalid R: " },
	{ X("'R_lite':[],'starttime':'0'"), "invalid R: " },
	{ X("'R_lite':{}"), "R_lite must be an array" },
	{ X("'R_lite':[1]"), "R_lite: entry without" },
	{ X("'R_lite':[{'rank':'0'}]"), "R_lite: entry without" },
	{ X("'R_lite':[{'rank':0,'children':{'core':'0'}}]"),
	    "R_lite: entry without" },
	{ X("'R_lite':[{'children':{'core':'0'}}]"), "R_lite: entry without" },
	{ X("'R_lite':[{'rank':'x','children':{'core':'0'}}]"),
	    "R_lite: invalid rank 'x'" },
	{ X("'R_lite':[{'rank':'0','children':{'core':'1-0'}}]"),
	    "R_lite: invalid core '1-0'" },
	{ X("'R_lite':[{'rank':'0','children':{'gpu':'-'}}]"),
	    "R_lite: invalid gpu '-'" },
	{ X("'R_lite':[{'rank':'0-2000000','children':{}}]"), "R_lite: " },
	{ X(R1("{'core':'0'}") ",'nodelist':'a'"),
	    "nodelist must be an array" },
	{ X(R1("{'core':'0'}") ",'nodelist':['a,b']"),
	    "nodelist has 2 hosts for 1 ranks" },
	{ X(R1("{'core':'0'}") ",'nodelist':['a[']"),
	    "nodelist: invalid hostlist" },
	{ X(R1("{'core':'0'}") ",'nodelist':[1]"),
	    "nodelist: invalid hostlist" },
	{ X(R1("{'core':'0'}") ",'properties':[]"),
	    "properties must be an object" },
	{ X(R1("{'core':'0'}") ",'properties':{'p':0}"),
	    "property 'p': invalid ranks" },
	{ X(R1("{'core':'0'}") ",'properties':{'p':'1'}"),
	    "property 'p': no rank 1" },
};

#define TEXT_MAX 2048

/* Into buf, which has TEXT_MAX bytes. */
static char *
quotes(char *buf, const char *text)
{
	char *p;

	snprintf(buf, TEXT_MAX, "%s", text);
	for (p = buf; (p = strchr(p, '\'')); p++)
		*p = '"';
	return buf;
}

static struct rset *
decode(const char *text, struct errmsg *em)
{
	char buf[TEXT_MAX];
	json_t *o = json_loads(quotes(buf, text), 0, NULL);
	struct rset *r = rset_decode(o, em);

	json_decref(o);
	return r;
}

static void
is_rset(const struct rset *r, const char *expected, const char *name)
{
	char buf[TEXT_MAX];
	json_t *o = rset_encode(r);
	char *text = json_dumps(o, JSON_COMPACT);

	is_str(text, quotes(buf, expected), "%s", name);
	free(text);
	json_decref(o);
}

static void
test_texts(void)
{
	struct rset *r, *dup;
	struct errmsg em;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		r = decode(good[i].in, &em);
		if (!ok(r != NULL, "R %zu is read", i)) {
			diag("%s", em.text);
			continue;
		}
		dup = rset_dup(r);
		is_rset(r, good[i].out ? good[i].out : good[i].in, "written");
		is_rset(dup, good[i].out ? good[i].out : good[i].in, "copy");
		text = rset_summary(r);
		is_str(text, good[i].summary, "R %zu: summary", i);
		free(text);
		rset_destroy(dup);
		rset_destroy(r);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(!decode(bad[i].text, &em) && errno == EINVAL, "refused: %s",
		    bad[i].text);
		ok(strncmp(em.text, bad[i].error, strlen(bad[i].error)) == 0,
		    "why: %s", em.text);
	}
	ok(!rset_decode(NULL, NULL), "no JSON at all");
}

static struct rset *
small(const char *ranks, const char *cores, const char *gpus)
{
	char text[512];

	snprintf(text, sizeof(text),
	    X("'R_lite':[{'rank':'%s','children':{'core':'%s','gpu':'%s'}}]"),
	    ranks, cores, gpus);
	return decode(text, NULL);
}

static void
is_summary(const struct rset *r, const char *expected, const char *name)
{
	char *text = rset_summary(r);

	is_str(text, expected, "%s", name);
	free(text);
}

static void
test_sets(void)
{
	struct rset *a = small("0-3", "0-3", "0-1");
	struct rset *b = small("1-2", "1-2", "0");
	struct rset *c = small("1-2,9", "0-3", "0-1");
	struct idset *ranks = idset_decode("0,2,5");

	is_int((long long)rset_ncores(a), 16, "cores");
	is_int((long long)rset_ngpus(a), 8, "gpus");
	rset_subtract(a, b);
	is_summary(a,
	    "rank[0,3]/core[0-3],gpu[0-1] "
	    "rank[1-2]/core[0,3],gpu1",
	    "subtract");
	rset_add(a, b);
	is_summary(a, "rank[0-3]/core[0-3],gpu[0-1]", "add");
	rset_subtract(a, c);
	is_summary(a, "rank[0,3]/core[0-3],gpu[0-1]",
	    "nodes of which nothing is left are gone");
	rset_add(a, b);
	rset_keep_ranks(a, ranks);
	is_summary(a, "rank0/core[0-3],gpu[0-1] rank2/core[1-2],gpu0", "keep");
	rset_renumber(a);
	is_summary(
	    a, "rank0/core[0-3],gpu[0-1] rank1/core[1-2],gpu0", "renumber");
	rset_drop_ranks(a, ranks);
	is_summary(a, "rank1/core[1-2],gpu0", "drop");
	rset_subtract(a, a);
	is_int((long long)a->nnodes, 0, "a less a is nothing");
	rset_add(a, c);
	is_summary(a, "rank[1-2,9]/core[0-3],gpu[0-1]", "and can grow again");
	idset_destroy(ranks);
	rset_destroy(a);
	rset_destroy(b);
	rset_destroy(c);
	rset_destroy(NULL);
}

static void
test_nodes(void)
{
	struct rset *r = rset_create(), *copy = rset_create();
	struct idset *cores = idset_decode("0-1"), *ranks;
	struct hostlist *hosts;
	char *text;
	unsigned i;

	for (i = 0; i < 100; i++)
		rset_add_node(r, i * 37 % 100, "", cores, NULL);
	is_summary(r, "rank[0-99]/core[0-1]", "nodes in any order");
	is_int(rset_add_node(r, 5, "h5", NULL, NULL), 0, "host said later");
	is_str(rset_find(r, 5)->host, "h5", "is kept");
	rset_add_node(r, 5, "other", NULL, cores);
	is_str(rset_find(r, 5)->host, "h5", "and stays");
	ok(!rset_find(r, 100), "no rank 100");
	is_int(rset_add_property(r, 5, "p"), 0, "property");
	is_int(rset_add_property(r, 5, "q"), 0, "another");
	ok(rset_has_property(r, rset_find(r, 5), "q"), "has it");
	ok(!rset_has_property(r, rset_find(r, 6), "q"), "others have not");
	ok(!rset_has_property(r, rset_find(r, 5), "x"), "nor has it others");
	errno = 0;
	ok(rset_add_property(r, 100, "p") < 0 && errno == ENOENT, "no rank");
	ranks = rset_ranks(r);
	is_int((long long)idset_count(ranks), 100, "ranks");
	hosts = rset_hosts(r);
	is_int((long long)hostlist_count(hosts), 100, "hosts");
	rset_add_node(copy, 0, "z", cores, NULL);
	rset_add_property(copy, 0, "q");
	rset_add(copy, r);
	ok(rset_has_property(copy, rset_find(copy, 5), "p") &&
		rset_has_property(copy, rset_find(copy, 5), "q"),
	    "properties are added by name");
	text = rset_summary(copy);
	ok(text != NULL, "summary");
	free(text);
	idset_destroy(ranks);
	idset_destroy(cores);
	hostlist_destroy(hosts);
	rset_destroy(copy);
	rset_destroy(r);
}

int
main(void)
{
	test_texts();
	test_sets();
	test_nodes();
	return done_testing();
}
