/* SPDX-License-Identifier: MIT */
/* Constraints as text and as JSON can be tested on a node. */
#include <stdlib.h>

#include "constraint.h"
#include "fuzz.h"

static bool
has_property(const void *arg, const char *name)
{
	return *name == *(const char *)arg;
}

static void
try_match(const json_t *o)
{
	static const struct constraint_node node = {
		.rank = 1,
		.host = "n1",
		.has_property = has_property,
		.arg = "a",
	};
	struct errmsg em;
	bool matches = constraint_match(o, &node);

	must(!matches || constraint_check(o, &em) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct errmsg em;
	json_t *o;

	if ((o = constraint_parse(text, &em)))
		try_match(o);
	json_decref(o);
	if ((o = fuzz_json(data, size)))
		try_match(o);
	json_decref(o);
	free(text);
	return 0;
}
