/* SPDX-License-Identifier: MIT */
/*
 * job-info.update-watch: R or jobspec of a job now, and again after each
 * resource-update or jobspec-update, until the job is inactive. Shells and
 * child instances follow their R so.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/tree.h>

#include "../broker.h"
#include "../job-manager/job.h"
#include "../job-manager/record.h"
#include "../store/store.h"
#include "job-info.h"

struct update {
	RB_ENTRY(update) by_job;
	uint64_t id;
	struct waitlist R, jobspec;
};

RB_HEAD(update_tree, update);

struct update_list {
	struct update_tree tree;
};

static int
compare(const struct update *a, const struct update *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(
    update_tree, update, by_job, compare, static __attribute__((unused)))

int
update_watch_create(struct job_info *ji)
{
	ji->updates = calloc(1, sizeof(*ji->updates));
	if (!ji->updates)
		return -1;
	RB_INIT(&ji->updates->tree);
	return 0;
}

static void
drop(struct update_list *ul, struct update *u)
{
	RB_REMOVE(update_tree, &ul->tree, u);
	free(u);
}

static void
drop_empty(struct update_list *ul, struct update *u)
{
	if (!u->R.first && !u->jobspec.first)
		drop(ul, u);
}

static void
end(struct update_list *ul, struct update *u)
{
	waitlist_fail_all(&u->R, ENODATA, NULL);
	waitlist_fail_all(&u->jobspec, ENODATA, NULL);
	drop(ul, u);
}

void
update_watch_destroy(struct job_info *ji)
{
	struct update *u;

	if (!ji->updates)
		return;
	while ((u = RB_MIN(update_tree, &ji->updates->tree)))
		end(ji->updates, u);
	free(ji->updates);
	ji->updates = NULL;
}

void
update_watch_disconnect(struct job_info *ji, const char *sender)
{
	struct update *u, *next;

	RB_FOREACH_SAFE(u, update_tree, &ji->updates->tree, next) {
		waitlist_disconnect(&u->R, sender, NULL);
		waitlist_disconnect(&u->jobspec, sender, NULL);
		drop_empty(ji->updates, u);
	}
}

static struct update *
find(struct update_list *ul, uint64_t id)
{
	struct update key = { .id = id };

	return RB_FIND(update_tree, &ul->tree, &key);
}

/* The answer for key, or NULL with errno. R without what is the scheduler's.
 */
static json_t *
value(struct broker *b, uint64_t id, const char *key)
{
	json_t *v = record_current(b, id, key);

	if (!v)
		return NULL;
	json_object_del(v, "scheduling");
	return json_pack("{s:o}", key, v);
}

static void
send_all(struct broker *b, uint64_t id, const char *key, struct waitlist *l)
{
	json_t *o = l->first ? value(b, id, key) : NULL;
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct waiter *w;

	for (w = text ? l->first : NULL; w; w = w->next)
		request_respond_text(w->req, text);
	free(text);
	json_decref(o);
}

void
update_watch_job_event(struct job_info *ji, struct job *job, const char *name)
{
	struct update *u;

	if (RB_EMPTY(&ji->updates->tree) || !(u = find(ji->updates, job->id)))
		return;
	if (strcmp(name, "alloc") == 0 || strcmp(name, "resource-update") == 0)
		send_all(ji->b, job->id, "R", &u->R);
	else if (strcmp(name, "jobspec-update") == 0)
		send_all(ji->b, job->id, "jobspec", &u->jobspec);
	else if (strcmp(name, "clean") == 0)
		end(ji->updates, u);
}

static struct update *
get(struct update_list *ul, uint64_t id)
{
	struct update *u = find(ul, id);

	if (u || !(u = calloc(1, sizeof(*u))))
		return u;
	u->id = id;
	RB_INSERT(update_tree, &ul->tree, u);
	return u;
}

static int
watch(
    struct job_info *ji, struct job *job, const char *key, struct request *req)
{
	json_t *o = value(ji->b, job->id, key);
	struct update *u;
	struct waitlist *l;

	if (!o)
		return -1;
	request_respond_new(req, o);
	if (job->state == JOB_INACTIVE) {
		errno = ENODATA;
		return -1;
	}
	if (!(u = get(ji->updates, job->id)))
		return -1;
	l = strcmp(key, "R") == 0 ? &u->R : &u->jobspec;
	if (waitlist_add(l, req, NULL) == 0)
		return ANSWER_LATER;
	drop_empty(ji->updates, u);
	errno = ENOMEM;
	return -1;
}

int
info_update_watch_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_info *ji = ctx;
	const char *key;
	struct job *job;
	json_int_t id;
	int flags;

	if (request_unpack(req, "{s:I s:s s:i}", "id", &id, "key", &key,
		"flags", &flags) < 0)
		return -1;
	errno = EINVAL;
	if (strcmp(key, "R") != 0 && strcmp(key, "jobspec") != 0)
		return errmsg_set(
		    &an->em, "update-watch unsupported key specified");
	errno = EPROTO;
	if (!request_is_streaming(req))
		return errmsg_set(&an->em, "update-watch request rejected "
					   "without streaming RPC flag");
	if (!(job = info_job(ji, req, id, &an->em)))
		return -1;
	return watch(ji, job, key, req);
}

int
info_update_watch_cancel_request(
    void *ctx, struct request *req, struct answer *an)
{
	struct job_info *ji = ctx;
	struct update *u;

	(void)an;
	RB_FOREACH(u, update_tree, &ji->updates->tree) {
		if (!waitlist_cancel(&u->R, req, NULL) &&
		    !waitlist_cancel(&u->jobspec, req, NULL))
			continue;
		drop_empty(ji->updates, u);
		break;
	}
	return 0;
}
