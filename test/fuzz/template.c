/* SPDX-License-Identifier: MIT */
/* A template is rendered with its tags, and without them is left as it is. */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-shell/template.h"
#include "fuzz.h"

static char *
known(void *arg, const char *tag)
{
	(void)arg;
	return strncmp(tag, "id", 2) == 0 ? strdup("f1") : NULL;
}

static char *
unknown(void *arg, const char *tag)
{
	(void)arg;
	(void)tag;
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *out;
	long open = -1;

	out = template_render(text, unknown, NULL, &open);
	must(out && strcmp(out, text) == 0);
	must(open >= -1 && open <= (long)strlen(text));
	free(out);
	must((out = template_render(text, known, NULL, NULL)) != NULL);
	free(out);
	template_has(text, "id");
	free(text);
	return 0;
}
