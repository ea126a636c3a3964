/* SPDX-License-Identifier: MIT */
/*
 * flux job: look at jobs and steer them, one subcommand for each verb.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsd.h"
#include "job.h"

uint64_t
job_id(const char *s)
{
	uint64_t id;

	if (fluid_parse(s, &id) < 0)
		errx(1, "error parsing jobid: \"%s\"", s);
	return id;
}

const char *
job_f58(uint64_t id)
{
	static char buf[FLUID_STRMAX];

	return fluid_encode(buf, sizeof(buf), id, fluid_f58_form());
}

void
job_options(struct optparse *p, int argc, char **argv)
{
	p->fail_status = 1;
	optparse_init(p, argc, argv);
}

void
job_operands(struct optparse *p, int min, int max)
{
	if (p->noperands < min)
		optparse_fail(p, "missing argument");
	if (max >= 0 && p->noperands > max)
		optparse_fail(p, "unexpected argument '%s'", p->operands[max]);
}

int
job_option_int(const struct optparse *p, int lo, int hi)
{
	const char *why;
	long long n = strtonum(p->value, lo, hi, &why);

	if (why)
		optparse_fail(p,
		    "invalid value '%s' for --%s: must be a number from %d to "
		    "%d",
		    p->value, p->opt->name, lo, hi);
	return n;
}

double
job_option_fsd(const struct optparse *p)
{
	double t;

	if (fsd_parse(p->value, &t) < 0)
		optparse_fail(p, "invalid duration '%s' for --%s", p->value,
		    p->opt->name);
	return t;
}

int
job_flush(void)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		if (errno != EPIPE)
			warn("stdout");
		return 1;
	}
	return 0;
}

static const struct subcommand commands[] = {
	{ "attach", cmd_attach, "follow a job: its output, input and exit" },
	{ "status", cmd_status, "wait for jobs, exit with the largest code" },
	{ "wait", cmd_wait, "collect results of waitable jobs" },
	{ "wait-event", cmd_wait_event, "wait for an event of a job" },
	{ "eventlog", cmd_eventlog, "print the eventlog of a job" },
	{ "info", cmd_info, "print a stored document of a job" },
	{ "id", cmd_id, "convert job ids" },
	{ "last", cmd_last, "print the ids of your last jobs" },
	{ "urgency", cmd_urgency, "set the urgency of a job" },
	{ "kill", cmd_kill, "send a signal to running jobs" },
	{ "killall", cmd_killall, "send a signal to all running jobs" },
	{ "raise", cmd_raise, "raise an exception on jobs" },
	{ "raiseall", cmd_raiseall, "raise an exception on all jobs" },
	{ "memo", cmd_memo, "attach values to a job" },
	{ "submit", cmd_submit, "submit a jobspec that is JSON already" },
	{ "stats", cmd_stats, "count jobs by state" },
	{ "timeleft", cmd_timeleft, "print how long a job may still run" },
	{ "taskmap", cmd_taskmap, "tell which tasks ran on which node" },
	{ "hostpids", cmd_hostpids, "print host and pid of each task" },
	{ "namespace", cmd_namespace, "print the KVS namespace of jobs" },
	{ "purge", cmd_purge, "forget inactive jobs" },
	/* for scripts of test suites */
	{ "list", cmd_list, NULL },
	{ "list-ids", cmd_list_ids, NULL },
	{ "list-inactive", cmd_list_inactive, NULL },
	/* spellings of before 0.88 */
	{ "cancel", cmd_cancel, NULL },
	{ "cancelall", cmd_cancelall, NULL },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "job",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown command '", "'" },
		.usage_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-job");
	return tool_run(&tool, argc, argv);
}
