/* SPDX-License-Identifier: MIT */
/*
 * A job: made, freed, and what of its jobspec and R is kept for lists. Jobs
 * have reference counts: the tree of jobs holds one, an event that was not
 * told yet another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "jm.h"
#include "jobspec.h"
#include "rset.h"
#include "sharedenv.h"

RB_GENERATE(job_tree, job, by_id, job_compare_id)

int
job_compare_id(const struct job *a, const struct job *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

struct job *
job_create(uint64_t id)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->id = id;
	job->refs = 1;
	job->state = job->states = JOB_NEW;
	job->urgency = JOB_URGENCY_DEFAULT;
	job->priority = -1;
	job->ntasks = job->ncores = job->nnodes = -1;
	job->exception_status = -1;
	job->maxrss = -1;
	return job;
}

struct job *
job_ref(struct job *job)
{
	job->refs++;
	return job;
}

void
job_unref(struct job *job)
{
	int saved = errno;

	if (!job || --job->refs > 0)
		return;
	job_drop_spec(job);
	json_decref(job->annotations);
	json_decref(job->dependencies);
	free(job->exception_type);
	free(job->exception_note);
	free(job->name);
	free(job->cwd);
	free(job->queue);
	free(job->project);
	free(job->bank);
	free(job->ranks);
	free(job->nodelist);
	free(job);
	errno = saved;
}

/* Replace *p by a copy of text (NULL = none). -1 with ENOMEM, *p as before. */
static int
set_text(char **p, const char *text)
{
	char *s = NULL;

	if (text && !(s = strdup(text)))
		return -1;
	free(*p);
	*p = s;
	return 0;
}

/*
 * Tasks with shell option per-resource are counted by the shell from R:
 * {"type":"node"|"core","count":n} of each node or core. -1 = not known yet.
 */
static int
per_resource_ntasks(const json_t *option, int nnodes, int ncores)
{
	const char *type = "";
	int count = 1, n;

	if (json_unpack((json_t *)option, "{s:s s?i}", "type", &type, "count",
		&count) < 0)
		return -1;
	n = strcmp(type, "node") == 0 ? nnodes : ncores;
	return n < 0 ? -1 : n * count;
}

static void
count_tasks(struct job *job)
{
	const json_t *o = NULL;
	int n = -1;

	if (job->spec->options)
		o = json_object_get(job->spec->options, "per-resource");
	if (o)
		n = per_resource_ntasks(o, job->nnodes, job->ncores);
	job->ntasks = o ? n : job->spec->ntasks;
}

static int
copy_texts(struct job *job, const struct jobspec *spec)
{
	const json_t *sys = spec->system;
	char *name = jobspec_name(spec);

	if (!name)
		return -1;
	free(job->name);
	job->name = name;
	if (set_text(&job->cwd, spec->cwd) < 0 ||
	    set_text(&job->queue, spec->queue) < 0 ||
	    set_text(&job->project,
		json_string_value(json_object_get(sys, "project"))) < 0 ||
	    set_text(&job->bank,
		json_string_value(json_object_get(sys, "bank"))) < 0)
		return -1;
	return 0;
}

int
job_take_spec(struct job *job, struct jobspec *spec)
{
	int r = copy_texts(job, spec);

	if (job->spec != spec)
		jobspec_destroy(job->spec);
	job->spec = spec;
	job->duration = spec->duration;
	if (!job->R) {
		job->nnodes = spec->nnodes > 0 ? spec->nnodes : -1;
		job->ncores = spec->exclusive || spec->cores_per_slot == 0
				  ? -1
				  : spec->nslots * spec->cores_per_slot;
	}
	count_tasks(job);
	return r;
}

void
job_take_R(struct job *job, struct rset *R)
{
	struct idset *ranks = rset_ranks(R);
	struct hostlist *hosts = rset_hosts(R);

	rset_destroy(job->R);
	job->R = R;
	job->nnodes = R->nnodes;
	job->ncores = rset_ncores(R);
	job->expiration = R->expiration;
	free(job->ranks);
	free(job->nodelist);
	job->ranks = ranks ? idset_encode(ranks, IDSET_BRACKETS) : NULL;
	job->nodelist = hosts ? hostlist_encode(hosts) : NULL;
	if (job->spec)
		count_tasks(job);
	idset_destroy(ranks);
	hostlist_destroy(hosts);
}

void
job_drop_environment(struct job *job)
{
	shared_env_unref(job->shared_env);
	job->shared_env = NULL;
	if (!job->spec || !job->spec->environment)
		return;
	job->spec->environment = NULL;
	json_object_del(job->spec->system, "environment");
}

void
job_drop_spec(struct job *job)
{
	shared_env_unref(job->shared_env);
	job->shared_env = NULL;
	jobspec_destroy(job->spec);
	job->spec = NULL;
	rset_destroy(job->R);
	job->R = NULL;
}
