/* SPDX-License-Identifier: MIT */
/* A task map is the same map in all its spellings. */
#include <stdlib.h>

#include "fuzz.h"
#include "idset.h"
#include "taskmap.h"

#define SMALL 1000 /* raw text of larger maps takes too long */

static void
same_map(const struct taskmap *m, const char *text)
{
	struct taskmap *again = taskmap_decode(text, NULL);
	int i;

	must(again && taskmap_ntasks(again) == taskmap_ntasks(m));
	must(taskmap_nnodes(again) == taskmap_nnodes(m));
	for (i = 0; i < taskmap_ntasks(m); i++)
		must(taskmap_node(again, i) == taskmap_node(m, i));
	taskmap_destroy(again);
}

static void
check(const struct taskmap *m)
{
	json_t *wrapped = taskmap_wrap(m);
	char *json = json_dumps(wrapped, JSON_COMPACT);
	char *pmi = taskmap_encode_pmi(m), *raw = taskmap_encode_raw(m);
	struct idset *tasks = taskmap_tasks(m, 0);

	must(json && pmi && raw);
	same_map(m, json);
	same_map(m, pmi);
	same_map(m, raw);
	idset_destroy(tasks);
	free(json);
	free(pmi);
	free(raw);
	json_decref(wrapped);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct errmsg em;
	struct taskmap *m = taskmap_decode(text, &em);

	if (m && taskmap_ntasks(m) < SMALL && taskmap_nnodes(m) < SMALL)
		check(m);
	taskmap_destroy(m);
	free(text);
	return 0;
}
