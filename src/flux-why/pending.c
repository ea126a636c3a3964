/* SPDX-License-Identifier: MIT */
/*
 * What a pending job waits for. In this order: other jobs or a date
 * (dependencies), its priority, somebody who lets it go (urgency 0), its queue,
 * resources that are not up, resources that others hold, jobs before it.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "hostlist.h"
#include "idset.h"
#include "instance.h"
#include "jobinfo.h"

static void
set_reason(struct job *j, const char *reason, json_t *text_new)
{
	json_object_set_new(j->report, "reason", json_string(reason));
	json_object_set_new(j->report, "text", text_new);
}

/* ---- dependencies ---- */

/* What a dependency on another job waits for, by the name that the instance
 * gives it: "after-start=ID". */
static const struct {
	const char *name, *verb;
} verbs[] = {
	{ "after-start=", "to start" },
	{ "after-finish=", "to end" },
	{ "after-success=", "to succeed" },
	{ "after-failure=", "to fail" },
	{ "after-except=", "to get an exception" },
};

static const char *
state_text(const json_t *job)
{
	int state = get_int(job, "state");

	if (state == JOB_INACTIVE)
		return "ended";
	if (state == JOB_RUN || state == JOB_CLEANUP)
		return "running";
	return get_int(job, "urgency") == 0 ? "pending, held" : "pending";
}

static void
describe_job(struct why *w, json_t *o, uint64_t id, const char *verb)
{
	json_t *answer, *job;
	const char *name;

	ask(w, "job-list.list-id", NODEID_ANY,
	    json_pack("{s:I s:[s s s]}", "id", (json_int_t)id, "attrs", "state",
		"name", "urgency"),
	    &answer);
	run(w);
	json_object_set_new(o, "id", json_integer(id));
	json_object_set_new(o, "jobid", id_text(id));
	job = json_object_get(answer, "job");
	name = get_text(job, "name");
	json_object_set_new(o, "text",
	    textf("for %s (%s, %s) %s", get_text(o, "jobid"), name ? name : "?",
		job ? state_text(job) : "forgotten", verb));
	json_decref(answer);
}

static json_t *
dependency(struct why *w, const char *description)
{
	json_t *o = json_pack("{s:s s:o}", "description", description, "text",
	    textf("for %s", description));
	char when[32];
	uint64_t id;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		size_t n = strlen(verbs[i].name);

		if (strncmp(description, verbs[i].name, n) != 0)
			continue;
		if (fluid_parse(description + n, &id) == 0)
			describe_job(w, o, id, verbs[i].verb);
		return o;
	}
	if (strncmp(description, "begin-time=", 11) == 0) {
		double t = strtod(description + 11, NULL);

		json_object_set_new(o, "time", json_real(t));
		json_object_set_new(o, "text",
		    textf(
			"until %s", clock_text(when, sizeof(when), t, w->now)));
	} else if (strcmp(description, "singleton") == 0) {
		json_object_set_new(o, "text",
		    json_string("for other jobs of this name and user to end"));
	}
	return o;
}

static void
report_depend(struct why *w, struct job *j)
{
	json_t *list = json_array(), *o;
	size_t i;

	json_array_foreach(json_object_get(j->info, "dependencies"), i, o)
		json_array_append_new(
		    list, dependency(w, json_string_value(o)));
	if (json_array_size(list) == 0)
		set_reason(j, "dependency",
		    json_string("waits for checks of the instance"));
	else
		set_reason(j, "dependency",
		    textf(
			"waits %s", get_text(json_array_get(list, 0), "text")));
	json_object_set_new(j->report, "dependencies", list);
}

/* ---- held ---- */

static void
report_held(struct why *w, struct job *j)
{
	const json_t *last = NULL;
	json_t *e, *who = NULL;
	char when[32] = "";
	size_t i;

	json_array_foreach(j->events, i, e) {
		const char *name = get_text(e, "name");

		if (name && strcmp(name, "urgency") == 0)
			last = e;
	}
	if (last) {
		who = user_text(
		    get_int(json_object_get(last, "context"), "userid"));
		clock_text(
		    when, sizeof(when), get_number(last, "timestamp"), w->now);
	}
	set_reason(j, "held",
	    textf("held: its urgency is 0%s%s%s%s", last ? ", set by " : "",
		last ? json_string_value(who) : "", last ? " at " : "", when));
	json_decref(who);
	json_object_set_new(j->report, "release",
	    textf("flux job urgency %s default", get_text(j->report, "jobid")));
}

static void
report_stopped(struct job *j, const json_t *queue)
{
	const char *name = get_text(queue, "name");
	const char *why = get_text(queue, "stop_reason");

	set_reason(j, "stopped",
	    textf("waits until %s%s is started%s%s", name ? "queue " : "",
		name ? name : "scheduling", why ? ": it was stopped: " : "",
		why ? why : ""));
	if (name)
		json_object_set_new(j->report, "queue", json_string(name));
}

/* ---- resources ---- */

static json_t *
needs(const struct jobspec *spec)
{
	json_t *o = json_object();

	if (spec->nnodes > 0)
		json_object_set_new(o, "nnodes", json_integer(spec->nnodes));
	if (spec->cores_per_slot > 0)
		json_object_set_new(o, "ncores",
		    json_integer(spec->nslots * spec->cores_per_slot));
	if (spec->gpus_per_slot > 0)
		json_object_set_new(o, "ngpus",
		    json_integer(spec->nslots * spec->gpus_per_slot));
	if (spec->exclusive)
		json_object_set_new(o, "exclusive", json_true());
	if (spec->constraints)
		json_object_set(o, "constraints", spec->constraints);
	return o;
}

/* The part of a job's R on nodes that are of interest; NULL if there is none,
 * or it may not be read. */
static json_t *
holder(
    const struct instance *inst, const struct holder *h, const bool *eligible)
{
	struct rset *r = h->r ? rset_dup(h->r) : NULL;
	struct idset *ranks = idset_create();
	struct hostlist *hosts;
	const char *name = get_text(h->info, "name");
	char *nodes;
	json_t *o;

	for (size_t i = 0; i < inst->all->nnodes; i++)
		if (eligible[i])
			idset_set(ranks, inst->all->nodes[i].rank);
	if (!r || rset_keep_ranks(r, ranks) < 0 || r->nnodes == 0) {
		rset_destroy(r);
		idset_destroy(ranks);
		return NULL;
	}
	hosts = rset_hosts(r);
	nodes = hostlist_encode(hosts);
	o = json_pack("{s:I s:o s:s s:o s:i s:i s:s}", "id", (json_int_t)h->id,
	    "jobid", id_text(h->id), "name", name ? name : "", "user",
	    user_text(get_int(h->info, "userid")), "nnodes", (int)r->nnodes,
	    "ncores", (int)rset_ncores(r), "nodelist", nodes ? nodes : "");
	if (rset_ngpus(r) > 0)
		json_object_set_new(o, "ngpus", json_integer(rset_ngpus(r)));
	if (isfinite(h->end))
		json_object_set_new(o, "end", json_real(h->end));
	free(nodes);
	hostlist_destroy(hosts);
	idset_destroy(ranks);
	rset_destroy(r);
	return o;
}

static void
add_holders(
    const struct instance *inst, const struct jobspec *spec, json_t *report)
{
	bool *eligible = model_eligible(inst, spec);
	json_t *list = json_array(), *o;

	for (size_t i = 0; i < inst->nholders; i++)
		if ((o = holder(inst, &inst->holders[i], eligible)))
			json_array_append_new(list, o);
	json_object_set_new(report, "holders", list);
	free(eligible);
}

/* Why a node is not up. */
static const char *
down_reason(const struct instance *inst, unsigned rank, const char **note)
{
	struct idset *s;
	const char *ranks;
	json_t *o;
	bool found = false;

	*note = "";
	json_object_foreach(json_object_get(inst->status, "drain"), ranks, o) {
		s = idset_decode(ranks);
		found = s && idset_test(s, rank);
		idset_destroy(s);
		if (found) {
			*note = get_text(o, "reason");
			return "drained";
		}
	}
	return "offline";
}

static void
add_down(
    const struct instance *inst, const struct jobspec *spec, json_t *report)
{
	bool *eligible = model_eligible(inst, spec);
	json_t *list = json_array();

	for (size_t i = 0; i < inst->all->nnodes; i++) {
		const struct rset_node *n = &inst->all->nodes[i];
		const char *note, *state;

		if (!eligible[i] || !rset_find(inst->down, n->rank))
			continue;
		state = down_reason(inst, n->rank, &note);
		json_array_append_new(
		    list, json_pack("{s:i s:s s:s s:s*}", "rank", (int)n->rank,
			      "host", n->host, "state", state, "reason",
			      note && *note ? note : NULL));
	}
	if (json_array_size(list) > 0)
		json_object_set(report, "down", list);
	json_decref(list);
	free(eligible);
}

/* Jobs that come first; the index of the job itself. */
static size_t
count_ahead(const struct instance *inst, uint64_t id)
{
	size_t i = 0;

	while (i < inst->nwaiting && inst->waiting[i].id != id)
		i++;
	return i;
}

static void
add_start(struct job *j, struct model *m)
{
	uint64_t who = 0;
	double t = model_start(m, j->id, &who);
	json_t *name;

	if (isfinite(t)) {
		json_object_set_new(j->report, "start", json_real(t));
		return;
	}
	name = id_text(who);
	if (who == 0)
		json_object_set_new(j->report, "start_unknown",
		    json_string("too many jobs are before it"));
	else if (who == j->id)
		json_object_set_new(j->report, "start_unknown",
		    json_string("nothing that runs will make enough room"));
	else
		json_object_set_new(j->report, "start_unknown",
		    textf("%s has no time limit, or cannot start itself",
			json_string_value(name)));
	json_decref(name);
}

static void
choose_reason(struct job *j, const struct instance *inst, struct model *m,
    const struct jobspec *spec)
{
	size_t ahead = count_ahead(inst, j->id);

	if (!model_fits_empty(inst, spec, false))
		set_reason(j, "down",
		    json_string(model_fits_empty(inst, spec, true)
				    ? "waits for nodes that are not up"
				    : "asks for more than there is"));
	else if (!model_fits(m, spec))
		set_reason(j, "resources",
		    json_string("waits for resources that other jobs hold"));
	else if (ahead > 0)
		set_reason(j, "order",
		    textf("there is room for it, but %zu job%s before it",
			ahead, ahead > 1 ? "s are" : " is"));
	else
		set_reason(j, "scheduling",
		    json_string("there is room for it: the scheduler has not "
				"come to it yet"));
	json_object_set_new(j->report, "ahead", json_integer(ahead));
	if (ahead > 0 && ahead < inst->nwaiting)
		json_object_set_new(
		    j->report, "first", id_text(inst->waiting[0].id));
}

static void
report_sched(struct why *w, struct job *j)
{
	struct instance *inst = instance_get(w);
	struct errmsg em;
	struct jobspec *spec;
	struct model *m;

	spec = j->spec ? jobspec_decode(j->spec, &em) : NULL;
	if (!spec) {
		set_reason(j, "resources", json_string("waits for resources"));
		return;
	}
	m = model_create(inst, w->now);
	json_object_set_new(j->report, "needs", needs(spec));
	json_object_set_new(j->report, "free", model_free(m, spec));
	choose_reason(j, inst, m, spec);
	add_down(inst, spec, j->report);
	add_holders(inst, spec, j->report);
	add_start(j, m);
	model_destroy(m);
	jobspec_destroy(spec);
}

void
report_pending(struct why *w, struct job *j)
{
	int state = get_int(j->info, "state");
	const json_t *queue;

	if (state == JOB_DEPEND) {
		report_depend(w, j);
	} else if (get_int(j->info, "urgency") == 0 ||
		   (state == JOB_SCHED && get_int(j->info, "priority") == 0)) {
		report_held(w, j);
	} else if (state != JOB_SCHED) {
		set_reason(j, "priority",
		    json_string("waits until it is given a priority"));
	} else {
		queue =
		    instance_queue(instance_get(w), get_text(j->info, "queue"));
		if (queue_is_stopped(queue))
			report_stopped(j, queue);
		else
			report_sched(w, j);
	}
}
