/* SPDX-License-Identifier: MIT */
/* Any text that is an id is that id in all its forms. */
#include <stdlib.h>

#include "fluid.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[FLUID_STRMAX];
	uint64_t id, again;
	int form;

	if (fluid_parse(text, &id) == 0) {
		for (form = FLUID_DEC; form <= FLUID_EMOJI; form++) {
			fluid_encode(
			    buf, sizeof(buf), id, (enum fluid_form)form);
			must(fluid_parse(buf, &again) == 0);
			must(again == id);
		}
	}
	fluid_form_parse(text);
	free(text);
	return 0;
}
