/* SPDX-License-Identifier: MIT */
/* Words are written so that they are read as the same words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "shellword.h"

static void
must_come_back(const char *word)
{
	struct errmsg em;
	char *text = NULL, *again = NULL;
	const char *p;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	must(f);
	shellword_put(f, word);
	fclose(f);
	must(text);
	p = text;
	/* a quote in single quotes is what a shell reads, and this too */
	must(shellword_next(&p, &again, &em) == 1);
	must(strcmp(word, again) == 0 && *p == '\0');
	free(again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *word = NULL;
	struct errmsg em = { "" };
	const char *p = text;
	int rc;

	while ((rc = shellword_next(&p, &word, &em)) == 1) {
		must(p <= text + strlen(text));
		must_come_back(word);
		free(word);
	}
	must(rc == 0 || em.text[0]);
	free(text);
	return 0;
}
