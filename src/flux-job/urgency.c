/* SPDX-License-Identifier: MIT */
/*
 * flux job urgency: change the urgency of a job that waits.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "urgency.h"

static const struct {
	const char *name;
	int urgency;
} names[] = {
	{ "hold", 0 },
	{ "default", 16 },
	{ "expedite", 31 },
};

int
urgency_parse(const char *s, int *urgency)
{
	const char *why;
	int n = strtonum(s, INT_MIN, INT_MAX, &why);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(s, names[i].name) == 0) {
			*urgency = names[i].urgency;
			return 0;
		}
	}
	if (why)
		return -1;
	*urgency = n;
	return 0;
}

static void
print_old(int urgency)
{
	if (urgency == 0)
		fprintf(stderr, "old urgency: job held\n");
	else if (urgency == 31)
		fprintf(stderr, "old urgency: job expedited\n");
	else
		fprintf(stderr, "old urgency: %d\n", urgency);
}

int
cmd_urgency(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "verbose", 'v', NULL, "print the old urgency", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "urgency [-v] ID URGENCY",
		.summary = "Set the urgency of a job: 0-31, hold, default, "
			   "expedite",
		.example = "flux job urgency ƒ2MqUpqQm hold",
		.opts = opts,
	};
	struct handle *h;
	struct errmsg em;
	json_t *out = NULL;
	bool verbose = false;
	int urgency, old;
	uint64_t id;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		verbose = true;
	job_operands(&p, 2, 2);
	id = job_id(p.operands[0]);
	if (urgency_parse(p.operands[1], &urgency) < 0)
		errx(1, "error parsing urgency: \"%s\"", p.operands[1]);
	h = tool_open_plain();
	if (handle_call_new(h, "job-manager.urgency", NODEID_ANY,
		json_pack(
		    "{s:I s:i}", "id", (json_int_t)id, "urgency", urgency),
		&out, &em) < 0)
		errx(1, "%s: %s", p.operands[0], em.text);
	if (verbose && json_unpack(out, "{s:i}", "old_urgency", &old) == 0)
		print_old(old);
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}
