/* SPDX-License-Identifier: MIT */
/* Dependencies, begin times and signals of options are objects, or it is said
 * what is wrong. */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-submit/joburi.h"
#include "fuzz.h"

static void
try_one(json_t *o, struct errmsg *em)
{
	must(o || em->text[0]);
	must(!o || json_is_object(o));
	json_decref(o);
	em->text[0] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct errmsg em = { "" };

	try_one(joburi_parse(text, "dependency", &em), &em);
	try_one(joburi_begin_time(text, 1795422161.5, &em), &em);
	try_one(joburi_signal(text, &em), &em);
	free(text);
	return 0;
}
