/* SPDX-License-Identifier: MIT */
/*
 * job-info.eventlog-watch: what a log of a job holds, and each line that is
 * appended, until the log is complete. Watches hang in a tree by (job, path),
 * so that a line costs only those who want it, and is encoded once for all;
 * watchers in a second one by (sender, matchtag), since tools cancel each.
 *
 * A log is complete when the job is inactive; those of the job itself
 * (guest.*) already when it has finished. A guest log does not exist before
 * the job has started: until then a watcher waits for it in any case.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../store/store.h"
#include "gate.h"
#include "job-info.h"
#include "jsontext.h"
#include "textbuf.h"

enum {
	WATCH_WAITCREATE = 1,
	WATCH_INITIAL_SENTINEL = 2,
};

/* All that watch one log. */
struct watch {
	RB_ENTRY(watch) by_log;
	uint64_t id;
	LIST_HEAD(, watcher) watchers;
	char path[];
};

struct watcher {
	RB_ENTRY(watcher) by_request;
	LIST_ENTRY(watcher) next; /* of the same watch */
	struct watch *watch;
	struct request *req; /* a reference */
	const char *sender;  /* of req, or of a search */
	uint32_t matchtag;
	bool owes_sentinel; /* after the first lines */
};

RB_HEAD(watch_tree, watch);
RB_HEAD(watcher_tree, watcher);

struct watch_list {
	struct watch_tree logs;
	struct watcher_tree requests;
	struct broker *b;
};

static int
compare_log(const struct watch *a, const struct watch *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int
compare_request(const struct watcher *a, const struct watcher *b)
{
	int r = strcmp(a->sender, b->sender);

	if (r != 0)
		return r;
	if (a->matchtag != b->matchtag)
		return a->matchtag < b->matchtag ? -1 : 1;
	return 0;
}

RB_GENERATE_INTERNAL(
    watch_tree, watch, by_log, compare_log, static __attribute__((unused)))
RB_GENERATE_INTERNAL(watcher_tree, watcher, by_request, compare_request,
    static __attribute__((unused)))

static struct watch *
watch_alloc(uint64_t id, const char *path)
{
	size_t n = strlen(path) + 1;
	struct watch *w = calloc(1, sizeof(*w) + n);

	if (!w)
		return NULL;
	w->id = id;
	memcpy(w->path, path, n);
	return w;
}

/* The watch of a log, made if nobody watches it yet. */
static struct watch *
watch_get(struct watch_list *wl, uint64_t id, const char *path)
{
	struct watch *w = watch_alloc(id, path);
	struct watch *have = w ? RB_INSERT(watch_tree, &wl->logs, w) : NULL;

	if (!have)
		return w;
	free(w);
	return have;
}

static void
watch_drop_unused(struct watch_list *wl, struct watch *w)
{
	if (!LIST_EMPTY(&w->watchers))
		return;
	RB_REMOVE(watch_tree, &wl->logs, w);
	free(w);
}

/* Forget one without answering; the watch goes with the last one. */
static void
watcher_drop(struct watch_list *wl, struct watcher *x)
{
	struct watch *w = x->watch;

	RB_REMOVE(watcher_tree, &wl->requests, x);
	LIST_REMOVE(x, next);
	request_unref(x->req);
	free(x);
	watch_drop_unused(wl, w);
}

static void
watcher_end(struct watch_list *wl, struct watcher *x)
{
	gate_fail(wl->b, x->req, ENODATA);
	watcher_drop(wl, x);
}

/* NULL with ENOMEM, or EPROTO: the client has a request with that matchtag. */
static struct watcher *
watcher_add(struct watch_list *wl, struct job *job, const char *path,
    struct request *req)
{
	struct watcher *x = calloc(1, sizeof(*x));
	struct watch *w = x ? watch_get(wl, job->id, path) : NULL;

	if (!w) {
		free(x);
		return NULL;
	}
	x->watch = w;
	x->sender = request_sender(req);
	x->matchtag = request_msg(req)->matchtag;
	if (RB_INSERT(watcher_tree, &wl->requests, x)) {
		free(x);
		watch_drop_unused(wl, w);
		errno = EPROTO;
		return NULL;
	}
	x->req = request_ref(req);
	LIST_INSERT_HEAD(&w->watchers, x, next);
	return x;
}

static bool
is_guest(const char *path)
{
	return strncmp(path, "guest.", 6) == 0;
}

/* Will nothing be appended any more? */
static bool
is_complete(const struct job *job, const char *path)
{
	return job->state == JOB_INACTIVE ||
	       (is_guest(path) && job->has_waitstatus);
}

/* Text of a response for one line (with its newline); malloc'd. */
static char *
encode_line(const char *line, size_t len)
{
	struct textbuf b = { 0 };

	textbuf_add(&b, "{\"event\":");
	json_add_stringn(&b, line, len, 0);
	textbuf_add(&b, "}");
	return textbuf_take(&b);
}

/* Hand each whole line of text to one request, or to all of a watch. */
static void
send_lines(
    struct broker *b, const char *text, struct request *req, struct watch *w)
{
	struct watcher *x;
	const char *end;
	char *json;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		if (!(json = encode_line(text, end + 1 - text)))
			continue;
		if (req)
			gate_respond_raw(b, req, json);
		else
			LIST_FOREACH(x, &w->watchers, next)
				gate_respond_raw(b, x->req, json);
		free(json);
	}
}

static void
appended(
    void *arg, uint64_t id, const char *key, const char *lines, size_t offset)
{
	struct watch_list *wl = arg;
	struct watch *want, *w;
	struct watcher *x;

	(void)offset;
	if (RB_EMPTY(&wl->logs) || !(want = watch_alloc(id, key)))
		return;
	w = RB_FIND(watch_tree, &wl->logs, want);
	free(want);
	if (!w)
		return;
	send_lines(wl->b, lines, NULL, w);
	LIST_FOREACH(x, &w->watchers, next) {
		if (x->owes_sentinel)
			gate_respond_new(wl->b, x->req, NULL);
		x->owes_sentinel = false;
	}
}

int
watch_create(struct job_info *ji)
{
	struct watch_list *wl = calloc(1, sizeof(*wl));

	if (!wl)
		return -1;
	RB_INIT(&wl->logs);
	RB_INIT(&wl->requests);
	wl->b = ji->b;
	ji->watches = wl;
	return store_on_append(ji->b, appended, wl);
}

void
watch_destroy(struct job_info *ji)
{
	struct watch_list *wl = ji->watches;
	struct watcher *x;

	if (!wl)
		return;
	while ((x = RB_MIN(watcher_tree, &wl->requests)))
		watcher_end(wl, x);
	free(wl);
	ji->watches = NULL;
}

void
watch_disconnect(struct job_info *ji, const char *sender)
{
	struct watcher from = { .sender = sender }, *x, *next;

	x = RB_NFIND(watcher_tree, &ji->watches->requests, &from);
	for (; x && strcmp(x->sender, sender) == 0; x = next) {
		next = RB_NEXT(watcher_tree, &ji->watches->requests, x);
		watcher_drop(ji->watches, x);
	}
}

static void
watch_end(struct watch_list *wl, struct watch *w)
{
	struct watcher *x, *next;

	/* with the last watcher w goes too */
	for (x = LIST_FIRST(&w->watchers); x; x = next) {
		next = LIST_NEXT(x, next);
		watcher_end(wl, x);
	}
}

/* After finish the guest logs end, after clean all. */
void
watch_job_event(struct job_info *ji, struct job *job, const char *name)
{
	struct watch_list *wl = ji->watches;
	struct watch *w, *next, *from;
	bool is_clean = strcmp(name, "clean") == 0;

	if (RB_EMPTY(&wl->logs) || (!is_clean && strcmp(name, "finish") != 0) ||
	    !(from = watch_alloc(job->id, "")))
		return;
	w = RB_NFIND(watch_tree, &wl->logs, from);
	free(from);
	for (; w && w->id == job->id; w = next) {
		next = RB_NEXT(watch_tree, &wl->logs, w);
		if (is_clean || is_guest(w->path))
			watch_end(wl, w);
	}
}

/* What is there already. ENODATA: that was all; ENOENT: no such log. 0: there
 * will be more. */
static int
send_initial(struct watch_list *wl, struct job *job, const char *path,
    int flags, struct request *req)
{
	const char *text = store_get(wl->b, job->id, path, NULL);
	bool is_over = is_complete(job, path);

	if (!text && is_over)
		return is_guest(path) && !job->started ? ENODATA : ENOENT;
	if (!text && !(flags & WATCH_WAITCREATE) &&
	    !(is_guest(path) && !job->started))
		return ENOENT;
	if (text) {
		send_lines(wl->b, text, req, NULL);
		if (flags & WATCH_INITIAL_SENTINEL)
			gate_respond_new(wl->b, req, NULL);
	}
	return is_over ? ENODATA : 0;
}

static int
check_watch(struct request *req, int flags, struct errmsg *em)
{
	errno = EPROTO;
	if (flags & ~(WATCH_WAITCREATE | WATCH_INITIAL_SENTINEL))
		return errmsg_set(
		    em, "eventlog-watch request rejected with invalid flag");
	if (!request_is_streaming(req))
		return errmsg_set(em, "eventlog-watch request rejected "
				      "without streaming RPC flag");
	return 0;
}

int
info_watch_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_info *ji = ctx;
	struct watcher *x;
	const char *path;
	struct job *job;
	json_int_t id;
	int flags;
	bool is_there;

	if (request_unpack(req, "{s:I s:s s:i}", "id", &id, "path", &path,
		"flags", &flags) < 0 ||
	    check_watch(req, flags, &an->em) < 0 ||
	    !(job = info_job(ji, req, id, &an->em)))
		return -1;
	is_there = store_get(ji->b, job->id, path, NULL) != NULL;
	if ((errno = send_initial(ji->watches, job, path, flags, req))) {
		gate_fail(ji->b, req, errno); /* after what was sent */
		return ANSWER_LATER;
	}
	if (!(x = watcher_add(ji->watches, job, path, req)))
		return -1;
	x->owes_sentinel = (flags & WATCH_INITIAL_SENTINEL) && !is_there;
	request_settle(req);
	return ANSWER_LATER;
}

int
info_watch_cancel_request(void *ctx, struct request *req, struct answer *an)
{
	struct watcher key = { .sender = request_sender(req) }, *x;
	struct job_info *ji = ctx;
	json_int_t tag;

	(void)an;
	if (request_unpack(req, "{s:I}", "matchtag", &tag) < 0)
		return -1;
	key.matchtag = (uint32_t)tag;
	x = RB_FIND(watcher_tree, &ji->watches->requests, &key);
	if (x)
		watcher_end(ji->watches, x);
	return 0;
}
