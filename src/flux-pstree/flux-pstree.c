/* SPDX-License-Identifier: MIT */
/*
 * flux pstree: the tree of instances and jobs.
 */
#include <err.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formatname.h"
#include "optparse.h"
#include "pstree.h"

static const struct format_builtin details[] = {
	{ "default", NULL,
	    "{id.f58:>12} {username:<8.8} {status_abbrev:>2.2} {ntasks:>6h} "
	    "{nnodes:>6h} {runtime!F:>8h}" },
	{ "resources", NULL,
	    "{id.f58:>12} {instance.resources.all.nnodes:>5} "
	    "{instance.resources.allocated.nnodes:>5} "
	    "{instance.resources.all.ncores:>5} "
	    "{instance.resources.allocated.ncores:>5} "
	    "{instance.resources.all.ngpus:>5} "
	    "{instance.resources.allocated.ngpus:>5}" },
	{ "progress", NULL,
	    "{id.f58:>12} {ntasks:>6h} {instance.stats.total:>6} "
	    "{instance.progress!P:>5} {instance.utilization!P:>5} "
	    "{instance.gpu_utilization!P:>5} {runtime!H:>10}" },
	{ "stats", NULL, "{id.f58:>12} {instance.stats:^25} {runtime!H:>10}" },
	{ NULL, NULL, NULL },
};

static struct format *
parse(const char *text)
{
	struct errmsg em;
	struct format *f = format_parse(text, jobinfo_fields, &em);

	if (!f)
		tool_fail("%s", em.text);
	return f;
}

static const char *
details_text(const struct options *o)
{
	const struct format_builtin *b = details;

	if (o->detail_format)
		return o->detail_format;
	if (!o->details)
		return NULL;
	while (b->name && strcmp(b->name, o->details) != 0)
		b++;
	if (!b->name)
		tool_fail("Unknown --details format '%s'", o->details);
	return b->text;
}

static void
init_formats(struct formats *f, const struct options *o)
{
	const char *text = details_text(o);
	char *parent = NULL;

	if (asprintf(&parent, "%s%s", o->parent_ids ? "{id.f58} " : "",
		o->parent_label) < 0)
		err(1, NULL);
	f->label = parse(o->label);
	f->parent_label = parse(parent);
	f->details = text ? parse(text) : NULL;
	free(parent);
}

static void
fini_formats(struct formats *f)
{
	format_destroy(f->label);
	format_destroy(f->parent_label);
	format_destroy(f->details);
}

static void
init_tree(struct tree *t, const struct options *o, const struct formats *f)
{
	memset(t, 0, sizeof(*t));
	t->opts = o;
	t->formats = f;
	t->skips_root =
	    o->skip_root >= 0 ? o->skip_root : f->details || o->jobs[0];
	t->wants_instance =
	    (f->details && jobinfo_wants_instance(f->details)) ||
	    jobinfo_wants_instance(f->label) ||
	    jobinfo_wants_instance(f->parent_label);
	t->shared = jobinfo_shared_create();
	if (!t->shared)
		err(1, NULL);
}

int
main(int argc, char **argv)
{
	struct options opts;
	struct formats formats;
	struct tree tree;
	struct handle *h;

	/* numbers and dates stay as they are in the C locale */
	setlocale(LC_CTYPE, "");
	setprogname("flux-pstree");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	options_parse(&opts, argc, argv);
	init_formats(&formats, &opts);
	init_tree(&tree, &opts, &formats);
	h = tool_open();
	tree_build(&tree, h);
	handle_close(h);
	if (opts.json)
		tree_print_json(&tree);
	else
		tree_draw(&tree);
	tree_free(&tree);
	jobinfo_shared_destroy(tree.shared);
	fini_formats(&formats);
	free(opts.jobs);
	return tool_finish(0);
}
