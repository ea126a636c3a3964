/* SPDX-License-Identifier: MIT */
/* What is decoded is written as the same text. */
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *bytes, *again;
	size_t len;

	if ((bytes = base64_decode(text, &len))) {
		must(bytes[len] == '\0');
		again = base64_encode(bytes, len);
		must(again && strlen(again) == base64_encoded_len(len));
		must(strcmp(again, text) == 0);
		free(again);
	}
	free(bytes);
	again = base64_encode(data, size);
	must(again);
	bytes = base64_decode(again, &len);
	must(bytes && len == size && memcmp(bytes, data, size) == 0);
	free(bytes);
	free(again);
	free(text);
	return 0;
}
