/* SPDX-License-Identifier: MIT */
/*
 * Each option of sbatch has a row: what it becomes, by a function if it takes
 * more than another name. Counts are collected, since slots are made from
 * several of them.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optparse.h"
#include "shellword.h"
#include "slurm.h"
#include "slurmvalue.h"

enum {
	REFUSED = 256,
	IGNORED,
	DEPENDENCY,
	EXPORT,
	GPUS_PER_NODE,
	GPUS_PER_TASK,
	GRES,
	NODELIST,
	NTASKS_PER_NODE,
	OPEN_MODE,
	SIGNAL,
	BEGIN,
	EXCLUSIVE,
	HOLD,
};

static const struct opt options[] = {
	{ "job-name", 'J', "NAME", "", 0 },
	{ "nodes", 'N', "N", "", 0 },
	{ "ntasks", 'n', "N", "", 0 },
	{ "ntasks-per-node", 0, "N", "", NTASKS_PER_NODE },
	{ "cpus-per-task", 'c', "N", "", 0 },
	{ "gpus-per-task", 0, "N", "", GPUS_PER_TASK },
	{ "gpus-per-node", 0, "N", "", GPUS_PER_NODE },
	{ "gres", 0, "LIST", "", GRES },
	{ "exclusive", 0, "[WHO]", "", EXCLUSIVE },
	{ "time", 't', "TIME", "", 0 },
	{ "partition", 'p', "NAME", "", 0 },
	{ "account", 'A', "NAME", "", 0 },
	{ "output", 'o', "FILE", "", 0 },
	{ "error", 'e', "FILE", "", 0 },
	{ "input", 'i', "FILE", "", 0 },
	{ "open-mode", 0, "MODE", "", OPEN_MODE },
	{ "chdir", 'D', "DIR", "", 0 },
	{ "dependency", 'd', "LIST", "", DEPENDENCY },
	{ "begin", 'b', "TIME", "", BEGIN },
	{ "constraint", 'C', "LIST", "", 0 },
	{ "nodelist", 'w', "HOSTS", "", NODELIST },
	{ "exclude", 'x', "HOSTS", "", 0 },
	{ "export", 0, "LIST", "", EXPORT },
	{ "signal", 0, "SIG", "", SIGNAL },
	{ "hold", 'H', NULL, "", HOLD },
	{ "array", 'a', "LIST", "", REFUSED },
	{ "mem", 0, "SIZE", "", IGNORED },
	{ "mem-per-cpu", 0, "SIZE", "", IGNORED },
	{ "mem-per-gpu", 0, "SIZE", "", IGNORED },
	{ "mail-type", 0, "TYPE", "", IGNORED },
	{ "mail-user", 0, "USER", "", IGNORED },
	{ "comment", 0, "TEXT", "", IGNORED },
	{ "qos", 'q', "NAME", "", IGNORED },
	{ "wckey", 0, "KEY", "", IGNORED },
	{ "nice", 0, "[N]", "", IGNORED },
	{ "requeue", 0, NULL, "", IGNORED },
	{ "no-requeue", 0, NULL, "", IGNORED },
	{ "get-user-env", 0, "[TIME]", "", IGNORED },
	{ "verbose", 'v', NULL, "", IGNORED },
	{ "quiet", 'Q', NULL, "", IGNORED },
	{ 0 },
};

/* Options of ours that are no more than another name. */
static const struct {
	int id;
	const char *ours;
} same[] = {
	{ 'J', "--job-name" },
	{ 'p', "--queue" },
	{ 'A', "--bank" },
	{ 'i', "--input" },
	{ 'D', "--cwd" },
	{ 'C', "--requires" },
	{ 0, NULL },
};

struct slurm {
	const char *name;
	int line;
	int nodes, tasks, per_node, cpus, gpus_per_node, gpus_per_task;
	char **words;
	int nwords;
};

static void __attribute__((noreturn, format(printf, 2, 3)))
bad(const struct slurm *s, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errx(1, "ERROR: %s: line %d: %s", s->name, s->line, text);
}

/* Takes word. */
static void
push(struct slurm *s, char *word)
{
	char **p = reallocarray(s->words, s->nwords + 2, sizeof(*p));

	if (!p || !word)
		err(1, NULL);
	s->words = p;
	s->words[s->nwords++] = word;
	s->words[s->nwords] = NULL;
}

static void __attribute__((format(printf, 2, 3)))
add(struct slurm *s, const char *fmt, ...)
{
	char *word;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&word, fmt, ap) < 0)
		err(1, NULL);
	va_end(ap);
	push(s, word);
}

/* value as text made by a function of slurmvalue.h, which may refuse it. */
static void
add_made(struct slurm *s, const char *ours, const char *name, char *made,
    const char *value)
{
	if (!made)
		bad(s, "--%s=%s cannot be said here, see flux-slurm(7)", name,
		    value);
	add(s, "%s=%s", ours, made);
	free(made);
}

static int
count(const struct slurm *s, const struct optparse *p)
{
	const char *why;
	long long n = strtonum(p->value, 1, 1000000, &why);

	if (why)
		bad(s, "--%s: invalid value '%s': %s", p->opt->name, p->value,
		    why);
	return (int)n;
}

/* gpu:2, gpu:a100:2, gpu */
static void
take_gres(struct slurm *s, const struct optparse *p)
{
	const char *v = p->value, *colon = strrchr(v, ':'), *why = NULL;

	if (strncmp(v, "gpu", 3) != 0 || strchr(v, ',') ||
	    (v[3] && v[3] != ':'))
		bad(s, "--gres=%s: only GPUs are known here", v);
	s->gpus_per_node = 1;
	if (colon && isdigit((unsigned char)colon[1]))
		s->gpus_per_node = (int)strtonum(colon + 1, 1, 1000, &why);
	if (why)
		bad(s, "--gres: invalid value '%s': %s", v, why);
}

/* afterok:1:2,afterany:3: one dependency for each job. */
static void
take_dependency(struct slurm *s, const char *value)
{
	char *copy = strdup(value), *rest = copy, *part, *scheme, *id;

	if (!copy)
		err(1, NULL);
	if (strchr(value, '?'))
		bad(s, "--dependency=%s: 'or' cannot be said here", value);
	while ((part = strsep(&rest, ","))) {
		scheme = strsep(&part, ":");
		if (strcmp(scheme, "after") == 0)
			scheme = "afterstart";
		if (!part)
			add(s, "--dependency=%s", scheme);
		while ((id = strsep(&part, ":")))
			add(s, "--dependency=%s:%s", scheme, id);
	}
	free(copy);
}

/* ALL, NONE, NAME, NAME=VALUE: names alone mean that there are no others. */
static void
take_export(struct slurm *s, const char *value)
{
	char *copy = strdup(value), *rest = copy, *word;
	bool all = strncmp(value, "ALL", 3) == 0;

	if (!copy)
		err(1, NULL);
	if (!all)
		add(s, "--env-remove=*");
	while ((word = strsep(&rest, ",")))
		if (strcmp(word, "ALL") != 0 && strcmp(word, "NONE") != 0)
			add(s, "--env=%s", word);
	free(copy);
}

static void
take_signal(struct slurm *s, const char *value)
{
	if (strncmp(value, "B:", 2) == 0 || strncmp(value, "R:", 2) == 0)
		value += 2;
	add(s, "--signal=%s%s", value, strchr(value, '@') ? "s" : "");
}

static void
take_open_mode(struct slurm *s, const char *value)
{
	if (strcmp(value, "append") != 0 && strcmp(value, "truncate") != 0)
		bad(s, "--open-mode: invalid value '%s'", value);
	add(s, "--setopt=output.mode=%s", value);
}

static bool
take_same(struct slurm *s, int c, const char *value)
{
	for (int i = 0; same[i].id; i++)
		if (same[i].id == c) {
			add(s, "%s=%s", same[i].ours, value);
			return true;
		}
	return false;
}

static bool
take_count(struct slurm *s, const struct optparse *p, int c)
{
	if (c == 'N')
		s->nodes = count(s, p);
	else if (c == 'n')
		s->tasks = count(s, p);
	else if (c == 'c')
		s->cpus = count(s, p);
	else if (c == NTASKS_PER_NODE)
		s->per_node = count(s, p);
	else if (c == GPUS_PER_TASK)
		s->gpus_per_task = count(s, p);
	else if (c == GPUS_PER_NODE)
		s->gpus_per_node = count(s, p);
	else if (c == GRES)
		take_gres(s, p);
	else
		return false;
	return true;
}

static void
take(struct slurm *s, const struct optparse *p, int c)
{
	const char *v = p->value, *name = p->opt->name;

	if (take_same(s, c, v) || take_count(s, p, c))
		return;
	switch (c) {
	case 't':
		add_made(s, "--time-limit", name, slurm_time(v), v);
		break;
	case 'o':
		add_made(s, "--output", name, slurm_pattern(v), v);
		break;
	case 'e':
		add_made(s, "--error", name, slurm_pattern(v), v);
		break;
	case BEGIN:
		add_made(s, "--begin-time", name, slurm_begin(v), v);
		break;
	case NODELIST:
		add(s, "--requires=host:%s", v);
		break;
	case 'x':
		add(s, "--requires=-host:%s", v);
		break;
	case DEPENDENCY:
		take_dependency(s, v);
		break;
	case EXPORT:
		take_export(s, v);
		break;
	case SIGNAL:
		take_signal(s, v);
		break;
	case OPEN_MODE:
		take_open_mode(s, v);
		break;
	case EXCLUSIVE:
		add(s, "--exclusive");
		break;
	case HOLD:
		add(s, "--urgency=hold");
		break;
	case REFUSED:
		bad(s, "--%s cannot be said here, see flux-slurm(7)", name);
	default:
		warnx("WARNING: %s: line %d: --%s is not heeded", s->name,
		    s->line, name);
	}
}

/* A line behind #SBATCH. */
static void
take_line(struct slurm *s, const char *text)
{
	char *argv[64] = { "batch" }, where[200];
	struct errmsg em;
	struct optparse p = { .usage = "", .opts = options, .context = where };
	int argc = 1, c;

	snprintf(where, sizeof(where),
	    "ERROR: argument parsing failed at %s line %d", s->name, s->line);
	while (argc < 63 && (c = shellword_next(&text, &argv[argc], &em)) > 0)
		argc++;
	if (c < 0)
		bad(s, "%s", em.text);
	argv[argc] = NULL;
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		take(s, &p, c);
	if (p.noperands > 0)
		bad(s, "'%s' is no option", p.operands[0]);
	optparse_fini(&p);
	for (int i = 1; i < argc; i++)
		free(argv[i]);
}

/* Slots from tasks, and what is for each node from what is for each task. */
static void
add_counts(struct slurm *s)
{
	int tasks = s->tasks, per_node;

	if (!tasks)
		tasks =
		    s->nodes ? s->nodes * (s->per_node ? s->per_node : 1) : 1;
	if (!s->nodes && s->per_node)
		s->nodes = (tasks + s->per_node - 1) / s->per_node;
	per_node = s->nodes ? tasks / s->nodes : 0;
	if (s->gpus_per_node && !s->nodes) {
		s->nodes = 1;
		per_node = tasks;
	}
	if (s->nodes)
		add(s, "--nodes=%d", s->nodes);
	add(s, "--nslots=%d", tasks);
	if (s->cpus)
		add(s, "--cores-per-slot=%d", s->cpus);
	if (s->gpus_per_node && s->gpus_per_node % per_node != 0)
		errx(1,
		    "ERROR: %s: %d GPUs of a node cannot be shared by %d "
		    "tasks",
		    s->name, s->gpus_per_node, per_node);
	if (s->gpus_per_node)
		s->gpus_per_task = s->gpus_per_node / per_node;
	if (s->gpus_per_task)
		add(s, "--gpus-per-slot=%d", s->gpus_per_task);
}

/* Comments and blank lines go on; the first command ends the options. */
static void
scan(struct slurm *s, const char *script)
{
	for (const char *p = script; *p;) {
		size_t len = strcspn(p, "\n");
		char *line = strndup(p, len), *text;

		if (!line)
			err(1, NULL);
		p += len + (p[len] == '\n');
		s->line++;
		text = line + strspn(line, " \t");
		if (*text && *text != '#') {
			free(line);
			return;
		}
		if (strncmp(line, "#SBATCH", 7) == 0 &&
		    isspace((unsigned char)line[7]))
			take_line(s, line + 8);
		free(line);
	}
}

void
slurm_parse(struct args *a, const char *script, const char *name)
{
	struct slurm s = { .name = name };
	char where[200];

	add(&s, "batch");
	scan(&s, script);
	add_counts(&s);
	snprintf(where, sizeof(where),
	    "ERROR: the #SBATCH lines of %s cannot be used", name);
	args_parse_more(a, s.nwords, s.words, where);
	for (int i = 0; i < s.nwords; i++)
		free(s.words[i]);
	free(s.words);
}
