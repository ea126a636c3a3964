/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/sharedenv.h"
#include "../job-manager/submitted.h"
#include "jobspec.h"
#include "jsoncut.h"
#include "jsonread.h"
#include "last.h"

enum { LEN_MAX = 1 << 20 };

struct last_submission {
	struct base64_known
	    known; /* owns both; text is NULL if there is none */
	struct shared_env *shared; /* a reference */
	size_t at;                 /* of it, in the payload */
	size_t end;                /* of its environment: at the brace */
	json_t *jobspec;           /* without any environment */
};

const struct base64_known *
last_known(const struct broker *b)
{
	return b->last_submission->known.text ? &b->last_submission->known
					      : NULL;
}

/* What environment lies over what is shared: text like `,"A":"b"`. NULL: that
 * is no list of variables. */
static json_t *
own_variables(const char *text, size_t len)
{
	char *object;
	json_t *o;

	if (len == 0)
		return json_object();
	if (!(object = malloc(len + 1)))
		return NULL;
	memcpy(object, text, len);
	object[0] = '{';
	object[len] = '}';
	o = json_read(object, len + 1, 0);
	free(object);
	return o;
}

/* A jobspec with a system object of its own, without environment; the rest is
 * that of o. */
static json_t *
copy_jobspec(json_t *o)
{
	json_t *attributes = json_copy(json_object_get(o, "attributes"));
	json_t *system = json_copy(json_object_get(attributes, "system"));
	json_t *copy = json_copy(o);

	json_object_del(system, "environment");
	if (json_object_set_new(attributes, "system", system) < 0 ||
	    json_object_set(copy, "attributes", attributes) < 0) {
		json_decref(copy);
		copy = NULL;
	}
	json_decref(attributes);
	return copy;
}

/* Is all around the environment the same? end: where that of s ends. */
static bool
is_like(const struct last_submission *l, const struct submitted *s, size_t end)
{
	return l->shared == s->shared && l->at == s->at && end < s->len &&
	       s->len - end == l->known.len - l->end &&
	       memcmp(s->payload, l->known.data, s->at) == 0 &&
	       memcmp(s->payload + end, l->known.data + l->end, s->len - end) ==
		   0;
}

json_t *
last_decode(const struct broker *b, const struct submitted *s)
{
	size_t behind = s->at + s->shared->len;
	size_t end = jsoncut_flat_end(s->payload, s->len, behind);
	json_t *own, *o;

	if (!b->last_submission->jobspec ||
	    !is_like(b->last_submission, s, end) ||
	    !(own = own_variables(s->payload + behind, end - behind)))
		return NULL;
	if (!(o = copy_jobspec(b->last_submission->jobspec)) ||
	    json_object_size(own) == 0)
		json_decref(own);
	else
		json_object_set_new(jobspec_system(o), "environment", own);
	return o;
}

static void
forget(struct last_submission *l)
{
	free((char *)l->known.text);
	free((char *)l->known.data);
	shared_env_unref(l->shared);
	json_decref(l->jobspec);
	*l = (struct last_submission){ 0 };
}

static void *
copy(const void *data, size_t len)
{
	void *p = malloc(len + 1);

	return p ? memcpy(p, data, len) : NULL;
}

void
last_keep(struct broker *b, const struct submitted *s, json_t *jobspec)
{
	const char *text = memchr(s->J, '.', s->J_len), *end;
	struct last_submission *l = b->last_submission;

	forget(l);
	if (!text || s->len > LEN_MAX)
		return;
	text++;
	end = memchr(text, '.', (size_t)(s->J + s->J_len - text));
	l->known.n = (size_t)(end - text);
	l->known.len = s->len;
	l->known.text = copy(text, l->known.n);
	l->known.data = copy(s->payload, s->len);
	if (!l->known.text || !l->known.data) {
		forget(l);
		return;
	}
	if (!s->shared)
		return;
	l->shared = shared_env_ref(s->shared);
	l->at = s->at;
	l->end = jsoncut_flat_end(s->payload, s->len, s->at + s->shared->len);
	if (l->end < s->len)
		l->jobspec = copy_jobspec(jobspec);
}

int
last_create(struct broker *b)
{
	return (b->last_submission = calloc(1, sizeof(*b->last_submission)))
		   ? 0
		   : -1;
}

void
last_destroy(struct broker *b)
{
	if (b->last_submission)
		forget(b->last_submission);
	free(b->last_submission);
	b->last_submission = NULL;
}
