/* SPDX-License-Identifier: MIT */
/*
 * Templates: tags that have a value, and all that stays as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-shell/template.h"
#include "../lib/tap.h"

static char *
value(void *arg, const char *tag)
{
	int *calls = arg;

	(*calls)++;
	if (strcmp(tag, "id") == 0)
		return strdup("f1");
	if (strcmp(tag, "empty") == 0)
		return strdup("");
	if (strcmp(tag, "tag") == 0)
		return strdup("{{id}}");
	return NULL;
}

static const struct {
	const char *text, *expected;
	long open;
	int calls;
} cases[] = {
	{ "", "", -1, 0 },
	{ "plain { } }} {", "plain { } }} {", -1, 0 },
	{ "{{id}}", "f1", -1, 1 },
	{ "a{{id}}b{{id}}c", "af1bf1c", -1, 2 },
	{ "{{empty}}{{empty}}", "", -1, 2 },
	{ "{{tag}}", "{{id}}", -1, 1 }, /* values are not rendered again */
	{ "{{nope}} {{ id }} {{}}", "{{nope}} {{ id }} {{}}", -1, 2 },
	{ "{{id}} {{open", "f1 {{open", 9, 1 },
	{ "{{", "{{", 2, 0 },
	{ "{{id}", "{{id}", 2, 0 },
	{ "{{{id}}}", "{{{id}}}", -1, 1 },
	{ "{{a{{id}}", "{{a{{id}}", -1, 1 },
	{ "{{"
	  "0123456789012345678901234567890123456789012345678901234567890123456"
	  "}}",
	    "{{0123456789012345678901234567890123456789012345678901234567890123"
	    "456}}",
	    -1, 0 },
};

static const struct {
	const char *text, *prefix;
	int expected;
} searches[] = {
	{ "", "task", 0 },
	{ "task {{id}}", "task", 0 },
	{ "{{taskid}}", "task", 1 },
	{ "{{id}} x {{task.rank}}", "task.", 1 },
	{ "{{id}} {{taskid", "task", 0 },
	{ "{{multitask}}", "task", 0 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int calls = 0;
		long open = -2;
		char *s = template_render(cases[i].text, value, &calls, &open);

		is_str(s, cases[i].expected, "render '%s'", cases[i].text);
		is_int(open, cases[i].open, "'%s' open", cases[i].text);
		is_int(calls, cases[i].calls, "'%s' tags", cases[i].text);
		free(s);
	}
	for (size_t i = 0; i < sizeof(searches) / sizeof(*searches); i++)
		is_int(template_has(searches[i].text, searches[i].prefix),
		    searches[i].expected, "'%s' has %s", searches[i].text,
		    searches[i].prefix);
	return done_testing();
}
