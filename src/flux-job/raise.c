/* SPDX-License-Identifier: MIT */
/*
 * flux job raise and raiseall: raise exceptions. With severity 0 they end the
 * job; type cancel is what flux cancel raises.
 */
#include <err.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "jobstate.h"
#include "userid.h"

/* Words joined with blanks (malloc'd); NULL if there are none. */
static char *
join(char **words, int n)
{
	size_t len = 1;
	char *s;

	if (n == 0)
		return NULL;
	for (int i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	if (!(s = malloc(len)))
		err(1, NULL);
	*s = '\0';
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strlcat(s, " ", len);
		strlcat(s, words[i], len);
	}
	return s;
}

struct raise {
	const char *type;
	const char *note; /* NULL = none */
	int severity;
	int errors;
};

struct target {
	struct raise *r;
	const char *arg;
};

static json_t *
request(const struct raise *r)
{
	json_t *o =
	    json_pack("{s:i s:s}", "severity", r->severity, "type", r->type);

	if (o && r->note &&
	    json_object_set_new(o, "note", json_string(r->note)) < 0)
		errx(1, "the note is not UTF-8");
	return o;
}

static void
on_raise(struct handle *h, const struct reply *r, void *arg)
{
	struct target *t = arg;

	(void)h;
	if (r->errnum == 0)
		return;
	warnx("raise %s: %s", t->arg, r->text);
	t->r->errors++;
}

static int
raise_on(struct raise *r, char **args, int n)
{
	struct target *targets = calloc(n ? n : 1, sizeof(*targets));
	struct handle *h = tool_open_plain();

	if (!targets)
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		json_t *o = request(r);

		targets[i] = (struct target){ r, args[i] };
		json_object_set_new(
		    o, "id", json_integer((json_int_t)job_id(args[i])));
		if (handle_rpc_new(h, "job-manager.raise", NODEID_ANY, 0, o,
			on_raise, &targets[i]) < 0)
			err(1, "raise %s", args[i]);
	}
	if (handle_run(h) < 0)
		err(1, "raise");
	handle_close(h);
	free(targets);
	return r->errors > 0;
}

static int
count_ids(char **words, int n)
{
	uint64_t id;
	int i = 0;

	while (i < n && fluid_parse(words[i], &id) == 0)
		i++;
	return i;
}

/* Cut argv at "--"; what follows is the note. */
static char *
take_note(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			char *note = join(argv + i + 1, *argc - i - 1);

			argv[i] = NULL;
			*argc = i;
			return note;
		}
	}
	return NULL;
}

int
cmd_raise(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "severity", 's', "N", "0 (default, ends the job) to 7", 0 },
		{ "type", 't', "TYPE", "exception type (cancel)", 0 },
		{ "message", 'm', "NOTE", "note", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "raise [OPTIONS] ID... [--] [NOTE...]",
		.summary = "Raise an exception on jobs",
		.example = "flux job raise --type=check --severity=3 "
			   "ƒ2MqUpqQm -- too slow",
		.opts = opts,
	};
	struct raise r = { .type = "cancel" };
	char *note = take_note(&argc, argv), *words;
	int c, n, rc;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 's')
			r.severity = job_option_int(&p, INT_MIN, INT_MAX);
		else if (c == 't')
			r.type = p.value;
		else
			r.note = p.value;
	}
	job_operands(&p, 1, -1);
	n = count_ids(p.operands, p.noperands);
	if (n == 0)
		errx(1, "error parsing jobid: \"%s\"", p.operands[0]);
	words = join(p.operands + n, p.noperands - n);
	if ((note || words) && (r.note || (note && words)))
		errx(1, "Do not set note on command line and with --message");
	if (!r.note)
		r.note = note ? note : words;
	rc = raise_on(&r, p.operands, n);
	free(note);
	free(words);
	optparse_fini(&p);
	return rc;
}

/* ---- raiseall ---- */

struct raiseall {
	struct raise r;
	uint32_t userid;
	int states;
	bool force;
	const char *done; /* "Raised exception on", "Canceled" */
};

static void
raise_all(const struct raiseall *ra)
{
	struct handle *h = tool_open_plain();
	json_t *o = request(&ra->r), *out = NULL;
	struct errmsg em;
	int count = 0, errors = 0;

	json_object_set_new(o, "dry_run", json_boolean(!ra->force));
	json_object_set_new(o, "userid", json_integer(ra->userid));
	json_object_set_new(o, "states", json_integer(ra->states));
	if (handle_call_new(
		h, "job-manager.raiseall", NODEID_ANY, o, &out, &em) < 0)
		errx(1, "raiseall: %s", em.text);
	json_unpack(out, "{s:i s:i}", "count", &count, "errors", &errors);
	if (count > 0 && !ra->force)
		warnx("Command matched %d jobs (-f to confirm)", count);
	else if (count > 0)
		warnx("%s %d jobs (%d errors)", ra->done, count, errors);
	else
		warnx("Command matched 0 jobs");
	json_decref(out);
	handle_close(h);
}

static int
parse_states(const char *list)
{
	struct errmsg em;
	int mask = jobstate_parse_list(list, &em);

	if (mask < 0)
		errx(1, "error parsing --states: %s is unknown", em.text);
	if (mask & JOBSTATE_INACTIVE)
		errx(1, "Exceptions cannot be raised on inactive jobs");
	return mask;
}

static const struct opt raiseall_opts[] = {
	{ "severity", 's', "N", "0 (ends the jobs) to 7 (default)", 0 },
	{ "user", 'u', "USER", "jobs of USER, or all", 0 },
	{ "states", 'S', "STATES", "jobs in these states (active)", 0 },
	{ "force", 'f', NULL, "do it, do not only count", 0 },
	{ 0 },
};

static void
raiseall_options(struct raiseall *ra, struct optparse *p)
{
	int c;

	while ((c = optparse_next(p)) != -1) {
		if (c == 's')
			ra->r.severity = job_option_int(p, INT_MIN, INT_MAX);
		else if (c == 'S')
			ra->states = parse_states(p->value);
		else if (c == 'f')
			ra->force = true;
		else if (userid_parse(p->value, &ra->userid) < 0)
			errx(1, "unknown user %s", p->value);
	}
}

int
cmd_raiseall(int argc, char **argv)
{
	struct optparse p = {
		.usage = "raiseall [OPTIONS] TYPE [NOTE...]",
		.summary = "Raise an exception on all jobs of a user",
		.example = "flux job raiseall --severity=0 --states=pending "
			   "drop",
		.opts = raiseall_opts,
	};
	struct raiseall ra = {
		.r = { .severity = 7 },
		.userid = getuid(),
		.states = JOBSTATE_ACTIVE,
		.done = "Raised exception on",
	};
	char *note;

	job_options(&p, argc, argv);
	raiseall_options(&ra, &p);
	job_operands(&p, 1, -1);
	ra.r.type = p.operands[0];
	ra.r.note = note = join(p.operands + 1, p.noperands - 1);
	raise_all(&ra);
	free(note);
	optparse_fini(&p);
	return 0;
}

/* ---- the spellings of before 0.88 ---- */

int
cmd_cancelall(int argc, char **argv)
{
	struct optparse p = {
		.usage = "cancelall [OPTIONS] [NOTE...]",
		.summary = "Cancel all jobs of a user (see flux cancel --all)",
		.opts = raiseall_opts + 1,
	};
	struct raiseall ra = {
		.r = { .type = "cancel" },
		.userid = getuid(),
		.states = JOBSTATE_ACTIVE,
		.done = "Canceled",
	};
	char *note;

	job_options(&p, argc, argv);
	raiseall_options(&ra, &p);
	ra.r.note = note = join(p.operands, p.noperands);
	raise_all(&ra);
	free(note);
	optparse_fini(&p);
	return 0;
}

/* Workflow tools call `flux job cancel`: it is flux cancel, which stands
 * beside this program. */
int
cmd_cancel(int argc, char **argv)
{
	char self[PATH_MAX], path[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)argc;
	if (n < 0)
		err(1, "/proc/self/exe");
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/flux-cancel", dirname(self));
	execv(path, argv);
	err(1, "%s", path);
}
