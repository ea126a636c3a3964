/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../store/store.h"
#include "environments.h"
#include "jsoncut.h"

enum {
	LEN_MIN = 256, /* a shorter one is not worth it */
	LEN_MAX = 1 << 17,
	KEEP = 16,           /* so many are known that no record refers to */
	NUMBERED = 256,      /* so many are in memory that records refer to */
	NUMBER_MAX = 100000, /* in a statedir, over all of its life */
};

struct environments {
	struct shared_env *first; /* the one used last; a reference to each */
	int nknown, nnumbered;
	unsigned last_number;
};

/* ---- those that are known ---- */

static void
add_first(struct environments *es, struct shared_env *e)
{
	e->next = es->first;
	es->first = e;
}

/* May it be forgotten? One with a number can be read back from a statedir. */
static bool
is_spare(struct broker *b, const struct shared_env *e)
{
	const struct environments *es = b->environments;

	if (e->number == 0)
		return es->nknown - es->nnumbered > KEEP;
	return es->nnumbered > NUMBERED && store_is_durable(b);
}

/* Forget what was not used for the longest time. */
static void
shrink(struct broker *b)
{
	struct environments *es = b->environments;
	struct shared_env **p, **last = NULL, *e;

	for (p = &es->first; *p; p = &(*p)->next)
		if (is_spare(b, *p))
			last = p;
	if (!last || last == &es->first)
		return;
	e = *last;
	*last = e->next;
	es->nknown--;
	es->nnumbered -= e->number > 0;
	shared_env_unref(e);
}

static void
add(struct broker *b, struct shared_env *e)
{
	struct environments *es = b->environments;

	add_first(es, e);
	es->nknown++;
	es->nnumbered += e->number > 0;
	shrink(b);
}

static bool
begins_with(const struct shared_env *e, const char *text, size_t len)
{
	return len > e->len && memcmp(text, e->text, e->len) == 0 &&
	       (text[e->len] == '}' || text[e->len] == ',');
}

struct shared_env *
environments_match(
    struct broker *b, const char *jobspec, size_t len, size_t *at)
{
	struct environments *es = b->environments;
	size_t from = jsoncut_object(jobspec, len, "environment");
	struct shared_env *e;

	if (from == len)
		return NULL;
	for (struct shared_env **p = &es->first; (e = *p); p = &e->next) {
		if (!begins_with(e, jobspec + from, len - from))
			continue;
		*p = e->next;
		add_first(es, e);
		e->matches++;
		*at = from;
		return shared_env_ref(e);
	}
	return NULL;
}

/* Where what is shared ends: before FLUX_JOB_CC, which is another in each job,
 * if that is the last member. */
static size_t
shared_end(const char *text, size_t from, size_t end)
{
	static const char cc[] = ",\"FLUX_JOB_CC\"",
			  cc_spaced[] = ", \"FLUX_JOB_CC\"";
	const char *p = memmem(text + from, end - from, cc, sizeof(cc) - 1);
	struct jsoncut value;

	if (!p)
		p = memmem(
		    text + from, end - from, cc_spaced, sizeof(cc_spaced) - 1);
	if (!p ||
	    !jsoncut_string(p, (size_t)(text + end - p), "FLUX_JOB_CC", &value))
		return end;
	from = (size_t)(p - text);
	if (jsoncut_skip_space(text, end, from + value.to + 1) != end)
		return end;
	return from;
}

void
environments_learn(struct broker *b, const char *jobspec, size_t len)
{
	size_t from = jsoncut_object(jobspec, len, "environment"), end;
	struct shared_env *e;

	if (from == len)
		return;
	end = jsoncut_flat_end(jobspec, len, from + 1);
	if (end == len)
		return;
	end = shared_end(jobspec, from, end);
	if (end - from < LEN_MIN || end - from > LEN_MAX)
		return;
	if ((e = shared_env_create(jobspec + from, end - from)))
		add(b, e);
}

/* ---- in the store ---- */

static void
meta_key(char *buf, size_t size, unsigned number)
{
	snprintf(buf, size, "environment.%u", number);
}

static int
put_number(struct broker *b, const struct shared_env *e)
{
	char key[32], count[16];

	meta_key(key, sizeof(key), e->number);
	snprintf(count, sizeof(count), "%u", e->number);
	if (store_put_meta(b, key, e->text) < 0)
		return -1;
	return store_put_meta(b, "environments", count);
}

unsigned
environments_number(struct broker *b, struct shared_env *e)
{
	struct environments *es = b->environments;
	unsigned max = store_is_durable(b) ? NUMBER_MAX : NUMBERED;

	if (e->number || e->matches < 2 || es->last_number >= max)
		return e->number;
	e->number = es->last_number + 1;
	if (put_number(b, e) < 0) {
		e->number = 0;
		return 0;
	}
	es->nnumbered++;
	return es->last_number = e->number;
}

static struct shared_env *
read_back(struct broker *b, unsigned number)
{
	struct shared_env *e;
	char key[32], *text;

	meta_key(key, sizeof(key), number);
	if (!(text = store_meta(b, key)))
		return NULL;
	e = shared_env_create(text, strlen(text));
	free(text);
	if (!e) {
		errno = EINVAL;
		return NULL;
	}
	e->number = number;
	add(b, e);
	return e;
}

struct shared_env *
environments_get(struct broker *b, unsigned number)
{
	struct shared_env *e;

	for (e = b->environments->first; e; e = e->next)
		if (e->number == number)
			return shared_env_ref(e);
	return shared_env_ref(read_back(b, number));
}

void
environments_keep(struct broker *b)
{
	const struct environments *es = b->environments;
	char count[16];

	for (const struct shared_env *e = es->first; e; e = e->next)
		if (e->number)
			put_number(b, e);
	snprintf(count, sizeof(count), "%u", es->last_number);
	store_put_meta(b, "environments", count);
}

/* ---- life ---- */

int
environments_create(struct broker *b)
{
	char *count;

	if (!(b->environments = calloc(1, sizeof(*b->environments))))
		return -1;
	if ((count = store_meta(b, "environments"))) {
		b->environments->last_number =
		    (unsigned)strtoul(count, NULL, 10);
		free(count);
	}
	return 0;
}

void
environments_destroy(struct broker *b)
{
	struct environments *es = b->environments;
	struct shared_env *e;

	while (es && (e = es->first)) {
		es->first = e->next;
		shared_env_unref(e);
	}
	free(es);
	b->environments = NULL;
}
