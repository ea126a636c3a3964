/* SPDX-License-Identifier: MIT */
/*
 * What the KVS shows of resource and of jobs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../job-manager/record.h"
#include "../resource/resource.h"
#include "../store/store.h"
#include "base64.h"
#include "fluid.h"
#include "rset.h"
#include "treeobj.h"
#include "virtual.h"

#define JOB_KEY_LEN (sizeof("job.0000.0000.0000.0000") - 1)

static bool
is_below(const char *key, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(key, dir, n) == 0 && (key[n] == '\0' || key[n] == '.');
}

bool
virtual_is(const char *key)
{
	return is_below(key, "resource") || is_below(key, "job");
}

static json_t *
text_val(const char *text)
{
	return treeobj_val(text, strlen(text));
}

static json_t *
get_R(struct broker *b)
{
	const struct rset *all = resource_configured(b);
	json_t *R = all ? rset_encode(all) : NULL, *o;
	char *text;

	errno = ENOENT;
	if (!R)
		return NULL;
	text = json_dumps(R, JSON_COMPACT);
	o = text ? text_val(text) : NULL;
	free(text);
	json_decref(R);
	return o;
}

static json_t *
get_eventlog(struct broker *b)
{
	char *text = resource_eventlog(b);
	json_t *o = text ? text_val(text) : NULL;

	free(text);
	return o;
}

static json_t *
get_resource(struct broker *b, const char *key)
{
	json_t *o, *dir;

	if (strcmp(key, "resource.R") == 0)
		return get_R(b);
	if (strcmp(key, "resource.eventlog") == 0)
		return get_eventlog(b);
	errno = ENOENT;
	if (strcmp(key, "resource") != 0)
		return NULL;
	dir = treeobj_dir();
	if ((o = get_R(b)))
		json_object_set_new(treeobj_data(dir), "R", o);
	if ((o = get_eventlog(b)))
		json_object_set_new(treeobj_data(dir), "eventlog", o);
	return dir;
}

/* NULL with ENOENT. */
static json_t *
get_text(struct broker *b, uint64_t id, const char *key)
{
	size_t len;
	char *own;
	const char *text = record_text(b, id, key, &len, &own);
	json_t *val = text ? text_val(text) : NULL;

	free(own);
	return val;
}

/* All keys of the job that begin with prefix ("", "guest"), as a directory. */
static json_t *
get_dir(struct broker *b, uint64_t id, const char *prefix)
{
	const char *k = NULL;
	size_t n = strlen(prefix);
	json_t *dir = treeobj_dir(), *val;

	while ((k = record_next_key(b, id, k))) {
		if (n > 0 && (strncmp(k, prefix, n) != 0 || k[n] != '.'))
			continue;
		if (!(val = get_text(b, id, k)))
			continue;
		treeobj_put(dir, n > 0 ? k + n + 1 : k, val);
		json_decref(val);
	}
	if (json_object_size(treeobj_data(dir)) > 0)
		return dir;
	json_decref(dir);
	errno = ENOENT;
	return NULL;
}

static json_t *
get_value(struct broker *b, uint64_t id, const char *key)
{
	json_t *val = *key ? get_text(b, id, key) : NULL;

	return val ? val : get_dir(b, id, key);
}

/* The first groups of four digits of a job's key: "job.0000.0e54" has two.
 * -1: it is none. */
static int
parse_groups(const char *key, uint64_t *value)
{
	char *end;
	int n = 0;

	*value = 0;
	for (key += strlen("job"); *key == '.' && n < 4; n++) {
		if (strspn(++key, "0123456789abcdef") < 4)
			return -1;
		*value = *value << 16 | (strtoul(key, &end, 16) & 0xffff);
		if (end != key + 4)
			return -1;
		key = end;
	}
	return *key ? -1 : n;
}

/* The groups that follow these in ids of jobs, each an empty directory. One
 * search for each, however many jobs are below. */
static json_t *
get_groups(struct broker *b, const char *key)
{
	uint64_t prefix, id, below;
	int n = parse_groups(key, &prefix), shift = 48 - 16 * n;
	json_t *dir;
	char name[8];

	errno = ENOENT;
	if (n < 0 || n > 3)
		return NULL;
	below = n == 0 ? UINT64_MAX : ((uint64_t)1 << (shift + 16)) - 1;
	id = n == 0 ? 0 : prefix << (shift + 16);
	below |= id;
	dir = treeobj_dir();
	while ((id = job_id_from(b, id)) && id <= below) {
		snprintf(name, sizeof(name), "%04x",
		    (unsigned)(id >> shift) & 0xffff);
		json_object_set_new(treeobj_data(dir), name, treeobj_dir());
		id = ((id >> shift) + 1) << shift;
		if (id == 0)
			break;
	}
	return dir;
}

json_t *
virtual_get(struct broker *b, const char *key)
{
	char name[JOB_KEY_LEN + 1];
	uint64_t id;

	if (is_below(key, "resource"))
		return get_resource(b, key);
	if (strlen(key) < JOB_KEY_LEN)
		return get_groups(b, key);
	memcpy(name, key, JOB_KEY_LEN);
	name[JOB_KEY_LEN] = '\0';
	key += JOB_KEY_LEN;
	if ((*key && *key != '.') || fluid_parse(name, &id) < 0) {
		errno = ENOENT;
		return NULL;
	}
	return get_value(b, id, *key ? key + 1 : key);
}

struct job *
namespace_job(struct broker *b, const char *name)
{
	struct job *job;
	uint64_t id;

	if (strncmp(name, "job-", 4) != 0 || fluid_parse(name + 4, &id) < 0)
		return NULL;
	job = job_lookup(b, id);
	return job && job->has_resources && !job->has_waitstatus ? job : NULL;
}

static char *
guest_key(const char *key)
{
	char *s;

	if (strcmp(key, ".") == 0)
		return strdup("guest");
	return asprintf(&s, "guest.%s", key) < 0 ? NULL : s;
}

json_t *
namespace_get(struct broker *b, const struct job *job, const char *key)
{
	char *k = guest_key(key);
	json_t *o = k ? get_value(b, job->id, k) : NULL;

	free(k);
	return o;
}

/* The text of a val, malloc'd; NULL with EINVAL: not base64, or NULs in it. */
static char *
val_text(const json_t *val)
{
	size_t len;
	char *text = base64_decode(json_string_value(treeobj_data(val)), &len);

	if (text && strlen(text) == len)
		return text;
	free(text);
	errno = EINVAL;
	return NULL;
}

int
namespace_append(
    struct broker *b, const struct job *job, const char *key, json_t *val)
{
	char *k = guest_key(key), *text = val_text(val);
	int r = k && text ? store_append(b, job->id, k, text) : -1;

	free(k);
	free(text);
	return r;
}

int
namespace_put(
    struct broker *b, const struct job *job, const char *key, json_t *val)
{
	char *k = guest_key(key), *text = val_text(val);
	int r = k && text ? store_put(b, job->id, k, text) : -1;

	free(k);
	free(text);
	return r;
}
