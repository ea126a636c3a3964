/* SPDX-License-Identifier: MIT */
/*
 * flux R: make resource sets (RFC 20) and calculate with them. Sets come one
 * after the other on standard input, the result goes to standard output.
 */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "R.h"
#include "idset.h"

void
R_words(struct optparse *p, int argc, char **argv, int max)
{
	p->fail_status = 1;
	optparse_init(p, argc, argv);
	while (optparse_next(p) != -1)
		;
	if (p->noperands > max)
		optparse_fail(p, "too many arguments");
}

static int
skip_blanks(void)
{
	int c;

	do
		c = getchar();
	while (c == ' ' || c == '\n' || c == '\t' || c == '\r');
	return c == EOF ? EOF : ungetc(c, stdin);
}

struct rset *
R_read(void)
{
	json_error_t error;
	struct errmsg em;
	struct rset *r;
	json_t *o;

	if (skip_blanks() == EOF)
		return NULL;
	if (!(o = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, &error)))
		errx(1, "Failed to read an R object: %s", error.text);
	if (!(r = rset_decode(o, &em)))
		errx(1, "Failed to read an R object: %s", em.text);
	json_decref(o);
	return r;
}

struct rset *
R_read_all(void)
{
	struct rset *all = R_read(), *r;

	if (!all)
		errx(1, "no R object on standard input");
	while ((r = R_read())) {
		if (rset_add(all, r) < 0)
			err(1, NULL);
		rset_destroy(r);
	}
	return all;
}

int
R_print(struct rset *r)
{
	json_t *o = rset_encode(r);
	char *s = o ? json_dumps(o, 0) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
	rset_destroy(r);
	return tool_finish(0);
}

struct idset *
R_idset(const char *what, const char *text)
{
	struct idset *s = idset_decode(text);

	if (!s)
		errx(1, "Failed to decode %s='%s' as idset", what, text);
	return s;
}

void
R_property(struct rset *r, const char *text)
{
	const char *colon = strrchr(text, ':');
	char *name = colon ? strndup(text, colon - text) : strdup(text);
	struct idset *ranks =
	    colon ? R_idset("ranks", colon + 1) : rset_ranks(r);

	if (!name || !ranks)
		err(1, NULL);
	if (!*name || strpbrk(name, "!&'\"^`|()"))
		errx(1, "invalid property '%s'", name);
	for (unsigned id = idset_first(ranks); id != IDSET_INVALID;
	     id = idset_next(ranks, id)) {
		if (!rset_find(r, id))
			errx(1,
			    "failed to assign properties: rank %u not found "
			    "in target resource list",
			    id);
		if (rset_add_property(r, id, name) < 0)
			err(1, NULL);
	}
	idset_destroy(ranks);
	free(name);
}

static const struct subcommand commands[] = {
	{ "encode", cmd_encode, "make a set" },
	{ "decode", cmd_decode, "what is in the union of all sets" },
	{ "append", cmd_append, "the union of sets that have nothing shared" },
	{ "diff", cmd_diff, "the first set without the others" },
	{ "intersect", cmd_intersect, "what all sets have" },
	{ "remap", cmd_remap, "the union, ranks numbered from 0" },
	{ "rerank", cmd_rerank, "the union, ranks by the order of hosts" },
	{ "set-property", cmd_set_property, "give properties to ranks" },
	{ "verify", cmd_verify, "does the second set have what the first has" },
};

int
main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "R",
		.commands = commands,
		.ncommands = sizeof(commands) / sizeof(*commands),
		.unknown = { "Unknown command '", "'" },
		.missing = "missing command",
		.usage_status = 1,
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-R");
	return tool_run(&tool, argc, argv);
}
