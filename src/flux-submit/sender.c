/* SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fluid.h"
#include "handle.h"
#include "jobwatch.h"
#include "progress.h"
#include "sender.h"
#include "signedspec.h"
#include "uri.h"

/* So many requests may wait for their answer: it bounds our memory. */
enum { PENDING_MAX = 1024 };

#define REDRAW 0.25

/* A file of --log or --log-stderr, which jobs may share. */
struct log {
	char *path;
	FILE *f;
	struct log *next;
};

struct job {
	struct sender *s;
	char *cc;
	FILE *out, *errout; /* NULL = the standard streams; of s->logs */
	struct job *next;
};

struct sender {
	const struct args *args;
	struct handle *h;
	struct jobwatch *watch; /* NULL = not asked to wait */
	struct jobwatch_conf conf;
	struct job *jobs;
	struct log *logs;
	int nsubmitted, naccepted, nrefused, expected;
	bool quiet, has_bar;
	struct progress bar;
	double drawn;
};

static double
mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- the bar ---- */

static void
put_text(char *text)
{
	if (text)
		fputs(text, stdout);
	fflush(stdout);
	free(text);
}

static void
bar_state(struct sender *s, char *before, size_t size, double *fraction)
{
	struct jobwatch_count c = { 0 };
	int total = s->expected ? s->expected : 1;

	if (!s->watch) {
		snprintf(before, size, "Submitting %d jobs: ", s->expected);
		*fraction = (double)(s->naccepted + s->nrefused) / total;
		return;
	}
	c = jobwatch_count(s->watch);
	snprintf(before, size, "PD:%-3d R:%-3d CD:%-3d F:%-3d ",
	    c.pending + s->expected - s->nrefused - c.total, c.running,
	    c.completed, c.failed);
	*fraction = (double)(c.completed + c.failed) / total;
}

static double
rate(const struct sender *s, double fraction)
{
	double t = mono_now() - s->bar.started;

	if (!args_has(s->args, OPT_JPS))
		return -1;
	return t > 0 ? fraction * s->expected / t : 0;
}

static void
draw(struct sender *s)
{
	char before[100];
	double fraction, now = mono_now();

	if (!s->has_bar || now - s->drawn < REDRAW)
		return;
	s->drawn = now;
	bar_state(s, before, sizeof(before), &fraction);
	put_text(
	    progress_draw(&s->bar, before, fraction, rate(s, fraction), now));
}

static void
bar_start(struct sender *s)
{
	struct winsize ws;

	if (!args_has(s->args, OPT_PROGRESS) && !args_has(s->args, OPT_JPS))
		return;
	if (!isatty(STDOUT_FILENO) ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_row == 0) {
		fprintf(stderr, "flux: WARNING: stdout is not a tty. Ignoring "
				"--progress option\n");
		return;
	}
	s->has_bar = true;
	s->bar = (struct progress){ ws.ws_row, ws.ws_col, mono_now() };
	put_text(progress_start(&s->bar));
}

static void
bar_stop(struct sender *s)
{
	char before[100];
	double fraction;

	if (!s->has_bar)
		return;
	bar_state(s, before, sizeof(before), &fraction);
	put_text(progress_stop(
	    &s->bar, before, fraction, rate(s, fraction), mono_now()));
}

/* ---- watching ---- */

static void
watch_write(
    void *arg, void *job_arg, bool to_stderr, const char *text, size_t len)
{
	struct job *job = job_arg;
	FILE *f = to_stderr ? stderr : stdout;

	(void)arg;
	if (to_stderr && job->errout)
		f = job->errout;
	else if (job->out)
		f = job->out;
	fwrite(text, 1, len, f);
	fflush(f);
}

static void
watch_changed(void *arg, const struct jobwatch *w)
{
	(void)w;
	draw(arg);
}

static void
watch_start(struct sender *s)
{
	const struct args *a = s->args;
	int verbose = args_count(a, 'v');

	if (!args_has(a, OPT_WAIT) && !args_has(a, OPT_WATCH) &&
	    !args_has(a, OPT_WAIT_EVENT))
		return;
	s->conf = (struct jobwatch_conf){
		.output = args_has(a, OPT_WATCH),
		.label = args_has(a, 'l'),
		.retry = true,
		.verbose = verbose > 2 ? 2 : verbose,
		.wait_event =
		    args_has(a, OPT_WATCH) ? NULL : args_get(a, OPT_WAIT_EVENT),
		.write = watch_write,
		.changed = s->has_bar ? watch_changed : NULL,
		.arg = s,
	};
	if (!(s->watch = jobwatch_create(s->h, &s->conf)))
		err(1, NULL);
}

/* ---- submitting ---- */

static FILE *
open_log(struct sender *s, const char *path)
{
	struct log *l;

	/* mostly there is one, or each job has its own: the last first */
	for (l = s->logs; l; l = l->next)
		if (strcmp(l->path, path) == 0)
			return l->f;
	if (!(l = calloc(1, sizeof(*l))) || !(l->path = strdup(path)))
		err(1, NULL);
	if (!(l->f = fopen(path, "we")))
		errx(1, "ERROR: [Errno %d] %s: '%s'", errno, strerror(errno),
		    path);
	setlinebuf(l->f);
	l->next = s->logs;
	s->logs = l;
	return l->f;
}

static void
print_refusal(const struct job *job, const struct reply *r)
{
	FILE *f = job->errout ? job->errout : job->out ? job->out : stderr;

	if (job->cc)
		fprintf(f, "cc=%s: ", job->cc);
	fprintf(f, "[Errno %d] %s\n", r->errnum, r->text);
}

static void
submit_cb(struct handle *h, const struct reply *r, void *arg)
{
	struct job *job = arg;
	struct sender *s = job->s;
	char text[FLUID_STRMAX];
	json_int_t id;

	(void)h;
	if (r->errnum) {
		s->nrefused++;
		print_refusal(job, r);
		return;
	}
	if (json_unpack(r->json, "{s:I}", "id", &id) < 0)
		errx(1, "ERROR: malformed answer from the broker");
	s->naccepted++;
	if (!s->quiet)
		fprintf(job->out ? job->out : stdout, "%s\n",
		    fluid_encode(
			text, sizeof(text), (uint64_t)id, fluid_f58_form()));
	if (s->watch && jobwatch_add(s->watch, (uint64_t)id, job) < 0)
		err(1, "ERROR: job %s", text);
	draw(s);
}

static struct job *
job_create(struct sender *s, const struct submission *sub)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job || (sub->cc && !(job->cc = strdup(sub->cc))))
		err(1, NULL);
	job->s = s;
	if (sub->log)
		job->out = open_log(s, sub->log);
	if (sub->log_stderr)
		job->errout = open_log(s, sub->log_stderr);
	job->next = s->jobs;
	s->jobs = job;
	return job;
}

/* What may still come: answers to submissions, and with `all` what is watched,
 * too. */
static int
pending(const struct sender *s, bool all)
{
	return all ? handle_rpc_count(s->h)
		   : s->nsubmitted - s->naccepted - s->nrefused;
}

static void
run_until(struct sender *s, bool all, int max)
{
	while (pending(s, all) > max) {
		if (handle_poll(s->h, s->has_bar ? (int)(REDRAW * 1000) : -1) <
			0 &&
		    errno != EINTR)
			errx(1, "ERROR: lost connection to the broker");
		draw(s);
	}
}

void
sender_submit(struct sender *s, const struct submission *sub)
{
	char *text = signedspec_request(
	    sub->jobspec, getuid(), sub->urgency, sub->flags);
	struct job *job = job_create(s, sub);

	if (!text)
		err(1, NULL);
	if (handle_rpc_text(s->h, "job-ingest.submit", NODEID_ANY, 0, text,
		submit_cb, job) < 0)
		errx(1, "ERROR: lost connection to the broker");
	free(text);
	s->nsubmitted++;
	run_until(s, false, PENDING_MAX);
}

void
sender_expect(struct sender *s, int total)
{
	s->expected = total;
}

struct sender *
sender_create(const struct args *a)
{
	struct sender *s = calloc(1, sizeof(*s));
	struct errmsg em;

	if (!s)
		err(1, NULL);
	s->args = a;
	s->quiet = args_has(a, OPT_QUIET);
	if (!(s->h = uri_open_default(&em)))
		errx(1, "ERROR: %s", em.text);
	bar_start(s);
	watch_start(s);
	return s;
}

static void
free_jobs(struct sender *s)
{
	struct job *job;

	while ((job = s->jobs)) {
		s->jobs = job->next;
		free(job->cc);
		free(job);
	}
}

/* -1: what was written to one of them is not all there. */
static int
close_logs(struct sender *s)
{
	struct log *l;
	int rc = 0;

	while ((l = s->logs)) {
		s->logs = l->next;
		if (ferror(l->f) | (fclose(l->f) != 0)) {
			warnx("ERROR: cannot write to '%s'", l->path);
			rc = -1;
		}
		free(l->path);
		free(l);
	}
	return rc;
}

int
sender_finish(struct sender *s)
{
	int status;

	run_until(s, true, 0);
	bar_stop(s);
	status = s->nrefused > 0;
	if (s->watch && jobwatch_exit(s->watch) > status)
		status = jobwatch_exit(s->watch);
	jobwatch_destroy(s->watch);
	handle_close(s->h);
	free_jobs(s);
	if (close_logs(s) < 0 && status == 0)
		status = 1;
	free(s);
	return status;
}
