/* SPDX-License-Identifier: MIT */
/* A duration is not negative, and is written as a duration. */
#include <math.h>
#include <stdlib.h>

#include "fsd.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), buf[64];
	double x, again;

	if (fsd_parse(text, &x) == 0) {
		must(x >= 0);
		fsd_format(buf, sizeof(buf), x);
		must(fsd_parse(buf, &again) == 0);
		must(isinf(x) ? isinf(again)
			      : fabs(x - again) <= x * 1e-5 + 1e-300);
	}
	free(text);
	return 0;
}
