/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "handle.h"
#include "jobinfo.h"
#include "jobname.h"

enum { ACTIVE = JOB_INACTIVE - 1 };

static json_t *
request(const char *name, int states, int max)
{
	json_t *and = json_pack("[{s:[I]} {s:[i]}]", "userid",
	    (json_int_t)getuid(), "states", states);

	if (name)
		json_array_append_new(and, json_pack("{s:[s]}", "name", name));
	return json_pack("{s:i s:[] s:{s:o}}", "max_entries", max, "attrs",
	    "constraint", "and", and);
}

/* The ids of the jobs that job-list names. */
static json_t *
ask(struct handle *h, const char *name, int states, int max, struct errmsg *em)
{
	json_t *o = request(name, states, max), *out = NULL, *ids, *job;
	size_t i;

	if (!o) {
		errno = EINVAL;
		errmsg_set(em, "the name is not UTF-8");
		return NULL;
	}
	if (handle_call_new(h, "job-list.list", NODEID_ANY, o, &out, em) < 0)
		return NULL;
	ids = json_array();
	json_array_foreach(json_object_get(out, "jobs"), i, job)
		json_array_append(ids, json_object_get(job, "id"));
	json_decref(out);
	return ids;
}

json_t *
jobname_active(struct handle *h, const char *name, struct errmsg *em)
{
	return ask(h, name, ACTIVE, 0, em);
}

json_t *
jobname_find(struct handle *h, const char *name, struct errmsg *em)
{
	json_t *ids = jobname_active(h, name, em);

	if (ids && json_array_size(ids) == 0) {
		json_decref(ids);
		ids = ask(h, name, JOB_INACTIVE, 1, em);
	}
	if (!ids || json_array_size(ids) > 0)
		return ids;
	json_decref(ids);
	errno = ENOENT;
	errmsg_set(em, "no job of the name '%s'", name);
	return NULL;
}
