/* SPDX-License-Identifier: MIT */
/* An expression of --define has a value, or it is said why not. */
#include <stdlib.h>

#include "../../src/flux-submit/expression.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *shown;
	struct value v = { .kind = VALUE_UNSET };
	struct errmsg em = { "" };

	if (expression_eval(text, "input.txt", &v, &em) == 0) {
		must((shown = value_text(&v)) != NULL);
		free(shown);
	} else {
		must(em.text[0]);
	}
	value_fini(&v);
	free(text);
	return 0;
}
