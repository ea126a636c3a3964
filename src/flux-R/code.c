/* SPDX-License-Identifier: MIT */
/* flux R encode and decode. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "R.h"
#include "asktopo.h"
#include "hostlist.h"
#include "idset.h"

/* ---- encode ---- */

struct making {
	const char *ranks, *hosts, *cores, *gpus, *xml;
	bool is_local;
	char **props;
	int nprops;
};

/* What hwloc finds, here or in a file. */
static void
count_local(const char *xml, struct idset **cores, struct idset **gpus)
{
	struct errmsg em;
	json_t *o = asktopo(xml ? "--file" : NULL, xml, &em);
	const char *c, *g;

	if (!o)
		errx(1, "%s", em.text);
	if (json_unpack(o, "{s:s s:s}", "cores", &c, "gpus", &g) < 0)
		errx(1, "flux-topo: no usable answer");
	idset_destroy(*cores);
	idset_destroy(*gpus);
	*cores = R_idset("cores", c);
	*gpus = R_idset("gpus", g);
	json_decref(o);
}

static struct hostlist *
make_hosts(const struct making *m, size_t nranks)
{
	struct hostlist *hl =
	    m->hosts ? hostlist_decode(m->hosts) : hostlist_create();
	char name[256];

	if (!hl)
		errx(1, "invalid hostlist '%s'", m->hosts);
	if (m->hosts)
		return hl;
	if (gethostname(name, sizeof(name)) < 0)
		err(1, "gethostname");
	for (size_t i = 0; i < nranks; i++)
		if (hostlist_append_host(hl, name) < 0)
			err(1, NULL);
	return hl;
}

/* As many ranks as hosts, or those that are given. */
static struct idset *
make_ranks(const struct making *m)
{
	struct hostlist *hl;
	struct idset *s;

	if (m->ranks)
		return R_idset("ranks", m->ranks);
	if (!(s = idset_create()))
		err(1, NULL);
	hl = make_hosts(m, 1);
	if (hostlist_count(hl) > 0)
		idset_set_range(s, 0, hostlist_count(hl) - 1);
	hostlist_destroy(hl);
	return s;
}

static int
make(const struct making *m)
{
	struct idset *cores = R_idset("cores", m->cores ? m->cores : "0");
	struct idset *gpus = R_idset("gpus", m->gpus ? m->gpus : "");
	struct idset *ranks = make_ranks(m);
	struct hostlist *hosts = make_hosts(m, idset_count(ranks));
	struct rset *r = rset_create();
	size_t i = 0;

	if (hostlist_count(hosts) != idset_count(ranks))
		errx(1, "hostname count in '%s' does not match nranks (%zu)",
		    m->hosts, idset_count(ranks));
	if (m->is_local || m->xml)
		count_local(m->xml, &cores, &gpus);
	for (unsigned id = idset_first(ranks); r && id != IDSET_INVALID;
	     id = idset_next(ranks, id))
		if (rset_add_node(
			r, id, hostlist_nth(hosts, i++), cores, gpus) < 0)
			err(1, NULL);
	for (int n = 0; n < m->nprops; n++)
		R_property(r, m->props[n]);
	idset_destroy(cores);
	idset_destroy(gpus);
	idset_destroy(ranks);
	hostlist_destroy(hosts);
	return R_print(r);
}

static const struct opt encode_options[] = {
	{ "ranks", 'r', "IDSET", "ranks (default: one for each host, or 0)",
	    0 },
	{ "cores", 'c', "IDS", "cores of each rank (default: 0)", 0 },
	{ "gpus", 'g', "IDS", "GPUs of each rank (default: none)", 0 },
	{ "hosts", 'H', "HOSTS", "hosts (default: this one for each rank)", 0 },
	{ "property", 'p', "NAME[:RANKS]", "give a property to ranks, or all",
	    0 },
	{ "local", 'l', NULL, "cores and GPUs are those of this machine", 0 },
	{ "xml", 'f', "FILE", "cores and GPUs are those in an hwloc file", 0 },
	{ 0 },
};

int
cmd_encode(int argc, char **argv)
{
	struct optparse p = { .usage = "[OPTIONS]",
		.summary = "make a resource set",
		.example = "flux R encode --hosts='node[0-3]' --cores=0-7",
		.opts = encode_options,
		.fail_status = 1 };
	struct making m = { 0 };
	int c, rc;

	if (!(m.props = calloc(argc + 1, sizeof(*m.props))))
		err(1, NULL);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'r')
			m.ranks = p.value;
		else if (c == 'c')
			m.cores = p.value;
		else if (c == 'g')
			m.gpus = p.value;
		else if (c == 'H')
			m.hosts = p.value;
		else if (c == 'p')
			m.props[m.nprops++] = (char *)p.value;
		else if (c == 'f')
			m.xml = p.value;
		else
			m.is_local = true;
	}
	if (p.noperands > 0)
		optparse_fail(&p, "too many arguments");
	rc = make(&m);
	free(m.props);
	optparse_fini(&p);
	return rc;
}

/* ---- decode ---- */

struct asking {
	const char *count, *include, *exclude, *properties;
	int print; /* letter of what is to be printed; 0 = the set */
};

static void
print_text(char *s)
{
	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}

static void
keep_properties(struct rset *r, const char *list)
{
	char *copy = strdup(list), *rest = copy, *name;
	struct idset *gone = idset_create();

	if (!copy || !gone)
		err(1, NULL);
	while ((name = strsep(&rest, ",")))
		for (size_t i = 0; i < r->nnodes; i++) {
			const struct rset_node *n = &r->nodes[i];
			bool inverted = *name == '^';
			if (rset_has_property(r, n, name + inverted) ==
				inverted &&
			    idset_set(gone, n->rank) < 0)
				err(1, NULL);
		}
	if (rset_drop_ranks(r, gone) < 0)
		err(1, NULL);
	idset_destroy(gone);
	free(copy);
}

static void
select_ranks(struct rset *r, const struct asking *a)
{
	struct idset *s;

	if (a->include) {
		s = R_idset("include", a->include);
		if (rset_keep_ranks(r, s) < 0)
			err(1, NULL);
		idset_destroy(s);
	}
	if (a->exclude) {
		s = R_idset("exclude", a->exclude);
		if (rset_drop_ranks(r, s) < 0)
			err(1, NULL);
		idset_destroy(s);
	}
	if (a->properties)
		keep_properties(r, a->properties);
}

static void
print_count(const struct rset *r, const char *type)
{
	size_t n;

	if (strcmp(type, "ranks") == 0 || strcmp(type, "node") == 0)
		n = r->nnodes;
	else if (strcmp(type, "core") == 0)
		n = rset_ncores(r);
	else if (strcmp(type, "gpu") == 0)
		n = rset_ngpus(r);
	else
		errx(1, "unknown type '%s': must be node, core or gpu", type);
	printf("%zu\n", n);
}

static int
print_asked(struct rset *r, const struct asking *a)
{
	struct hostlist *hl;
	struct idset *s;

	switch (a->print) {
	case 0:
		return R_print(r);
	case 's':
		print_text(rset_summary(r));
		break;
	case 'n':
		hl = rset_hosts(r);
		print_text(hl ? hostlist_encode(hl) : NULL);
		hostlist_destroy(hl);
		break;
	case 'r':
		s = rset_ranks(r);
		print_text(s ? idset_encode(s, 0) : NULL);
		idset_destroy(s);
		break;
	default:
		print_count(r, a->count);
	}
	rset_destroy(r);
	return tool_finish(0);
}

static const struct opt decode_options[] = {
	{ "short", 's', NULL, "print rank[0-1]/core[0-3]", 0 },
	{ "nodelist", 'n', NULL, "print the hosts", 0 },
	{ "ranks", 'r', NULL, "print the ranks", 0 },
	{ "count", 'c', "TYPE", "print how many: node, core, gpu", 0 },
	{ "include", 'i', "RANKS", "only these", 0 },
	{ "exclude", 'x', "RANKS", "without these", 0 },
	{ "properties", 'p', "LIST", "ranks that have all of them; ^NAME: not",
	    0 },
	{ 0 },
};

int
cmd_decode(int argc, char **argv)
{
	struct optparse p = { .usage = "[OPTIONS]",
		.summary = "print the union of resource sets, or what is in it",
		.example = "flux job info ƒ7Xmw R | flux R decode --count=core",
		.opts = decode_options,
		.fail_status = 1 };
	struct asking a = { 0 };
	struct rset *r;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'i')
			a.include = p.value;
		else if (c == 'x')
			a.exclude = p.value;
		else if (c == 'p')
			a.properties = p.value;
		else
			a.print = c;
		if (c == 'c')
			a.count = p.value;
	}
	if (p.noperands > 0)
		optparse_fail(&p, "too many arguments");
	r = R_read_all();
	select_ranks(r, &a);
	optparse_fini(&p);
	return print_asked(r, &a);
}
