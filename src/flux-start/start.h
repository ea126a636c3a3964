/* SPDX-License-Identifier: MIT */
#ifndef START_H
#define START_H

#include <limits.h>
#include <stdbool.h>

struct hostlist;

enum { START_SIZE_MAX = 4096 };

/* A list of words that grows; argv ends with NULL. */
struct words {
	int argc;
	char **argv;
};

/* What the command line asks for. */
struct start {
	int size;                 /* 0 = normal mode */
	int cores;                /* of this machine; 0 = all */
	char path[PATH_MAX + 16]; /* of the broker */
	struct words wrap, broker, program;
	int verbose;
	bool noexec;
	struct hostlist *hosts; /* NULL = the real name */
	double exit_timeout;    /* seconds */
	bool leader_only;       /* exit status of rank 0 alone */
	const char *rundir;     /* NULL = make one */
	bool cleanup;           /* remove the given rundir */
	const char *clique;     /* PMI_process_mapping */
};

/* command.c: copies word. */
void words_add(struct words *w, const char *word);
/* The command line of a broker (its own memory). */
struct words start_command(
    const struct start *st, const char *rundir, int rank);
void start_print_command(const struct words *w, int rank);
void start_free_words(struct words *w);
void start_free(struct start *st);

/* confine.c: bind this process to the first cores. Exits with a reason. */
void start_confine(int ncores);

/* Exec one broker in our place. */
int start_broker(const struct start *st);
/* instance.c: run N brokers until they end. The exit status. */
int start_test_instance(const struct start *st);

#endif
