/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

json_t *
fuzz_json(const uint8_t *data, size_t size)
{
	return json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
}

/* A main of ours may excuse what does not hold: it does not return then. */
void fuzz_excuse(void) __attribute__((weak));

void
fuzz_must(int holds, const char *cond, const char *file, int line)
{
	if (holds)
		return;
	if (fuzz_excuse)
		fuzz_excuse();
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, cond);
	abort();
}
