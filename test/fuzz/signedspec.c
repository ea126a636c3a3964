/* SPDX-License-Identifier: MIT */
/* J is unwrapped to what can be wrapped again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "signedspec.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *spec, *J, *again;
	uint32_t uid, uid2;

	if ((spec = signedspec_unwrap(text, &uid))) {
		J = signedspec_wrap(spec, uid);
		must(J);
		again = signedspec_unwrap(J, &uid2);
		must(again && strcmp(spec, again) == 0 && uid == uid2);
		free(again);
		free(J);
		free(spec);
	}
	free(text);
	return 0;
}
