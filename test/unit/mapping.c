/* SPDX-License-Identifier: MIT */
/*
 * How tasks are dealt out among nodes of equal and of different size, and the
 * schemes by which they are numbered.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "taskmap.h"

#include "../../src/flux-shell/mapping.h"
#include "../../src/flux-shell/shell.h"
#include "../lib/tap.h"

/* What the shell would have said */
static char message[256];

void
shell_log(struct shell *sh, enum shell_level level, const char *component,
    const char *fmt, ...)
{
	va_list ap;

	(void)sh;
	(void)level;
	(void)component;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
}

int
shell_fatal(
    struct shell *sh, int code, const char *component, const char *fmt, ...)
{
	va_list ap;

	(void)code;
	(void)component;
	sh->failed = true;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return -1;
}

#define SLOTS(n, c)                         \
	"[{\"type\":\"slot\",\"count\":" #n \
	",\"label\":\"t\",\"with\":[{\"type\":\"core\",\"count\":" #c "}]}]"
#define NODES(N, n) \
	"[{\"type\":\"node\",\"count\":" #N ",\"with\":" SLOTS(n, 1) "}]"
#define R1(cores) "{\"rank\":\"0\",\"children\":{\"core\":\"" cores "\"}}"
#define R2(a, b)  R1(a) ",{\"rank\":\"1\",\"children\":{\"core\":\"" b "\"}}"
#define PER_RESOURCE(t, n) \
	"\"per-resource\":{\"type\":\"" t "\",\"count\":" #n "}"
#define SCHEME(s, v) "\"taskmap\":{\"scheme\":\"" s "\",\"value\":\"" v "\"}"

static const struct {
	const char *resources, *count, *options, *R;
	int nshells;
	const char *expected; /* raw task map, or the error */
} cases[] = {
	{ SLOTS(1, 1), "\"per_slot\":1", "", R1("0"), 1, "0" },
	{ SLOTS(3, 1), "\"per_slot\":1", "", R2("0-1", "0"), 2, "0-1;2" },
	{ SLOTS(3, 1), "\"per_slot\":1", "", R2("0", "0-1"), 2, "0;1-2" },
	{ SLOTS(4, 2), "\"per_slot\":1", "", R2("0-3", "0-3"), 2, "0-1;2-3" },
	{ SLOTS(2, 1), "\"per_slot\":3", "", R2("0", "0"), 2, "0-2;3-5" },
	{ NODES(2, 3), "\"total\":5", "", R2("0-2", "0-2"), 2, "0-2;3-4" },
	{ SLOTS(2, 4), "\"per_slot\":1", "", R2("0", "0"), 2, "0;1" },
	{ SLOTS(3, 1), "\"per_slot\":1", PER_RESOURCE("core", 2),
	    R2("0-1", "0"), 2, "0-3;4-5" },
	{ SLOTS(3, 1), "\"per_slot\":1", PER_RESOURCE("node", 2),
	    R2("0-1", "0"), 2, "0-1;2-3" },
	{ SLOTS(3, 1), "\"per_slot\":1", PER_RESOURCE("gpu", 2), R2("0-1", "0"),
	    2, "error distributing tasks per-gpu over R" },
	{ SLOTS(1, 1), "\"per_slot\":1", PER_RESOURCE("node", 0), R1("0"), 1,
	    "invalid per-resource count 0" },
	{ SLOTS(1, 1), "\"per_slot\":1", PER_RESOURCE("node", 99999999),
	    R1("0"), 1, "invalid per-resource count 99999999" },
	{ SLOTS(5, 1), "\"per_slot\":1", SCHEME("cyclic", ""), R2("0-3", "0"),
	    2, "0,2-4;1" },
	{ SLOTS(6, 1), "\"per_slot\":1", SCHEME("cyclic", "2"),
	    R2("0-2", "0-2"), 2, "0-1,4;2-3,5" },
	{ SLOTS(2, 1), "\"per_slot\":1", SCHEME("cyclic", "0"), R2("0", "0"), 2,
	    "invalid cyclic stride: 0" },
	{ SLOTS(4, 1), "\"per_slot\":1", SCHEME("manual", "2-3;0-1"),
	    R2("0-1", "0-1"), 2, "2-3;0-1" },
	{ SLOTS(4, 1), "\"per_slot\":1", SCHEME("manual", "0-3"),
	    R2("0-1", "0-1"), 2, "invalid taskmap: got 1 nodes, expected 2" },
	{ SLOTS(1, 1), "\"per_slot\":1", "\"taskmap\":3", R1("0"), 1,
	    "failed to parse taskmap shell option: Expected object, got "
	    "integer" },
};

static json_t *
start_message(size_t i)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "{\"type\":\"start\",\"id\":1,\"userid\":0,\"rank\":0,"
	    "\"shell_rank\":0,\"nshells\":%d,\"rundir\":\"/r\",\"uri\":"
	    "\"local:///r\",\"instance_level\":0,\"jobid_path\":\"/\","
	    "\"jobspec\":{\"version\":1,\"resources\":%s,\"tasks\":["
	    "{\"command\":[\"a\"],\"slot\":\"t\",\"count\":{%s}}],"
	    "\"attributes\":{\"system\":{\"duration\":0,\"shell\":"
	    "{\"options\":{%s}}}}},\"R\":{\"version\":1,\"execution\":"
	    "{\"R_lite\":[%s],\"starttime\":0,\"expiration\":0,"
	    "\"nodelist\":[\"n[0-%d]\"]}}}",
	    cases[i].nshells, cases[i].resources, cases[i].count,
	    cases[i].options, cases[i].R, cases[i].nshells - 1);
	return json_loads(text, 0, NULL);
}

static void
test_mapping(size_t i)
{
	struct shell sh = { 0 };
	struct errmsg em = { "" };
	json_t *o = start_message(i);
	char *raw;

	message[0] = '\0';
	if (info_init(&sh.info, o, NULL, &em) < 0) {
		ok(0, "case %zu: %s", i, em.text);
	} else if (mapping_init(&sh) < 0) {
		is_str(message, cases[i].expected, "case %zu", i);
	} else {
		raw = taskmap_encode_raw(sh.info.map);
		is_str(raw, cases[i].expected, "case %zu", i);
		free(raw);
	}
	info_fini(&sh.info);
	json_decref(o);
}

/* -N2 -n5 on nodes of three cores: the second node has one too many. */
static void
test_unused_cores(void)
{
	struct shell sh = { 0 };
	struct errmsg em;
	json_t *o = start_message(5);
	char *cores;

	json_object_set_new(o, "shell_rank", json_integer(1));
	json_object_set_new(o, "rank", json_integer(1));
	ok(info_init(&sh.info, o, NULL, &em) == 0 && mapping_init(&sh) == 0,
	    "two nodes of three slots, five tasks");
	is_int(sh.info.nlocal, 2, "two tasks here");
	is_int(sh.info.ranks[0], 3, "the first one is task 3");
	message[0] = '\0';
	mapping_drop_unused_cores(&sh);
	cores = idset_encode(sh.info.cores, 0);
	is_str(cores, "0-1", "bound to two cores");
	is_str(message, "n1: adjusted cores from 0-2 to 0-1", "and it is said");
	free(cores);
	info_fini(&sh.info);
	json_decref(o);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_mapping(i);
	test_unused_cores();
	return done_testing();
}
