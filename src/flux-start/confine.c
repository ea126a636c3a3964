/* SPDX-License-Identifier: MIT */
/*
 * --cores=N: the instance gets a part of the machine. We bind ourselves to the
 * first cores, which all that we start inherits: brokers find no others, and
 * what runs in the instance cannot leave them.
 */
#include <err.h>
#include <jansson.h>
#include <sched.h>
#include <stdlib.h>

#include "asktopo.h"
#include "idset.h"
#include "start.h"

static void
add_cpus(cpu_set_t *set, const char *list)
{
	struct idset *ids = list ? idset_decode(list) : NULL;

	if (!ids)
		errx(1, "flux-topo: no usable answer");
	for (unsigned id = idset_first(ids); id != IDSET_INVALID;
	     id = idset_next(ids, id))
		if (id < CPU_SETSIZE)
			CPU_SET(id, set);
	idset_destroy(ids);
}

void
start_confine(int ncores)
{
	struct errmsg em;
	json_t *o = asktopo("--cpusets", NULL, &em), *cores;
	cpu_set_t set;

	if (!o)
		errx(1, "--cores: %s", em.text);
	cores = json_object_get(o, "cpusets");
	if ((size_t)ncores > json_array_size(cores))
		errx(1, "--cores=%d: there are only %zu", ncores,
		    json_array_size(cores));
	CPU_ZERO(&set);
	for (int i = 0; i < ncores; i++)
		add_cpus(&set, json_string_value(json_array_get(cores, i)));
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "--cores");
	json_decref(o);
}
