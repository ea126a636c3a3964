/* SPDX-License-Identifier: MIT */
/*
 * flux multi-prog: as the command of a job, become the program that a file
 * names for this task. Lines are "IDSET COMMAND ARGS..." or "* COMMAND
 * ARGS..." for the tasks that no other line names; of lines that name a task
 * the first counts. %t in words is the task's rank, %o which of the line's
 * tasks it is, from 0.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "idset.h"
#include "optparse.h"
#include "shellword.h"

struct line {
	struct idset *ids; /* NULL = those that are left */
	char **words;      /* NULL-terminated */
};

struct config {
	const char *path;
	struct line *lines;
	size_t n;
};

/* ---- reading ---- */

static char **
split(const struct config *c, int number, const char *text)
{
	char **words = calloc(1, sizeof(*words)), *word;
	const char *p = text;
	struct errmsg em;
	size_t n = 0;
	int rc = 0;

	while (words && (rc = shellword_next(&p, &word, &em)) > 0) {
		words[n++] = word;
		if ((words = reallocarray(words, n + 1, sizeof(*words))))
			words[n] = NULL;
	}
	if (!words)
		err(1, NULL);
	if (rc < 0)
		tool_fail(
		    "%s: line %d: '%s': %s", c->path, number, text, em.text);
	return words;
}

static void
take_line(struct config *c, int number, const char *text)
{
	char **words = split(c, number, text);
	struct line *l;

	if (!words[0]) {
		free(words);
		return;
	}
	if (!words[1])
		tool_fail("%s: line %d: '%s': a command is missing", c->path,
		    number, text);
	if (!(l = reallocarray(c->lines, c->n + 1, sizeof(*l))))
		err(1, NULL);
	c->lines = l;
	l += c->n++;
	l->words = words;
	l->ids = NULL;
	if (strcmp(words[0], "*") != 0 && !(l->ids = idset_decode(words[0])))
		tool_fail("%s: line %d: invalid idset: %s", c->path, number,
		    words[0]);
}

static void
read_config(struct config *c)
{
	FILE *f = fopen(c->path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int number = 0;

	if (!f)
		tool_fail("%s: '%s'", strerror(errno), c->path);
	while ((len = getline(&text, &size, f)) >= 0) {
		number++;
		if (strlen(text) < (size_t)len)
			tool_fail("%s: line %d: is not text", c->path, number);
		text[strcspn(text, "\n")] = '\0';
		take_line(c, number, text);
	}
	if (ferror(f))
		tool_fail("%s: '%s'", strerror(errno), c->path);
	free(text);
	fclose(f);
}

static void
config_fini(struct config *c)
{
	for (size_t i = 0; i < c->n; i++) {
		for (char **w = c->lines[i].words; *w; w++)
			free(*w);
		free(c->lines[i].words);
		idset_destroy(c->lines[i].ids);
	}
	free(c->lines);
}

/* ---- the program of a task ---- */

static const struct line *
find(const struct config *c, unsigned rank)
{
	const struct line *rest = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];

		if (!l->ids)
			rest = l;
		else if (idset_test(l->ids, rank))
			return l;
	}
	if (!rest)
		tool_fail("%s: No matching line for rank %u", c->path, rank);
	return rest;
}

/* How many of the line's tasks come before. */
static unsigned
offset_of(const struct line *l, unsigned rank)
{
	unsigned n = 0;

	if (!l->ids)
		return 0;
	for (unsigned id = idset_first(l->ids); id < rank;
	     id = idset_next(l->ids, id))
		n++;
	return n;
}

static char *
substitute(const char *word, unsigned rank, unsigned offset)
{
	char *s = NULL;
	size_t size;
	FILE *f = open_memstream(&s, &size);

	if (!f)
		err(1, NULL);
	for (; *word; word++) {
		bool is_tag =
		    word[0] == '%' && word[1] && strchr("to", word[1]);

		if (!is_tag)
			putc(*word, f);
		else
			fprintf(f, "%u", *++word == 't' ? rank : offset);
	}
	if (fclose(f) == EOF)
		err(1, NULL);
	return s;
}

/* NULL-terminated; all malloc'd. */
static char **
command_of(const struct config *c, unsigned rank)
{
	const struct line *l = find(c, rank);
	unsigned offset = offset_of(l, rank);
	size_t n = 0;
	char **argv;

	while (l->words[n])
		n++;
	if (!(argv = calloc(n, sizeof(*argv))))
		err(1, NULL);
	for (size_t i = 1; i < n; i++)
		argv[i - 1] = substitute(l->words[i], rank, offset);
	return argv;
}

static void
print_commands(const struct config *c, const struct idset *ranks)
{
	for (unsigned r = idset_first(ranks); r != IDSET_INVALID;
	     r = idset_next(ranks, r)) {
		char **argv = command_of(c, r);

		printf("%u:", r);
		for (char **w = argv; *w; w++) {
			putchar(' ');
			shellword_put(stdout, *w);
			free(*w);
		}
		putchar('\n');
		free(argv);
	}
}

static void __attribute__((noreturn)) become(const struct config *c)
{
	const char *s = getenv("FLUX_TASK_RANK"), *why = "";
	unsigned rank = s ? (unsigned)strtonum(s, 0, IDSET_MAX, &why) : 0;
	char **argv;

	if (why)
		tool_fail("FLUX_TASK_RANK not found or invalid");
	argv = command_of(c, rank);
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "ERROR: %s", argv[0]);
}

/* ---- options ---- */

static const struct opt options[] = {
	{ "dry-run", 'n', "IDS", "print what these ranks would run", 0 },
	{ 0 },
};

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] CONFIG",
		.summary = "run a different program for each task of a job",
		.example = "flux run -n 4 flux multi-prog my.conf",
		.opts = options,
	};
	struct idset *ranks = NULL;
	struct config c = { 0 };

	setlocale(LC_CTYPE, "");
	setprogname("flux-multi-prog");
	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1) {
		idset_destroy(ranks);
		if (!(ranks = idset_decode(p.value)))
			optparse_fail(&p,
			    "argument -n/--dry-run: invalid IDset value: '%s'",
			    p.value);
	}
	if (p.noperands == 0)
		optparse_fail(&p, "a CONFIG is required");
	if (p.noperands > 1)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[1]);
	c.path = p.operands[0];
	read_config(&c);
	if (!ranks)
		become(&c);
	print_commands(&c, ranks);
	config_fini(&c);
	idset_destroy(ranks);
	optparse_fini(&p);
	return tool_finish(0);
}
