/* SPDX-License-Identifier: MIT */
/*
 * Where the resources come from: the R of the job that this instance is, the
 * configuration, or hwloc, asked by a helper program (flux-topo) whose answer
 * holds for each rank of this host.
 */
#include <sys/wait.h>

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../lifecycle.h"
#include "../log.h"
#include "../parent.h"
#include "handle.h"
#include "hostlist.h"
#include "idset.h"
#include "rset.h"
#include "state.h"

struct discovery {
	struct resource *r;
	pid_t pid;
	int fd;
	ev_io io;
	ev_child child;
	char buf[8192];
	size_t len;
};

static void
give_up(struct resource *r, const char *what, const char *why)
{
	log_error(r->b->log, "resources: %s: %s", what, why);
	lifecycle_shutdown(r->b, 1);
}

/* ---- from the parent ---- */

static void
parent_R_cb(struct handle *h, const struct reply *reply, void *arg)
{
	struct resource *r = arg;
	struct errmsg em;
	struct rset *all;

	(void)h;
	if (reply->errnum) {
		if (!r->all)
			give_up(r, "R of the parent instance", reply->text);
		return;
	}
	if (!(all = rset_decode(json_object_get(reply->json, "R"), &em))) {
		give_up(r, "R of the parent instance", em.text);
		return;
	}
	rset_renumber(all);
	if (all->nnodes != r->b->size)
		log_warn(r->b->log,
		    "the job has %zu nodes, the instance %u "
		    "brokers",
		    all->nnodes, r->b->size);
	resource_found(r, all, "job-info");
}

static int
from_parent(struct resource *r)
{
	return handle_rpc_new(parent_handle(r->b), "job-info.update-watch",
		   NODEID_ANY, MSG_STREAMING,
		   json_pack("{s:I s:s s:i}", "id",
		       (json_int_t)parent_jobid(r->b), "key", "R", "flags", 0),
		   parent_R_cb, r) < 0
		   ? -1
		   : 0;
}

/* ---- from hwloc ---- */

/* The same for all ranks: several brokers on a host each count all of it. */
static struct rset *
for_all_ranks(struct resource *r, const char *cores, const char *gpus)
{
	struct idset *c = idset_decode(cores), *g = idset_decode(gpus);
	struct hostlist *hosts =
	    hostlist_decode(attrs_get(r->b->attrs, "hostlist"));
	struct rset *all = rset_create();
	bool good = c && g && hosts && all;

	for (unsigned rank = 0; good && rank < r->b->size; rank++)
		good = rset_add_node(
			   all, rank, hostlist_nth(hosts, rank), c, g) == 0;
	idset_destroy(c);
	idset_destroy(g);
	hostlist_destroy(hosts);
	if (!good) {
		rset_destroy(all);
		return NULL;
	}
	return all;
}

static void
topo_done(struct discovery *d)
{
	struct resource *r = d->r;
	json_t *o = json_loadb(d->buf, d->len, 0, NULL);
	const char *cores, *gpus;
	struct rset *all = NULL;

	if (json_unpack(o, "{s:s s:s}", "cores", &cores, "gpus", &gpus) == 0)
		all = for_all_ranks(r, cores, gpus);
	json_decref(o);
	discover_stop(r);
	if (all)
		resource_found(r, all, "dynamic-discovery");
	else
		give_up(r, "flux-topo", "no usable answer");
}

static void
topo_cb(struct ev_loop *loop, ev_io *w, int revents)
{
	struct discovery *d = w->data;
	ssize_t n = read(d->fd, d->buf + d->len, sizeof(d->buf) - d->len);

	(void)revents;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		d->len += n;
		if (d->len < sizeof(d->buf))
			return;
	}
	ev_io_stop(loop, w);
	topo_done(d);
}

static void
reap_cb(struct ev_loop *loop, ev_child *w, int revents)
{
	struct discovery *d = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	d->pid = 0;
}

/* flux-topo lies beside the broker. */
static void
exec_topo(int fd)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);
	char *slash;

	dup2(fd, STDOUT_FILENO);
	if (n > 0) {
		path[n] = '\0';
		if ((slash = strrchr(path, '/'))) {
			strcpy(slash, "/flux-topo");
			execl(path, "flux-topo", (char *)NULL);
		}
	}
	execlp("flux-topo", "flux-topo", (char *)NULL);
	_exit(127);
}

static int
from_hwloc(struct resource *r)
{
	struct discovery *d = calloc(1, sizeof(*d));
	int fds[2];

	if (!d)
		return -1;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		free(d);
		return -1;
	}
	d->r = r;
	d->fd = fds[0];
	if ((d->pid = fork()) < 0) {
		close(fds[0]);
		close(fds[1]);
		free(d);
		return -1;
	}
	if (d->pid == 0)
		exec_topo(fds[1]);
	close(fds[1]);
	r->disco = d;
	ev_io_init(&d->io, topo_cb, d->fd, EV_READ);
	ev_child_init(&d->child, reap_cb, d->pid, 0);
	d->io.data = d->child.data = d;
	ev_io_start(r->b->loop, &d->io);
	ev_child_start(r->b->loop, &d->child);
	return 0;
}

int
discover_start(struct resource *r)
{
	struct errmsg em = { { 0 } };
	struct rset *all;

	if (parent_handle(r->b))
		return from_parent(r);
	if ((all = configured_rset(r->b, &em))) {
		resource_found(r, all, "configuration");
		return 0;
	}
	if (em.text[0]) {
		log_error(r->b->log, "resource configuration: %s", em.text);
		errno = EINVAL;
		return -1;
	}
	return from_hwloc(r);
}

void
discover_stop(struct resource *r)
{
	struct discovery *d = r->disco;

	if (!d)
		return;
	r->disco = NULL;
	ev_io_stop(r->b->loop, &d->io);
	close(d->fd);
	ev_child_stop(r->b->loop, &d->child);
	/* it has said all it has to say, and ends by itself */
	if (d->pid > 0)
		waitpid(d->pid, NULL, 0);
	free(d);
}
