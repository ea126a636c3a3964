/* SPDX-License-Identifier: MIT */
/*
 * The fields of jobs in output formats, and the objects that --json shows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "instanceinfo.h"
#include "jobinfoimpl.h"
#include "jsontext.h"
#include "uri.h"

/* arg of plain fields: job-list always sends it */
enum { REQUIRED = 1 };

/* The value of a key as it is; the key is in needs, next to others. */
static int
get_plain(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct jobinfo *j = row;
	size_t len = strcspn(f->needs, " ");
	char key[32];

	(void)rest;
	memcpy(key, f->needs, len);
	key[len] = '\0';
	if (f->arg == REQUIRED && !json_object_get(j->job, key))
		return errmsg_set(em, "invalid JobInfo attribute '%s'", key);
	return value_json(v, json_object_get(j->job, key));
}

static int
get_number(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)rest, (void)em;
	return value_float(v, jobinfo_number(row, f->needs));
}

static int
get_id(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	char buf[FLUID_STRMAX];
	const struct jobinfo *j = row;
	int form = f->arg;

	(void)rest, (void)em;
	if (j->id_text)
		return value_str(v, j->id_text);
	if (form == FLUID_F58)
		form = fluid_f58_form();
	fluid_encode(buf, sizeof(buf), jobinfo_id(j), form);
	return value_take(v, strdup(buf));
}

static int
get_jobid(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct jobinfo *j = row;

	(void)f, (void)rest, (void)em;
	if (j->id_text)
		return value_str(v, j->id_text);
	return value_jobid(v, jobinfo_id(j));
}

static int
get_username(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)f, (void)rest;
	if (jobinfo_userid(row) < 0)
		return errmsg_set(em, "invalid JobInfo attribute 'username'");
	return value_take(v, jobinfo_username(row));
}

static int
require_state(const struct jobinfo *j, const char *name, struct errmsg *em)
{
	if (jobinfo_state(j) == 0)
		return errmsg_set(em, "invalid JobInfo attribute '%s'", name);
	return 0;
}

static int
get_state(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)rest;
	if (require_state(row, f->name, em) < 0)
		return -1;
	return value_str(v, jobinfo_state_name(jobinfo_state(row), f->arg));
}

static int
get_status(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	if (jobinfo_state(row) != JOB_INACTIVE)
		return get_state(row, f, rest, v, em);
	return value_str(v, jobinfo_result_name(jobinfo_result(row), f->arg));
}

static int
get_result(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const char *s = jobinfo_result_name(jobinfo_result(row), f->arg);

	(void)rest, (void)em;
	if (!s && f->arg == JOBNAME_EMOJI)
		s = "\u3000"; /* a blank as wide as an emoji */
	return value_str(v, s);
}

static int
get_returncode(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	int code;

	(void)f, (void)rest, (void)em;
	return jobinfo_returncode(row, &code) < 0 ? 0 : value_int(v, code);
}

enum { TIME_RUN, TIME_REMAINING, TIME_CONTEXT };

static int
get_time(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	int state = jobinfo_state(row);

	(void)rest, (void)em;
	if (f->arg == TIME_REMAINING)
		return value_float(v, jobinfo_remaining(row));
	if (f->arg == TIME_CONTEXT && state > 0 && state < JOB_RUN)
		return value_float(v, jobinfo_number(row, "duration"));
	return value_float(v, jobinfo_runtime(row));
}

static int
get_context(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)f, (void)rest, (void)em;
	return value_take(v, jobinfo_context(row));
}

static int
get_reason(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	(void)f, (void)rest, (void)em;
	return value_take(v, jobinfo_reason(row));
}

static int
get_dependencies(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	json_t *deps = jobinfo_dependencies(row), *o;
	char *text = NULL;
	size_t size, i;
	FILE *fp = open_memstream(&text, &size);

	(void)f, (void)rest, (void)em;
	if (fp) {
		json_array_foreach(deps, i, o)
			fprintf(
			    fp, "%s%s", i > 0 ? "," : "", json_string_value(o));
		fclose(fp);
	}
	json_decref(deps);
	return value_take(v, text);
}

static const char *
python_type(const json_t *o)
{
	if (json_is_string(o))
		return "str";
	if (json_is_integer(o))
		return "int";
	if (json_is_real(o))
		return "float";
	if (json_is_boolean(o))
		return "bool";
	return json_is_null(o) ? "NoneType" : "list";
}

/* path = "A.B.C" below o. What is not there is missing, at any depth. */
static int
get_below(const json_t *o, const char *path, struct value *v, struct errmsg *em)
{
	char key[128];
	size_t len;

	for (; *path; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		if (!json_is_object(o))
			return errmsg_set(em,
			    "'%s' object has no attribute '%s'", python_type(o),
			    path);
		if (len >= sizeof(key))
			return value_missing(v);
		memcpy(key, path, len);
		key[len] = '\0';
		o = json_object_get(o, key);
		if (!o)
			return value_missing(v);
	}
	return value_json(v, o);
}

/* name or name + rest = "annotations.A.B", "sched.A", "user.A" */
static int
get_annotation(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct jobinfo *j = row;
	const json_t *o = json_object_get(j->job, "annotations");
	const char *path = *rest ? rest : f->name;
	char key[8];
	size_t len;

	if (strncmp(path, "annotations", 11) == 0)
		path += 11 + (path[11] == '.');
	if (*rest && strncmp(f->name, "annotations.", 12) != 0) {
		len = strlen(f->name) - 1;
		memcpy(key, f->name, len);
		key[len] = '\0';
		o = json_object_get(o, key);
	}
	return o ? get_below(o, path, v, em) : *path ? value_missing(v) : 0;
}

enum { URI_ANY, URI_LOCAL };

static int
get_uri(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const char *uri = jobinfo_uri(row);
	char *local;

	(void)rest, (void)em;
	if (!uri)
		return value_str(v, f->arg == URI_LOCAL ? NULL : "None");
	if (f->arg != URI_LOCAL)
		return value_take(v, jobinfo_shown_uri(row));
	local = uri_local(uri);
	return local ? value_take(v, local) : value_str(v, uri);
}

static int
get_instance(const void *row, const struct field *f, const char *rest,
    struct value *v, struct errmsg *em)
{
	const struct jobinfo *j = row;

	const char *name = f->name + strlen("instance.");
	char whole[64];

	if (*rest) {
		snprintf(whole, sizeof(whole), "%s%s", name, rest);
		name = whole;
	}
	if (!instanceinfo_knows(name))
		return errmsg_set(
		    em, "Unknown format field: instance.%s", name);
	return instanceinfo_value(j->instance, name, v);
}

#define FOR_STATUS   "state result"
#define FOR_INSTANCE "state annotations userid"
#define FOR_REASON                                                       \
	"state result waitstatus exception_occurred exception_severity " \
	"exception_type exception_note"

const struct field jobinfo_fields[] = {
	{ "id", "JOBID", get_jobid, 0, NULL },
	{ "id.dec", "JOBID", get_id, FLUID_DEC, NULL },
	{ "id.hex", "JOBID", get_id, FLUID_HEX, NULL },
	{ "id.dothex", "JOBID", get_id, FLUID_DOTHEX, NULL },
	{ "id.f58", "JOBID", get_id, FLUID_F58, NULL },
	{ "id.f58plain", "JOBID", get_id, FLUID_F58PLAIN, NULL },
	{ "id.kvs", "JOBID", get_id, FLUID_KVS, NULL },
	{ "id.words", "JOBID", get_id, FLUID_WORDS, NULL },
	{ "id.emoji", "JOBID", get_id, FLUID_EMOJI, NULL },
	{ "userid", "UID", get_plain, REQUIRED, "userid" },
	{ "username", "USER", get_username, 0, "userid" },
	{ "urgency", "URG", get_plain, REQUIRED, "urgency" },
	{ "priority", "PRI", get_plain, 0, "priority" },
	{ "state", "STATE", get_state, JOBNAME_LONG, "state" },
	{ "state_single", "S", get_state, JOBNAME_SHORT, "state" },
	{ "state_emoji", "STATE", get_state, JOBNAME_EMOJI, "state" },
	{ "name", "NAME", get_plain, 0, "name" },
	{ "cwd", "CWD", get_plain, 0, "cwd" },
	{ "queue", "QUEUE", get_plain, 0, "queue" },
	{ "project", "PROJECT", get_plain, 0, "project" },
	{ "bank", "BANK", get_plain, 0, "bank" },
	{ "ntasks", "NTASKS", get_plain, 0, "ntasks" },
	{ "ncores", "NCORES", get_plain, 0, "ncores" },
	{ "nnodes", "NNODES", get_plain, 0, "nnodes" },
	{ "ranks", "RANKS", get_plain, 0, "ranks" },
	{ "nodelist", "NODELIST", get_plain, 0, "nodelist" },
	{ "duration", "DURATION", get_number, 0, "duration" },
	{ "expiration", "EXPIRATION", get_number, 0, "expiration" },
	{ "t_remaining", "T_REMAINING", get_time, TIME_REMAINING,
	    "expiration state result" },
	{ "t_submit", "T_SUBMIT", get_number, 0, "t_submit" },
	{ "t_depend", "T_DEPEND", get_number, 0, "t_depend" },
	{ "t_priority", "T_PRIORITY", get_number, 0, "t_priority" },
	{ "t_sched", "T_SCHED", get_number, 0, "t_sched" },
	{ "t_run", "T_RUN", get_number, 0, "t_run" },
	{ "t_cleanup", "T_CLEANUP", get_number, 0, "t_cleanup" },
	{ "t_inactive", "T_INACTIVE", get_number, 0, "t_inactive" },
	{ "runtime", "RUNTIME", get_time, TIME_RUN, "t_run t_cleanup" },
	{ "contextual_time", "TIME", get_time, TIME_CONTEXT,
	    "state t_run t_cleanup duration" },
	{ "contextual_info", "INFO", get_context, 0,
	    "state dependencies annotations urgency priority nodelist" },
	{ "status", "STATUS", get_status, JOBNAME_LONG, FOR_STATUS },
	{ "status_abbrev", "ST", get_status, JOBNAME_SHORT, FOR_STATUS },
	{ "status_emoji", "STATUS", get_status, JOBNAME_EMOJI, FOR_STATUS },
	{ "result", "RESULT", get_result, JOBNAME_LONG, FOR_STATUS },
	{ "result_abbrev", "RS", get_result, JOBNAME_SHORT, FOR_STATUS },
	{ "result_emoji", "RESULT", get_result, JOBNAME_EMOJI, FOR_STATUS },
	{ "success", "SUCCESS", get_plain, 0, "success" },
	{ "waitstatus", "WSTATUS", get_plain, 0, "waitstatus" },
	{ "maxrss", "MAXRSS", get_plain, 0, "maxrss" },
	{ "cputime", "CPUTIME", get_plain, 0, "cputime" },
	{ "returncode", "RC", get_returncode, 0, "state result waitstatus" },
	{ "exception.occurred", "EXCEPTION-OCCURRED", get_plain, 0,
	    "exception_occurred" },
	{ "exception.severity", "EXCEPTION-SEVERITY", get_plain, 0,
	    "exception_severity" },
	{ "exception.type", "EXCEPTION-TYPE", get_plain, 0, "exception_type" },
	{ "exception.note", "EXCEPTION-NOTE", get_plain, 0, "exception_note" },
	{ "inactive_reason", "INACTIVE-REASON", get_reason, 0, FOR_REASON },
	{ "dependencies", "DEPENDENCIES", get_dependencies, 0, "dependencies" },

	{ "annotations", "ANNOTATIONS", get_annotation, 0, "annotations" },
	{ "annotations.sched.t_estimate", "T_ESTIMATE", get_annotation, 0,
	    "annotations" },
	{ "annotations.sched.reason_pending", "REASON", get_annotation, 0,
	    "annotations" },
	{ "annotations.sched.resource_summary", "RESOURCES", get_annotation, 0,
	    "annotations" },
	{ "annotations.", "*", get_annotation, 0, "annotations" },
	{ "sched", "SCHED", get_annotation, 0, "annotations" },
	{ "sched.t_estimate", "T_ESTIMATE", get_annotation, 0, "annotations" },
	{ "sched.reason_pending", "REASON", get_annotation, 0, "annotations" },
	{ "sched.resource_summary", "RESOURCES", get_annotation, 0,
	    "annotations" },
	{ "sched.", NULL, get_annotation, 0, "annotations" },
	{ "user", "USER", get_annotation, 0, "annotations" },
	{ "user.", NULL, get_annotation, 0, "annotations" },
	{ "uri", "URI", get_uri, URI_ANY, "annotations" },
	{ "uri.local", "URI", get_uri, URI_LOCAL, "annotations" },

	{ "instance.stats", "STATS", get_instance, 0, FOR_INSTANCE },
	{ "instance.stats.total", "NJOBS", get_instance, 0, FOR_INSTANCE },
	{ "instance.progress", "PROG", get_instance, 0, FOR_INSTANCE },
	{ "instance.utilization", "CORE%", get_instance, 0, FOR_INSTANCE },
	{ "instance.gpu_utilization", "GPU%", get_instance, 0, FOR_INSTANCE },
	{ "instance.resources.all.nnodes", "NODES", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.all.ncores", "CORES", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.all.ngpus", "GPUS", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.up.nnodes", "UP", get_instance, 0, FOR_INSTANCE },
	{ "instance.resources.up.ncores", "UP", get_instance, 0, FOR_INSTANCE },
	{ "instance.resources.up.ngpus", "UP", get_instance, 0, FOR_INSTANCE },
	{ "instance.resources.down.nnodes", "DOWN", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.down.ncores", "DOWN", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.down.ngpus", "DOWN", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.allocated.nnodes", "USED", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.allocated.ncores", "USED", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.allocated.ngpus", "USED", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.free.nnodes", "FREE", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.free.ncores", "FREE", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.free.ngpus", "FREE", get_instance, 0,
	    FOR_INSTANCE },
	{ "instance.resources.", "*", get_instance, 0, FOR_INSTANCE },
	{ "instance.", "*", get_instance, 0, FOR_INSTANCE },
	{ NULL, NULL, NULL, 0, NULL },
};
