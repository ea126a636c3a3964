/* SPDX-License-Identifier: MIT */
/*
 * flux job info: one stored document of a job.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "jobpath.h"
#include "signedspec.h"

enum { LOOKUP_CURRENT = 2 }; /* with updates applied */

static const char keys[] = "some useful keys are:\n"
			   "  J                    - signed jobspec\n"
			   "  R                    - allocated resources\n"
			   "  eventlog             - primary job eventlog\n"
			   "  jobspec              - job specification\n"
			   "  guest.exec.eventlog  - execution eventlog\n"
			   "  guest.input          - job input log\n"
			   "  guest.output         - job output log\n";

/* malloc'd text */
static char *
lookup(const char *arg, const char *key, int flags)
{
	struct jobpath path = { 0 };
	json_t *out = NULL;
	struct errmsg em;
	const char *text;
	char *copy;

	if (jobpath_is(arg)) {
		if (jobpath_open(&path, arg, &em) < 0)
			errx(1, "%s", em.text);
	} else {
		path.h = tool_open_plain();
		path.id = job_id(arg);
	}
	if (jobpath_call_new(&path, "job-info.lookup",
		json_pack("{s:[s] s:i}", "keys", key, "flags", flags), &out,
		&em) < 0)
		errx(1, "%s", em.text);
	text = json_string_value(json_object_get(out, key));
	if (!text)
		errx(1, "%s: no text", key);
	if (!(copy = strdup(text)))
		err(1, NULL);
	json_decref(out);
	jobpath_close(&path);
	return copy;
}

int
cmd_info(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "original", 'o', NULL, "jobspec as the user sent it", 0 },
		{ "base", 'b', NULL, "jobspec or R without later updates", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "info [OPTIONS] ID KEY",
		.summary = "Print a stored document of a job",
		.example = "flux job info ƒ2MqUpqQm jobspec | jq .resources",
		.opts = opts,
	};
	bool original = false, base = false;
	uint32_t userid;
	char *text, *J;
	int c;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		original |= c == 'o';
		base |= c == 'b';
	}
	if (p.noperands == 1) {
		fprintf(stderr, "Usage: flux job info ID KEY\n%s", keys);
		optparse_fini(&p);
		return 1;
	}
	job_operands(&p, 2, 2);
	if (original && strcmp(p.operands[1], "jobspec") == 0) {
		J = lookup(p.operands[0], "J", 0);
		if (!(text = signedspec_unwrap(J, &userid)))
			err(1, "J");
		free(J);
	} else {
		text = lookup(
		    p.operands[0], p.operands[1], base ? 0 : LOOKUP_CURRENT);
	}
	puts(text);
	free(text);
	optparse_fini(&p);
	return job_flush();
}
