/* SPDX-License-Identifier: MIT */
/*
 * flux job submit: submit a jobspec that is already JSON.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "signedspec.h"
#include "urgency.h"

/* malloc'd text of a file, "-" or NULL = stdin. */
static char *
read_jobspec(const char *path)
{
	bool is_stdin = !path || strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f)
		err(1, "%s", path);
	n = getdelim(&text, &size, '\0', f);
	if (n < 0 && ferror(f))
		err(1, "%s", is_stdin ? "stdin" : path);
	if (n <= 0)
		errx(1, "required jobspec is empty");
	if (!is_stdin)
		fclose(f);
	return text;
}

static int
parse_flag(const char *word, size_t len)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = { { "debug", 2 }, { "waitable", 4 }, { "novalidate", 8 } };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strlen(flags[i].name) == len &&
		    strncmp(flags[i].name, word, len) == 0)
			return flags[i].flag;
	errx(1, "unknown flag: %.*s", (int)len, word);
}

static int
parse_flags(const char *list)
{
	int mask = 0;

	for (;;) {
		size_t len = strcspn(list, ",");

		mask |= parse_flag(list, len);
		if (!list[len])
			return mask;
		list += len + 1;
	}
}

int
cmd_submit(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "urgency", 'u', "N", "0-31, hold, default, expedite", 0 },
		{ "flags", 'f', "FLAGS", "debug, waitable, novalidate", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "submit [OPTIONS] [FILE]",
		.summary = "Submit a jobspec (JSON; default stdin)",
		.example = "flux submit --dry-run true | flux job submit",
		.opts = opts,
	};
	int urgency = 16, flags = 0, c;
	struct handle *h;
	json_t *out = NULL;
	struct errmsg em;
	json_int_t id;
	char *text, *request;

	job_options(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'f')
			flags |= parse_flags(p.value);
		else if (urgency_parse(p.value, &urgency) < 0)
			optparse_fail(&p, "invalid urgency '%s'", p.value);
	}
	job_operands(&p, 0, 1);
	text = read_jobspec(p.noperands > 0 ? p.operands[0] : NULL);
	if (!(request = signedspec_request(text, getuid(), urgency, flags)))
		err(1, NULL);
	h = tool_open_plain();
	if (handle_call_text(
		h, "job-ingest.submit", NODEID_ANY, request, &out, &em) < 0)
		errx(1, "%s", em.text);
	if (json_unpack(out, "{s:I}", "id", &id) < 0)
		errx(1, "malformed answer to job-ingest.submit");
	puts(job_f58(id));
	json_decref(out);
	handle_close(h);
	free(text);
	free(request);
	optparse_fini(&p);
	return job_flush();
}
