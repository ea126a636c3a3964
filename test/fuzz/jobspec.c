/* SPDX-License-Identifier: MIT */
/* What comes out of a jobspec is in bounds, whatever goes in. */
#include <stdlib.h>

#include "fuzz.h"
#include "jobspec.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = fuzz_json(data, size);
	struct errmsg em;
	struct jobspec *js = jobspec_decode(o, &em);
	char *name;

	if (js) {
		must(js->nslots > 0 && js->ntasks > 0);
		must(js->nnodes >= 0 && js->cores_per_slot >= 0);
		must(js->nnodes == 0 || js->slots_per_node > 0);
		must(js->duration >= 0 && json_array_size(js->command) > 0);
		must(json_is_object(js->system));
		name = jobspec_name(js);
		must(name);
		free(name);
	}
	jobspec_destroy(js);
	json_decref(o);
	return 0;
}
