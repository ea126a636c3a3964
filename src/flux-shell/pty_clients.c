/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "pty_clients.h"
#include "service.h"
#include "shell.h"

struct pty_client {
	LIST_ENTRY(pty_client) next;
	struct msg *m; /* the attach request */
	bool reads, writes;
};

void
pty_clients_init(struct pty_clients *cs, struct shell *sh)
{
	cs->sh = sh;
	cs->were_there = false;
	LIST_INIT(&cs->list);
}

void
pty_clients_forget(struct pty_clients *cs, struct pty_client *c)
{
	(void)cs;
	LIST_REMOVE(c, next);
	msg_unref(c->m);
	free(c);
}

void
pty_clients_drop(struct pty_clients *cs, struct pty_client *c)
{
	service_error(cs->sh, c->m, ENODATA, NULL);
	pty_clients_forget(cs, c);
}

void
pty_clients_fini(struct pty_clients *cs)
{
	while (!LIST_EMPTY(&cs->list))
		pty_clients_drop(cs, LIST_FIRST(&cs->list));
}

int
pty_clients_add(struct pty_clients *cs, const struct msg *m, const json_t *o)
{
	const char *mode = json_string_value(json_object_get(o, "mode"));
	struct pty_client *c;
	json_t *answer;

	if (!(m->flags & MSG_STREAMING) || !mode)
		return EPROTO;
	if (pty_clients_find(cs, m))
		return EEXIST;
	if (!(c = calloc(1, sizeof(*c))))
		return ENOMEM;
	c->m = msg_ref((struct msg *)m);
	c->reads = strcmp(mode, "wo") != 0;
	c->writes = strcmp(mode, "ro") != 0;
	LIST_INSERT_HEAD(&cs->list, c, next);
	cs->were_there = true;
	answer = json_pack("{s:s}", "type", "attach");
	service_reply(cs->sh, m, answer);
	json_decref(answer);
	return 0;
}

struct pty_client *
pty_clients_find(const struct pty_clients *cs, const struct msg *m)
{
	struct pty_client *c;

	LIST_FOREACH(c, &cs->list, next)
		if (strcmp(msg_sender(c->m), msg_sender(m)) == 0)
			return c;
	return NULL;
}

bool
pty_client_may_write(const struct pty_client *c)
{
	return c->writes;
}

static json_t *
encode(const char *data, size_t len)
{
	json_t *text = memchr(data, '\0', len) ? NULL : json_stringn(data, len);
	char *base64;
	json_t *o;

	if (text)
		return json_pack("{s:s s:o}", "type", "data", "data", text);
	if (!(base64 = base64_encode(data, len)))
		return NULL;
	o = json_pack("{s:s s:s s:s}", "type", "data", "encoding", "base64",
	    "data", base64);
	free(base64);
	return o;
}

static void
send_all(struct pty_clients *cs, const json_t *o)
{
	struct pty_client *c;

	LIST_FOREACH(c, &cs->list, next)
		if (c->reads)
			service_reply(cs->sh, c->m, o);
}

void
pty_clients_data(struct pty_clients *cs, const char *data, size_t len)
{
	json_t *o;

	if (LIST_EMPTY(&cs->list))
		return;
	if ((o = encode(data, len)))
		send_all(cs, o);
	json_decref(o);
}

void
pty_clients_exit(struct pty_clients *cs, int status)
{
	json_t *o = json_pack("{s:s s:s s:i}", "type", "exit", "message",
	    "session exiting", "status", status);

	if (o)
		send_all(cs, o);
	json_decref(o);
	pty_clients_fini(cs);
}
