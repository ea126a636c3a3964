/* SPDX-License-Identifier: MIT */
/*
 * The tags of job templates and their values, as tables by scope.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "shell.h"
#include "tags.h"
#include "task.h"
#include "template.h"

struct context {
	struct shell *sh;
	const struct task *task;
	enum tag_scope scope;
};

static char *
number(long n)
{
	char *s;

	return asprintf(&s, "%ld", n) < 0 ? NULL : s;
}

static char *
job_id(struct shell *sh)
{
	return strdup(sh->info.f58);
}

static char *
job_name(struct shell *sh)
{
	return strdup(sh->info.name);
}

static char *
job_nnodes(struct shell *sh)
{
	return number(sh->info.nshells);
}

static char *
job_size(struct shell *sh)
{
	return number(sh->info.ntasks);
}

static char *
node_id(struct shell *sh)
{
	return number(sh->info.shell_rank);
}

static char *
node_name(struct shell *sh)
{
	return strdup(sh->info.host);
}

static char *
node_broker_rank(struct shell *sh)
{
	return number(sh->info.rank);
}

static struct rset_node *
node(struct shell *sh)
{
	return &sh->info.R->nodes[sh->info.shell_rank];
}

static char *
node_cores(struct shell *sh)
{
	return idset_encode(node(sh)->cores, 0);
}

static char *
node_gpus(struct shell *sh)
{
	return idset_encode(node(sh)->gpus, 0);
}

static char *
node_ncores(struct shell *sh)
{
	return number((long)idset_count(node(sh)->cores));
}

static char *
node_ntasks(struct shell *sh)
{
	return number(sh->info.nlocal);
}

static char *
node_taskids(struct shell *sh)
{
	return idset_encode(sh->info.taskids, 0);
}

static char *
node_resources(struct shell *sh)
{
	char *cores = node_cores(sh), *gpus = node_gpus(sh), *text = NULL;
	json_t *o = json_pack("{s:i s:s s:s}", "ncores",
	    (int)idset_count(node(sh)->cores), "cores", cores ? cores : "",
	    "gpus", gpus ? gpus : "");

	if (o)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	free(cores);
	free(gpus);
	return text;
}

static char *
tmpdir(struct shell *sh)
{
	return sh->info.tmpdir ? strdup(sh->info.tmpdir) : NULL;
}

static const struct {
	const char *name;
	enum tag_scope scope;
	char *(*value)(struct shell *sh);
} tags[] = {
	{ "id", TAGS_JOB, job_id },
	{ "jobid", TAGS_JOB, job_id },
	{ "name", TAGS_JOB, job_name },
	{ "nnodes", TAGS_JOB, job_nnodes },
	{ "size", TAGS_JOB, job_size },
	{ "ntasks", TAGS_JOB, job_size },
	{ "node.id", TAGS_NODE, node_id },
	{ "node.name", TAGS_NODE, node_name },
	{ "node.broker_rank", TAGS_NODE, node_broker_rank },
	{ "node.cores", TAGS_NODE, node_cores },
	{ "node.gpus", TAGS_NODE, node_gpus },
	{ "node.ncores", TAGS_NODE, node_ncores },
	{ "node.ntasks", TAGS_NODE, node_ntasks },
	{ "node.taskids", TAGS_NODE, node_taskids },
	{ "node.resources", TAGS_NODE, node_resources },
	{ "tmpdir", TAGS_NODE, tmpdir },
};

/* "id.dec", "jobid.f58plain" */
static char *
id_form(struct shell *sh, const char *tag, const char *form)
{
	char buf[FLUID_STRMAX];
	int f = fluid_form_parse(form);

	if (f == FLUID_F58)
		return strdup(sh->info.f58);
	if (f < 0) {
		shell_log(sh, SHELL_ERROR, NULL,
		    "Invalid jobid encoding '%s' specified", tag);
		return NULL;
	}
	return strdup(
	    fluid_encode(buf, sizeof(buf), sh->info.id, (enum fluid_form)f));
}

static char *
task_tag(const struct task *t, const char *tag)
{
	if (strcmp(tag, "taskid") == 0 || strcmp(tag, "task.id") == 0 ||
	    strcmp(tag, "task.rank") == 0)
		return number(t->rank);
	if (strcmp(tag, "task.index") == 0 || strcmp(tag, "task.localid") == 0)
		return number(t->index);
	return NULL;
}

static char *
value(void *arg, const char *tag)
{
	struct context *c = arg;

	if (strncmp(tag, "id.", 3) == 0)
		return id_form(c->sh, tag, tag + 3);
	if (strncmp(tag, "jobid.", 6) == 0)
		return id_form(c->sh, tag, tag + 6);
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
		if (strcmp(tags[i].name, tag) == 0)
			return tags[i].scope <= c->scope ? tags[i].value(c->sh)
							 : NULL;
	return c->scope == TAGS_TASK ? task_tag(c->task, tag) : NULL;
}

enum tag_scope
tags_scope(const char *text)
{
	if (template_has(text, "task"))
		return TAGS_TASK;
	if (template_has(text, "node.") || template_has(text, "tmpdir"))
		return TAGS_NODE;
	return TAGS_JOB;
}

char *
tags_render(struct shell *sh, const struct task *t, enum tag_scope scope,
    const char *text)
{
	struct context c = { .sh = sh, .task = t, .scope = scope };
	char *s;
	long open;

	if (!strstr(text, "{{"))
		return strdup(text);
	s = template_render(text, value, &c, &open);
	if (open >= 0)
		shell_log(sh, SHELL_ERROR, NULL,
		    "mustache template error at pos=%ld", open);
	return s;
}
