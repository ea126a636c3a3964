/* SPDX-License-Identifier: MIT */
/*
 * Most tasks never speak PMI, so the server with its presets is made when the
 * first line comes. At a barrier each shell waits for its own tasks and for
 * the shells below it in the tree, merges what they have put, and sends it up;
 * the root's answer comes down as the answers of these requests.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pmi.h"
#include "pmi_service.h"
#include "service.h"
#include "shell.h"
#include "task.h"
#include "taskmap.h"

enum {
	LINE_SIZE = 2048, /* the longest line of PMI-1 is shorter */
	FANOUT = 2,
	FANOUT_MAX = 16,
};

struct client {
	struct pmi *pmi;
	ev_io io; /* fd -1: closed */
	char buf[LINE_SIZE];
	size_t len;
};

struct pmi {
	struct shell *sh;
	struct pmi_server *server; /* NULL until somebody speaks */
	struct client *clients;    /* allocated when the task is started */
	int fanout;
	int nchildren;        /* shells below us */
	struct msg **waiting; /* their requests of this barrier */
	int nwaiting;
	json_t *puts;  /* merged so far */
	bool local_in; /* our own tasks are in the barrier */
};

/* ---- exchange ---- */

static void
release(struct pmi *p, const json_t *all)
{
	char *text = json_dumps(all, JSON_COMPACT);

	for (int i = 0; i < p->nwaiting; i++) {
		service_reply(p->sh, p->waiting[i], all);
		msg_unref(p->waiting[i]);
	}
	p->nwaiting = 0;
	p->local_in = p->sh->info.nlocal == 0;
	json_object_clear(p->puts);
	if (!text || (p->server && pmi_server_barrier_out(p->server, text) < 0))
		shell_fatal(p->sh, 1, "pmi-simple", "exchange failed");
	free(text);
}

static void
on_parent(struct handle *h, const struct reply *r, void *arg)
{
	struct pmi *p = arg;

	(void)h;
	if (r->errnum || !r->json)
		shell_fatal(p->sh, 1, "pmi-simple", "exchange: %s",
		    r->errnum ? r->text : strerror(EPROTO));
	else
		release(p, r->json);
}

static void
send_up(struct pmi *p)
{
	const struct info *info = &p->sh->info;
	int parent = (info->shell_rank - 1) / p->fanout;
	char topic[128];

	snprintf(topic, sizeof(topic), "%s.pmi-exchange", info->service);
	if (handle_rpc_new(p->sh->h, topic, info_broker_rank(info, parent), 0,
		json_deep_copy(p->puts), on_parent, p) < 0)
		shell_fatal(
		    p->sh, 1, "pmi-simple", "exchange: %s", strerror(errno));
}

static void
check_barrier(struct pmi *p)
{
	json_t *all;

	if (!p->local_in || p->nwaiting < p->nchildren)
		return;
	if (p->sh->info.shell_rank > 0) {
		send_up(p);
		return;
	}
	all = json_deep_copy(p->puts);
	release(p, all);
	json_decref(all);
}

static void
on_barrier(void *arg, const char *puts)
{
	struct pmi *p = arg;
	json_t *o = json_loads(puts, 0, NULL);

	p->local_in = true;
	json_object_update(p->puts, o);
	json_decref(o);
	check_barrier(p);
}

/* ---- clients ---- */

static void
respond(void *arg, int i, const char *line)
{
	struct pmi *p = arg;
	size_t len = strlen(line);

	/* Answers are shorter than any socket buffer and clients wait for each:
	 * one that does not take them is broken, and left to itself. */
	shell_log(p->sh, SHELL_TRACE, "pmi-simple", "%d: S: %.*s",
	    p->sh->info.ranks[i], (int)len - 1, line);
	if (p->clients[i].io.fd >= 0)
		send(p->clients[i].io.fd, line, len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
on_abort(void *arg, int i, int exitcode, const char *text)
{
	struct pmi *p = arg;
	char note[512];

	(void)exitcode;
	if (!text) {
		shell_fatal(
		    p->sh, 1, NULL, "pmi-simple: PMI-1 wire protocol error");
		return;
	}
	snprintf(note, sizeof(note), "PMI_Abort: %s", text);
	shell_log(p->sh, SHELL_FATAL, "pmi-simple", "task %d: %s",
	    p->sh->info.ranks[i], note);
	shell_raise(p->sh, note, -1);
}

static void
on_refused(void *arg, int i, const char *what)
{
	struct pmi *p = arg;

	shell_log(p->sh, SHELL_ERROR, "pmi-simple",
	    "task %d: PMI %s is not supported: a job has the tasks that it was "
	    "submitted with",
	    p->sh->info.ranks[i], what);
}

static const struct pmi_server_ops ops = {
	.respond = respond,
	.barrier = on_barrier,
	.abort = on_abort,
	.refused = on_refused,
};

static void
preset_maps(struct pmi *p)
{
	struct taskmap *map = p->sh->info.map;
	char *pmi = taskmap_encode_pmi(map), *rfc34 = NULL;
	json_t *o = taskmap_wrap(map);

	if (o)
		rfc34 = json_dumps(o, JSON_COMPACT);
	if (pmi)
		pmi_server_preset(p->server, "PMI_process_mapping", pmi);
	if (rfc34)
		pmi_server_preset(p->server, "flux.taskmap", rfc34);
	json_decref(o);
	free(pmi);
	free(rfc34);
}

static int
create_server(struct pmi *p)
{
	const struct info *info = &p->sh->info;
	const char *hint =
	    json_string_value(json_object_get(info->start, "interface_hint"));
	char level[16];

	p->server =
	    pmi_server_create(info->nlocal, info->ntasks, info->f58, &ops, p);
	if (!p->server)
		return -1;
	snprintf(level, sizeof(level), "%d", info->instance_level + 1);
	pmi_server_preset(p->server, "flux.instance-level", level);
	pmi_server_preset(p->server, "flux.tbon-interface-hint",
	    hint ? hint : "default-route");
	if (!info_option_is_on(info, "pmi-simple.nomap"))
		preset_maps(p);
	return 0;
}

static void
close_client(struct client *c)
{
	if (c->io.fd < 0)
		return;
	ev_io_stop(c->pmi->sh->loop, &c->io);
	close(c->io.fd);
	c->io.fd = -1;
}

/* Hand over the lines in the buffer. */
static void
take_lines(struct client *c)
{
	struct pmi *p = c->pmi;
	int i = (int)(c - p->clients);
	char *line = c->buf, *nl;

	while ((nl = memchr(line, '\n', c->buf + c->len - line))) {
		*nl = '\0';
		shell_log(p->sh, SHELL_TRACE, "pmi-simple", "%d: C: %s",
		    p->sh->info.ranks[i], line);
		if (pmi_server_line(p->server, i, line) == 1 || c->io.fd < 0 ||
		    p->sh->failed) {
			close_client(c);
			return;
		}
		line = nl + 1;
	}
	c->len -= line - c->buf;
	memmove(c->buf, line, c->len);
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct client *c = w->data;
	ssize_t n = recv(w->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* ECONNRESET too: it left without reading an answer */
		shell_log(c->pmi->sh, SHELL_TRACE, "pmi-simple",
		    "%d: C: pmi EOF",
		    c->pmi->sh->info.ranks[c - c->pmi->clients]);
		close_client(c);
		return;
	}
	c->len += n;
	if (!c->pmi->server && create_server(c->pmi) < 0) {
		shell_fatal(
		    c->pmi->sh, 1, "pmi-simple", "%s", strerror(ENOMEM));
		return;
	}
	take_lines(c);
	if (c->len == sizeof(c->buf))
		on_abort(c->pmi, 0, 1, NULL);
}

int
pmi_open_task(struct task *t)
{
	struct pmi *p = t->sh->pmi;
	struct client *c = &p->clients[t->index];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return shell_fatal(
		    t->sh, 1, "pmi-simple", "socketpair: %s", strerror(errno));
	c->pmi = p;
	ev_io_init(&c->io, on_readable, fds[0], EV_READ);
	c->io.data = c;
	ev_io_start(t->sh->loop, &c->io);
	return fds[1];
}

void
pmi_exchange_request(struct shell *sh, const struct msg *m)
{
	struct pmi *p = sh->pmi;
	json_t *o = msg_get_json(m);

	if (!o || !p || p->nwaiting == p->nchildren) {
		service_error(sh, m, EPROTO, NULL);
		json_decref(o);
		return;
	}
	json_object_update(p->puts, o);
	json_decref(o);
	p->waiting[p->nwaiting++] = msg_ref((struct msg *)m);
	check_barrier(p);
}

/* ---- life ---- */

/* pmi: a list of kinds; "simple", "pmi1" and "pmi2" mean this one here. */
static int
is_wanted(struct shell *sh)
{
	json_t *option = info_option(&sh->info, "pmi");
	const char *s = json_string_value(option);

	if (!option)
		return 1;
	if (!s) {
		shell_log(sh, SHELL_ERROR, "pmi-simple",
		    "pmi shell option must be a string");
		return shell_fatal(sh, 1, NULL,
		    "shell_init: pmi shell option must be a string");
	}
	while (*s) {
		size_t n = strcspn(s, ",");

		if ((n == 6 && strncmp(s, "simple", n) == 0) ||
		    (n == 4 && (strncmp(s, "pmi1", n) == 0 ||
				   strncmp(s, "pmi2", n) == 0)))
			return 1;
		s += n + (s[n] == ',');
	}
	return 0;
}

static int
count_children(const struct info *info, int k)
{
	int n = 0;

	for (int i = 1; i <= k; i++)
		n += info->shell_rank * k + i < info->nshells;
	return n;
}

int
pmi_create(struct shell *sh)
{
	json_t *k = info_option(&sh->info, "pmi-simple.exchange.k");
	struct pmi *p;
	int rc = is_wanted(sh);

	if (rc <= 0)
		return rc;
	if (!(p = sh->pmi = calloc(1, sizeof(*p))))
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	p->sh = sh;
	p->fanout = json_is_integer(k) ? (int)json_integer_value(k) : FANOUT;
	if (p->fanout < 1 || p->fanout > FANOUT_MAX)
		p->fanout = FANOUT;
	p->nchildren = count_children(&sh->info, p->fanout);
	p->local_in = sh->info.nlocal == 0;
	p->puts = json_object();
	p->waiting = calloc(p->nchildren + 1, sizeof(*p->waiting));
	p->clients = calloc(sh->info.nlocal + 1, sizeof(*p->clients));
	if (!p->puts || !p->waiting || !p->clients)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	for (int i = 0; i < sh->info.nlocal; i++)
		p->clients[i].io.fd = -1;
	return 0;
}

void
pmi_destroy(struct shell *sh)
{
	struct pmi *p = sh->pmi;

	if (!p)
		return;
	for (int i = 0; p->clients && i < sh->info.nlocal; i++)
		close_client(&p->clients[i]);
	for (int i = 0; i < p->nwaiting; i++)
		msg_unref(p->waiting[i]);
	pmi_server_destroy(p->server);
	json_decref(p->puts);
	free(p->waiting);
	free(p->clients);
	free(p);
	sh->pmi = NULL;
}
