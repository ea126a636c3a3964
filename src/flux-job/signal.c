/* SPDX-License-Identifier: MIT */
/*
 * flux job kill and killall: send signals to running jobs.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "userid.h"

/* SIGTERM, TERM or a number; 0 if s is none of them. */
static int
parse_signal(const char *s)
{
	const char *name = strncmp(s, "SIG", 3) == 0 ? s + 3 : s;
	const char *why, *abbrev;
	int n = strtonum(s, 1, 255, &why);

	if (!why)
		return n;
	for (n = 1; n < NSIG; n++)
		if ((abbrev = sigabbrev_np(n)) && strcmp(abbrev, name) == 0)
			return n;
	return 0;
}

static int
signal_option(const struct optparse *p, const char *command)
{
	int n = parse_signal(p->value);

	if (n == 0)
		errx(1, "%s: Invalid signal %s", command, p->value);
	return n;
}

struct target {
	const char *arg;
	int *errors;
};

static void
on_kill(struct handle *h, const struct reply *r, void *arg)
{
	struct target *t = arg;

	(void)h;
	if (r->errnum == 0)
		return;
	warnx("kill %s: %s", t->arg, r->text);
	++*t->errors;
}

static int
kill_jobs(char **args, int n, int signum)
{
	struct target *targets = calloc(n, sizeof(*targets));
	uint64_t *ids = calloc(n, sizeof(*ids));
	struct handle *h;
	int errors = 0;

	if (!targets || !ids)
		err(1, NULL);
	for (int i = 0; i < n; i++)
		if (fluid_parse(args[i], &ids[i]) < 0)
			errx(1, "invalid jobid: %s", args[i]);
	h = tool_open_plain();
	for (int i = 0; i < n; i++) {
		targets[i] = (struct target){ args[i], &errors };
		if (handle_rpc_new(h, "job-manager.kill", NODEID_ANY, 0,
			json_pack("{s:I s:i}", "id", (json_int_t)ids[i],
			    "signum", signum),
			on_kill, &targets[i]) < 0)
			err(1, "kill %s", args[i]);
	}
	if (handle_run(h) < 0)
		err(1, "kill");
	handle_close(h);
	free(targets);
	free(ids);
	return errors > 0;
}

int
cmd_kill(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "signal", 's', "SIG", "signal name or number (SIGTERM)", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "kill [--signal=SIG] ID...",
		.summary = "Send a signal to running jobs",
		.example = "flux job kill --signal=USR1 ƒ2MqUpqQm",
		.opts = opts,
	};
	int signum = SIGTERM;
	int rc;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		signum = signal_option(&p, "kill");
	job_operands(&p, 1, -1);
	rc = kill_jobs(p.operands, p.noperands, signum);
	optparse_fini(&p);
	return rc;
}

static void
kill_all(uint32_t userid, int signum, bool force)
{
	struct handle *h = tool_open_plain();
	json_t *out = NULL;
	struct errmsg em;
	int count = 0, errors = 0;

	if (handle_call_new(h, "job-manager.killall", NODEID_ANY,
		json_pack("{s:b s:I s:i}", "dry_run", !force, "userid",
		    (json_int_t)userid, "signum", signum),
		&out, &em) < 0)
		errx(1, "killall: %s", em.text);
	json_unpack(out, "{s:i s:i}", "count", &count, "errors", &errors);
	if (count > 0 && !force)
		warnx("Command matched %d jobs (-f to confirm)", count);
	else if (count > 0)
		warnx(
		    "%s %d jobs (%d errors)", strsignal(signum), count, errors);
	else
		warnx("Command matched 0 jobs");
	json_decref(out);
	handle_close(h);
}

int
cmd_killall(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "signal", 's', "SIG", "signal name or number (SIGTERM)", 0 },
		{ "user", 'u', "USER", "jobs of USER, or all", 0 },
		{ "force", 'f', NULL, "do it, do not only count", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "killall [OPTIONS]",
		.summary = "Send a signal to all running jobs of a user",
		.example = "flux job killall --force --signal=CONT",
		.opts = opts,
	};
	int signum = SIGTERM, c;
	uint32_t userid = getuid();
	bool force = false;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		force |= c == 'f';
		if (c == 's')
			signum = signal_option(&p, "killall");
		if (c == 'u' && userid_parse(p.value, &userid) < 0)
			errx(1, "unknown user %s", p.value);
	}
	job_operands(&p, 0, 0);
	kill_all(userid, signum, force);
	optparse_fini(&p);
	return 0;
}
