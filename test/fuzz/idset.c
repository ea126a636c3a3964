/* SPDX-License-Identifier: MIT */
/* An idset is written as a text that is the same idset. */
#include <stdlib.h>

#include "fuzz.h"
#include "idset.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *encoded;
	struct idset *s = idset_decode(text), *again;

	if (s) {
		encoded = idset_encode(s, IDSET_BRACKETS);
		must(encoded);
		again = idset_decode(encoded);
		must(again && idset_equal(s, again));
		must(idset_count(s) == idset_count(again));
		must(idset_last(s) == idset_last(again));
		idset_destroy(again);
		free(encoded);
	}
	idset_destroy(s);
	free(text);
	return 0;
}
