/* SPDX-License-Identifier: MIT */
/*
 * flux-topo: what hwloc finds on this host, for the broker and the shell.
 * They run it in a process of its own, so that neither carries the library's
 * memory, nor waits for it.
 */
#include <sched.h>

#include <err.h>
#include <hwloc.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "optparse.h"

enum { GPUS_MAX = 256 };

static const struct opt options[] = {
	{ "xml", 'x', NULL, "print the topology as hwloc's XML", 0 },
	{ "cpusets", 'c', NULL, "print the processors of each core", 0 },
	{ "file", 'f', "FILE", "read the topology from XML", 0 },
	{ 0 },
};

static hwloc_topology_t
load(const char *file)
{
	hwloc_topology_t topo;

	if (hwloc_topology_init(&topo) < 0)
		err(1, "hwloc");
	/* Linux's own component finds the PCI devices too; this one only adds
	 * their names, and loses libpciaccess's memory. */
	hwloc_topology_set_components(
	    topo, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "pci");
	hwloc_topology_set_io_types_filter(
	    topo, HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
	hwloc_topology_set_cache_types_filter(
	    topo, HWLOC_TYPE_FILTER_KEEP_NONE);
	hwloc_topology_set_icache_types_filter(
	    topo, HWLOC_TYPE_FILTER_KEEP_NONE);
	/* displays are of no interest, and asking X for them takes time */
	hwloc_topology_set_components(
	    topo, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "gl");
	if (file && hwloc_topology_set_xml(topo, file) < 0)
		err(1, "%s", file);
	if (hwloc_topology_load(topo) < 0)
		errx(1, "hwloc cannot find the topology of this host");
	return topo;
}

/* Only processors that this process is bound to (a container, numactl). */
static void
restrict_to_binding(hwloc_topology_t topo)
{
	hwloc_cpuset_t set = hwloc_bitmap_alloc();

	if (set && hwloc_get_cpubind(topo, set, HWLOC_CPUBIND_PROCESS) == 0)
		hwloc_topology_restrict(topo, set, 0);
	hwloc_bitmap_free(set);
}

/* A GPU that can compute is known to one of the libraries for that. Each shows
 * it as an OS device of its own, and OpenCL shows CPUs too; what counts is the
 * physical device behind. Displays (card0, renderD128, :0.0) do not count. */
static bool
is_gpu(hwloc_obj_t o)
{
	static const char *const prefixes[] = { "cuda", "nvml", "rsmi",
		"opencl", "ze" };
	hwloc_obj_osdev_type_t type = o->attr->osdev.type;

	if ((type != HWLOC_OBJ_OSDEV_COPROC && type != HWLOC_OBJ_OSDEV_GPU) ||
	    !o->name)
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(o->name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static hwloc_obj_t
pci_device(hwloc_obj_t o)
{
	while (o && o->type != HWLOC_OBJ_PCI_DEVICE)
		o = o->parent;
	return o;
}

static unsigned
count_gpus(hwloc_topology_t topo)
{
	hwloc_obj_t o = NULL, dev, seen[GPUS_MAX];
	unsigned n = 0, i;

	while ((o = hwloc_get_next_osdev(topo, o))) {
		if (!is_gpu(o) || !(dev = pci_device(o)))
			continue;
		for (i = 0; i < n && seen[i] != dev; i++)
			;
		if (i == n && n < GPUS_MAX)
			seen[n++] = dev;
	}
	return n;
}

/* "0-3" for n > 0, "" for none (malloc'd) */
static char *
first_ids(unsigned n)
{
	struct idset *s = idset_create();
	char *text = NULL;

	if (s && (n == 0 || idset_set_range(s, 0, n - 1) == 0))
		text = idset_encode(s, 0);
	idset_destroy(s);
	if (!text)
		err(1, NULL);
	return text;
}

static void
print_json(json_t *o)
{
	if (!o || json_dumpf(o, stdout, JSON_COMPACT) < 0)
		errx(1, "cannot print the topology");
	putchar('\n');
	json_decref(o);
}

static void
print_counts(hwloc_topology_t topo)
{
	int n = hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_CORE);
	char *cores, *gpus;

	if (n <= 0)
		n = hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU);
	cores = first_ids(n > 0 ? (unsigned)n : 1);
	gpus = first_ids(count_gpus(topo));
	print_json(json_pack("{s:s s:s}", "cores", cores, "gpus", gpus));
	free(cores);
	free(gpus);
}

/* {"cpusets":["0,4","1,5"]}: the processors of core 0, 1, ... */
static void
print_cpusets(hwloc_topology_t topo)
{
	json_t *list = json_array();
	hwloc_obj_t core = NULL;

	while (
	    (core = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_CORE, core))) {
		char *text = NULL;
		if (hwloc_bitmap_list_asprintf(&text, core->cpuset) < 0)
			err(1, NULL);
		json_array_append_new(list, json_string(text));
		free(text);
	}
	print_json(json_pack("{s:o}", "cpusets", list));
}

static void
print_xml(hwloc_topology_t topo)
{
	char *xml;
	int len;

	if (hwloc_topology_export_xmlbuffer(topo, &xml, &len, 0) < 0)
		errx(1, "hwloc cannot print the topology");
	fputs(xml, stdout);
	hwloc_free_xmlbuffer(topo, xml);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS]",
		.summary = "print the cores and GPUs of this host as JSON",
		.example = "flux topo | jq -r .cores",
		.opts = options,
	};
	const char *file = NULL;
	hwloc_topology_t topo;
	int c, what = 0;

	setlocale(LC_CTYPE, "");
	setprogname("flux-topo");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'f')
			file = p.value;
		else
			what = c;
	}
	if (p.noperands > 0)
		optparse_fail(&p, "no argument is taken");
	topo = load(file);
	if (!file)
		restrict_to_binding(topo);
	if (what == 'x')
		print_xml(topo);
	else if (what == 'c')
		print_cpusets(topo);
	else
		print_counts(topo);
	hwloc_topology_destroy(topo);
	optparse_fini(&p);
	if (fflush(stdout) != 0 || ferror(stdout))
		err(1, "stdout");
	return 0;
}
