/* SPDX-License-Identifier: MIT */
/* JSON is read as jansson reads it, and written as what it was. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "jsonread.h"
#include "jsontext.h"

static void
compare(json_t *ours, json_t *theirs)
{
	char *a = json_dumps(ours, JSON_COMPACT);
	char *b = json_dumps(theirs, JSON_COMPACT);

	must(a && b && strcmp(a, b) == 0);
	free(a);
	free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *theirs = json_loadb((const char *)data, size, 0, NULL), *again;
	json_t *ours = json_read((const char *)data, size, 0);
	char *text;

	must(!ours == !theirs);
	if (ours) {
		compare(ours, theirs);
		text = json_text(ours, JSONTEXT_COMPACT);
		must(text);
		again = json_read(text, strlen(text), 0);
		must(again);
		compare(again, theirs);
		json_decref(again);
		free(text);
	}
	json_decref(ours);
	json_decref(theirs);
	return 0;
}
