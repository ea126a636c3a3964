/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hub.h"
#include "optparse.h"
#include "relay.h"
#include "transport.h"

struct relay {
	struct ev_loop *loop;
	bool failed;
};

static void
upstream_lost(void *arg, int errnum)
{
	struct relay *r = arg;

	warnx("lost connection to the broker: %s", strerror(errnum));
	r->failed = true;
	ev_break(r->loop, EVBREAK_ALL);
}

static void
client_lost(void *arg)
{
	struct relay *r = arg;

	ev_break(r->loop, EVBREAK_ALL);
}

static const struct hub_ops ops = { upstream_lost, client_lost };

int
relay_main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "PATH",
		.summary = "relay messages between standard input and output "
			   "and a broker's socket",
		.example = "flux relay /tmp/flux-XXXXXX/local-0",
		.opts = (const struct opt[]){ { 0 } },
	};
	struct relay r = { .loop = ev_default_loop(0) };
	struct errmsg em;
	char uri[4096];
	struct hub *hub;
	int fd;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	if (p.noperands != 1)
		optparse_fail(&p, "exactly one PATH is needed");
	snprintf(uri, sizeof(uri), "local://%s", p.operands[0]);
	if ((fd = transport_open(uri, &em)) < 0)
		errx(1, "%s", em.text);
	if (!(hub = hub_create(r.loop, fd, &ops, &r)) ||
	    hub_add_client(hub, STDIN_FILENO, STDOUT_FILENO) < 0)
		err(1, "%s", uri);
	ev_run(r.loop, 0);
	hub_destroy(hub);
	optparse_fini(&p);
	return r.failed ? 1 : 0;
}
