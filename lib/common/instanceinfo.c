/* SPDX-License-Identifier: MIT */
/*
 * Instances inside of jobs: asking them (two requests), and the fields that
 * come of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "hostlist.h"
#include "idset.h"
#include "instanceinfo.h"
#include "rset.h"

static const char *const set_names[INSTANCE_NSETS] = {
	[INSTANCE_ALL] = "all",
	[INSTANCE_UP] = "up",
	[INSTANCE_DOWN] = "down",
	[INSTANCE_ALLOCATED] = "allocated",
	[INSTANCE_FREE] = "free",
};

static const char *const kind_names[] = { "nnodes", "ncores", "ngpus", "ranks",
	"nodelist", "rlist", NULL };

static const char *const stat_names[] = { "stats", "stats.total",
	"stats.pending", "stats.running", "stats.active", "stats.depend",
	"stats.priority", "stats.sched", "stats.run", "stats.cleanup",
	"stats.inactive", "stats.successful", "stats.failed", "stats.canceled",
	"stats.timeout", "stats.inactive_purged", "progress", "utilization",
	"gpu_utilization", NULL };

struct instanceinfo *
instanceinfo_create(void)
{
	return calloc(1, sizeof(struct instanceinfo));
}

static void
drop_sets(struct instanceinfo *i)
{
	int s;

	for (s = 0; s < INSTANCE_NSETS; s++) {
		rset_destroy(i->sets[s]);
		i->sets[s] = NULL;
	}
}

void
instanceinfo_destroy(struct instanceinfo *i)
{
	if (!i)
		return;
	json_decref(i->stats);
	drop_sets(i);
	free(i);
}

static void
stats_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct instanceinfo *i = arg;

	(void)h;
	if (r->errnum == 0 && r->json)
		i->stats = json_incref(r->json);
}

/* a without b, and without c (which may be NULL); NULL with ENOMEM. */
static struct rset *
without(const struct rset *a, const struct rset *b, const struct rset *c)
{
	struct rset *r = rset_dup(a);

	if (r && rset_subtract(r, b) == 0 && (!c || rset_subtract(r, c) == 0))
		return r;
	rset_destroy(r);
	return NULL;
}

static void
set_resources(struct instanceinfo *i, const json_t *o)
{
	struct rset **s = i->sets;

	s[INSTANCE_ALL] = rset_decode(json_object_get(o, "all"), NULL);
	s[INSTANCE_DOWN] = rset_decode(json_object_get(o, "down"), NULL);
	s[INSTANCE_ALLOCATED] =
	    rset_decode(json_object_get(o, "allocated"), NULL);
	if (s[INSTANCE_ALL] && s[INSTANCE_DOWN] && s[INSTANCE_ALLOCATED]) {
		s[INSTANCE_UP] =
		    without(s[INSTANCE_ALL], s[INSTANCE_DOWN], NULL);
		s[INSTANCE_FREE] = without(
		    s[INSTANCE_ALL], s[INSTANCE_DOWN], s[INSTANCE_ALLOCATED]);
	}
	if (!s[INSTANCE_UP] || !s[INSTANCE_FREE])
		drop_sets(i);
}

static void
resource_reply(struct handle *h, const struct reply *r, void *arg)
{
	struct instanceinfo *i = arg;

	if (r->errnum == 0 && r->json) {
		set_resources(i, r->json);
	} else if (r->errnum == ENOSYS && !i->asks_scheduler) {
		i->asks_scheduler = true;
		handle_rpc_new(h, "sched.resource-status", NODEID_ANY, 0, NULL,
		    resource_reply, i);
	}
}

void
instanceinfo_request(struct instanceinfo *i, struct handle *h)
{
	const char *topic = getenv("FLUX_RESOURCE_LIST_RPC");

	handle_rpc_new(h, "job-list.job-stats", NODEID_ANY, 0, json_object(),
	    stats_reply, i);
	handle_rpc_new(h, topic && *topic ? topic : "resource.sched-status", 0,
	    0, NULL, resource_reply, i);
}

static long long
state_count(const json_t *stats, const char *state)
{
	return json_integer_value(
	    json_object_get(json_object_get(stats, "job_states"), state));
}

long long
jobstats_count(const json_t *stats, const char *name)
{
	const json_t *states = json_object_get(stats, "job_states");
	long long pending = state_count(stats, "depend") +
			    state_count(stats, "priority") +
			    state_count(stats, "sched");
	long long running =
	    state_count(stats, "run") + state_count(stats, "cleanup");
	const json_t *o;

	if (strcmp(name, "pending") == 0)
		return pending;
	if (strcmp(name, "running") == 0)
		return running;
	if (strcmp(name, "active") == 0)
		return pending + running;
	o = json_object_get(states, name);
	if (!o)
		o = json_object_get(stats, name);
	return json_is_integer(o) ? json_integer_value(o) : -1;
}

long long
jobstats_unsuccessful(const json_t *stats)
{
	return json_integer_value(json_object_get(stats, "failed")) +
	       json_integer_value(json_object_get(stats, "canceled")) +
	       json_integer_value(json_object_get(stats, "timeout"));
}

static int
stats_text(const json_t *stats, struct value *v)
{
	char *text;

	if (asprintf(&text, "PD:%lld R:%lld CD:%lld F:%lld",
		jobstats_count(stats, "pending"),
		jobstats_count(stats, "running"),
		jobstats_count(stats, "successful"),
		jobstats_unsuccessful(stats)) < 0)
		return -1;
	return value_take(v, text);
}

static int
stats_value(const json_t *stats, const char *name, struct value *v)
{
	long long n;

	if (!stats)
		return value_missing(v);
	if (strcmp(name, "stats") == 0)
		return stats_text(stats, v);
	n = strcmp(name, "stats.failed") == 0
		? jobstats_unsuccessful(stats)
		: jobstats_count(stats, name + strlen("stats."));
	return n < 0 ? value_missing(v) : value_int(v, n);
}

static int
progress_value(const json_t *stats, struct value *v)
{
	long long total = stats ? state_count(stats, "total") : 0;

	if (total <= 0)
		return value_missing(v);
	return value_float(v, (double)state_count(stats, "inactive") / total);
}

static int
utilization_value(const struct instanceinfo *i,
    size_t (*count)(const struct rset *), struct value *v)
{
	size_t all = 0;

	if (i->sets[INSTANCE_ALL])
		all = count(i->sets[INSTANCE_ALL]);
	if (all == 0)
		return value_missing(v);
	return value_float(v, (double)count(i->sets[INSTANCE_ALLOCATED]) / all);
}

static char *
ranks_text(const struct rset *r)
{
	struct idset *ids = rset_ranks(r);
	char *text = ids ? idset_encode(ids, 0) : NULL;

	idset_destroy(ids);
	return text;
}

static char *
hosts_text(const struct rset *r)
{
	struct hostlist *hl = rset_hosts(r);
	char *text = hl ? hostlist_encode(hl) : NULL;

	hostlist_destroy(hl);
	return text;
}

static int
set_value(const struct rset *r, const char *kind, struct value *v)
{
	if (strcmp(kind, "nnodes") == 0)
		return value_int(v, r->nnodes);
	if (strcmp(kind, "ncores") == 0)
		return value_int(v, rset_ncores(r));
	if (strcmp(kind, "ngpus") == 0)
		return value_int(v, rset_ngpus(r));
	if (strcmp(kind, "ranks") == 0)
		return value_take(v, ranks_text(r));
	if (strcmp(kind, "nodelist") == 0)
		return value_take(v, hosts_text(r));
	if (strcmp(kind, "rlist") == 0)
		return value_take(v, rset_summary(r));
	return value_missing(v);
}

/* name = "SET.KIND" */
static int
resource_value(const struct instanceinfo *i, const char *name, struct value *v)
{
	size_t len = strcspn(name, ".");
	int s;

	for (s = 0; s < INSTANCE_NSETS; s++)
		if (strncmp(set_names[s], name, len) == 0 &&
		    set_names[s][len] == '\0' && i->sets[s])
			return set_value(i->sets[s], name + len + 1, v);
	return value_missing(v);
}

int
instanceinfo_value(
    const struct instanceinfo *i, const char *name, struct value *v)
{
	if (!i)
		return value_missing(v);
	if (strncmp(name, "stats", 5) == 0)
		return stats_value(i->stats, name, v);
	if (strcmp(name, "progress") == 0)
		return progress_value(i->stats, v);
	if (strcmp(name, "utilization") == 0)
		return utilization_value(i, rset_ncores, v);
	if (strcmp(name, "gpu_utilization") == 0)
		return utilization_value(i, rset_ngpus, v);
	if (strncmp(name, "resources.", 10) == 0)
		return resource_value(i, name + 10, v);
	return value_missing(v);
}

static bool
is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

bool
instanceinfo_knows(const char *name)
{
	const char *const prefix = "resources.";
	size_t len;
	int s;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return is_among(stat_names, name);
	name += strlen(prefix);
	len = strcspn(name, ".");
	for (s = 0; s < INSTANCE_NSETS; s++)
		if (strncmp(set_names[s], name, len) == 0 &&
		    set_names[s][len] == '\0')
			return name[len] == '.' &&
			       is_among(kind_names, name + len + 1);
	return false;
}
