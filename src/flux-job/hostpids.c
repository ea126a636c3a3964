/* SPDX-License-Identifier: MIT */
/*
 * flux job hostpids: host:pid of each task of a running job.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "execlog.h"
#include "idset.h"
#include "job.h"
#include "jobstate.h"
#include "proctable.h"

struct hostpids {
	const char *arg;
	const char *delimiter;
	struct idset *tasks; /* NULL = all */
	double timeout;      /* seconds; 0 = for ever */
};

static void
check_state(struct handle *h, const char *arg, uint64_t id)
{
	json_t *out = NULL;
	struct errmsg em;
	int state = 0;

	if (handle_call_new(h, "job-list.list-id", NODEID_ANY,
		json_pack(
		    "{s:I s:[s]}", "id", (json_int_t)id, "attrs", "state"),
		&out, &em) < 0)
		errx(1, "%s: %s", arg,
		    errno == ENOENT ? "No such job" : em.text);
	json_unpack(out, "{s:{s:i}}", "job", "state", &state);
	json_decref(out);
	if (state == JOBSTATE_INACTIVE)
		errx(1, "hostpids: job %s is inactive", arg);
}

static void
get_table(struct proctable *t, struct handle *h, const struct execlog *x)
{
	char topic[256];
	json_t *out = NULL;
	struct errmsg em;

	snprintf(topic, sizeof(topic), "%s.proctable", x->service);
	if (handle_call_new(h, topic, x->leader, json_object(), &out, &em) < 0)
		errx(1, "hostpids: %s", em.text);
	if (proctable_decode(t, out) < 0)
		errx(1, "hostpids: malformed answer from the job's shell");
	json_decref(out);
}

static void
print_table(const struct hostpids *hp, const struct proctable *t)
{
	const char *sep = "";

	for (size_t i = 0; i < t->count; i++) {
		const struct proc *p = &t->procs[i];

		if (hp->tasks && !idset_test(hp->tasks, p->task))
			continue;
		printf("%s%s:%d", sep, p->host, p->pid);
		sep = hp->delimiter;
	}
	printf("\n");
}

static void
run(const struct hostpids *hp)
{
	uint64_t id = job_id(hp->arg);
	struct handle *h = tool_open_plain();
	struct execlog x;
	struct proctable t;

	check_state(h, hp->arg, id);
	if (execlog_wait_start(&x, h, id, hp->timeout) < 0) {
		if (errno == ETIMEDOUT)
			errx(1, "hostpids: timeout waiting for shell.start "
				"event");
		if (errno == ENODATA)
			errx(1, "hostpids: job %s is inactive", hp->arg);
		err(1, "hostpids");
	}
	get_table(&t, h, &x);
	print_table(hp, &t);
	proctable_fini(&t);
	execlog_fini(&x);
	handle_close(h);
}

int
cmd_hostpids(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "delimiter", 'd', "STRING", "between entries (,)", 0 },
		{ "ranks", 'r', "IDSET", "only these task ranks", 0 },
		{ "timeout", 't', "FSD", "give up after this time", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "hostpids [OPTIONS] ID",
		.summary = "Print HOST:PID of the tasks of a running job",
		.example = "flux job hostpids --delimiter=' ' ƒ2MqUpqQm",
		.opts = opts,
	};
	struct hostpids hp = { .delimiter = "," };
	int c;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'd')
			hp.delimiter = p.value;
		else if (c == 't')
			hp.timeout = job_option_fsd(&p);
		else if (!(hp.tasks = idset_decode(p.value)))
			err(1, "--ranks=%s", p.value);
	}
	job_operands(&p, 1, 1);
	hp.arg = p.operands[0];
	run(&hp);
	idset_destroy(hp.tasks);
	optparse_fini(&p);
	return job_flush();
}
