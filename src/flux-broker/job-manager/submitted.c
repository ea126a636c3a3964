/* SPDX-License-Identifier: MIT */
/*
 * The record of a J is J itself, or, if it shares its environment,
 *     @NUMBER AT HEADER TRAILER\nREST
 * where REST is the payload without the text of shared environment NUMBER,
 * which belongs at offset AT; HEADER and TRAILER are what stands before and
 * after the payload in J. base64 has one text for one payload, so that J can be
 * put together again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../store/store.h"
#include "base64.h"
#include "environments.h"
#include "jobspec.h"
#include "jsonread.h"
#include "signedspec.h"
#include "submitted.h"

/* Stands in an environment for what was cut out of it. */
#define MARK_NAME "\177"
#define MARK      "{\"" MARK_NAME "\":0"

/* ---- decoding without what is shared ---- */

/* before, MARK, after. */
static json_t *
decode_around(
    const char *before, size_t nbefore, const char *after, size_t nafter)
{
	size_t mark = sizeof(MARK) - 1, n = nbefore + mark + nafter;
	char *text = malloc(n);
	json_t *o, *env, *system;

	if (!text)
		return NULL;
	memcpy(text, before, nbefore);
	memcpy(text + nbefore, MARK, mark);
	memcpy(text + nbefore + mark, after, nafter);
	o = json_read(text, n, 0);
	free(text);
	system = jobspec_system(o);
	env = json_object_get(system, "environment");
	if (json_object_del(env, MARK_NAME) < 0) {
		json_decref(o);
		return NULL;
	}
	if (json_object_size(env) == 0)
		json_object_del(system, "environment");
	return o;
}

json_t *
submitted_decode(const struct submitted *s)
{
	size_t behind = s->at + s->shared->len;

	return decode_around(
	    s->payload, s->at, s->payload + behind, s->len - behind);
}

/* ---- to the store ---- */

static int
put_whole(struct broker *b, uint64_t id, const struct submitted *s)
{
	char *J = strndup(s->J, s->J_len);
	int r = J ? store_put(b, id, "J", J) : -1;

	free(J);
	return r;
}

int
submitted_put(struct broker *b, uint64_t id, const struct submitted *s)
{
	unsigned number = s->shared ? environments_number(b, s->shared) : 0;
	const char *dot = memchr(s->J, '.', s->J_len), *last;
	char *text;
	int n, r;

	if (number == 0 || !dot)
		return put_whole(b, id, s);
	last = memchr(dot + 1, '.', (size_t)(s->J + s->J_len - dot - 1));
	n = asprintf(&text, "@%u %zu %.*s %.*s\n%.*s%s", number, s->at,
	    (int)(dot - s->J), s->J, (int)(s->J + s->J_len - last), last,
	    (int)s->at, s->payload, s->payload + s->at + s->shared->len);
	if (n < 0)
		return -1;
	r = store_put(b, id, "J", text);
	free(text);
	return r;
}

/* ---- from the store ---- */

/* A record, taken apart. */
struct record {
	unsigned number;
	size_t at;
	const char *header, *trailer, *rest; /* header and trailer: not ended */
	int nheader, ntrailer;
	size_t nrest;
};

static int
parse(struct record *r, const char *text, size_t len)
{
	const char *eol = memchr(text, '\n', len), *space;
	int n = 0;

	errno = EINVAL;
	if (!eol || sscanf(text, "@%u %zu %n", &r->number, &r->at, &n) < 2 ||
	    n == 0)
		return -1;
	r->header = text + n;
	if (!(space = memchr(r->header, ' ', (size_t)(eol - r->header))))
		return -1;
	r->nheader = (int)(space - r->header);
	r->trailer = space + 1;
	r->ntrailer = (int)(eol - r->trailer);
	r->rest = eol + 1;
	r->nrest = len - (size_t)(r->rest - text);
	return r->at <= r->nrest ? 0 : -1;
}

static char *
put_together(const struct record *r, const struct shared_env *e)
{
	size_t n = r->nrest + e->len;
	char *payload = malloc(n), *text = NULL, *J = NULL;

	if (payload) {
		memcpy(payload, r->rest, r->at);
		memcpy(payload + r->at, e->text, e->len);
		memcpy(payload + r->at + e->len, r->rest + r->at,
		    r->nrest - r->at);
		text = base64_encode(payload, n);
	}
	if (!text || asprintf(&J, "%.*s.%s%.*s", r->nheader, r->header, text,
			 r->ntrailer, r->trailer) < 0)
		J = NULL;
	free(text);
	free(payload);
	return J;
}

char *
submitted_get(struct broker *b, uint64_t id)
{
	size_t len;
	const char *text = store_get(b, id, "J", &len);
	struct shared_env *e;
	struct record r;
	char *J = NULL;

	if (!text || *text != '@')
		return text ? strdup(text) : NULL;
	if (parse(&r, text, len) < 0 || !(e = environments_get(b, r.number)))
		return NULL;
	J = put_together(&r, e);
	shared_env_unref(e);
	return J;
}

char *
submitted_brief(struct broker *b, uint64_t id)
{
	size_t len, mark = sizeof(MARK) - 1;
	const char *text = store_get(b, id, "J", &len);
	struct record r;
	char *brief;

	if (!text || *text != '@' || store_get(b, id, "jobspec", NULL) ||
	    parse(&r, text, len) < 0 || !(brief = malloc(r.nrest + mark + 1)))
		return NULL;
	memcpy(brief, r.rest, r.at);
	memcpy(brief + r.at, MARK, mark);
	memcpy(brief + r.at + mark, r.rest + r.at, r.nrest - r.at);
	brief[r.nrest + mark] = '\0';
	return brief;
}

static json_t *
jobspec_of_J(const char *J)
{
	uint32_t userid;
	char *text = signedspec_unwrap(J, &userid);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return o;
}

json_t *
submitted_jobspec(struct broker *b, uint64_t id, struct shared_env **shared)
{
	size_t len;
	const char *text = store_get(b, id, "J", &len);
	struct record r;
	json_t *o;

	*shared = NULL;
	if (!text || *text != '@')
		return text ? jobspec_of_J(text) : NULL;
	if (parse(&r, text, len) < 0 ||
	    !(*shared = environments_get(b, r.number)))
		return NULL;
	o = decode_around(r.rest, r.at, r.rest + r.at, r.nrest - r.at);
	if (!o) {
		shared_env_unref(*shared);
		*shared = NULL;
		errno = EINVAL;
	}
	return o;
}
