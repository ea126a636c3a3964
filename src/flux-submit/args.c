/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "args.h"
#include "number.h"
#include "optparse.h"

/* Which commands take an option, beside the option itself. */
struct entry {
	struct opt opt;
	int kinds;
};

enum {
	JOBS = SUBMIT | RUN | BULKSUBMIT,
	INSTANCES = ALLOC | BATCH,
	MANY = SUBMIT | BULKSUBMIT,
	ALL = JOBS | INSTANCES,
};

static const struct entry entries[] = {
	{ { "ntasks", 'n', "N", "number of tasks", 'n' }, JOBS },
	{ { "nslots", 'n', "N", "number of slots", 'n' }, INSTANCES },
	{ { "cores-per-task", 'c', "N", "cores of each task", 'c' }, JOBS },
	{ { "cores-per-slot", 'c', "N", "cores of each slot", 'c' },
	    INSTANCES },
	{ { "gpus-per-task", 'g', "N", "GPUs of each task", 'g' }, JOBS },
	{ { "gpus-per-slot", 'g', "N", "GPUs of each slot", 'g' }, INSTANCES },
	{ { "nodes", 'N', "N", "spread over so many nodes", 'N' }, ALL },
	{ { "exclusive", 'x', NULL, "whole nodes", 'x' }, ALL },
	{ { "cores", 0, "N", "cores in all", OPT_CORES }, JOBS },
	{ { "tasks-per-node", 0, "N", "tasks on each node",
	      OPT_TASKS_PER_NODE },
	    JOBS },
	{ { "tasks-per-core", 0, "N", "tasks on each core",
	      OPT_TASKS_PER_CORE },
	    JOBS },
	{ { "gpus-per-node", 0, "N", "GPUs of each node", OPT_GPUS_PER_NODE },
	    JOBS },
	{ { "resources-shape", 0, "SHAPE", "resources by an RFC 46 shape",
	      OPT_SHAPE },
	    ALL },
	{ { "resources-json", 0, "FILE", "resources by a JSON file", OPT_JSON },
	    ALL },
	{ { "queue", 'q', "NAME", "queue", 'q' }, ALL },
	{ { "bank", 'B', "NAME", "bank to charge", 'B' }, ALL },
	{ { "time-limit", 't', "FSD", "time limit (a number = minutes)", 't' },
	    ALL },
	{ { "urgency", 0, "N", "0-31, hold, default, expedite", OPT_URGENCY },
	    ALL },
	{ { "job-name", 0, "NAME", "name in lists", OPT_JOB_NAME }, ALL },
	{ { "setopt", 'o', "KEY[=VAL]", "option of the job shell", 'o' }, ALL },
	{ { "setattr", 'S', "KEY[=VAL]", "attribute of the jobspec", 'S' },
	    ALL },
	{ { "add-file", 0, "FILE", "NAME[:PERMS]=FILE or TEXT: file for tmpdir",
	      OPT_ADD_FILE },
	    ALL },
	{ { "dependency", 0, "URI", "afterok:ID, begin-time:T, ...",
	      OPT_DEPENDENCY },
	    ALL },
	{ { "begin-time", 0, "WHEN", "not before +FSD or a date",
	      OPT_BEGIN_TIME },
	    ALL },
	{ { "requires", 0, "CONSTRAINT", "properties or hosts of the nodes",
	      OPT_REQUIRES },
	    ALL },
	{ { "env", 0, "RULE", "NAME=VAL, -PATTERN, ^FILE, PATTERN", OPT_ENV },
	    ALL },
	{ { "env-remove", 0, "PATTERN", "remove variables", OPT_ENV_REMOVE },
	    ALL },
	{ { "env-file", 0, "FILE", "read rules from a file", OPT_ENV_FILE },
	    ALL },
	{ { "rlimit", 0, "RULE", "NAME[=VAL], -PATTERN", OPT_RLIMIT }, ALL },
	{ { "input", 0, "FILE", "standard input", OPT_INPUT }, ALL },
	{ { "output", 0, "TEMPLATE", "standard output to a file", OPT_OUTPUT },
	    ALL },
	{ { "error", 0, "TEMPLATE", "standard error to a file", OPT_ERROR },
	    ALL },
	{ { "label-io", 'l', NULL, "label output with the task rank", 'l' },
	    ALL },
	{ { "unbuffered", 'u', NULL, "no buffering of input and output", 'u' },
	    ALL },
	{ { "cwd", 0, "DIR", "working directory", OPT_CWD }, ALL },
	{ { "flags", 0, "FLAGS", "debug, waitable, novalidate", OPT_FLAGS },
	    ALL },
	{ { "signal", 0, "SIG@TIME", "signal before the time is up",
	      OPT_SIGNAL },
	    ALL },
	{ { "taskmap", 0, "SCHEME[:VAL]", "which task on which node",
	      OPT_TASKMAP },
	    JOBS },
	{ { "retry", 0, "N", "if it fails, run it again, N times at most",
	      OPT_RETRY },
	    JOBS | BATCH },
	{ { "dry-run", 0, "[explain]", "print the jobspec, or say it in words",
	      OPT_DRY_RUN },
	    ALL },
	{ { "quiet", 0, NULL, "do not print the job id", OPT_QUIET }, ALL },
	{ { "verbose", 'v', NULL, "say more", 'v' }, JOBS | ALLOC },
	{ { "cc", 0, "IDSET", "one job for each id, {cc} replaced", OPT_CC },
	    MANY },
	{ { "bcc", 0, "IDSET", "the same without FLUX_JOB_CC", OPT_BCC },
	    MANY },
	{ { "wait", 0, NULL, "wait until all jobs are done", OPT_WAIT }, MANY },
	{ { "wait-event", 0, "NAME", "wait for an event", OPT_WAIT_EVENT },
	    JOBS },
	{ { "watch", 0, NULL, "copy the output of all jobs", OPT_WATCH },
	    MANY },
	{ { "log", 0, "FILE", "ids and output to a file", OPT_LOG }, MANY },
	{ { "log-stderr", 0, "FILE", "standard error to a file",
	      OPT_LOG_STDERR },
	    MANY },
	{ { "progress", 0, NULL, "show a bar", OPT_PROGRESS }, MANY },
	{ { "jps", 0, NULL, "jobs per second in the bar", OPT_JPS }, MANY },
	{ { "batch", 0, NULL, "commands are scripts, as of flux batch",
	      OPT_SCRIPTS },
	    BULKSUBMIT },
	{ { "shuffle", 0, NULL, "inputs in random order", OPT_SHUFFLE },
	    BULKSUBMIT },
	{ { "sep", 0, "STR", "separator of the input", OPT_SEP }, BULKSUBMIT },
	{ { "define", 0, "NAME=CODE", "method {.NAME}, an expression of x",
	      OPT_DEFINE },
	    BULKSUBMIT },
	{ { "conf", 0, "CONF", "configuration of the instance", OPT_CONF },
	    INSTANCES },
	{ { "broker-opts", 0, "OPTS", "options for its brokers",
	      OPT_BROKER_OPTS },
	    INSTANCES },
	{ { "dump", 0, "?FILE", "archive its state at the end", OPT_DUMP },
	    INSTANCES },
	{ { "bg", 0, NULL, "do not attach", OPT_BG }, ALLOC },
	{ { "wrap", 0, NULL, "wrap the command in a script", OPT_WRAP },
	    BATCH },
	{ { "slurm", 0, NULL, "heed #SBATCH lines, too", OPT_SLURM },
	    BATCH | BULKSUBMIT },
	{ { "add-brokers", 0, "N", NULL, OPT_ADD_BROKERS }, INSTANCES },
	{ { "broker-opt", 0, "OPTS", NULL, OPT_BROKER_OPTS }, INSTANCES },
	{ { "cores", 0, "N", NULL, OPT_UNKNOWN }, INSTANCES },
	{ { "wait", 0, NULL, NULL, OPT_UNKNOWN }, RUN },
};

enum { NENTRIES = sizeof(entries) / sizeof(*entries) };

static const struct {
	enum kind kind;
	const char *usage, *summary, *example;
} texts[] = {
	{ SUBMIT, "[OPTIONS] COMMAND [ARGS...]",
	    "submit a job, or many, and print their ids",
	    "flux submit --wait --cc=1-100 ./step {cc}" },
	{ RUN, "[OPTIONS] COMMAND [ARGS...]",
	    "submit a job, attach to it, and end with its exit code",
	    "flux run -N2 -n8 ./sim" },
	{ BULKSUBMIT, "[OPTIONS] TEMPLATE... [::: INPUT...]...",
	    "submit a job for each combination of inputs",
	    "flux bulksubmit ./sim {0} {1} ::: 1 2 3 ::: a b" },
	{ ALLOC, "[OPTIONS] [COMMAND [ARGS...]]",
	    "run a shell or command in an instance of its own",
	    "flux alloc -N2" },
	{ BATCH, "[OPTIONS] [SCRIPT [ARGS...]]",
	    "submit a script that runs in an instance of its own",
	    "flux batch -n2 --wrap flux submit --wait --cc=1-10 ./step" },
};

/* The options of a command (malloc'd, ends with an empty one). */
static struct opt *
table_for(enum kind kind)
{
	struct opt *t = calloc(NENTRIES + 1, sizeof(*t));
	int n = 0;

	if (!t)
		err(1, NULL);
	for (int i = 0; i < NENTRIES; i++)
		if (entries[i].kinds & kind)
			t[n++] = entries[i].opt;
	return t;
}

static void
add(struct args *a, int id, const char *name, const char *value)
{
	struct arg *p = realloc(a->list, (a->n + 1) * sizeof(*p));

	if (!p)
		err(1, NULL);
	a->list = p;
	p += a->n++;
	*p = (struct arg){ .id = id, .name = name };
	if (value && !(p->value = strdup(value)))
		err(1, NULL);
}

static const char *
long_name(enum kind kind, int id)
{
	for (int i = 0; i < NENTRIES; i++)
		if ((entries[i].kinds & kind) && entries[i].opt.id == id)
			return entries[i].opt.name;
	return "";
}

bool
args_is_text(const char *s)
{
	json_t *o = json_string(s);
	bool yes = o != NULL;

	json_decref(o);
	return yes;
}

static void
set_command(struct args *a, char **words, int n)
{
	a->command = calloc(n + 1, sizeof(*a->command));
	if (!a->command)
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		if (!args_is_text(words[i]))
			errx(1, "ERROR: command is not UTF-8");
		if (!(a->command[i] = strdup(words[i])))
			err(1, NULL);
	}
	a->ncommand = n;
}

/* Said once for each use, not for each job that is made of it. */
static void
warn_deprecated(int id, const char *value)
{
	if (id == OPT_DEPENDENCY && strcspn(value, ":?#") == strlen("after") &&
	    strncasecmp(value, "after", strlen("after")) == 0)
		warnx("WARNING: dependency scheme 'after' is deprecated, use "
		      "'afterstart'");
}

/* What is wrong with any value; counts of an instance are looked at at once. */
static void
check(const struct optparse *p, enum kind kind, int id)
{
	long long n;

	if (p->value && !args_is_text(p->value))
		errx(1, "ERROR: --%s: value is not UTF-8", p->opt->name);

	if (id == OPT_UNKNOWN)
		optparse_fail(p, "unrecognized option '--%s'", p->opt->name);
	if ((kind & INSTANCES) &&
	    ((id < OPT_CORES && strchr("ncgN", id)) || id == OPT_ADD_BROKERS) &&
	    (number_int(p->value, &n) < 0 || n > INT_MAX || n < INT_MIN))
		optparse_fail(
		    p, "--%s: invalid int value '%s'", p->opt->name, p->value);
}

static void
parse(struct args *a, int argc, char **argv, const char *where)
{
	struct opt *table = table_for(a->kind);
	struct optparse p = { .opts = table,
		.stop_at_first = true,
		.dash_is_option = true,
		.keep_dashes = a->kind == ALLOC,
		.context = where };
	int id;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].kind == a->kind) {
			p.usage = texts[i].usage;
			p.summary = texts[i].summary;
			p.example = texts[i].example;
		}
	optparse_init(&p, argc, argv);
	while ((id = optparse_next(&p)) != -1) {
		check(&p, a->kind, id);
		warn_deprecated(id, p.value);
		add(a, id, long_name(a->kind, id), p.value);
	}
	if (!where)
		set_command(a, p.operands, p.noperands);
	else if (p.noperands > 0)
		optparse_fail(&p, "unrecognized arguments: %s", p.operands[0]);
	optparse_fini(&p);
	free(table);
}

void
args_parse(struct args *a, enum kind kind, int argc, char **argv)
{
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	parse(a, argc, argv, NULL);
}

void
args_parse_more(struct args *a, int argc, char **argv, const char *where)
{
	parse(a, argc, argv, where);
}

void
args_free(struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->list[i].value);
	free(a->list);
	for (int i = 0; i < a->ncommand; i++)
		free(a->command[i]);
	free(a->command);
	memset(a, 0, sizeof(*a));
}

/* Options that an empty value turns off, as in -n "$UNSET". */
static bool
is_off(const struct arg *o)
{
	static const int ids[] = { 'n', 'c', 'g', 'N', OPT_CORES,
		OPT_TASKS_PER_NODE, OPT_TASKS_PER_CORE, OPT_GPUS_PER_NODE,
		OPT_SHAPE, OPT_JSON, OPT_CC, OPT_BCC, OPT_INPUT, OPT_SIGNAL,
		OPT_DUMP };

	if (!o->value || *o->value)
		return false;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (o->id == ids[i])
			return true;
	return false;
}

const char *
args_get(const struct args *a, int id)
{
	for (size_t i = a->n; i-- > 0;) {
		const struct arg *o = &a->list[i];
		if (o->id == id && is_off(o))
			return NULL;
		if (o->id == id)
			return o->value ? o->value : "";
	}
	return NULL;
}

bool
args_has(const struct args *a, int id)
{
	return args_get(a, id) != NULL;
}

int
args_count(const struct args *a, int id)
{
	int n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->list[i].id == id;
	return n;
}

int
args_int(const struct args *a, int id, int *n)
{
	const char *text = args_get(a, id);
	long long v;

	if (!text)
		return 0;
	if (number_int(text, &v) < 0 || v > INT_MAX || v < INT_MIN)
		errx(1, "ERROR: --%s: invalid int value '%s'",
		    long_name(a->kind, id), text);
	*n = (int)v;
	return 1;
}

/* Texts in which braces are nobody's fields. */
static bool
is_verbatim(int id)
{
	return id == OPT_ADD_FILE || id == OPT_DEFINE || id == OPT_SEP ||
	       id == OPT_SHAPE;
}

struct args
args_substitute(const struct args *a, subst_f f, void *arg)
{
	struct args s = { .kind = a->kind };
	char *text;

	for (size_t i = 0; i < a->n; i++) {
		const struct arg *from = &a->list[i];
		text = NULL;
		if (from->value && !is_verbatim(from->id))
			text = f(arg, from->value);
		add(&s, from->id, from->name, text ? text : from->value);
		s.list[i].is_changed = text && strcmp(text, from->value) != 0;
		free(text);
	}
	set_command(&s, a->command, a->ncommand);
	for (int i = 0; i < s.ncommand; i++)
		if ((text = f(arg, s.command[i]))) {
			free(s.command[i]);
			s.command[i] = text;
		}
	return s;
}
