/* SPDX-License-Identifier: MIT */
#ifndef TOPO_H
#define TOPO_H

struct shell;

/*
 * The topology of this node. The broker's hwloc knows it; one shell asks and
 * writes the answer into memory shared with the fork server and thereby with
 * all later shells.
 */
struct topo;

/* Where hwloc.xmlfile puts it in the job's directory */
#define HWLOC_FILE "hwloc.xml"

/* For the server, before it forks. NULL with errno. */
struct topo *topo_create(void);

/* The CPUs of each core (cores.h), from the shared memory or the broker; NULL
 * if it does not know. Valid as long as the process. */
const char *topo_cpus(struct topo *topo, struct shell *sh);

/* Option hwloc.xmlfile: write the XML into the job's directory. -1: shell_fatal
 * was called. */
int topo_write_xml(struct shell *sh);

#endif
