/* SPDX-License-Identifier: MIT */
/*
 * flux cancel: end pending or running jobs, by id or by state and user. It
 * raises the exception `cancel` with severity 0.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fluid.h"
#include "handle.h"
#include "jobstate.h"
#include "optparse.h"
#include "userid.h"

struct cancel {
	bool dry_run, quiet;
	bool select; /* --all, --user or --states was given */
	const char *note;
	uint32_t userid;
	int states;
};

struct target {
	uint64_t id;
	int *errors;
};

/* A raise request without its targets. */
static json_t *
request(const struct cancel *c)
{
	json_t *o = json_pack("{s:i s:s}", "severity", 0, "type", "cancel");

	if (o && c->note &&
	    json_object_set_new(o, "note", json_string(c->note)) < 0)
		errx(1, "ERROR: the note is not UTF-8");
	return o;
}

static const char *
plural(json_int_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- by id ---- */

static void
on_raise(struct handle *h, const struct reply *r, void *arg)
{
	struct target *t = arg;
	char f58[FLUID_STRMAX];

	(void)h;
	if (r->errnum == 0)
		return;
	warnx("ERROR: %s: %s",
	    fluid_encode(f58, sizeof(f58), t->id, fluid_f58_form()), r->text);
	++*t->errors;
}

static void
send_raise(struct handle *h, const struct cancel *c, struct target *t)
{
	json_t *o = request(c);

	json_object_set_new(o, "id", json_integer((json_int_t)t->id));
	if (handle_rpc_new(
		h, "job-manager.raise", NODEID_ANY, 0, o, on_raise, t) < 0)
		err(1, "ERROR: raise");
}

static int
cancel_ids(const struct cancel *c, const struct optparse *p)
{
	struct target *targets = calloc(p->noperands, sizeof(*targets));
	struct handle *h;
	int errors = 0;

	if (!targets)
		err(1, NULL);
	for (int i = 0; i < p->noperands; i++) {
		targets[i].errors = &errors;
		if (fluid_parse(p->operands[i], &targets[i].id) < 0)
			optparse_fail(
			    p, "invalid JobID value: '%s'", p->operands[i]);
	}
	h = tool_open();
	if (c->dry_run) {
		warnx("Would cancel %d job%s", p->noperands,
		    plural(p->noperands));
	} else {
		for (int i = 0; i < p->noperands; i++)
			send_raise(h, c, &targets[i]);
		if (handle_run(h) < 0)
			err(1, "ERROR: raise");
	}
	handle_close(h);
	free(targets);
	return errors > 0;
}

/* ---- by state and user ---- */

static int
cancel_selected(const struct cancel *c)
{
	struct handle *h = tool_open();
	json_t *o = request(c), *out = NULL;
	json_int_t count = 0, errors = 0;
	struct errmsg em;

	json_object_set_new(o, "dry_run", json_boolean(c->dry_run));
	json_object_set_new(o, "userid", json_integer(c->userid));
	json_object_set_new(o, "states", json_integer(c->states));
	if (handle_call_new(
		h, "job-manager.raiseall", NODEID_ANY, o, &out, &em) < 0)
		errx(1, "ERROR: %s", em.text);
	json_unpack(out, "{s:I s:I}", "count", &count, "errors", &errors);
	if (count == 0) {
		if (!c->quiet)
			warnx("Matched 0 jobs");
	} else if (c->dry_run) {
		warnx(
		    "Would cancel %lld job%s", (long long)count, plural(count));
	} else {
		warnx("Canceled %lld job%s (%lld error%s)", (long long)count,
		    plural(count), (long long)errors, plural(errors));
	}
	json_decref(out);
	handle_close(h);
	return errors > 0;
}

/* ---- options ---- */

enum { OPT_ALL = 256 };

static const struct opt opts[] = {
	{ "all", 0, NULL, "cancel all your jobs", OPT_ALL },
	{ "dry-run", 'n', NULL, "say how many, cancel none", 0 },
	{ "quiet", 'q', NULL, "say nothing if no job matches", 0 },
	{ "user", 'u', "USER", "jobs of USER, or all (owner only)", 0 },
	{ "states", 'S', "STATES",
	    "jobs in these states: depend, priority, sched, run, pending, "
	    "running, active (default)",
	    0 },
	{ "message", 'm', "NOTE", "why; shown with the job", 0 },
	{ 0 },
};

static void
set_states(struct cancel *c, const char *list)
{
	struct errmsg em;
	int mask = jobstate_parse_list(list, &em);

	if (mask < 0)
		errx(1, "ERROR: Invalid state %s specified", em.text);
	if (mask & ~JOBSTATE_ACTIVE)
		errx(1, "ERROR: Invalid state %s specified", list);
	c->states = mask;
}

static void
set_option(struct cancel *c, int opt, const char *value)
{
	c->select |= opt == OPT_ALL || opt == 'u' || opt == 'S';
	switch (opt) {
	case 'n':
		c->dry_run = true;
		break;
	case 'q':
		c->quiet = true;
		break;
	case 'm':
		c->note = value;
		break;
	case 'S':
		set_states(c, value);
		break;
	case 'u':
		if (userid_parse(value, &c->userid) < 0)
			errx(1, "ERROR: Invalid user %s specified", value);
		break;
	}
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [JOBID...]",
		.summary = "Cancel pending or running jobs",
		.example = "flux cancel --states=pending --message='no budget'",
		.opts = opts,
	};
	struct cancel c = { .userid = getuid(), .states = JOBSTATE_ACTIVE };
	int opt, rc;

	setlocale(LC_CTYPE, "");
	setprogname("flux-cancel");
	optparse_init(&p, argc, argv);
	while ((opt = optparse_next(&p)) != -1)
		set_option(&c, opt, p.value);
	if (c.select && p.noperands > 0)
		errx(1, "ERROR: Do not specify a list of jobids with "
			"--all,--user,--states options");
	if (!c.select && p.noperands == 0)
		errx(1, "ERROR: No target jobs were provided");
	rc = c.select ? cancel_selected(&c) : cancel_ids(&c, &p);
	optparse_fini(&p);
	return rc;
}
