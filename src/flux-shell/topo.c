/* SPDX-License-Identifier: MIT */
/*
 * hwloc itself is not linked: loading it and scanning the machine costs more
 * than the launch of a hundred tasks. Of its XML only the cpuset of each
 * object of type Core is looked at; they stand in logical order.
 */
#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
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

/* ---- XML ---- */

/* hwloc's bitmap: hex words of 32 bits, the highest first, "0x1,,0x3". */
static struct idset *
parse_bitmap(const char *s, size_t len)
{
	struct idset *cpus = idset_create();
	unsigned bit = 0;

	while (cpus && len > 0) {
		size_t start = len;
		unsigned long word;

		while (start > 0 && s[start - 1] != ',')
			start--;
		word = start < len ? strtoul(s + start, NULL, 16) : 0;
		for (int i = 0; i < 32; i++)
			if (word & (1ul << i))
				idset_set(cpus, bit + i);
		bit += 32;
		len = start > 0 ? start - 1 : 0;
	}
	return cpus;
}

static char *
object_cpus(const char *tag)
{
	const char *end = strchr(tag, '>');
	const char *p = strstr(tag, " cpuset=\"");
	struct idset *set;
	char *text;

	if (!end || !p || p > end)
		return NULL;
	p += strlen(" cpuset=\"");
	set = parse_bitmap(p, strcspn(p, "\""));
	text = set ? idset_encode(set, 0) : NULL;
	idset_destroy(set);
	return text;
}

static char *
parse_objects(const char *xml, const char *type)
{
	char *buf = NULL, *text;
	size_t size, n = 0;
	FILE *out = open_memstream(&buf, &size);

	if (!out)
		return NULL;
	while ((xml = strstr(xml, type))) {
		if ((text = object_cpus(xml)))
			fprintf(out, "%s%s", n++ ? ";" : "", text);
		free(text);
		xml += strlen(type);
	}
	fclose(out);
	if (n > 0)
		return buf;
	free(buf);
	return NULL;
}

char *
topo_parse_xml(const char *xml)
{
	char *text = parse_objects(xml, "<object type=\"Core\"");

	/* Some virtual machines have no cores, just CPUs */
	return text ? text : parse_objects(xml, "<object type=\"PU\"");
}

/* ---- asking ---- */

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
	cpus = xml ? topo_parse_xml(xml) : NULL;
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

/* ---- use ---- */

/* The CPUs of one entry, "0,4" or "0-1;...". */
static void
add_cpus(const char *entry, size_t len, cpu_set_t *set)
{
	char buf[4096];
	struct idset *ids;

	if (len >= sizeof(buf))
		return;
	memcpy(buf, entry, len);
	buf[len] = '\0';
	ids = idset_decode(buf);
	for (unsigned id = ids ? idset_first(ids) : IDSET_INVALID;
	     id != IDSET_INVALID && id < CPU_SETSIZE; id = idset_next(ids, id))
		CPU_SET(id, set);
	idset_destroy(ids);
}

int
topo_cpuset(const char *cpus, const struct idset *cores, cpu_set_t *set)
{
	unsigned id = idset_first(cores);

	CPU_ZERO(set);
	for (unsigned core = 0; id != IDSET_INVALID; core++) {
		size_t len = strcspn(cpus, ";");

		if (core == id) {
			add_cpus(cpus, len, set);
			id = idset_next(cores, id);
		}
		if (cpus[len] == '\0')
			break;
		cpus += len + 1;
	}
	return id == IDSET_INVALID ? -1 : (int)id;
}
