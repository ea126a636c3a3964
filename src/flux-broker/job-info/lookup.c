/* SPDX-License-Identifier: MIT */
/*
 * job-info.lookup: values of a job by key, as text, or R and jobspec as
 * objects and with what was updated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/job.h"
#include "../job-manager/record.h"
#include "../store/store.h"
#include "job-info.h"

enum {
	LOOKUP_JSON_DECODE = 1,
	LOOKUP_CURRENT = 2,
};

/* Is key a directory, as in a KVS: "guest" of "guest.output"? */
static int
is_directory(struct broker *b, uint64_t id, const char *key)
{
	const char *k = NULL;
	size_t n = strlen(key);

	while ((k = record_next_key(b, id, k)))
		if (strncmp(k, key, n) == 0 && k[n] == '.')
			return 1;
	return 0;
}

static int
missing(struct broker *b, uint64_t id, const char *key, struct errmsg *em)
{
	if (is_directory(b, id, key)) {
		errno = EISDIR;
		return errmsg_set(em, "%s: Is a directory", key);
	}
	errno = ENOENT;
	return errmsg_set(em, "%s: key not found", key);
}

/* R or jobspec, decoded or changed. */
static json_t *
document(struct broker *b, uint64_t id, const char *key, int flags)
{
	json_t *o = flags & LOOKUP_CURRENT ? record_current(b, id, key)
					   : record_stored(b, id, key);
	json_t *text;
	char *s;

	if (!o || (flags & LOOKUP_JSON_DECODE))
		return o;
	s = json_dumps(o, JSON_COMPACT);
	text = s ? json_string(s) : NULL;
	free(s);
	json_decref(o);
	return text;
}

static json_t *
lookup(struct broker *b, uint64_t id, const char *key, int flags)
{
	const char *text;
	char *own;
	size_t len;
	json_t *o;

	if (flags && (strcmp(key, "R") == 0 || strcmp(key, "jobspec") == 0))
		return document(b, id, key, flags);
	text = record_text(b, id, key, &len, &own);
	o = text ? json_stringn_nocheck(text, len) : NULL;
	free(own);
	return o;
}

int
info_lookup_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_info *ji = ctx;
	json_t *keys, *key, *o, *v;
	json_int_t id;
	size_t i;
	int flags;

	if (request_unpack(req, "{s:I s:o s:i}", "id", &id, "keys", &keys,
		"flags", &flags) < 0)
		return -1;
	errno = EPROTO;
	if (flags & ~(LOOKUP_JSON_DECODE | LOOKUP_CURRENT))
		return errmsg_set(
		    &an->em, "lookup request rejected with invalid flag");
	json_array_foreach(keys, i, key)
		if (!json_is_string(key))
			return -1;
	if (!json_is_array(keys))
		return -1;
	if (!info_job(ji, req, id, &an->em))
		return errno == ENOENT ? errmsg_set(&an->em, "invalid job id")
				       : -1;
	o = json_pack("{s:I}", "id", id);
	json_array_foreach(keys, i, key) {
		const char *k = json_string_value(key);

		v = lookup(ji->b, id, k, flags);
		if (!v || json_object_set_new(o, k, v) < 0) {
			json_decref(o);
			return missing(ji->b, id, k, &an->em);
		}
	}
	an->json = o;
	return 0;
}

int
info_update_lookup_request(void *ctx, struct request *req, struct answer *an)
{
	struct job_info *ji = ctx;
	const char *key;
	json_int_t id;
	json_t *R;
	int flags;

	if (request_unpack(req, "{s:I s:s s:i}", "id", &id, "key", &key,
		"flags", &flags) < 0)
		return -1;
	errno = EINVAL;
	if (strcmp(key, "R") != 0)
		return errmsg_set(
		    &an->em, "update-lookup unsupported key specified");
	if (!info_job(ji, req, id, &an->em))
		return errno == ENOENT ? errmsg_set(&an->em, "invalid job id")
				       : -1;
	if (!(R = record_current(ji->b, id, key)))
		return missing(ji->b, id, key, &an->em);
	an->json = json_pack("{s:I s:o}", "id", id, "R", R);
	return 0;
}
