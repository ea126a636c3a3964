/* SPDX-License-Identifier: MIT */
#ifndef OPTPARSE_H
#define OPTPARSE_H

#include <stdbool.h>

/*
 * One table of options a program: parsing and --help come from it.
 * Long options by unique prefix; -x VAL, -xVAL, -x=VAL, --opt VAL, --opt=VAL.
 * -h and --help are always there. The module may print usage and exit.
 */
struct opt {
	const char *name; /* long name without dashes; NULL ends the table */
	char letter;      /* short name, 0 = none */
	const char *arg;  /* name of the value in --help; NULL = a flag;
			     "[NAME]" = optional: --opt=VAL, -xVAL;
			     "?NAME" = optional, also as the next word */
	const char *help; /* one line; NULL = not shown (deprecated) */
	int id;           /* what opt_next returns; 0 = letter */
};

struct optparse {
	const char *usage;   /* "[OPTIONS] [JOBID...]"; words in lower case
				at the start are the subcommand */
	const char *summary; /* one sentence, no full stop */
	const char *example; /* last lines of --help */
	const struct opt *opts;
	const struct opt *more; /* further table (families), or NULL */
	bool stop_at_first;     /* options end at the first operand */
	bool keep_dashes;       /* the "--" before operands is one of them */
	bool dash_is_option;    /* a word with '-' before it is no value, unless
				   it is "-", a number, or a text with blanks
				   that begins like no option */
	int fail_status;        /* of a usage error; 0 = 2 */
	const char *context;    /* where the options come from, said first in
				   usage errors; NULL = the command line */
	/* state */
	int argc, index, pos;
	char **argv;
	const char *value;     /* value of the option just returned, or NULL */
	const struct opt *opt; /* the option just returned */
	char **operands;       /* collected operands */
	int noperands;
};

/* A program of subcommands, each with options of its own. */
struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* NULL = works, but is not listed */
};

/*
 * --complete as the only argument, which is not for people: print what there
 * is, for flux completion, and exit. Lines of words separated by tabs:
 *     summary TEXT, usage TEXT
 *     option NAME LETTER ARG HELP      (a part may be empty)
 *     command NAME SUMMARY
 * optparse_init does it for programs with options; those of subcommands call
 * this first.
 */
void optparse_subcommands(
    const struct subcommand *table, int n, int argc, char **argv);

/* The whole of such a program: run the command that argv[1] names, print which
 * there are for --help, or say that there is no such one. The exit status. */
struct tool {
	const char *name; /* "queue" of flux queue */
	const struct subcommand *commands;
	int ncommands;
	const char *unknown[2]; /* said before and after a word that is none */
	const char *missing;    /* said if there is none; NULL = nothing */
	int usage_status;       /* of these two */
};
int tool_run(const struct tool *t, int argc, char **argv);

/* Options start at argv[1]. progname as set by setprogname. */
void optparse_init(struct optparse *p, int argc, char **argv);
/* The id of the next option; -1 at the end (operands are then complete).
 * A usage error prints what is wrong and "Try 'flux jobs --help'.", exit 2.
 * --help prints and exits 0. */
int optparse_next(struct optparse *p);
void optparse_fini(struct optparse *p);
/* Print to stderr as a usage error does, and exit 2. */
void optparse_fail(const struct optparse *p, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* The other ends of a command line tool. What was printed goes out, then
 * "flux-jobs: ERROR: ..." on stderr, and exit status 1. */
void tool_fail(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
struct handle;
/* Connect to the enclosing instance, or fail like that: */
struct handle *tool_open(void);
/* the same without "ERROR: ", as some commands of the reference say it. */
struct handle *tool_open_plain(void);
/* The exit status for main to return: code, or 1 if standard output could not
 * be written, which is said unless its reader went away (EPIPE). */
int tool_finish(int code);

#endif
