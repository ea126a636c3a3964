/* SPDX-License-Identifier: MIT */
#ifndef TOPO_H
#define TOPO_H

#include <sched.h>

struct idset;
struct shell;

/*
 * Which CPUs belong to which core: "0,4;1,5;2,6;3,7", the logical cores in
 * order. The broker's hwloc knows; one shell asks it and writes the answer
 * into memory shared with the fork server and thereby with all later shells.
 */
struct topo;

/* Where hwloc.xmlfile puts it in the job's directory */
#define HWLOC_FILE "hwloc.xml"

/* For the server, before it forks. NULL with errno. */
struct topo *topo_create(void);

/* The text, of the shared memory or of the broker; NULL if it does not know.
 * Valid as long as the process. */
const char *topo_cpus(struct topo *topo, struct shell *sh);

/* Option hwloc.xmlfile: write the XML into the job's directory. -1: shell_fatal
 * was called. */
int topo_write_xml(struct shell *sh);

/* Text from hwloc's XML, malloc'd; NULL if there is no core in it. */
char *topo_parse_xml(const char *xml);

/* CPUs of the given cores. The first core that text does not have, or -1 if
 * all are there. */
int topo_cpuset(const char *cpus, const struct idset *cores, cpu_set_t *set);

#endif
