/* SPDX-License-Identifier: MIT */
/* Any text is a moment or none; a moment is a number. */
#include <math.h>
#include <stdlib.h>

#include "datetime.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	double t = -1;

	if (datetime_parse(text, 1795422161.5, &t) == 0)
		must(!isnan(t));
	free(text);
	return 0;
}
