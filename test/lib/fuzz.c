/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

json_t *
fuzz_json(const uint8_t *data, size_t size)
{
	return json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
}

void
fuzz_must(int holds, const char *cond, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, cond);
	abort();
}
