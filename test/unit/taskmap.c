/* SPDX-License-Identifier: MIT */
/* RFC 34 task maps: the spellings of a map, what is no map, and who is where.
 */
#include <errno.h>
#include <stdlib.h>

#include "idset.h"
#include "tap.h"
#include "taskmap.h"

static const struct {
	const char *text, *json, *raw, *pmi;
} good[] = {
	{ "[[0,1,1,1]]", "[[0,1,1,1]]", "0", "(vector,(0,1,1))" },
	{ "[[0,4,4,1]]", "[[0,4,4,1]]", "0-3;4-7;8-11;12-15",
	    "(vector,(0,4,4))" },
	{ "[[0,2,1,4]]", "[[0,2,1,4]]", "0,2,4,6;1,3,5,7",
	    "(vector,(0,2,1),(0,2,1),(0,2,1),(0,2,1))" },
	{ "[[0,4,1,1],[3,1,2,1]]", "[[0,4,1,1],[3,1,2,1]]", "0;1;2;3-5",
	    "(vector,(0,4,1),(3,1,2))" },
	{ "[[0,2,2,1],[1,1,1,1]]", "[[0,2,2,1],[1,1,1,1]]", "0-1;2-4",
	    "(vector,(0,2,2),(1,1,1))" },
	{ "[[0,1,1,1],[1,1,2,1],[0,1,1,1]]", "[[0,1,1,1],[1,1,2,1],[0,1,1,1]]",
	    "0,3;1-2", "(vector,(0,1,1),(1,1,2),(0,1,1))" },
	{ "[[1,1,4,1],[0,1,4,1]]", "[[1,1,4,1],[0,1,4,1]]", "4-7;0-3",
	    "(vector,(1,1,4),(0,1,4))" },
	/* as it was written: nothing is joined */
	{ "[[0,1,1,1],[1,1,1,1]]", "[[0,1,1,1],[1,1,1,1]]", "0;1",
	    "(vector,(0,1,1),(1,1,1))" },
	{ "[]", "[]", "", "" },
	{ "", "[]", "", "" },
	{ "(vector,)", "[]", "", "" },
	{ "{\"version\":1,\"map\":[[0,1,1,1]]}", "[[0,1,1,1]]", "0",
	    "(vector,(0,1,1))" },
	/* here it is */
	{ "(vector,(0,2,1),(0,2,1))", "[[0,2,1,2]]", "0,2;1,3",
	    "(vector,(0,2,1),(0,2,1))" },
	{ "(vector,(0,1,1),(1,1,1))", "[[0,2,1,1]]", "0;1",
	    "(vector,(0,2,1))" },
	{ "0,2,4,6;1,3,5,7", "[[0,2,1,4]]", "0,2,4,6;1,3,5,7",
	    "(vector,(0,2,1),(0,2,1),(0,2,1),(0,2,1))" },
	{ "0;1;2;3-5", "[[0,3,1,1],[3,1,3,1]]", "0;1;2;3-5",
	    "(vector,(0,3,1),(3,1,3))" },
	{ "0-1,4-5;2-3,6-7", "[[0,2,2,2]]", "0-1,4-5;2-3,6-7",
	    "(vector,(0,2,2),(0,2,2))" },
	{ "0,2;1", "[[0,2,1,1],[0,1,1,1]]", "0,2;1",
	    "(vector,(0,2,1),(0,1,1))" },
	{ "1;0", "[[1,1,1,1],[0,1,1,1]]", "1;0", "(vector,(1,1,1),(0,1,1))" },
	{ "0;;1", "[[0,1,1,1],[2,1,1,1]]", "0;;1", "(vector,(0,1,1),(2,1,1))" },
};

static const struct {
	const char *text, *error;
} bad[] = {
	{ "0;0", "duplicate taskid specified: 0" },
	{ "0-3;2-5", "duplicate taskids specified: 2-3" },
	{ "0;2", "missing taskid: 1" },
	{ "1", "missing taskid: 0" },
	{ "a", "error parsing range 'a'" },
	{ "vector", "error parsing range 'vector'" },
	{ "(vector,(0,1))", "unable to parse block: (0,1))" },
	{ "(vector,0,1,1)", "unable to parse block: 0,1,1)" },
	{ "(vector,(0,0,1))", "unable to parse block: (0,0,1))" },
	{ "(vector,(0,9999999999,1))",
	    "unable to parse block: (0,9999999999,1))" },
	{ "(vector,(0,1,1)", "')' expected near end of mapping" },
	{ "[[0,1,1]]", "error in taskmap entry: Array index 3 out of range" },
	{ "[[0,1,1,\"1\"]]",
	    "error in taskmap entry: Expected integer, got string" },
	{ "[[0,0,1,1]]", "invalid entry [0,0,1,1]" },
	{ "[[0,1,0,1]]", "invalid entry [0,1,0,1]" },
	{ "[[0,1,1,0]]", "invalid entry [0,1,1,0]" },
	{ "[[-1,1,1,1]]", "invalid entry [-1,1,1,1]" },
	{ "[[0,1000000,1000000,1]]", "invalid entry [0,1000000,1000000,1]" },
	{ "[[0,1,16777216,1],[0,1,1,1]]", "invalid entry [0,1,1,1]" },
	{ "[[2147483647,2147483647,1,1]]",
	    "invalid entry [2147483647,2147483647,1,1]" },
	{ "[0,1,1,1]", "entry 0 in taskmap is not an array" },
	{ "[[0,1,1,1]", "']' expected near end of file" },
	{ "{\"version\":2,\"map\":[]}", "expected version=1, got 2" },
	{ "{\"map\":[]}", "Object item not found: version" },
	{ "{\"version\":1}", "Object item not found: map" },
	{ "{\"version\":1,\"map\":1}", "taskmap must be an array" },
};

static void
is_map(const struct taskmap *m, size_t i)
{
	json_t *o = taskmap_encode(m);
	char *json = json_dumps(o, JSON_COMPACT);
	char *raw = taskmap_encode_raw(m), *pmi = taskmap_encode_pmi(m);

	is_str(json, good[i].json, "'%s' in JSON", good[i].text);
	is_str(raw, good[i].raw, "'%s' raw", good[i].text);
	is_str(pmi, good[i].pmi, "'%s' for PMI", good[i].text);
	free(json);
	free(raw);
	free(pmi);
	json_decref(o);
}

static void
test_texts(void)
{
	struct taskmap *m;
	struct errmsg em;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		m = taskmap_decode(good[i].text, &em);
		if (ok(m != NULL, "'%s' is a map", good[i].text))
			is_map(m, i);
		taskmap_destroy(m);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(!taskmap_decode(bad[i].text, &em) && errno == EINVAL,
		    "'%s' is no map", bad[i].text);
		is_str(em.text, bad[i].error, "'%s': why", bad[i].text);
	}
	ok(!taskmap_decode("[", NULL), "without errmsg");
}

static void
is_on(const struct taskmap *m, int node, const char *expected)
{
	struct idset *tasks = taskmap_tasks(m, node);
	char *text = idset_encode(tasks, 0);

	is_str(text, expected, "tasks of node %d", node);
	free(text);
	idset_destroy(tasks);
}

static void
test_questions(void)
{
	struct taskmap *m = taskmap_decode("[[0,3,2,2],[2,1,4,1]]", NULL);
	json_t *o = taskmap_wrap(m);
	char *text = json_dumps(o, JSON_COMPACT);

	is_str(text, "{\"version\":1,\"map\":[[0,3,2,2],[2,1,4,1]]}", "wrap");
	is_int(taskmap_nnodes(m), 3, "nodes");
	is_int(taskmap_ntasks(m), 16, "tasks");
	is_on(m, 0, "0-1,6-7");
	is_on(m, 2, "4-5,10-15");
	is_on(m, 3, "");
	is_on(m, -1, "");
	is_int(taskmap_node(m, 0), 0, "node of the first task");
	is_int(taskmap_node(m, 8), 1, "node of a task of the second round");
	is_int(taskmap_node(m, 15), 2, "node of the last task");
	is_int(taskmap_node(m, 16), -1, "no such task");
	is_int(taskmap_node(m, -1), -1, "no task below 0");
	errno = 0;
	ok(taskmap_append(m, 0, 0, 1, 1) < 0 && errno == EINVAL, "bad block");
	is_int(taskmap_ntasks(m), 16, "changes nothing");
	free(text);
	json_decref(o);
	taskmap_destroy(m);
	taskmap_destroy(NULL);
}

int
main(void)
{
	test_texts();
	test_questions();
	return done_testing();
}
