/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../broker.h"
#include "../job-manager/environments.h"
#include "../service.h"
#include "jsoncut.h"
#include "jsonread.h"
#include "last.h"
#include "msg.h"
#include "signedspec.h"
#include "unwrap.h"

/* Stands in the request for J. */
#define MARK "\177"

/* The text of the request with MARK in the place of what is cut. */
static json_t *
load_without(const char *text, size_t len, const struct jsoncut *cut)
{
	size_t mark = sizeof(MARK) - 1, behind = len - cut->to;
	size_t n = cut->from + mark + behind;
	char *rest = malloc(n);
	json_t *o;

	if (!rest)
		return NULL;
	memcpy(rest, text, cut->from);
	memcpy(rest + cut->from, MARK, mark);
	memcpy(rest + cut->from + mark, text + cut->to, behind);
	o = json_read(rest, n, JSON_ALLOW_NUL);
	free(rest);
	return o;
}

static bool
get_numbers(const char *text, size_t len, const struct jsoncut *cut,
    struct unwrapped *u)
{
	json_t *o = load_without(text, len, cut);
	const char *J;
	bool is_good;

	is_good = o &&
		  json_unpack(o, "{s:s s:i s:i}", "J", &J, "urgency",
		      &u->urgency, "flags", &u->flags) == 0 &&
		  strcmp(J, MARK) == 0;
	json_decref(o);
	return is_good;
}

static bool
unwrap_fast(struct request *req, struct unwrapped *u)
{
	const struct msg *m = request_msg(req);
	const char *text = msg_get_text(m);
	size_t len = text ? m->payload_len - 1 : 0;
	struct jsoncut cut;

	if (!text || !jsoncut_string(text, len, "J", &cut) ||
	    !get_numbers(text, len, &cut, u))
		return false;
	u->sent.J = text + cut.from;
	u->sent.J_len = cut.to - cut.from;
	return true;
}

int
unwrap_request(struct request *req, struct unwrapped *u, struct errmsg *em)
{
	*u = (struct unwrapped){ 0 };
	if (unwrap_fast(req, u))
		return 0;
	if (request_unpack(req, "{s:s s:i s:i}", "J", &u->sent.J, "urgency",
		&u->urgency, "flags", &u->flags) == 0) {
		u->sent.J_len = strlen(u->sent.J);
		return 0;
	}
	errno = EPROTO;
	return errmsg_set(em, "error decoding job request: Protocol error");
}

int
unwrap_J(struct broker *b, struct unwrapped *u, struct errmsg *em)
{
	u->payload = signedspec_unwrap_like(
	    u->sent.J, u->sent.J_len, last_known(b), &u->signer, &u->sent.len);
	u->sent.payload = u->payload;
	if (u->payload)
		return 0;
	errno = EINVAL;
	return errmsg_set(em, "could not unwrap jobspec: Invalid argument");
}

int
unwrap_jobspec(struct broker *b, struct unwrapped *u, struct errmsg *em)
{
	struct submitted *s = &u->sent;
	json_error_t error;

	s->shared = environments_match(b, s->payload, s->len, &s->at);
	if (s->shared && (u->jobspec = last_decode(b, s)))
		return 0;
	if (s->shared && !(u->jobspec = submitted_decode(s))) {
		shared_env_unref(s->shared);
		s->shared = NULL;
	}
	if (!u->jobspec)
		u->jobspec = json_loadb(s->payload, s->len, 0, &error);
	if (u->jobspec) {
		last_keep(b, s, u->jobspec);
		return 0;
	}
	errno = EINVAL;
	return errmsg_set(em, "jobspec: invalid JSON: %s", error.text);
}

void
unwrap_fini(struct unwrapped *u)
{
	int saved = errno;

	json_decref(u->jobspec);
	shared_env_unref(u->sent.shared);
	free(u->payload);
	errno = saved;
}
