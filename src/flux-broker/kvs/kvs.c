/* SPDX-License-Identifier: MIT */
/*
 * Services kvs and kvs-watch.
 *
 * A root reference looks like a SHA-1 blobref and changes with each commit,
 * but is only a name for that version: there is no content store behind it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/job.h"
#include "../service.h"
#include "base64.h"
#include "kvs.h"
#include "startlog.h"
#include "treeobj.h"
#include "virtual.h"

enum lookup_flag {
	KVS_READDIR = 1,
	KVS_READLINK = 2,
	KVS_WATCH = 4,
	KVS_WAITCREATE = 8,
	KVS_TREEOBJ = 16,
	KVS_APPEND = 32, /* of an operation */
	KVS_WATCH_APPEND = 256,
	KVS_STREAM = 512,
	KVS_INITIAL_SENTINEL = 1024,
};

struct kvs {
	struct broker *b;
	json_t *root;
	int64_t rootseq;
	struct waitlist watchers; /* arg: struct watch */
	struct waitlist versions; /* requests that wait for one */
};

/* What a watcher was sent last; NULL = the key is not there yet. */
struct watch {
	json_t *last;
	size_t len; /* of the value, for those that want what is appended */
};

static void
format_ref(char *buf, size_t size, int64_t seq)
{
	snprintf(buf, size, "sha1-%040" PRIx64, (uint64_t)seq);
}

static json_t *
with_root(struct kvs *k, json_t *o)
{
	char ref[64];

	format_ref(ref, sizeof(ref), k->rootseq);
	json_object_set_new(o, "rootseq", json_integer(k->rootseq));
	json_object_set_new(o, "rootref", json_string(ref));
	return o;
}

/* The primary namespace is the owner's, that of a job its user's too.
 * *job = NULL for primary. -1 with EPERM, or EOPNOTSUPP: no such one. */
static int
open_namespace(
    struct kvs *k, struct request *req, const char *name, struct job **job)
{
	*job = NULL;
	if (strcmp(name, "primary") != 0) {
		*job = namespace_job(k->b, name);
		errno = EOPNOTSUPP;
		if (!*job)
			return -1;
	}
	errno = EPERM;
	if (request_is_owner(req) ||
	    (*job && (*job)->userid == request_userid(req)))
		return 0;
	return -1;
}

/* -- lookup ------------------------------------------------------------- */

/* The object at key, new; NULL with errno. */
static json_t *
get(struct kvs *k, struct job *job, const char *key, int flags)
{
	if (job)
		return namespace_get(k->b, job, key);
	if (virtual_is(key))
		return virtual_get(k->b, key);
	return json_incref(
	    treeobj_get(k->root, key, !(flags & (KVS_READLINK | KVS_TREEOBJ))));
}

static void
add_dirref(struct kvs *k, json_t *dir, const char *name)
{
	char ref[64];

	format_ref(ref, sizeof(ref), k->rootseq);
	json_object_set_new(treeobj_data(dir), name,
	    json_pack(
		"{s:i s:s s:[s]}", "ver", 1, "type", "dirref", "data", ref));
}

/* Entries of a directory: those that are directories themselves by reference,
 * to be asked for by their key. In the root what is virtual is there too. */
static json_t *
entries(struct kvs *k, const json_t *dir)
{
	json_t *out = treeobj_dir(), *o;
	const char *name;

	json_object_foreach(treeobj_data(dir), name, o) {
		if (treeobj_is(o, "dir"))
			add_dirref(k, out, name);
		else
			json_object_set(treeobj_data(out), name, o);
	}
	if (dir == k->root) {
		add_dirref(k, out, "job");
		add_dirref(k, out, "resource");
	}
	return out;
}

/* As the flags want it, new; NULL with errno. */
static json_t *
present(struct kvs *k, json_t *o, int flags)
{
	if (flags & KVS_TREEOBJ)
		return json_incref(o);
	if (flags & KVS_READLINK) {
		errno = EINVAL;
		return treeobj_is(o, "symlink") ? json_incref(o) : NULL;
	}
	if (flags & KVS_READDIR) {
		errno = ENOTDIR;
		return treeobj_is(o, "dir") ? entries(k, o) : NULL;
	}
	errno = EISDIR;
	return treeobj_is(o, "val") ? json_incref(o) : NULL;
}

static json_t *
lookup(struct kvs *k, struct job *job, const char *key, int flags)
{
	json_t *o = get(k, job, key, flags), *out;

	if (!o)
		return NULL;
	out = present(k, o, flags);
	json_decref(o);
	return out;
}

struct question {
	const char *key, *namespace;
	int flags;
	struct job *job;
};

static int
parse(struct kvs *k, struct request *req, struct question *q)
{
	if (request_unpack(req, "{s:s s:s s:i}", "key", &q->key, "namespace",
		&q->namespace, "flags", &q->flags) < 0)
		return -1;
	return open_namespace(k, req, q->namespace, &q->job);
}

static int
lookup_request(void *ctx, struct request *req, struct answer *an)
{
	struct question q;
	struct kvs *k = ctx;
	json_t *val;

	if (parse(k, req, &q) < 0)
		return -1;
	if (!(val = lookup(k, q.job, q.key, q.flags))) {
		if (errno == ENOSYS)
			errmsg_set(
			    &an->em, "directories of jobs cannot be listed");
		return -1;
	}
	an->json = json_pack("{s:o}", "val", val);
	return 0;
}

static int
lookup_plus_request(void *ctx, struct request *req, struct answer *an)
{
	if (lookup_request(ctx, req, an) < 0)
		return -1;
	with_root(ctx, an->json);
	return 0;
}

/* -- watch -------------------------------------------------------------- */

static void
watch_free(void *arg)
{
	struct watch *w = arg;

	if (w)
		json_decref(w->last);
	free(w);
}

/* What was appended since the last time (new), a val; NULL with EINVAL: the
 * value is another one. */
static json_t *
appended(struct watch *w, const json_t *val)
{
	size_t len = 0;
	char *data = NULL;
	json_t *o = NULL;

	if (treeobj_is(val, "val"))
		data =
		    base64_decode(json_string_value(treeobj_data(val)), &len);
	if (data && len >= w->len) {
		o = treeobj_val(data + w->len, len - w->len);
		w->len = len;
	} else {
		errno = EINVAL;
	}
	free(data);
	return o;
}

/* Send the value if it is another than before. -1 with errno: end; ENODATA
 * after the only answer that was wanted. */
static int
watch_send(struct kvs *k, struct request *req, struct watch *w)
{
	struct question q;
	json_t *val, *part;
	bool may_be_missing, is_new;

	if (parse(k, req, &q) < 0)
		return -1;
	may_be_missing = !w->last && (q.flags & KVS_WAITCREATE);
	val = lookup(k, q.job, q.key, q.flags);
	if (!val)
		return errno == ENOENT && may_be_missing ? 0 : -1;
	is_new = !json_equal(val, w->last);
	json_decref(w->last);
	w->last = val;
	if (is_new && (q.flags & KVS_WATCH_APPEND)) {
		if (!(part = appended(w, val)))
			return -1;
		request_respond_new(req, json_pack("{s:o}", "val", part));
	} else if (is_new) {
		request_respond_new(req, json_pack("{s:O}", "val", val));
	}
	errno = ENODATA;
	return q.flags & KVS_WATCH ? 0 : -1;
}

/* Without STREAMING the one answer ends it. */
static void
watch_end(struct request *req, int errnum)
{
	if (errnum != ENODATA || request_is_streaming(req))
		request_fail(req, errnum, NULL);
}

static int
check_watch(
    const struct question *q, const struct request *req, struct errmsg *em)
{
	errno = EPROTO;
	if ((q->flags & KVS_WATCH) && !request_is_streaming(req))
		return -1;
	errno = ENOSYS;
	if ((q->flags & KVS_WATCH) && (q->job || virtual_is(q->key)))
		return errmsg_set(
		    em, "logs of jobs are watched by job-info.eventlog-watch");
	return 0;
}

static int
watch_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;
	struct question q;
	struct watch *w;
	int saved;

	if (parse(k, req, &q) < 0 || check_watch(&q, req, &an->em) < 0 ||
	    !(w = calloc(1, sizeof(*w))))
		return -1;
	if (watch_send(k, req, w) < 0 ||
	    waitlist_add(&k->watchers, req, w) < 0) {
		saved = errno;
		watch_free(w);
		if (saved == ENODATA) {
			watch_end(req, saved);
			return ANSWER_LATER;
		}
		errno = saved;
		return -1;
	}
	if (q.flags & KVS_INITIAL_SENTINEL)
		request_respond_new(req, NULL);
	return ANSWER_LATER;
}

static int
watch_cancel_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;

	(void)an;
	waitlist_cancel(&k->watchers, req, watch_free);
	return 0;
}

static void
tell_watchers(struct kvs *k)
{
	struct waiter *w, *next;

	for (w = k->watchers.first; w; w = next) {
		next = w->next;
		if (watch_send(k, w->req, w->arg) == 0)
			continue;
		watch_end(w->req, errno);
		watch_free(w->arg);
		waitlist_remove(&k->watchers, w);
	}
}

/* -- commit ------------------------------------------------------------- */

struct op {
	const char *key;
	int flags;
	json_t *dirent; /* null = remove */
};

static int
parse_op(struct op *op, json_t *o)
{
	if (json_unpack(o, "{s:s s:i s:o}", "key", &op->key, "flags",
		&op->flags, "dirent", &op->dirent) < 0) {
		errno = EPROTO;
		return -1;
	}
	errno = EINVAL;
	if (json_is_null(op->dirent))
		return 0;
	if (!treeobj_valid(op->dirent) ||
	    ((op->flags & KVS_APPEND) && !treeobj_is(op->dirent, "val")))
		return -1;
	return 0;
}

static int
apply_guest(struct kvs *k, struct job *job, const struct op *op)
{
	errno = EINVAL;
	if (!treeobj_is(op->dirent, "val"))
		return -1;
	if (op->flags & KVS_APPEND)
		return namespace_append(k->b, job, op->key, op->dirent);
	return namespace_put(k->b, job, op->key, op->dirent);
}

static int
apply_primary(json_t *root, const struct op *op)
{
	errno = EROFS;
	if (virtual_is(op->key))
		return -1;
	if (json_is_null(op->dirent))
		return treeobj_put(root, op->key, NULL);
	if (op->flags & KVS_APPEND)
		return treeobj_append(root, op->key, op->dirent);
	return treeobj_put(root, op->key, op->dirent);
}

/*
 * All or nothing in primary: several operations are done on a copy of the
 * tree. What was appended to the logs of a job cannot be taken back.
 */
static int
apply_all(struct kvs *k, struct job *job, json_t *ops)
{
	bool is_single = job || json_array_size(ops) <= 1;
	json_t *root, *o;
	struct op op;
	size_t i;
	int r = 0;

	json_array_foreach(ops, i, o)
		if (parse_op(&op, o) < 0)
			return -1;
	root = is_single ? json_incref(k->root) : json_deep_copy(k->root);
	for (i = 0; r == 0 && i < json_array_size(ops); i++) {
		parse_op(&op, json_array_get(ops, i));
		r = job ? apply_guest(k, job, &op) : apply_primary(root, &op);
	}
	if (r == 0) {
		json_incref(root);
		json_decref(k->root);
		k->root = root;
	}
	json_decref(root);
	return r;
}

/* Answer who has waited for this version. */
static void
tell_version(struct kvs *k)
{
	struct waiter *w, *next;
	json_int_t seq;

	for (w = k->versions.first; w; w = next) {
		next = w->next;
		if (request_unpack(w->req, "{s:I}", "rootseq", &seq) == 0 &&
		    seq > k->rootseq)
			continue;
		request_respond_new(w->req, with_root(k, json_object()));
		waitlist_remove(&k->versions, w);
	}
}

static int
commit_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;
	const char *namespace;
	struct job *job;
	json_t *ops;
	int flags;

	if (request_unpack(req, "{s:s s:i s:o}", "namespace", &namespace,
		"flags", &flags, "ops", &ops) < 0 ||
	    open_namespace(k, req, namespace, &job) < 0)
		return -1;
	if (apply_all(k, job, ops) < 0) {
		if (errno == EROFS)
			errmsg_set(&an->em, "keys below job and resource "
					    "cannot be written");
		return -1;
	}
	k->rootseq++;
	tell_version(k);
	if (!job)
		tell_watchers(k);
	an->json = with_root(k, json_object());
	return 0;
}

/* -- the rest ----------------------------------------------------------- */

static int
getroot_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;
	const char *namespace;
	struct job *job;

	if (request_unpack(req, "{s:s}", "namespace", &namespace) < 0 ||
	    open_namespace(k, req, namespace, &job) < 0)
		return -1;
	an->json =
	    with_root(k, json_pack("{s:I s:i s:s}", "owner",
			     (json_int_t)(job ? job->userid : k->b->owner),
			     "flags", 0, "namespace", namespace));
	return 0;
}

static int
wait_version_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;
	const char *namespace;
	struct job *job;
	json_int_t seq;

	if (request_unpack(req, "{s:s s:I}", "namespace", &namespace, "rootseq",
		&seq) < 0 ||
	    open_namespace(k, req, namespace, &job) < 0)
		return -1;
	if (seq > k->rootseq)
		return waitlist_add(&k->versions, req, NULL) < 0 ? -1
								 : ANSWER_LATER;
	an->json = with_root(k, json_object());
	return 0;
}

static int
namespace_list_request(void *ctx, struct request *req, struct answer *an)
{
	struct kvs *k = ctx;

	(void)req;
	an->json = json_pack("{s:[{s:s s:I s:i}]}", "namespaces", "namespace",
	    "primary", "owner", (json_int_t)k->b->owner, "flags", 0);
	return 0;
}

static int
namespace_change_request(void *ctx, struct request *req, struct answer *an)
{
	(void)ctx;
	(void)req;
	errno = ENOSYS;
	return errmsg_set(&an->em, "KVS namespaces are not supported");
}

static const struct topic topics[] = {
	{ "kvs.lookup", TOPIC_USER, lookup_request },
	{ "kvs.lookup-plus", TOPIC_USER, lookup_plus_request },
	{ "kvs.commit", TOPIC_USER | TOPIC_LARGE, commit_request },
	{ "kvs.getroot", TOPIC_USER, getroot_request },
	{ "kvs.wait-version", TOPIC_USER, wait_version_request },
	{ "kvs.namespace-list", TOPIC_OWNER, namespace_list_request },
	{ "kvs.namespace-create", TOPIC_OWNER, namespace_change_request },
	{ "kvs.namespace-remove", TOPIC_OWNER, namespace_change_request },
	{ NULL, 0, NULL },
};

static const struct topic watch_topics[] = {
	{ "kvs-watch.lookup", TOPIC_USER, watch_request },
	{ "kvs-watch.cancel", TOPIC_USER, watch_cancel_request },
	{ NULL, 0, NULL },
};

static void
watch_disconnect(void *ctx, const char *sender)
{
	struct kvs *k = ctx;

	waitlist_disconnect(&k->watchers, sender, watch_free);
	waitlist_disconnect(&k->versions, sender, NULL);
}

static const struct service kvs_service = {
	.name = "kvs",
	.topics = topics,
	.disconnect = watch_disconnect,
};

static const struct service kvs_watch_service = {
	.name = "kvs-watch",
	.topics = watch_topics,
	.disconnect = watch_disconnect,
};

int
kvs_create(struct broker *b)
{
	struct kvs *k = calloc(1, sizeof(*k));

	if (!k || !(k->root = treeobj_dir())) {
		free(k);
		return -1;
	}
	k->b = b;
	b->kvs = k;
	startlog_start(b, k->root);
	if (service_register(b, &kvs_service, k) < 0)
		return -1;
	return service_register(b, &kvs_watch_service, k);
}

void
kvs_destroy(struct broker *b)
{
	struct kvs *k = b->kvs;
	struct waiter *w;

	if (!k)
		return;
	startlog_finish(b);
	while ((w = k->watchers.first)) {
		request_fail(w->req, ENODATA, NULL);
		watch_free(w->arg);
		waitlist_remove(&k->watchers, w);
	}
	waitlist_fail_all(&k->versions, ENOSYS, NULL);
	json_decref(k->root);
	free(k);
	b->kvs = NULL;
}
