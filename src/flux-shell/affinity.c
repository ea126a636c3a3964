/* SPDX-License-Identifier: MIT */
/*
 * cpu-affinity:
 *     on             all tasks on all cores of the job here (default)
 *     per-task       the cores dealt out among the tasks
 *     map:LIST       ;-separated CPU lists or hex masks, one for each task
 *     off
 * with "verbose," (say what is bound) or "dry-run," (only say it) before it.
 * gpu-affinity knows the same words; GPUs are named in CUDA_VISIBLE_DEVICES.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "affinity.h"
#include "cores.h"
#include "idset.h"
#include "shell.h"
#include "task.h"
#include "topo.h"

struct affinity {
	int ntasks;
	cpu_set_t *sets; /* one for each task, or a single one for all */
	bool per_task;
	bool dry_run;
};

/* ---- dealing out ids among tasks ---- */

/* The i-th of n shares of a set: members as evenly as it goes; with fewer
 * members than shares they take turns. */
static struct idset *
share(const struct idset *set, int i, int n)
{
	int count = (int)idset_count(set);
	int size = count / n, extra = count % n;
	int first = i * size + (i < extra ? i : extra), k = 0;
	struct idset *out = idset_create();

	if (size == 0) {
		first = count ? i % count : 0;
		size = 1;
	} else if (i < extra) {
		size++;
	}
	for (unsigned id = idset_first(set); out && id != IDSET_INVALID;
	     id = idset_next(set, id), k++)
		if (k >= first && k < first + size)
			idset_set(out, id);
	return out;
}

/* Entry i of a ;-separated list; the last one if there are not that many. */
static char *
list_entry(const char *list, int i)
{
	const char *p;

	while (i-- > 0 && (p = strchr(list, ';')))
		list = p + 1;
	return strndup(list, strcspn(list, ";"));
}

/* "0-3", "0,4", or a mask "0xf". */
static struct idset *
parse_cpus(const char *s)
{
	struct idset *set;
	unsigned long mask;
	char *end;

	if (strncmp(s, "0x", 2) != 0)
		return idset_decode(s);
	errno = 0;
	mask = strtoul(s, &end, 16);
	if (*end || errno || !(set = idset_create()))
		return NULL;
	for (unsigned i = 0; i < 8 * sizeof(mask); i++)
		if (mask & (1ul << i))
			idset_set(set, i);
	return set;
}

/* ---- CPUs ---- */

/* Show the CPUs of one task (i >= 0) or of all. */
static void
show(struct shell *sh, const cpu_set_t *set, int i)
{
	struct idset *ids = idset_create();
	char *text;

	for (unsigned c = 0; ids && c < CPU_SETSIZE; c++)
		if (CPU_ISSET(c, set))
			idset_set(ids, c);
	text = ids ? idset_encode(ids, 0) : NULL;
	if (i < 0)
		shell_log(sh, SHELL_NOTICE, "cpu-affinity", "cpus: %s",
		    text ? text : "");
	else
		shell_log(sh, SHELL_NOTICE, "cpu-affinity", "task %d: cpus: %s",
		    sh->info.ranks[i], text ? text : "");
	free(text);
	idset_destroy(ids);
}

static int
bind_map(struct shell *sh, struct affinity *a, const char *list)
{
	for (int i = 0; i < a->ntasks; i++) {
		char *entry = list_entry(list, i);
		struct idset *ids = entry ? parse_cpus(entry) : NULL;

		CPU_ZERO(&a->sets[i]);
		for (unsigned id = ids ? idset_first(ids) : IDSET_INVALID;
		     id != IDSET_INVALID && id < CPU_SETSIZE;
		     id = idset_next(ids, id))
			CPU_SET(id, &a->sets[i]);
		if (CPU_COUNT(&a->sets[i]) == 0)
			shell_fatal(sh, 1, "cpu-affinity",
			    "cpuset %s contains no cores or is invalid",
			    entry ? entry : "");
		idset_destroy(ids);
		free(entry);
		if (sh->failed)
			return -1;
	}
	return 0;
}

static void
bind_per_task(struct shell *sh, struct affinity *a, const char *cpus)
{
	for (int i = 0; i < a->ntasks; i++) {
		struct idset *cores = share(sh->info.cores, i, a->ntasks);

		if (cores)
			cores_cpuset(cpus, cores, &a->sets[i]);
		idset_destroy(cores);
	}
}

/* The CPUs of all cores of the job here. -1: the node does not have them. */
static int
job_cpus(struct shell *sh, const char *cpus, cpu_set_t *set)
{
	int missing = cores_cpuset(cpus, sh->info.cores, set);
	char *cores;

	if (missing < 0)
		return 0;
	cores = idset_encode(sh->info.cores, 0);
	shell_log(sh, SHELL_ERROR, "cpu-affinity",
	    "affinity: failed to get cpuset for cores: %s: core %d not found "
	    "in node topology",
	    cores ? cores : "", missing);
	shell_log(sh, SHELL_WARN, "cpu-affinity",
	    "unable to get cpuset for cores %s. Disabling affinity",
	    cores ? cores : "");
	free(cores);
	return -1;
}

static struct affinity *
create(int ntasks, bool per_task)
{
	struct affinity *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->ntasks = ntasks;
	a->per_task = per_task;
	if (!(a->sets = calloc(per_task ? ntasks : 1, sizeof(cpu_set_t)))) {
		free(a);
		return NULL;
	}
	return a;
}

/* Modes on and per-task. NULL: leave the tasks alone. */
static struct affinity *
bind_to_cores(struct shell *sh, struct topo *topo, bool per_task, bool verbose)
{
	const char *cpus = topo_cpus(topo, sh);
	struct affinity *a;
	cpu_set_t all;

	if (!cpus) {
		shell_log(sh, SHELL_DEBUG, "cpu-affinity",
		    "the topology of this node is not known");
		return NULL;
	}
	if (job_cpus(sh, cpus, &all) < 0 ||
	    !(a = create(sh->info.nlocal, per_task)))
		return NULL;
	if (verbose)
		show(sh, &all, -1);
	if (per_task)
		bind_per_task(sh, a, cpus);
	else
		a->sets[0] = all;
	return a;
}

/* Take a word and the comma behind it from the front of the mode. */
static bool
take_word(const char **mode, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*mode, word, n) != 0 ||
	    ((*mode)[n] != ',' && (*mode)[n] != '\0'))
		return false;
	*mode += n + ((*mode)[n] == ',');
	return true;
}

struct affinity *
affinity_create(struct shell *sh, struct topo *topo, int *rc)
{
	json_t *option = info_option(&sh->info, "cpu-affinity");
	const char *mode = json_string_value(option);
	struct affinity *a = NULL;
	bool verbose, dry_run, per_task;

	*rc = 0;
	if (option && !mode)
		shell_log(sh, SHELL_WARN, "cpu-affinity", "invalid option: on");
	if (!mode)
		mode = "on";
	verbose = take_word(&mode, "verbose");
	dry_run = take_word(&mode, "dry-run");
	verbose |= dry_run;
	if (strcmp(mode, "off") == 0 || sh->info.nlocal == 0)
		return NULL;
	per_task = strcmp(mode, "per-task") == 0;
	if (strncmp(mode, "map:", 4) == 0) {
		per_task = true;
		a = create(sh->info.nlocal, true);
		if (a && bind_map(sh, a, mode + 4) < 0)
			*rc = -1;
	} else {
		a = bind_to_cores(sh, topo, per_task, verbose);
	}
	for (int i = 0; a && verbose && per_task && i < a->ntasks; i++)
		show(sh, &a->sets[i], i);
	if (a)
		a->dry_run = dry_run;
	return a;
}

void
affinity_destroy(struct affinity *a)
{
	if (!a)
		return;
	free(a->sets);
	free(a);
}

const cpu_set_t *
affinity_task(const struct affinity *a, int i)
{
	const cpu_set_t *set;

	if (!a || a->dry_run)
		return NULL;
	set = &a->sets[a->per_task ? i : 0];
	return CPU_COUNT(set) > 0 ? set : NULL;
}

/* ---- GPUs ---- */

static const char *
gpu_mode(const struct info *info)
{
	const char *mode = json_string_value(info_option(info, "gpu-affinity"));

	return mode ? mode : "on";
}

static const struct idset *
gpus(const struct info *info)
{
	return info->R->nodes[info->shell_rank].gpus;
}

/* "0,1,3": the list, not an idset. */
static void
list_ids(const struct idset *set, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned id = idset_first(set); id != IDSET_INVALID && n < size;
	     id = idset_next(set, id))
		n += snprintf(buf + n, size - n, "%s%u", n ? "," : "", id);
}

int
gpu_affinity_env(struct shell *sh, json_t *env)
{
	char buf[256] = "-1";

	if (strcmp(gpu_mode(&sh->info), "off") == 0)
		return 0;
	if (idset_count(gpus(&sh->info)) > 0)
		list_ids(gpus(&sh->info), buf, sizeof(buf));
	if (json_object_set_new(env, "CUDA_VISIBLE_DEVICES", json_string(buf)) <
	    0)
		return -1;
	if (info_getenv(&sh->info, "CUDA_DEVICE_ORDER"))
		return 0;
	return json_object_set_new(
	    env, "CUDA_DEVICE_ORDER", json_string("PCI_BUS_ID"));
}

const char *
gpu_affinity_task(const struct task *t, char *buf, size_t size)
{
	const struct info *info = &t->sh->info;
	const char *mode = gpu_mode(info);
	struct idset *set = NULL;
	char *entry;

	if (idset_count(gpus(info)) == 0)
		return NULL;
	if (strcmp(mode, "per-task") == 0) {
		set = share(gpus(info), t->index, info->nlocal);
	} else if (strncmp(mode, "map:", 4) == 0) {
		entry = list_entry(mode + 4, t->index);
		set = entry ? parse_cpus(entry) : NULL;
		free(entry);
	}
	if (!set)
		return NULL;
	list_ids(set, buf, size);
	idset_destroy(set);
	return buf;
}
