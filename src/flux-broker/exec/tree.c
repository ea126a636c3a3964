/* SPDX-License-Identifier: MIT */
/*
 * Commands and reports along the tree of brokers. Both are gathered while the
 * loop handles what there is, and sent before it waits again: one message per
 * neighbour, whatever number of jobs and shells it is about. Reports about the
 * same job with the same content become one. Brokers between rank 0 and the
 * shells keep no state of jobs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../overlay/overlay.h"
#include "idset.h"
#include "run.h"

static const char *const event_names[] = {
	[REPORT_STARTED] = "started",
	[REPORT_BARRIER] = "barrier",
	[REPORT_EXITED] = "exited",
	[REPORT_FAILED] = "failed",
	[REPORT_LOST] = "lost",
};

static int
report_cmp(struct report *a, struct report *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	return a->status < b->status ? -1 : a->status > b->status;
}

RB_GENERATE_INTERNAL(
    reports, report, node, report_cmp, __attribute__((unused)) static)

/* ---- commands ---- */

static bool
is_below(struct exec *x, int child, const struct idset *ranks)
{
	return idset_intersects(overlay_subtree(x->b->overlay, child), ranks);
}

static void
enqueue(struct exec *x, int child, json_t *cmd)
{
	if (!x->commands[child])
		x->commands[child] = json_array();
	if (json_array_append(x->commands[child], cmd) < 0)
		log_error(x->b->log, "exec: out of memory");
}

void
tree_command(struct exec *x, const struct idset *ranks, json_t *cmd_new)
{
	for (int i = 0; i < overlay_nchildren(x->b->overlay); i++)
		if (is_below(x, i, ranks))
			enqueue(x, i, cmd_new);
	if (idset_test(ranks, x->b->rank))
		shells_command(x, cmd_new);
	json_decref(cmd_new);
}

int
tree_command_job(struct exec *x, const char *type, uint64_t id,
    const struct idset *ranks, json_t *cmd_new)
{
	char *text = idset_encode(ranks, 0);
	json_t *head = NULL;

	if (text)
		head = json_pack("{s:s s:I s:s}", "type", type, "id",
		    (json_int_t)id, "ranks", text);
	free(text);
	if (!head || !cmd_new || json_object_update(cmd_new, head) < 0) {
		json_decref(head);
		json_decref(cmd_new);
		errno = ENOMEM;
		return -1;
	}
	json_decref(head);
	tree_command(x, ranks, cmd_new);
	return 0;
}

int
tree_take_commands(struct exec *x, const json_t *list)
{
	json_t *cmd;
	size_t i;

	if (!json_is_array(list)) {
		errno = EPROTO;
		return -1;
	}
	json_array_foreach(list, i, cmd) {
		const char *text =
		    json_string_value(json_object_get(cmd, "ranks"));
		struct idset *ranks = text ? idset_decode(text) : NULL;

		if (!ranks) {
			errno = EPROTO;
			return -1;
		}
		tree_command(x, ranks, json_incref(cmd));
		idset_destroy(ranks);
	}
	return 0;
}

static void
send_commands(struct exec *x, int child)
{
	json_t *list = x->commands[child];

	if (!list)
		return;
	x->commands[child] = NULL;
	/* a child that is lost now is told to rank 0 by the overlay */
	broker_rpc_new(x->b, overlay_child(x->b->overlay, child), "exec.down",
	    0, json_pack("{s:o}", "commands", list), NULL, NULL);
}

/* ---- reports ---- */

static void
report_destroy(struct report *r)
{
	if (!r)
		return;
	idset_destroy(r->ranks);
	free(r);
}

static struct report *
report_dup(const struct report *from)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->id = from->id;
	r->event = from->event;
	r->status = from->status;
	if (!(r->ranks = idset_dup(from->ranks))) {
		free(r);
		return NULL;
	}
	return r;
}

void
tree_report(struct exec *x, const struct report *r)
{
	struct report *have = RB_FIND(reports, &x->reports, (struct report *)r);

	if (have) {
		if (idset_add(have->ranks, r->ranks) == 0)
			return;
	} else if ((have = report_dup(r))) {
		RB_INSERT(reports, &x->reports, have);
		return;
	}
	log_error(x->b->log, "job %ju: out of memory", (uintmax_t)r->id);
}

void
tree_report_self(
    struct exec *x, uint64_t id, enum report_event event, int status)
{
	struct report r = { .id = id, .event = event, .status = status };

	if ((r.ranks = idset_create()) && idset_set(r.ranks, x->b->rank) == 0)
		tree_report(x, &r);
	idset_destroy(r.ranks);
}

static int
event_parse(const char *name)
{
	for (int i = 0; i <= REPORT_LOST; i++)
		if (strcmp(event_names[i], name) == 0)
			return i;
	return -1;
}

static int
take_report(struct exec *x, const json_t *o)
{
	struct report r = { 0 };
	const char *name, *text;
	json_int_t id;
	int event;

	if (json_unpack((json_t *)o, "{s:I s:s s:s s:i}", "id", &id, "event",
		&name, "ranks", &text, "status", &r.status) < 0 ||
	    (event = event_parse(name)) < 0 ||
	    !(r.ranks = idset_decode(text))) {
		errno = EPROTO;
		return -1;
	}
	r.id = (uint64_t)id;
	r.event = event;
	tree_report(x, &r);
	idset_destroy(r.ranks);
	return 0;
}

int
tree_take_reports(struct exec *x, const json_t *list)
{
	json_t *o;
	size_t i;

	if (!json_is_array(list)) {
		errno = EPROTO;
		return -1;
	}
	json_array_foreach(list, i, o)
		if (take_report(x, o) < 0)
			return -1;
	return 0;
}

static json_t *
report_encode(const struct report *r)
{
	char *text = idset_encode(r->ranks, 0);
	json_t *o = NULL;

	if (text)
		o = json_pack("{s:I s:s s:s s:i}", "id", (json_int_t)r->id,
		    "event", event_names[r->event], "ranks", text, "status",
		    r->status);
	free(text);
	return o;
}

static void
send_reports(struct exec *x)
{
	json_t *list;
	struct report *r;

	if (RB_EMPTY(&x->reports) || !(list = json_array()))
		return;
	while ((r = RB_MIN(reports, &x->reports))) {
		RB_REMOVE(reports, &x->reports, r);
		json_array_append_new(list, report_encode(r));
		report_destroy(r);
	}
	broker_rpc_new(x->b, overlay_parent(x->b->overlay), "exec.report", 0,
	    json_pack("{s:o}", "reports", list), NULL, NULL);
}

/* Rank 0. What is done about a report may bring new ones. */
static void
take_own_reports(struct exec *x)
{
	struct report *r;

	while ((r = RB_MIN(reports, &x->reports))) {
		RB_REMOVE(reports, &x->reports, r);
		run_report(x, r);
		report_destroy(r);
	}
}

static void
flush_cb(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct exec *x = w->data;

	(void)loop;
	(void)revents;
	if (x->b->rank == 0)
		take_own_reports(x);
	else
		send_reports(x);
	for (int i = 0; i < overlay_nchildren(x->b->overlay); i++)
		send_commands(x, i);
}

/* ---- life ---- */

int
tree_create(struct exec *x)
{
	int n = overlay_nchildren(x->b->overlay);

	RB_INIT(&x->reports);
	if (!(x->commands = calloc((size_t)n + 1, sizeof(*x->commands))))
		return -1;
	ev_prepare_init(&x->flush, flush_cb);
	x->flush.data = x;
	ev_prepare_start(x->b->loop, &x->flush);
	return 0;
}

void
tree_destroy(struct exec *x)
{
	struct report *r;

	if (!x->commands)
		return;
	ev_prepare_stop(x->b->loop, &x->flush);
	while ((r = RB_MIN(reports, &x->reports))) {
		RB_REMOVE(reports, &x->reports, r);
		report_destroy(r);
	}
	for (int i = 0; i < overlay_nchildren(x->b->overlay); i++)
		json_decref(x->commands[i]);
	free(x->commands);
	x->commands = NULL;
}
