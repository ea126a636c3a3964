/* SPDX-License-Identifier: MIT */
#ifndef CORES_H
#define CORES_H

#include <sched.h>

struct idset;

/*
 * Which CPUs belong to which core: "0,4;1,5;2,6;3,7", the logical cores of
 * hwloc in order.
 */

/* From hwloc's XML, malloc'd; NULL if there is no core in it. */
char *cores_parse_xml(const char *xml);

/* CPUs of the given cores. The first core that the text does not have, or -1
 * if all are there. */
int cores_cpuset(const char *cpus, const struct idset *cores, cpu_set_t *set);

#endif
