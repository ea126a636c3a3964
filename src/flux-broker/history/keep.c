/* SPDX-License-Identifier: MIT */
/*
 * The parent's side: what an instance hands over is appended to the record of
 * the job that it is, and acknowledged when it is on the disk.
 *
 * job-history.open {"id"} tells how much room there is: {"jobs","bytes"}.
 * job-history.put is a text: "put ID\n", and entries (entry.h), which are
 * looked through here and taken apart when somebody asks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../store/store.h"
#include "entry.h"
#include "state.h"

enum {
	JOBS_MAX = 1000,
	BYTES_MAX = 4 << 20,
	CUTS_SIZE = 65536, /* beside BYTES_MAX: entries that tell what is not
			      kept */
};

struct room {
	uint64_t jobs, bytes;
};

static uint64_t
configured(struct broker *b, const char *key, uint64_t otherwise)
{
	json_t *o = json_object_get(json_object_get(b->config, "history"), key);

	return json_is_integer(o) && json_integer_value(o) >= 0
		   ? (uint64_t)json_integer_value(o)
		   : otherwise;
}

/* Count entries. -1 with EPROTO: they are none. */
static int
count(const char *text, size_t len, struct room *used)
{
	const char *p = text, *end = text + len;
	struct entry e;
	int r;

	while ((r = entry_next(&p, end, &e)) > 0)
		used->jobs += !e.is_cut;
	used->bytes += len;
	return r;
}

static struct room
room_for(struct history *hi, uint64_t id)
{
	struct room max = { configured(hi->b, "max-jobs", JOBS_MAX),
		configured(hi->b, "max-bytes", BYTES_MAX) };
	struct room used = { 0 }, left = { 0 };
	size_t len;
	const char *text = store_get(hi->b, id, HISTORY_KEY, &len);

	if (text)
		count(text, len, &used);
	if (used.jobs < max.jobs)
		left.jobs = max.jobs - used.jobs;
	if (used.bytes < max.bytes)
		left.bytes = max.bytes - used.bytes;
	return left;
}

static struct job *
running_job(
    struct history *hi, struct request *req, json_int_t id, struct errmsg *em)
{
	struct job *job = history_job(hi, req, id, em);

	if (!job || (job->state & JOB_RUNNING))
		return job;
	errmsg_set(em, "the job does not run");
	errno = EINVAL;
	return NULL;
}

int
history_open_request(void *ctx, struct request *req, struct answer *an)
{
	struct history *hi = ctx;
	struct room room;
	json_int_t id;

	if (request_unpack(req, "{s:I}", "id", &id) < 0 ||
	    !running_job(hi, req, id, &an->em))
		return -1;
	room = room_for(hi, (uint64_t)id);
	an->json = json_pack("{s:I s:I}", "jobs", (json_int_t)room.jobs,
	    "bytes", (json_int_t)room.bytes);
	return 0;
}

static void
synced(void *arg, int errnum)
{
	struct request *req = arg;

	if (errnum)
		request_fail(req, errnum, NULL);
	else
		request_respond_new(req, NULL);
	request_unref(req);
}

/* "put ID\n" and entries; -1 with EPROTO. */
static const char *
take_apart(const struct msg *m, json_int_t *id, struct room *used)
{
	const char *text = m->payload;
	size_t len = m->payload_len;
	char *end;

	errno = EPROTO;
	if (!text || len < 5 || text[--len] != '\0' || strlen(text) != len ||
	    strncmp(text, "put ", 4) != 0)
		return NULL;
	errno = 0;
	*id = strtoll(text + 4, &end, 10);
	if (errno || *id < 0 || *end++ != '\n' ||
	    count(end, text + len - end, used) < 0) {
		errno = EPROTO;
		return NULL;
	}
	return end;
}

int
history_put_request(void *ctx, struct request *req, struct answer *an)
{
	struct history *hi = ctx;
	struct room used = { 0 }, left;
	const char *entries;
	json_int_t id;

	if (!(entries = take_apart(request_msg(req), &id, &used)) ||
	    !running_job(hi, req, id, &an->em))
		return -1;
	left = room_for(hi, (uint64_t)id);
	if (used.jobs > left.jobs || used.bytes > left.bytes + CUTS_SIZE) {
		errno = ENOSPC;
		return errmsg_set(&an->em, "no more of this job is kept");
	}
	if (store_append(hi->b, (uint64_t)id, HISTORY_KEY, entries) < 0)
		return -1;
	if (store_sync(hi->b, synced, request_ref(req)) < 0) {
		request_unref(req);
		return -1;
	}
	return ANSWER_LATER;
}
