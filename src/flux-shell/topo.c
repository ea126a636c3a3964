/* SPDX-License-Identifier: MIT */
/*
 * hwloc itself is not linked: loading it and scanning the machine costs more
 * than the launch of a hundred tasks.
 */
#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cores.h"
#include "shell.h"
#include "topo.h"

enum { UNKNOWN, BEING_WRITTEN, KNOWN };

/* Enough for 10000 cores; a larger node asks for each job */
enum { TOPO_SIZE = 1 << 16 };

struct topo {
	atomic_int state;
	char cpus[TOPO_SIZE - sizeof(atomic_int)];
};

struct topo *
topo_create(void)
{
	struct topo *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return t == MAP_FAILED ? NULL : t;
}

struct question {
	bool done;
	char *xml;
};

static void
on_topo(struct handle *h, const struct reply *r, void *arg)
{
	struct question *q = arg;
	const char *xml = r->msg && !r->errnum ? msg_get_text(r->msg) : NULL;

	(void)h;
	q->done = true;
	if (xml)
		q->xml = strdup(xml);
}

/* The broker's XML, malloc'd; NULL if it has none. */
static char *
ask(struct shell *sh)
{
	struct question q = { 0 };

	if (handle_rpc_new(sh->h, "resource.topo-get", sh->info.rank, 0, NULL,
		on_topo, &q) < 0)
		return NULL;
	while (!q.done)
		if (handle_poll(sh->h, -1) < 0 && errno != EINTR)
			break;
	return q.xml;
}

static int
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	int rc;

	if (!f)
		return -1;
	rc = fputs(text, f) == EOF ? -1 : 0;
	return fclose(f) == 0 ? rc : -1;
}

int
topo_write_xml(struct shell *sh)
{
	char *xml = ask(sh), *path;
	int rc;

	if (!xml)
		return shell_fatal(
		    sh, 1, "hwloc", "the topology of this node is not known");
	if (asprintf(&path, "%s/" HWLOC_FILE, sh->info.tmpdir) < 0)
		path = NULL;
	if (!path || write_file(path, xml) < 0)
		rc = shell_fatal(
		    sh, 1, "hwloc", HWLOC_FILE ": %s", strerror(errno));
	else
		rc = 0;
	free(path);
	free(xml);
	return rc;
}

const char *
topo_cpus(struct topo *topo, struct shell *sh)
{
	int expected = UNKNOWN;
	char *xml, *cpus;

	if (atomic_load(&topo->state) == KNOWN)
		return topo->cpus;
	xml = ask(sh);
	cpus = xml ? cores_parse_xml(xml) : NULL;
	free(xml);
	if (!cpus)
		return NULL;
	if (strlen(cpus) < sizeof(topo->cpus) &&
	    atomic_compare_exchange_strong(
		&topo->state, &expected, BEING_WRITTEN)) {
		strlcpy(topo->cpus, cpus, sizeof(topo->cpus));
		atomic_store(&topo->state, KNOWN);
	}
	return cpus;
}
