/* SPDX-License-Identifier: MIT */
/*
 * Two steps. First how many tasks each node gets: by the per-resource option,
 * or by dealing out tasks among the nodes until their cores are used up.
 * Then which ranks these are: the schemes of the taskmap option. Block is what
 * the others begin with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "idset.h"
#include "mapping.h"
#include "shell.h"
#include "taskmap.h"

/* No job has more tasks than a task map can hold */
enum { TASKS_MAX = 1 << 24 };

struct counts {
	int *n; /* tasks of each node */
	int nnodes;
	long total;
};

static int
ncores(const struct info *info, int node)
{
	return (int)idset_count(info->R->nodes[node].cores);
}

/* ---- how many tasks on each node ---- */

static int
count_per_resource(struct shell *sh, struct counts *c, json_t *option)
{
	const char *type = NULL;
	json_error_t error;
	int count = 1;

	if (json_unpack_ex(option, &error, 0, "{s:s s?i}", "type", &type,
		"count", &count) < 0)
		return shell_fatal(sh, 1, NULL,
		    "invalid per-resource section: %s", error.text);
	if (count < 1 || count > TASKS_MAX)
		return shell_fatal(
		    sh, 1, NULL, "invalid per-resource count %d", count);
	for (int i = 0; i < c->nnodes; i++) {
		long n = count;

		if (strcmp(type, "core") == 0)
			n *= ncores(&sh->info, i);
		else if (strcmp(type, "node") != 0)
			return shell_fatal(sh, 1, NULL,
			    "error distributing tasks per-%s over R", type);
		if ((c->total += n) > TASKS_MAX)
			return shell_fatal(sh, 1, NULL, "too many tasks");
		c->n[i] = (int)n;
	}
	return 0;
}

/* Nodes by core count, largest first, else in order of R: an insertion sort,
 * since nodes of a job are mostly equal. */
static void
sort_nodes(const struct info *info, int *order, int n)
{
	for (int i = 0; i < n; i++) {
		int j = i;

		for (; j > 0 && ncores(info, order[j - 1]) < ncores(info, i);
		     j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

/* One round: a task for each node that has cores left for it. */
static int
deal_round(struct shell *sh, struct counts *c, const int *order, int *used)
{
	int need = sh->info.spec->cores_per_slot, dealt = 0;

	for (int i = 0; i < c->nnodes; i++) {
		int node = order[i];

		if (c->total == sh->info.spec->ntasks)
			break;
		if (used[node] + need > ncores(&sh->info, node))
			continue;
		used[node] += need;
		c->n[node]++;
		c->total++;
		dealt++;
	}
	return dealt;
}

/* Tasks that find all nodes full start over: they share the cores. */
static int
count_by_cores(struct shell *sh, struct counts *c)
{
	int *order = calloc(c->nnodes, sizeof(int));
	int *used = calloc(c->nnodes, sizeof(int));
	bool fresh = true; /* used is all 0 */

	if (!order || !used)
		goto done;
	sort_nodes(&sh->info, order, c->nnodes);
	while (c->total < sh->info.spec->ntasks) {
		if (deal_round(sh, c, order, used) > 0) {
			fresh = false;
			continue;
		}
		if (fresh) /* no node is large enough: one each */
			for (int i = 0; i < c->nnodes; i++)
				used[i] = -sh->info.spec->cores_per_slot;
		else
			memset(used, 0, c->nnodes * sizeof(int));
		fresh = true;
	}
done:
	if (!order || !used)
		shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	free(order);
	free(used);
	return sh->failed ? -1 : 0;
}

static int
count_tasks(struct shell *sh, struct counts *c)
{
	json_t *option = info_option(&sh->info, "per-resource");

	if (option)
		return count_per_resource(sh, c, option);
	if (sh->info.spec->ntasks > TASKS_MAX)
		return shell_fatal(sh, 1, NULL, "too many tasks");
	if (c->nnodes == 1) { /* the common case, without rounds */
		c->total = c->n[0] = sh->info.spec->ntasks;
		return 0;
	}
	return count_by_cores(sh, c);
}

/* ---- schemes ---- */

static int
map_block(
    struct shell *sh, struct counts *c, struct taskmap *map, const char *value)
{
	if (*value)
		return shell_fatal(sh, 1, NULL,
		    "block taskmap does not accept a value (got %s)", value);
	for (int i = 0; i < c->nnodes; i++)
		if (c->n[i] > 0 && taskmap_append(map, i, 1, c->n[i], 1) < 0)
			return shell_fatal(
			    sh, 1, NULL, "taskmap: %s", strerror(errno));
	return 0;
}

static int
map_cyclic(
    struct shell *sh, struct counts *c, struct taskmap *map, const char *value)
{
	long left = c->total, stride = 1;
	const char *error = NULL;

	if (*value)
		stride = strtonum(value, 1, TASKS_MAX, &error);
	if (error)
		return shell_fatal(sh, 1, "taskmap.cyclic",
		    "invalid cyclic stride: %s", value);
	for (int i = 0; left > 0; i = (i + 1) % c->nnodes) {
		long n = c->n[i] < stride ? c->n[i] : stride;

		if (n == 0)
			continue;
		if (taskmap_append(map, i, 1, (int)n, 1) < 0)
			return shell_fatal(
			    sh, 1, NULL, "taskmap: %s", strerror(errno));
		c->n[i] -= (int)n;
		left -= n;
	}
	return 0;
}

/* The hosts of the file, one after the other, over and over. */
static int
map_hosts(struct shell *sh, struct counts *c, struct taskmap *map,
    const struct hostlist *hosts)
{
	struct hostlist *nodes = rset_hosts(sh->info.R);
	size_t n = hostlist_count(hosts);

	for (long t = 0; nodes && t < c->total; t++) {
		const char *host = hostlist_nth(hosts, t % n);
		int i = hostlist_find(nodes, host);

		if (i < 0)
			shell_fatal(sh, 1, "taskmap.hostfile",
			    "host %s not found in job nodelist", host);
		else if (taskmap_append(map, i, 1, 1, 1) < 0)
			shell_fatal(
			    sh, 1, NULL, "taskmap: %s", strerror(errno));
		if (sh->failed)
			break;
	}
	hostlist_destroy(nodes);
	return sh->failed ? -1 : 0;
}

static int
read_hostfile(struct shell *sh, const char *path, struct hostlist *hosts)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return shell_fatal(sh, 1, "taskmap.hostfile",
		    "failed to open hostfile: %s: %s", path, strerror(errno));
	while (!sh->failed && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "#\n")] = '\0';
		if (line[strspn(line, " \t")] != '\0' &&
		    hostlist_append(hosts, line) < 0)
			shell_fatal(sh, 1, "taskmap.hostfile",
			    "invalid hostlist: %s", line);
	}
	free(line);
	fclose(f);
	if (!sh->failed && hostlist_count(hosts) == 0)
		shell_fatal(
		    sh, 1, "taskmap.hostfile", "no hosts found in %s", path);
	return sh->failed ? -1 : 0;
}

static int
map_hostfile(
    struct shell *sh, struct counts *c, struct taskmap *map, const char *value)
{
	struct hostlist *hosts = hostlist_create();
	int rc = -1;

	if (!hosts)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	if (read_hostfile(sh, value, hosts) == 0)
		rc = map_hosts(sh, c, map, hosts);
	hostlist_destroy(hosts);
	return rc;
}

static int
map_manual(
    struct shell *sh, struct counts *c, struct taskmap **map, const char *value)
{
	struct errmsg em;
	struct taskmap *m = taskmap_decode(value, &em);

	if (!m)
		return shell_fatal(
		    sh, 1, NULL, "taskmap=%s: %s", value, em.text);
	taskmap_destroy(*map);
	*map = m;
	if (taskmap_nnodes(m) != c->nnodes)
		return shell_fatal(sh, 1, NULL,
		    "invalid taskmap: got %d nodes, expected %d",
		    taskmap_nnodes(m), c->nnodes);
	if (taskmap_ntasks(m) != c->total)
		return shell_fatal(sh, 1, NULL,
		    "invalid taskmap: got %d total tasks, expected %ld",
		    taskmap_ntasks(m), c->total);
	return 0;
}

static int
map_tasks(struct shell *sh, struct counts *c)
{
	const char *scheme = "block", *value = "";
	json_t *option = info_option(&sh->info, "taskmap");
	struct info *info = &sh->info;
	json_error_t error;

	if (!(info->map = taskmap_create()))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	if (option && json_unpack_ex(option, &error, 0, "{s:s s?s}", "scheme",
			  &scheme, "value", &value) < 0)
		return shell_fatal(sh, 1, NULL,
		    "failed to parse taskmap shell option: %s", error.text);
	if (strcmp(scheme, "block") == 0)
		return map_block(sh, c, info->map, value);
	if (strcmp(scheme, "cyclic") == 0)
		return map_cyclic(sh, c, info->map, value);
	if (strcmp(scheme, "hostfile") == 0)
		return map_hostfile(sh, c, info->map, value);
	if (strcmp(scheme, "manual") == 0)
		return map_manual(sh, c, &info->map, value);
	return shell_fatal(
	    sh, 1, NULL, "failed to map tasks with scheme=%s", scheme);
}

/* ---- what is ours ---- */

static int
list_local(struct info *info)
{
	unsigned id;
	int i = 0;

	info->ntasks = taskmap_ntasks(info->map);
	info->taskids = taskmap_tasks(info->map, info->shell_rank);
	if (!info->taskids)
		return -1;
	info->nlocal = (int)idset_count(info->taskids);
	info->ranks = calloc(info->nlocal + 1, sizeof(int));
	if (!info->ranks)
		return -1;
	for (id = idset_first(info->taskids); id != IDSET_INVALID;
	     id = idset_next(info->taskids, id))
		info->ranks[i++] = (int)id;
	return 0;
}

int
mapping_init(struct shell *sh)
{
	struct counts c = { .nnodes = sh->info.nshells };
	int rc = -1;

	if (!(c.n = calloc(c.nnodes, sizeof(int))))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	if (count_tasks(sh, &c) == 0 && map_tasks(sh, &c) == 0)
		rc = 0;
	free(c.n);
	if (rc == 0 && list_local(&sh->info) < 0)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	return rc;
}

void
mapping_drop_unused_cores(struct shell *sh)
{
	struct info *info = &sh->info;
	const struct jobspec *js = info->spec;
	int used = info->nlocal * js->cores_per_slot, n = 0;
	char *before, *after;

	if (js->nnodes == 0 || js->exclusive || js->ntasks >= js->nslots ||
	    info_option(info, "per-resource") || used == 0 ||
	    (size_t)used >= idset_count(info->cores))
		return;
	before = idset_encode(info->cores, 0);
	for (unsigned id = idset_first(info->cores); id != IDSET_INVALID;
	     id = idset_next(info->cores, id))
		if (n++ >= used)
			idset_clear(info->cores, id);
	after = idset_encode(info->cores, 0);
	shell_log(sh, SHELL_WARN, NULL, "%s: adjusted cores from %s to %s",
	    info->host, before, after);
	free(before);
	free(after);
}
