/* SPDX-License-Identifier: MIT */
/*
 * flux job id and namespace: job ids in other forms. No broker is asked.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

/* Call f with each operand, or with each line of stdin if there is none.
 * Returns how many there were. */
static int
each_word(const struct optparse *p, int form, void (*f)(const char *, int))
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int count = 0;

	for (int i = 0; i < p->noperands; i++)
		f(p->operands[i], form);
	if (p->noperands > 0)
		return p->noperands;
	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		f(line, form);
		count++;
	}
	free(line);
	return count;
}

static void
print_form(const char *word, int form)
{
	char buf[FLUID_STRMAX];
	uint64_t id;

	if (fluid_parse(word, &id) < 0)
		errx(1, "%s: malformed input", word);
	puts(fluid_encode(buf, sizeof(buf), id, form));
}

static int
parse_form(const char *name)
{
	int form = fluid_form_parse(name);

	if (form < 0)
		errx(1, "Unknown to=%s", name);
	return form == FLUID_F58 ? (int)fluid_f58_form() : form;
}

int
cmd_id(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "to", 't', "FORM",
		    "dec (default), f58, f58plain, hex, dothex, kvs, words or "
		    "emoji",
		    0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "id [--to=FORM] [ID...]",
		.summary = "Convert job ids (operands, or lines of stdin)",
		.example = "flux job id --to=kvs ƒ2MqUpqQm",
		.opts = opts,
	};
	int form = FLUID_DEC;
	int n;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		form = parse_form(p.value);
	n = each_word(&p, form, print_form);
	optparse_fini(&p);
	return job_flush() || n == 0;
}

static void
print_namespace(const char *word, int form)
{
	(void)form;
	printf("job-%" PRIu64 "\n", job_id(word));
}

int
cmd_namespace(int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct optparse p = {
		.usage = "namespace [ID...]",
		.summary = "Print the KVS namespace of jobs (operands, or "
			   "lines of stdin)",
		.opts = opts,
	};
	int n;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	n = each_word(&p, 0, print_namespace);
	optparse_fini(&p);
	return job_flush() || n == 0;
}
