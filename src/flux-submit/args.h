/* SPDX-License-Identifier: MIT */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The command line of the submission commands, as a list of options in the
 * order given with their values as text. Values stay text until a jobspec is
 * built, so that {cc} and {} can be replaced in them for each job.
 */

/* The commands of the family. */
enum kind { SUBMIT = 1, RUN = 2, BULKSUBMIT = 4, ALLOC = 8, BATCH = 16 };

/* Ids of options without a letter; the others have their letter as id. */
enum {
	OPT_CORES = 256,
	OPT_TASKS_PER_NODE,
	OPT_TASKS_PER_CORE,
	OPT_GPUS_PER_NODE,
	OPT_SHAPE,
	OPT_JSON,
	OPT_URGENCY,
	OPT_JOB_NAME,
	OPT_ADD_FILE,
	OPT_DEPENDENCY,
	OPT_BEGIN_TIME,
	OPT_REQUIRES,
	OPT_ENV,
	OPT_ENV_REMOVE,
	OPT_ENV_FILE,
	OPT_RLIMIT,
	OPT_INPUT,
	OPT_OUTPUT,
	OPT_ERROR,
	OPT_CWD,
	OPT_FLAGS,
	OPT_SIGNAL,
	OPT_TASKMAP,
	OPT_RETRY,
	OPT_DRY_RUN,
	OPT_QUIET,
	OPT_CC,
	OPT_BCC,
	OPT_WAIT,
	OPT_WAIT_EVENT,
	OPT_WATCH,
	OPT_LOG,
	OPT_LOG_STDERR,
	OPT_PROGRESS,
	OPT_JPS,
	OPT_SHUFFLE,
	OPT_SEP,
	OPT_DEFINE,
	OPT_CONF,
	OPT_BROKER_OPTS,
	OPT_DUMP,
	OPT_BG,
	OPT_WRAP,
	OPT_SLURM,
	OPT_SCRIPTS,
	OPT_ADD_BROKERS,
	OPT_UNKNOWN, /* of others of the family: no abbreviation here */
};

struct arg {
	int id;
	const char *name; /* long name, static */
	char *value;      /* NULL for a flag */
	bool is_changed;  /* by substitution (bulksubmit --dry-run shows it) */
};

struct args {
	enum kind kind;
	struct arg *list;
	size_t n;
	char **command; /* words; NULL-terminated, owned */
	int ncommand;
};

/* Parse argv of a command; exits on a usage error. Fills list and command. */
void args_parse(struct args *a, enum kind kind, int argc, char **argv);
/* Append the options of another command line (a directive of a script): words
 * after a command name. where is said before a reason when it exits. */
void args_parse_more(struct args *a, int argc, char **argv, const char *where);
void args_free(struct args *a);
/* Can it stand in a jobspec, is it UTF-8? */
bool args_is_text(const char *s);

/* The last value of an option, "" for a flag; NULL if not given. Some options
 * count as not given when their value is empty. */
const char *args_get(const struct args *a, int id);
bool args_has(const struct args *a, int id);
int args_count(const struct args *a, int id);
/* Integer value. 0 = not given; 1 = *n is set. Exits if it is no integer (of
 * an instance it was one when it was parsed). */
int args_int(const struct args *a, int id, int *n);

/* A copy in which each value and command word went through f, which returns
 * a malloc'd text, or NULL to keep it. */
typedef char *(*subst_f)(void *arg, const char *text);
struct args args_substitute(const struct args *a, subst_f f, void *arg);

#endif
