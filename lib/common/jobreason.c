/* SPDX-License-Identifier: MIT */
/*
 * Jobs in words: the names of states and results, what a job waits for, why
 * it ended.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formatconv.h"
#include "jobinfoimpl.h"

struct names {
	int bit;
	const char *name[3]; /* by enum jobname */
};

static const struct names states[] = {
	{ JOB_NEW, { "NEW", "N", "\U0001F381" } },
	{ JOB_DEPEND, { "DEPEND", "D", "\U0001F6D1" } },
	{ JOB_PRIORITY, { "PRIORITY", "P", "\U0001F6A6" } },
	{ JOB_SCHED, { "SCHED", "S", "\U0001F4C5" } },
	{ JOB_RUN, { "RUN", "R", "\U0001F3C3" } },
	{ JOB_CLEANUP, { "CLEANUP", "C", "\U0001F5D1" } },
	{ JOB_INACTIVE, { "INACTIVE", "I", "\U0001F480" } },
	{ 0, { NULL, NULL, NULL } },
};

static const struct names results[] = {
	{ JOB_COMPLETED, { "COMPLETED", "CD", "\U0001F600" } },
	{ JOB_FAILED, { "FAILED", "F", "\U0001F4A9" } },
	{ JOB_CANCELED, { "CANCELED", "CA", "\U0001F4A5" } },
	{ JOB_TIMEOUT, { "TIMEOUT", "TO", "\u231B" } },
	{ 0, { NULL, NULL, NULL } },
};

static const char *
find_name(const struct names *n, int bit, enum jobname form)
{
	while (n->bit && n->bit != bit)
		n++;
	return n->name[form];
}

const char *
jobinfo_state_name(int state, enum jobname form)
{
	return find_name(states, state, form);
}

const char *
jobinfo_result_name(int result, enum jobname form)
{
	return find_name(results, result, form);
}

/* "begin-time=EPOCH" as "begin@HH:MM", with the day if it is another one. */
static json_t *
begin_time(const char *epoch, double now)
{
	time_t t = (time_t)strtod(epoch, NULL), today = (time_t)now;
	struct tm tm, now_tm;
	char day[32] = "", text[64];

	if (!localtime_r(&t, &tm) || !localtime_r(&today, &now_tm))
		return NULL;
	if (tm.tm_year != now_tm.tm_year || tm.tm_yday != now_tm.tm_yday)
		strftime(day, sizeof(day), "%b%d-", &tm);
	snprintf(text, sizeof(text), "begin@%s%02d:%02d", day, tm.tm_hour,
	    tm.tm_min);
	if (tm.tm_sec != 0)
		snprintf(text + strlen(text), 4, ":%02d", tm.tm_sec);
	return json_string(text);
}

json_t *
jobinfo_dependencies(const struct jobinfo *j)
{
	const json_t *deps = json_object_get(j->job, "dependencies");
	json_t *out = json_array(), *o, *nice;
	size_t i;

	json_array_foreach(deps, i, o) {
		const char *s = json_string_value(o);

		if (!s)
			continue;
		nice = NULL;
		if (strncmp(s, "begin-time=", 11) == 0)
			nice = begin_time(s + 11, jobinfo_now(j));
		json_array_append_new(out, nice ? nice : json_string(s));
	}
	return out;
}

/* prefix + the dependencies, joined by commas. */
static char *
join_dependencies(const struct jobinfo *j, const char *prefix)
{
	json_t *deps = jobinfo_dependencies(j), *o;
	char *text = NULL;
	size_t size, i;
	FILE *fp = open_memstream(&text, &size);

	if (!fp) {
		json_decref(deps);
		return NULL;
	}
	fputs(prefix, fp);
	json_array_foreach(deps, i, o)
		fprintf(fp, "%s%s", i > 0 ? "," : "", json_string_value(o));
	json_decref(deps);
	if (fclose(fp) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

static char *
sched_context(const struct jobinfo *j)
{
	const json_t *o = json_object_get(j->job, "annotations");
	double eta;
	char duration[32], text[40];

	o = json_object_get(json_object_get(o, "sched"), "t_estimate");
	if (json_is_number(o)) {
		eta = json_number_value(o) - jobinfo_now(j);
		if (eta <= 0)
			return strdup("eta:now");
		snprintf(text, sizeof(text), "eta:%s",
		    format_duration(duration, sizeof(duration), eta));
		return strdup(text);
	}
	o = json_object_get(j->job, "urgency");
	if (o && json_integer_value(o) == 0)
		return strdup("held");
	o = json_object_get(j->job, "priority");
	if (o && json_integer_value(o) == 0)
		return strdup("priority-hold");
	return strdup("");
}

char *
jobinfo_context(const struct jobinfo *j)
{
	const char *nodelist = jobinfo_text(j, "nodelist");

	switch (jobinfo_state(j)) {
	case JOB_NEW:
		return strdup("");
	case JOB_DEPEND:
		return join_dependencies(j, "depends:");
	case JOB_PRIORITY:
		return strdup("priority-wait");
	case JOB_SCHED:
		return sched_context(j);
	}
	return strdup(nodelist ? nodelist : "");
}

static char *
concat(const char *a, const char *b, const char *c, const char *d)
{
	char *out;

	return asprintf(&out, "%s%s%s%s", a, b, c, d) < 0 ? NULL : out;
}

static char *
failed_code(int code)
{
	char text[64];
	const char *signal;

	if (code == 126)
		return strdup("Command invoked cannot execute");
	if (code == 127)
		return strdup("command not found");
	if (code == 128)
		return strdup("Invalid argument to exit");
	if (code > 128) {
		signal = sigdescr_np(code - 128);
		if (signal)
			return strdup(signal);
		snprintf(text, sizeof(text), "Signaled %d", code - 128);
	} else {
		snprintf(text, sizeof(text), "Exit %d", code);
	}
	return strdup(text);
}

static char *
failed_reason(const struct jobinfo *j)
{
	const char *type = jobinfo_text(j, "exception_type");
	const char *note = jobinfo_text(j, "exception_note");
	const json_t *severity = json_object_get(j->job, "exception_severity");
	int code = 1;

	if (type && strcmp(type, "exec") != 0 && severity &&
	    json_integer_value(severity) == 0)
		return note && *note
			   ? concat("Exception: type=", type, " note=", note)
			   : concat("Exception: type=", type, "", "");
	jobinfo_returncode(j, &code);
	return failed_code(code);
}

char *
jobinfo_reason(const struct jobinfo *j)
{
	const char *note = jobinfo_text(j, "exception_note");
	const char *type = jobinfo_text(j, "exception_type");

	switch (jobinfo_result(j)) {
	case JOB_COMPLETED:
		return strdup("Exit 0");
	case JOB_FAILED:
		return failed_reason(j);
	case JOB_CANCELED:
		if (note && *note && type && strcmp(type, "cancel") == 0)
			return concat("Canceled: ", note, "", "");
		return strdup("Canceled");
	case JOB_TIMEOUT:
		return strdup("Timeout");
	}
	return strdup("");
}
