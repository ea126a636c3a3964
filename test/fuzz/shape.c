/* SPDX-License-Identifier: MIT */
/* A shape of --shape is an array of resources, or it is said why not. */
#include <stdlib.h>

#include "../../src/flux-submit/shapetext.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct errmsg em = { "" };
	json_t *o = shapetext_parse(text, &em);

	must(o ? json_array_size(o) > 0 : em.text[0]);
	json_decref(o);
	free(text);
	return 0;
}
