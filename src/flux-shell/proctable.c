/* SPDX-License-Identifier: MIT */
/*
 * The table is five lists of one length. Host and program names are written
 * out; numbers are differences to the one before, as the format wants them.
 * The leader asks the other shells for their pids when somebody asks it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proctable.h"
#include "service.h"
#include "shell.h"
#include "task.h"
#include "taskmap.h"

struct query {
	struct shell *sh;
	struct msg *m;
	int *pids;   /* by task rank */
	int waiting; /* shells that have not answered */
	int errnum;
};

static void
query_destroy(struct query *q)
{
	msg_unref(q->m);
	free(q->pids);
	free(q);
}

static json_t *
differences(const int *values, int n)
{
	json_t *list = json_array();
	int last = 0;

	for (int i = 0; i < n; i++) {
		json_array_append_new(list, json_integer(values[i] - last));
		last = values[i];
	}
	return list;
}

static const char *
executable(const struct shell *sh)
{
	return json_string_value(json_array_get(sh->info.spec->command, 0));
}

static json_t *
table(const struct query *q)
{
	const struct info *info = &q->sh->info;
	json_t *hosts = json_array(), *executables = json_array();
	int n = info->ntasks;
	int *ids = calloc(n, sizeof(int)), *ranks = calloc(n, sizeof(int));
	json_t *o = NULL;

	for (int t = 0; ids && ranks && t < n; t++) {
		const struct rset_node *node =
		    &info->R->nodes[taskmap_node(info->map, t)];

		ids[t] = t;
		ranks[t] = (int)node->rank;
		json_array_append_new(hosts, json_string(node->host));
		json_array_append_new(
		    executables, json_string(executable(q->sh)));
	}
	if (ids && ranks)
		o = json_pack("{s:O s:O s:o s:o s:o}", "hosts", hosts,
		    "executables", executables, "ids", differences(ids, n),
		    "pids", differences(q->pids, n), "ranks",
		    differences(ranks, n));
	json_decref(hosts);
	json_decref(executables);
	free(ids);
	free(ranks);
	return o;
}

static void
finish(struct query *q)
{
	json_t *o = q->errnum ? NULL : table(q);

	if (o)
		service_reply(q->sh, q->m, o);
	else
		service_error(
		    q->sh, q->m, q->errnum ? q->errnum : ENOMEM, NULL);
	json_decref(o);
	query_destroy(q);
}

static void
on_pids(struct handle *h, const struct reply *r, void *arg)
{
	struct query *q = arg;
	json_t *list, *pair;
	size_t i;
	int rank, pid;

	(void)h;
	if (r->errnum)
		q->errnum = r->errnum;
	list = json_object_get(r->json, "pids");
	json_array_foreach(list, i, pair)
		if (json_unpack(pair, "[ii]", &rank, &pid) == 0 && rank >= 0 &&
		    rank < q->sh->info.ntasks)
			q->pids[rank] = pid;
	if (--q->waiting == 0)
		finish(q);
}

/* One wait is for ourselves, so that a failing request cannot end it early. */
static void
ask_others(struct query *q)
{
	const struct info *info = &q->sh->info;
	char topic[128];

	snprintf(topic, sizeof(topic), "%s.pids", info->service);
	q->waiting = 1;
	for (int i = 1; i < info->nshells; i++) {
		if (handle_rpc_new(q->sh->h, topic, info_broker_rank(info, i),
			0, NULL, on_pids, q) < 0)
			q->errnum = errno;
		else
			q->waiting++;
	}
	if (--q->waiting == 0)
		finish(q);
}

void
proctable_request(struct shell *sh, const struct msg *m)
{
	struct query *q;

	if (sh->info.shell_rank > 0 || !sh->started) {
		service_error(sh, m, ENOSYS, NULL);
		return;
	}
	if (!(q = calloc(1, sizeof(*q))) ||
	    !(q->pids = calloc(sh->info.ntasks + 1, sizeof(int)))) {
		free(q);
		service_error(sh, m, ENOMEM, NULL);
		return;
	}
	q->sh = sh;
	q->m = msg_ref((struct msg *)m);
	for (int i = 0; i < sh->info.nlocal; i++)
		q->pids[sh->tasks[i].rank] = sh->tasks[i].pid;
	ask_others(q);
}

void
proctable_pids_request(struct shell *sh, const struct msg *m)
{
	json_t *o = json_pack("{s:[]}", "pids");
	json_t *list = json_object_get(o, "pids");

	for (int i = 0; sh->tasks && i < sh->info.nlocal; i++)
		json_array_append_new(list,
		    json_pack("[ii]", sh->tasks[i].rank, sh->tasks[i].pid));
	service_reply(sh, m, o);
	json_decref(o);
}
