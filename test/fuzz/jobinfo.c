/* SPDX-License-Identifier: MIT */
/* Whatever job-list answers can be shown, in all fields. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "fuzz.h"
#include "jobinfo.h"

static void
show(const struct field *f, const struct jobinfo *j)
{
	struct value v = { .kind = VALUE_UNSET };
	struct errmsg em = { "" };
	const char *rest = f->name[strlen(f->name) - 1] == '.' ? "a.b" : "";

	if (f->get(j, f, rest, &v, &em) == 0)
		free(value_text(&v));
	value_fini(&v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = fuzz_json(data, size);
	struct jobinfo_shared *shared = jobinfo_shared_create();
	struct jobinfo *j = o ? jobinfo_create(shared, o) : NULL;

	must(shared);
	if (j) {
		for (const struct field *f = jobinfo_fields; f->name; f++)
			show(f, j);
		json_decref(jobinfo_json(j));
		jobinfo_state(j);
		jobinfo_result(j);
		jobinfo_uri(j);
		jobinfo_is_instance(j);
	}
	jobinfo_destroy(j);
	jobinfo_shared_destroy(shared);
	json_decref(o);
	return 0;
}
