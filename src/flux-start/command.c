/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostlist.h"
#include "start.h"

void
words_add(struct words *w, const char *word)
{
	char **p = realloc(w->argv, (w->argc + 2) * sizeof(*p));

	if (!p || !(p[w->argc] = strdup(word)))
		err(1, NULL);
	w->argv = p;
	w->argv[++w->argc] = NULL;
}

static void
append_all(struct words *w, const struct words *from)
{
	for (int i = 0; i < from->argc; i++)
		words_add(w, from->argv[i]);
}

struct words
start_command(const struct start *st, const char *rundir, int rank)
{
	struct words w = { 0 };
	char buf[PATH_MAX + 64];

	append_all(&w, &st->wrap);
	words_add(&w, st->path);
	append_all(&w, &st->broker);
	if (rundir) {
		snprintf(buf, sizeof(buf), "--setattr=rundir=%s", rundir);
		words_add(&w, buf);
	}
	if (st->hosts) {
		snprintf(buf, sizeof(buf), "--setattr=hostname=%s",
		    hostlist_nth(st->hosts, rank));
		words_add(&w, buf);
	}
	if (rank == 0)
		append_all(&w, &st->program);
	return w;
}

void
start_print_command(const struct words *w, int rank)
{
	fprintf(stderr, "flux-start: ");
	if (rank >= 0)
		fprintf(stderr, "%d: ", rank);
	for (int i = 0; i < w->argc; i++)
		fprintf(stderr, "%s%s", i ? " " : "", w->argv[i]);
	fprintf(stderr, "\n");
}

void
start_free_words(struct words *w)
{
	for (int i = 0; i < w->argc; i++)
		free(w->argv[i]);
	free(w->argv);
	w->argv = NULL;
	w->argc = 0;
}

void
start_free(struct start *st)
{
	start_free_words(&st->wrap);
	start_free_words(&st->broker);
	start_free_words(&st->program);
	hostlist_destroy(st->hosts);
}

int
start_broker(const struct start *st)
{
	struct words w = start_command(st, NULL, 0);

	if (st->verbose)
		start_print_command(&w, -1);
	if (!st->noexec) {
		execvp(w.argv[0], w.argv);
		err(1, "%s", w.argv[0]);
	}
	start_free_words(&w);
	return 0;
}
