/* SPDX-License-Identifier: MIT */
/* flux kvs get, readlink: print what is at keys, once or each time that it
 * changes. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvs.h"

struct get {
	const char *ns, *key; /* key: the one being looked at */
	bool raw, treeobj, label, watch;
	int flags;
	long count; /* of changes to print; 0 = all */
	/* state of a watch */
	long printed;
	bool done;
};

static void
print_value(const struct get *g, const json_t *val)
{
	size_t len;
	char *data, *s;

	if (g->label)
		printf("%s=", g->key);
	if (g->treeobj) {
		if (!(s = json_dumps(val, JSON_COMPACT | JSON_SORT_KEYS)))
			err(1, NULL);
		puts(s);
		free(s);
		return;
	}
	data = treeobj_bytes(val, &len);
	/* some store the NUL at the end of a text */
	if (!g->raw && len > 0 && data[len - 1] == '\0')
		len--;
	fwrite(data, 1, len, stdout);
	if (!g->raw && (len > 0 || g->label))
		putchar('\n');
	free(data);
}

static void
on_change(struct handle *h, const struct reply *r, void *arg)
{
	struct get *g = arg;

	(void)h;
	if (g->done)
		return;
	if (r->errnum == ENODATA) {
		g->done = true;
		return;
	}
	if (r->errnum) {
		fflush(stdout);
		errx(1, "%s: %s", g->key, r->text);
	}
	if (!json_object_get(r->json, "val"))
		return;
	print_value(g, json_object_get(r->json, "val"));
	if (g->count > 0 && ++g->printed == g->count)
		g->done = true;
}

static void
watch(struct handle *h, struct get *g)
{
	int64_t tag;

	g->printed = 0;
	g->done = false;
	tag = handle_rpc_new(h, "kvs-watch.lookup", NODEID_ANY, MSG_STREAMING,
	    kvs_question(g->ns, g->key, g->flags), on_change, g);
	if (tag < 0)
		err(1, "%s", g->key);
	while (!g->done) {
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			err(1, "%s", g->key);
		fflush(stdout);
	}
	handle_rpc_forget(h, (uint32_t)tag);
}

static void
get_once(struct handle *h, const struct get *g)
{
	const char *topic =
	    g->flags & KVS_WAITCREATE ? "kvs-watch.lookup" : "kvs.lookup";
	json_t *out = NULL;
	struct errmsg em;

	if (handle_call_new(h, topic, NODEID_ANY,
		kvs_question(g->ns, g->key, g->flags), &out, &em) < 0) {
		fflush(stdout);
		errx(1, "%s: %s", g->key, em.text);
	}
	print_value(g, json_object_get(out, "val"));
	json_decref(out);
}

static const struct opt get_opts[] = {
	NAMESPACE_OPTION,
	{ "raw", 'r', NULL, "the bytes as they are, no newline after them", 0 },
	{ "treeobj", 't', NULL, "the tree object (RFC 11)", 0 },
	{ "at", 'a', "TREEOBJ", NULL, 0 },
	{ "label", 'l', NULL, "KEY= before each value", 0 },
	{ "waitcreate", 'W', NULL, "wait for the key to be there", 0 },
	{ "watch", 'w', NULL, "and again when it is written", 0 },
	{ "uniq", 'u', NULL, "with --watch: only if it is another value", 0 },
	{ "append", 'A', NULL, "with --watch: what is appended", 0 },
	{ "full", 'f', NULL, "with --watch: also if a directory above changes",
	    0 },
	{ "count", 'c', "N", "with --watch: N values, then end", 0 },
	{ "stream", 'S', NULL, "large values in parts (no difference)", 0 },
	{ 0 },
};

static void
set_get_option(struct get *g, const struct optparse *p, int c)
{
	const char *error;

	g->raw |= c == 'r';
	g->treeobj |= c == 't';
	g->label |= c == 'l';
	g->watch |= c == 'w';
	g->flags |= c == 't' ? KVS_TREEOBJ : 0;
	g->flags |= c == 'W' ? KVS_WAITCREATE : 0;
	g->flags |= c == 'w' ? KVS_WATCH : 0;
	g->flags |= c == 'u' ? KVS_WATCH_UNIQ : 0;
	g->flags |= c == 'A' ? KVS_WATCH_APPEND : 0;
	g->flags |= c == 'f' ? KVS_WATCH_FULL : 0;
	if (c == 'N')
		g->ns = p->value;
	if (c == 'a')
		errx(1, "get: --at: earlier versions are not kept");
	if (c == 'c') {
		g->count = strtonum(p->value, 0, INT_MAX, &error);
		if (error)
			optparse_fail(
			    p, "Option 'count' requires an integer argument");
	}
}

int
cmd_get(int argc, char **argv)
{
	struct optparse p = {
		.usage = "get [OPTIONS] KEY...",
		.summary = "Print the values of keys",
		.example = "flux kvs get resource.R",
		.opts = get_opts,
		.fail_status = 1,
	};
	struct get g = { .ns = kvs_namespace() };
	struct handle *h;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_get_option(&g, &p, c);
	if (p.noperands == 0)
		optparse_fail(&p, "a KEY is needed");
	h = tool_open_plain();
	for (int i = 0; i < p.noperands; i++) {
		g.key = p.operands[i];
		if (g.watch)
			watch(h, &g);
		else
			get_once(h, &g);
	}
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* ---- readlink ---- */

static void
print_link(const json_t *link, bool only_ns, bool only_key)
{
	const json_t *data = json_object_get(link, "data");
	const char *ns = json_string_value(json_object_get(data, "namespace"));
	const char *key = json_string_value(json_object_get(data, "target"));
	char *text = treeobj_target(link);

	puts(only_ns ? (ns ? ns : "") : only_key ? (key ? key : "") : text);
	free(text);
}

int
cmd_readlink(int argc, char **argv)
{
	static const struct opt opts[] = {
		NAMESPACE_OPTION,
		{ "namespace-only", 'o', NULL, "only the namespace of it", 0 },
		{ "key-only", 'k', NULL, "only the key of it", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "readlink [OPTIONS] KEY...",
		.summary = "Print what links name",
		.opts = opts,
		.fail_status = 1,
	};
	const char *ns = kvs_namespace();
	bool only_ns = false, only_key = false;
	struct handle *h;
	struct errmsg em;
	json_t *o;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		ns = c == 'N' ? p.value : ns;
		only_ns |= c == 'o';
		only_key |= c == 'k';
	}
	if (p.noperands == 0)
		optparse_fail(&p, "a KEY is needed");
	h = tool_open_plain();
	for (int i = 0; i < p.noperands; i++) {
		const char *key = p.operands[i];

		o = kvs_lookup(h, kvs_question(ns, key, KVS_READLINK), &em);
		if (!o)
			errx(1, "%s: %s", key, em.text);
		print_link(o, only_ns, only_key);
		json_decref(o);
	}
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}
