/* SPDX-License-Identifier: MIT */
/*
 * Jobs as listings see them: what is in the object of job-list, and what
 * follows from it.
 */
#include <sys/queue.h>
#include <sys/wait.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "instanceinfo.h"
#include "jobinfoimpl.h"
#include "uri.h"

/* User names by number: asking for each row could be asking a server. */
struct user {
	SLIST_ENTRY(user) entry;
	uint32_t userid;
	char name[];
};

struct jobinfo_shared {
	double now;
	bool resolves_local;
	SLIST_HEAD(, user) users;
};

struct jobinfo_shared *
jobinfo_shared_create(void)
{
	struct jobinfo_shared *s = calloc(1, sizeof(*s));
	struct timespec ts;

	if (!s)
		return NULL;
	clock_gettime(CLOCK_REALTIME, &ts);
	s->now = ts.tv_sec + ts.tv_nsec * 1e-9;
	s->resolves_local = getenv("FLUX_URI_RESOLVE_LOCAL") != NULL;
	return s;
}

void
jobinfo_shared_destroy(struct jobinfo_shared *s)
{
	struct user *u;

	if (!s)
		return;
	while ((u = SLIST_FIRST(&s->users))) {
		SLIST_REMOVE_HEAD(&s->users, entry);
		free(u);
	}
	free(s);
}

struct jobinfo *
jobinfo_create(struct jobinfo_shared *s, json_t *job)
{
	struct jobinfo *j;

	if (!json_is_integer(json_object_get(job, "id"))) {
		errno = EPROTO;
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->job = json_incref(job);
	j->shared = s;
	return j;
}

void
jobinfo_destroy(struct jobinfo *j)
{
	int saved = errno;

	if (!j)
		return;
	json_decref(j->job);
	instanceinfo_destroy(j->instance);
	free(j);
	errno = saved;
}

uint64_t
jobinfo_id(const struct jobinfo *j)
{
	return json_integer_value(json_object_get(j->job, "id"));
}

int
jobinfo_state(const struct jobinfo *j)
{
	return json_integer_value(json_object_get(j->job, "state"));
}

int
jobinfo_result(const struct jobinfo *j)
{
	if (jobinfo_state(j) != JOB_INACTIVE)
		return 0;
	return json_integer_value(json_object_get(j->job, "result"));
}

int64_t
jobinfo_userid(const struct jobinfo *j)
{
	const json_t *o = json_object_get(j->job, "userid");

	return o ? json_integer_value(o) : -1;
}

const char *
jobinfo_uri(const struct jobinfo *j)
{
	const json_t *o = json_object_get(j->job, "annotations");

	o = json_object_get(json_object_get(o, "user"), "uri");
	return json_string_value(o);
}

bool
jobinfo_is_instance(const struct jobinfo *j)
{
	return jobinfo_state(j) == JOB_RUN && jobinfo_uri(j);
}

double
jobinfo_now(const struct jobinfo *j)
{
	return j->shared->now;
}

char *
jobinfo_shown_uri(const struct jobinfo *j)
{
	const char *uri = jobinfo_uri(j);
	char *local = j->shared->resolves_local ? uri_local(uri) : NULL;

	return local ? local : strdup(uri);
}

double
jobinfo_number(const struct jobinfo *j, const char *key)
{
	return json_number_value(json_object_get(j->job, key));
}

const char *
jobinfo_text(const struct jobinfo *j, const char *key)
{
	return json_string_value(json_object_get(j->job, key));
}

double
jobinfo_runtime(const struct jobinfo *j)
{
	double t_run = jobinfo_number(j, "t_run");
	double t_cleanup = jobinfo_number(j, "t_cleanup");

	if (t_run <= 0)
		return 0;
	return (t_cleanup > 0 ? t_cleanup : j->shared->now) - t_run;
}

double
jobinfo_remaining(const struct jobinfo *j)
{
	double expiration = jobinfo_number(j, "expiration");

	if (jobinfo_state(j) != JOB_RUN || expiration <= j->shared->now)
		return 0;
	return expiration - j->shared->now;
}

int
jobinfo_returncode(const struct jobinfo *j, int *code)
{
	const json_t *o = json_object_get(j->job, "waitstatus");
	int status = json_integer_value(o);

	if (jobinfo_state(j) != JOB_INACTIVE)
		return -1;
	if (!o)
		*code = jobinfo_result(j) == JOB_CANCELED ? -128 : 1;
	else
		*code = WIFSIGNALED(status) ? -WTERMSIG(status)
					    : WEXITSTATUS(status);
	return 0;
}

static struct user *
find_user(struct jobinfo_shared *s, uint32_t userid)
{
	struct user *u;
	struct passwd *pw;
	char number[16];
	const char *name = number;

	SLIST_FOREACH(u, &s->users, entry)
		if (u->userid == userid)
			return u;
	pw = getpwuid(userid);
	snprintf(number, sizeof(number), "%u", userid);
	if (pw)
		name = pw->pw_name;
	u = malloc(sizeof(*u) + strlen(name) + 1);
	if (!u)
		return NULL;
	u->userid = userid;
	memcpy(u->name, name, strlen(name) + 1);
	SLIST_INSERT_HEAD(&s->users, u, entry);
	return u;
}

char *
jobinfo_username(const struct jobinfo *j)
{
	struct user *u = find_user(j->shared, jobinfo_userid(j));

	return u ? strdup(u->name) : NULL;
}

/* Add the words of a list that are not in the array yet. */
static int
add_words(json_t *array, const char *words)
{
	size_t len, i;
	json_t *o;

	for (; *words; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		json_array_foreach(array, i, o) {
			const char *s = json_string_value(o);

			if (strlen(s) == len && strncmp(s, words, len) == 0)
				break;
		}
		if (i == json_array_size(array) &&
		    json_array_append_new(array, json_stringn(words, len)) < 0)
			return -1;
	}
	return 0;
}

static json_t *
attrs_of(const struct format *f, const char *more, bool only_measured)
{
	json_t *array = json_array();
	const struct field *field;
	size_t i;
	int rc = array ? add_words(array, more) : -1;

	for (i = 0; rc == 0 && (field = format_field(f, i, NULL)); i++)
		if (field->needs &&
		    (!only_measured || format_is_measured(f, i)))
			rc = add_words(array, field->needs);
	if (rc < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

json_t *
jobinfo_attrs(const struct format *f, const char *more)
{
	return attrs_of(f, more, false);
}

json_t *
jobinfo_attrs_measured(const struct format *f)
{
	return attrs_of(f, "", true);
}

bool
jobinfo_wants_instance(const struct format *f)
{
	const struct field *field;
	size_t i;

	for (i = 0; (field = format_field(f, i, NULL)); i++)
		if (strncmp(field->name, "instance.", 9) == 0)
			return true;
	return false;
}
