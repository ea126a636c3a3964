/* SPDX-License-Identifier: MIT */
/* The cores of an XML topology can be asked for. */
#include <stdlib.h>

#include "../../src/flux-shell/cores.h"
#include "fuzz.h"
#include "idset.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *cpus = cores_parse_xml(text);
	struct idset *two = idset_decode("0-1");
	cpu_set_t set;

	must(two);
	if (cpus)
		cores_cpuset(cpus, two, &set);
	cores_cpuset(text, two, &set);
	free(cpus);
	idset_destroy(two);
	free(text);
	return 0;
}
