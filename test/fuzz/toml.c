/* SPDX-License-Identifier: MIT */
/* TOML becomes an object, or an error is said. */
#include <stdlib.h>

#include "fuzz.h"
#include "toml.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *json;
	struct errmsg em = { "" };
	json_t *o = toml_parse(text, &em);

	must(o || em.text[0]);
	if (o) {
		must(json_is_object(o));
		json = json_dumps(o, 0);
		must(json);
		free(json);
	}
	json_decref(o);
	free(text);
	return 0;
}
