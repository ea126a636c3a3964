/* SPDX-License-Identifier: MIT */
/* flux run: submit one job and become flux job attach. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "fields.h"
#include "fluid.h"
#include "handle.h"
#include "idset.h"
#include "jobspec_build.h"
#include "signedspec.h"
#include "uri.h"

uint64_t
submit_one(const struct args *a, const json_t *jobspec)
{
	char *text = json_dumps(jobspec, JSON_COMPACT), *request;
	int urgency = field_urgency(a), flags = field_flags(a);
	struct errmsg em;
	struct handle *h;
	json_t *answer;
	json_int_t id;

	if (!text ||
	    !(request = signedspec_request(text, getuid(), urgency, flags)))
		err(1, NULL);
	if (!(h = uri_open_default(&em)))
		errx(1, "ERROR: %s", em.text);
	if (handle_call_text(
		h, "job-ingest.submit", NODEID_ANY, request, &answer, &em) < 0)
		errx(1, "ERROR: %s", em.text);
	if (json_unpack(answer, "{s:I}", "id", &id) < 0)
		errx(1, "ERROR: malformed answer from the broker");
	json_decref(answer);
	handle_close(h);
	free(text);
	free(request);
	return (uint64_t)id;
}

static bool
is_idset(const char *text)
{
	struct idset *s = text ? idset_decode(text) : NULL;
	bool yes = s && idset_count(s) > 0;

	idset_destroy(s);
	return yes;
}

/* Options that attach shares with run. */
static int
attach_options(const struct args *a, const char **argv, char *buf, size_t size)
{
	const char *input = args_get(a, OPT_INPUT);
	const char *event = args_get(a, OPT_WAIT_EVENT);
	int n = 0, verbose = args_count(a, 'v');

	if (args_has(a, 'l'))
		argv[n++] = "--label-io";
	if (args_has(a, 'u'))
		argv[n++] = "--unbuffered";
	if (verbose > 1)
		argv[n++] = "--show-events";
	if (verbose > 2)
		argv[n++] = "--show-exec";
	if (a->kind == RUN && is_idset(input)) {
		snprintf(buf, size, "--stdin-ranks=%s", input);
		argv[n++] = buf;
	}
	if (args_has(a, OPT_RETRY))
		argv[n++] = "--retry";
	if (event) {
		argv[n++] = "-w";
		argv[n++] = event;
	}
	return n;
}

void
exec_attach(const struct args *a, uint64_t id)
{
	const char *argv[16] = { "flux-job", "attach" };
	char path[PATH_MAX], text[FLUID_STRMAX], buf[256];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 16);
	char *slash;
	int n = 2;

	fluid_encode(text, sizeof(text), id, fluid_f58_form());
	if (args_has(a, 'v'))
		fprintf(stderr, "jobid: %s\n", text);
	n += attach_options(a, argv + n, buf, sizeof(buf));
	argv[n++] = text;
	argv[n] = NULL;
	if (len > 0) {
		path[len] = '\0';
		if ((slash = strrchr(path, '/'))) {
			strlcpy(slash, "/flux-job", 16);
			execv(path, (char *const *)argv);
		}
	}
	err(1, "ERROR: flux-job");
}

int
run_command(struct args *a)
{
	struct payload p = { .command = command_words(a) };
	json_t *jobspec = jobspec_build(a, &p);

	json_decref(p.command);
	if (args_has(a, OPT_DRY_RUN))
		return print_jobspec_new(a, jobspec, 1);
	exec_attach(a, submit_one(a, jobspec));
}
