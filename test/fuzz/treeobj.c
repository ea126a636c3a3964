/* SPDX-License-Identifier: MIT */
/*
 * A line each: a key, and perhaps a tree object to be put there. What was valid
 * stays so; what was put can be got.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/kvs/treeobj.h"
#include "fuzz.h"

static void
put(json_t *root, const char *key, json_t *value)
{
	json_t *got;

	if (treeobj_put(root, key, value) < 0)
		return;
	got = treeobj_get(root, key, false);
	/* it may be a link, or behind one that leads nowhere */
	must(!got || json_is_object(got));
}

static void
take_line(json_t *root, char *line)
{
	char *text = strchr(line, ' ');
	json_t *o;

	if (text)
		*text++ = '\0';
	o = text ? json_loads(text, 0, NULL) : NULL;
	if (o && !treeobj_valid(o)) {
		json_decref(o);
		o = NULL;
	}
	if (o && treeobj_is(o, "val"))
		treeobj_append(root, line, o);
	if (o)
		put(root, line, o);
	else
		treeobj_put(root, line, NULL);
	treeobj_get(root, line, true);
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *line, *rest = text;
	json_t *root = treeobj_dir();

	while ((line = strsep(&rest, "\n")))
		take_line(root, line);
	must(treeobj_valid(root));
	json_decref(root);
	free(text);
	return 0;
}
