/* SPDX-License-Identifier: MIT */
/*
 * The object of a job in the output of --json: what job-list said, and the
 * values of the fields that follow from it, in the order of the reference.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "jobinfoimpl.h"

/* Takes v; an absent one (NULL) is left out. */
static int
put(json_t *o, const char *key, json_t *v)
{
	return v ? json_object_set_new(o, key, v) : 0;
}

static int
put_time(json_t *o, const char *key, double t)
{
	return t != 0 ? json_object_set_new(o, key, json_real(t)) : 0;
}

static int
copy(json_t *o, const struct jobinfo *j, const char *key)
{
	json_t *v = json_object_get(j->job, key);

	return v ? json_object_set(o, key, v) : 0;
}

static int
put_name(json_t *o, const char *key, const char *name)
{
	return name ? json_object_set_new(o, key, json_string(name)) : 0;
}

/* Annotations without the URI, which has a key of its own. */
static json_t *
annotations(const struct jobinfo *j)
{
	json_t *o = json_object_get(j->job, "annotations"), *user;

	o = o ? json_deep_copy(o) : json_object();
	user = json_object_get(o, "user");
	json_object_del(user, "uri");
	if (user && json_object_size(user) == 0)
		json_object_del(o, "user");
	return o;
}

static json_t *
exception(const struct jobinfo *j)
{
	const char *type = jobinfo_text(j, "exception_type");
	const char *note = jobinfo_text(j, "exception_note");
	const json_t *occurred = json_object_get(j->job, "exception_occurred");
	json_int_t severity =
	    json_integer_value(json_object_get(j->job, "exception_severity"));

	if (!json_is_true(occurred))
		return json_pack("{s:b}", "occurred", 0);
	return json_pack("{s:b s:I s:s s:s}", "occurred", 1, "severity",
	    severity, "type", type ? type : "", "note", note ? note : "");
}

static json_t *
username(const struct jobinfo *j)
{
	char *name = jobinfo_userid(j) < 0 ? NULL : jobinfo_username(j);
	json_t *o = name ? json_string(name) : NULL;

	free(name);
	return o;
}

static json_t *
uri(const struct jobinfo *j)
{
	char *text = jobinfo_uri(j) ? jobinfo_shown_uri(j) : NULL;
	json_t *o = text ? json_string(text) : NULL;

	free(text);
	return o;
}

static json_t *
f58(const struct jobinfo *j)
{
	char buf[FLUID_STRMAX];

	fluid_encode(buf, sizeof(buf), jobinfo_id(j), fluid_f58_form());
	return json_string(buf);
}

static int
put_known(json_t *o, const struct jobinfo *j)
{
	static const char *const times[] = { "t_depend", "t_priority",
		"t_sched", "t_run", "t_cleanup", "t_inactive" };
	static const char *const plain[] = { "name", "cwd", "queue", "project",
		"bank", "ntasks", "ncores", "nnodes", "priority", "ranks",
		"nodelist", "success" };
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		rc |= put_time(o, times[i], jobinfo_number(j, times[i]));
	rc |= put(o, "duration", json_real(jobinfo_number(j, "duration")));
	rc |= put_time(o, "expiration", jobinfo_number(j, "expiration"));
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		rc |= copy(o, j, plain[i]);
	rc |= put_name(
	    o, "result", jobinfo_result_name(jobinfo_result(j), JOBNAME_LONG));
	rc |= copy(o, j, "waitstatus");
	rc |= copy(o, j, "maxrss"); /* only if they were asked for */
	rc |= copy(o, j, "cputime");
	rc |= copy(o, j, "id");
	return rc;
}

static int
put_derived(json_t *o, const struct jobinfo *j)
{
	int state = jobinfo_state(j), result = jobinfo_result(j), code;
	int rc = 0;

	rc |= put_time(o, "t_submit", jobinfo_number(j, "t_submit"));
	rc |= put_time(o, "t_remaining", jobinfo_remaining(j));
	rc |= put_name(o, "state", jobinfo_state_name(state, JOBNAME_LONG));
	rc |= put(o, "username", username(j));
	rc |= copy(o, j, "userid");
	rc |= copy(o, j, "urgency");
	rc |= put_time(o, "runtime", jobinfo_runtime(j));
	rc |= put_name(o, "status",
	    state == JOB_INACTIVE ? jobinfo_result_name(result, JOBNAME_LONG)
				  : jobinfo_state_name(state, JOBNAME_LONG));
	if (jobinfo_returncode(j, &code) == 0)
		rc |= put(o, "returncode", json_integer(code));
	rc |= put(o, "dependencies", jobinfo_dependencies(j));
	rc |= put(o, "jobid", f58(j));
	rc |= put(o, "annotations", annotations(j));
	rc |= put(o, "exception", exception(j));
	rc |= put(o, "uri", uri(j));
	return rc;
}

json_t *
jobinfo_json(const struct jobinfo *j)
{
	json_t *o = json_object();

	if (!o || put_known(o, j) < 0 || put_derived(o, j) < 0) {
		json_decref(o);
		errno = ENOMEM;
		return NULL;
	}
	return o;
}
