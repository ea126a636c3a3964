/* SPDX-License-Identifier: MIT */
/*
 * Cores and their CPUs: hwloc's bitmaps, and sets of cores.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"

#include "../../src/flux-shell/cores.h"
#include "../lib/tap.h"

#define CORE(set) "<object type=\"Core\" os_index=\"0\" cpuset=\"" set "\">"
#define PU(set)   "<object type=\"PU\" cpuset=\"" set "\"/>"

static const struct {
	const char *xml, *expected; /* NULL: no core */
} documents[] = {
	{ "", NULL },
	{ "<topology><object type=\"Machine\" cpuset=\"0x3\"/></topology>",
	    NULL },
	{ CORE("0x00000001") CORE("0x00000002"), "0;1" },
	{ CORE("0x00000011") PU("0x00000001") CORE("0x00000022"), "0,4;1,5" },
	{ CORE("0x00000001,0x00000000"), "32" },
	{ CORE("0x80000000,,0x00000003"), "0-1,95" },
	{ CORE("0x0") CORE("0x1"), ";0" },
	{ PU("0x1") PU("0x2") PU("0x4"), "0;1;2" }, /* no cores: CPUs */
	{ "<object type=\"Core\" complete_cpuset=\"0x1\">" CORE("0x2"), "1" },
	{ "<object type=\"Core\"", NULL },
	{ "<object type=\"Core\" cpuset=\"", NULL },
};

static const struct {
	const char *cpus, *cores;
	int missing;
	const char *expected;
} sets[] = {
	{ "0;1;2;3", "0", -1, "0" }, { "0;1;2;3", "1-2", -1, "1-2" },
	{ "0,4;1,5;2,6;3,7", "0,3", -1, "0,3-4,7" }, { "0;1", "0-3", 2, "0-1" },
	{ "0;1", "7", 7, "" }, { "0;1", "", -1, "" }, { ";0", "0", -1, "" },
	{ "0;2000", "1", -1, "" }, /* more than a cpu_set_t holds */
};

static char *
encode(const cpu_set_t *set)
{
	struct idset *ids = idset_create();
	char *text;

	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, set))
			idset_set(ids, i);
	text = idset_encode(ids, 0);
	idset_destroy(ids);
	return text;
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		char *s = cores_parse_xml(documents[i].xml);

		is_str(s, documents[i].expected, "cores of '%s'",
		    documents[i].xml);
		free(s);
	}
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		struct idset *cores = idset_decode(sets[i].cores);
		cpu_set_t set;
		char *s;

		is_int(cores_cpuset(sets[i].cpus, cores, &set), sets[i].missing,
		    "cores %s of '%s'", sets[i].cores, sets[i].cpus);
		s = encode(&set);
		is_str(s, sets[i].expected, "CPUs of cores %s of '%s'",
		    sets[i].cores, sets[i].cpus);
		free(s);
		idset_destroy(cores);
	}
	return done_testing();
}
