/* SPDX-License-Identifier: MIT */
/*
 * The way of a job down the tree and back. A launch names its ranks; each
 * broker starts its own shell if it is among them, and hands the message to
 * those children whose subtree has some. What shells report is kept for the
 * rest of the turn of the event loop and then goes up as one message for all
 * jobs; on rank 0 it goes to run.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../log.h"
#include "../overlay.h"
#include "idset.h"
#include "state.h"

static int
branch_cmp(struct branch *a, struct branch *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(
    branches, branch, node, branch_cmp, __attribute__((unused)) static)

struct branch *
branch_find(struct exec *ex, uint64_t id)
{
	struct branch key = { .id = id };

	return RB_FIND(branches, &ex->branches, &key);
}

struct branch *
branch_first(struct exec *ex)
{
	return RB_MIN(branches, &ex->branches);
}

struct branch *
branch_next(struct exec *ex, struct branch *br)
{
	(void)ex;
	return RB_NEXT(branches, &ex->branches, br);
}

static void
branch_free(struct branch *br)
{
	if (!br)
		return;
	shell_destroy(br->shell);
	json_decref(br->launch);
	json_decref(br->exits);
	idset_destroy(br->left);
	idset_destroy(br->started);
	idset_destroy(br->waiting);
	free(br);
}

static void
branch_remove(struct exec *ex, struct branch *br)
{
	RB_REMOVE(branches, &ex->branches, br);
	branch_free(br);
}

/* The ranks of the message that are here or below. */
static struct idset *
own_ranks(struct exec *ex, const json_t *msg)
{
	const char *text = json_string_value(json_object_get(msg, "ranks"));
	struct idset *want = text ? idset_decode(text) : NULL;
	struct idset *own = idset_create();
	struct overlay *ov = ex->b->overlay;

	if (own) {
		idset_set(own, ex->b->rank);
		for (int i = 0; i < overlay_nchildren(ov); i++)
			idset_add(own, overlay_subtree(ov, i));
		if (want)
			idset_intersect(own, want);
	}
	if (!want) {
		idset_destroy(own);
		own = NULL;
	}
	idset_destroy(want);
	return own;
}

static struct branch *
branch_create(struct exec *ex, json_t *launch)
{
	struct branch *br = calloc(1, sizeof(*br));
	json_int_t id = 0;

	if (!br)
		return NULL;
	br->launch = json_incref(launch);
	br->exits = json_array();
	br->started = idset_create();
	br->waiting = idset_create();
	br->left = own_ranks(ex, launch);
	json_unpack(launch, "{s:I}", "id", &id);
	br->id = (uint64_t)id;
	if (!br->exits || !br->started || !br->waiting || !br->left ||
	    RB_INSERT(branches, &ex->branches, br)) {
		branch_free(br);
		return NULL;
	}
	return br;
}

/* To each child with ranks of br; all of it encoded once for each child. */
static void
hand_down(
    struct exec *ex, struct branch *br, const char *topic, json_t *payload)
{
	struct overlay *ov = ex->b->overlay;

	for (int i = 0; i < overlay_nchildren(ov); i++)
		if (idset_intersects(overlay_subtree(ov, i), br->left))
			broker_rpc_new(ex->b, overlay_child(ov, i), topic, 0,
			    json_incref(payload), NULL, NULL);
}

void
branch_launch(struct exec *ex, json_t *launch)
{
	struct branch *br = branch_create(ex, launch);

	if (!br) {
		log_error(ex->b->log, "exec: malformed or repeated launch");
		return;
	}
	hand_down(ex, br, "exec.launch", launch);
	if (!idset_test(br->left, ex->b->rank))
		return;
	if (ex->ending)
		errno = ESHUTDOWN;
	else if (shell_start(ex, br) == 0)
		return;
	branch_exited(ex, br->id, 127 << 8, errno ? errno : EIO);
}

static struct branch *
branch_of(struct exec *ex, const json_t *msg)
{
	json_int_t id;

	if (json_unpack((json_t *)msg, "{s:I}", "id", &id) < 0)
		return NULL;
	return branch_find(ex, (uint64_t)id);
}

void
branch_kill(struct exec *ex, json_t *kill)
{
	struct branch *br = branch_of(ex, kill);
	int signum = 0, is_shell = 0;

	if (!br || json_unpack(kill, "{s:i s?b}", "signum", &signum, "shell",
		       &is_shell) < 0)
		return;
	hand_down(ex, br, "exec.kill", kill);
	if (!br->shell)
		return;
	if (is_shell)
		shell_kill(br->shell);
	else
		shell_signal(br->shell, signum);
}

void
branch_release(struct exec *ex, json_t *release)
{
	struct branch *br = branch_of(ex, release);

	if (!br)
		return;
	hand_down(ex, br, "exec.release", release);
	if (br->shell)
		shell_release(br->shell);
}

/* ---- reports ---- */

static void
mark_dirty(struct exec *ex, struct branch *br)
{
	br->is_dirty = true;
	if (!ev_is_active(&ex->flush)) {
		ev_timer_set(&ex->flush, 0., 0.);
		ev_timer_start(ex->b->loop, &ex->flush);
	}
}

void
branch_started(struct exec *ex, uint64_t id)
{
	struct branch *br = branch_find(ex, id);

	if (br && idset_set(br->started, ex->b->rank) == 0)
		mark_dirty(ex, br);
}

void
branch_barrier(struct exec *ex, uint64_t id)
{
	struct branch *br = branch_find(ex, id);

	if (br && idset_set(br->waiting, ex->b->rank) == 0)
		mark_dirty(ex, br);
}

static void
add_exit(struct exec *ex, struct branch *br, json_t *exit_new)
{
	int rank = -1;

	json_unpack(exit_new, "{s:i}", "rank", &rank);
	if (rank < 0 || !idset_test(br->left, (unsigned)rank)) {
		json_decref(exit_new);
		return;
	}
	idset_clear(br->left, (unsigned)rank);
	json_array_append_new(br->exits, exit_new);
	mark_dirty(ex, br);
}

void
branch_exited(struct exec *ex, uint64_t id, int status, int errnum)
{
	struct branch *br = branch_find(ex, id);

	if (!br)
		return;
	shell_destroy(br->shell);
	br->shell = NULL;
	add_exit(ex, br,
	    json_pack("{s:i s:i s:i}", "rank", (int)ex->b->rank, "status",
		status, "errnum", errnum));
}

static void
merge_ranks(struct idset *into, const json_t *job, const char *key)
{
	const char *text = json_string_value(json_object_get(job, key));
	struct idset *s = text ? idset_decode(text) : NULL;

	if (s)
		idset_add(into, s);
	idset_destroy(s);
}

void
branch_report(struct exec *ex, const json_t *report)
{
	json_t *job, *exit;
	size_t i, k;

	json_array_foreach(json_object_get(report, "jobs"), i, job) {
		struct branch *br = branch_of(ex, job);
		if (!br)
			continue;
		merge_ranks(br->started, job, "started");
		merge_ranks(br->waiting, job, "waiting");
		json_array_foreach(json_object_get(job, "exits"), k, exit)
			add_exit(ex, br, json_incref(exit));
		mark_dirty(ex, br);
	}
}

static json_t *
encode_and_clear(struct idset *s)
{
	char *text = idset_encode(s, 0);
	json_t *o = json_string(text ? text : "");

	idset_subtract(s, s);
	free(text);
	return o;
}

static json_t *
branch_take_report(struct branch *br)
{
	json_t *o = json_pack("{s:I s:o s:o s:O}", "id", (json_int_t)br->id,
	    "started", encode_and_clear(br->started), "waiting",
	    encode_and_clear(br->waiting), "exits", br->exits);

	json_decref(br->exits);
	br->exits = json_array();
	br->is_dirty = false;
	return o;
}

/* On rank 0 a report ends here. The branch may go with it. */
static void
deliver(struct exec *ex, struct branch *br)
{
	uint64_t id = br->id;
	struct idset *started = idset_dup(br->started);
	struct idset *waiting = idset_dup(br->waiting);
	json_t *o = branch_take_report(br), *exit;
	size_t i;

	if (started && idset_count(started) > 0)
		run_started(ex, id, started);
	if (waiting && idset_count(waiting) > 0)
		run_waiting(ex, id, waiting);
	json_array_foreach(json_object_get(o, "exits"), i, exit)
		run_exited(ex, id, exit);
	idset_destroy(started);
	idset_destroy(waiting);
	json_decref(o);
}

static void
flush_cb(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct exec *ex = w->data;
	json_t *jobs = ex->b->rank > 0 ? json_array() : NULL;
	struct branch *br, *next;

	(void)loop;
	(void)revents;
	for (br = RB_MIN(branches, &ex->branches); br; br = next) {
		bool is_done = idset_count(br->left) == 0;

		next = RB_NEXT(branches, &ex->branches, br);
		if (!br->is_dirty)
			continue;
		if (jobs)
			json_array_append_new(jobs, branch_take_report(br));
		else
			deliver(ex, br);
		if (is_done)
			branch_remove(ex, br);
	}
	if (jobs)
		broker_rpc_new(ex->b, overlay_parent(ex->b->overlay),
		    "exec.report", 0, json_pack("{s:o}", "jobs", jobs), NULL,
		    NULL);
}

void
branch_init(struct exec *ex)
{
	RB_INIT(&ex->branches);
	ev_timer_init(&ex->flush, flush_cb, 0., 0.);
	ex->flush.data = ex;
}

void
branch_fini(struct exec *ex)
{
	struct branch *br;

	ev_timer_stop(ex->b->loop, &ex->flush);
	while ((br = RB_MIN(branches, &ex->branches)))
		branch_remove(ex, br);
}
