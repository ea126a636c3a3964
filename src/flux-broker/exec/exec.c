/* SPDX-License-Identifier: MIT */
/* Execution of jobs: what other services call, and its life. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../log.h"
#include "../overlay/overlay.h"
#include "fsd.h"
#include "jobspec.h"
#include "run.h"

/* attributes.system.exec.test.run_duration: a job without processes. */
static int
read_mock(struct run *run, struct errmsg *em)
{
	run->duration = run->job->spec->mock_duration;
	if (isnan(run->duration))
		return errmsg_set(em, "exec.test.run_duration: invalid value");
	run->is_mock = run->duration >= 0;
	return 0;
}

void
exec_start(struct broker *b, struct job *job)
{
	struct run *run = run_create(b->exec, job);
	struct errmsg em;

	errmsg_set(&em, "out of memory");
	if (!run || read_mock(run, &em) < 0)
		goto error;
	run_log(run, "init", NULL);
	run_log(run, "starting", NULL);
	limit_set(run, job->expiration);
	if (run_launch(run) < 0)
		goto error;
	return;
error:
	/* without a run, exec_terminate ends it at once */
	run_destroy(run);
	job_raise(b, job, "exec", 0, em.text, -1);
}

void
exec_kill(struct broker *b, struct job *job, int signum)
{
	(void)b;
	if (job->exec)
		run_kill(job->exec, signum, false);
}

void
exec_terminate(struct broker *b, struct job *job, int signum)
{
	if (job->exec) {
		ladder_start(job->exec, signum);
		return;
	}
	/* it could not even begin */
	job_finished(b, job, 0, NULL);
	job_released(b, job);
}

void
exec_expiration(struct broker *b, struct job *job)
{
	struct run *run = job->exec;

	(void)b;
	if (!run)
		return;
	limit_set(run, job->expiration);
	if (!run->is_mock)
		tree_command_job(run->x, "expiration", run->id, run->active,
		    json_pack("{s:f}", "expiration", job->expiration));
}

/* ---- life ---- */

/* A value of the table [exec] in seconds. */
static double
config_duration(struct broker *b, const char *key, double otherwise)
{
	json_t *o = json_object_get(json_object_get(b->config, "exec"), key);
	double t = otherwise;

	if (!o)
		return otherwise;
	if (json_is_number(o))
		t = json_number_value(o);
	else if (!json_is_string(o) || fsd_parse(json_string_value(o), &t) < 0)
		log_error(b->log, "exec.%s: no duration", key);
	return t;
}

static void
read_config(struct exec *x)
{
	json_t *o = json_object_get(
	    json_object_get(x->b->config, "exec"), "max-kill-count");

	x->kill_timeout = config_duration(x->b, "kill-timeout", 5.);
	x->barrier_timeout = config_duration(x->b, "barrier-timeout", 1800.);
	x->max_kill_count = json_is_integer(o) ? (int)json_integer_value(o) : 8;
}

int
exec_create(struct broker *b)
{
	struct exec *x = calloc(1, sizeof(*x));

	if (!x)
		return -1;
	x->b = b;
	b->exec = x;
	TAILQ_INIT(&x->runs);
	read_config(x);
	if (shells_create(x) < 0 || tree_create(x) < 0 ||
	    topics_register(x) < 0)
		return -1;
	if (b->rank == 0)
		return overlay_on_change(b->overlay, run_overlay_cb, x);
	return 0;
}

void
exec_destroy(struct broker *b)
{
	struct exec *x = b->exec;
	struct run *run;

	if (!x)
		return;
	while ((run = TAILQ_FIRST(&x->runs)))
		run_destroy(run);
	shells_destroy(x);
	tree_destroy(x);
	free(x);
	b->exec = NULL;
}
