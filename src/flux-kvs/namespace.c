/* SPDX-License-Identifier: MIT */
/* flux kvs namespace, version, getroot: about the KVS as a whole. */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvs.h"

/* The answer of kvs.getroot (new). */
static json_t *
get_root(struct handle *h, const char *ns)
{
	json_t *out = NULL;
	struct errmsg em;

	if (handle_call_new(h, "kvs.getroot", NODEID_ANY,
		json_pack("{s:s s:i}", "namespace", ns, "flags", 0), &out,
		&em) < 0)
		errx(1, "flux_kvs_getroot: %s", em.text);
	return out;
}

int
cmd_version(int argc, char **argv)
{
	static const struct opt opts[] = { NAMESPACE_OPTION, { 0 } };
	struct optparse p = {
		.usage = "version [OPTIONS]",
		.summary = "Print the version of the KVS",
		.opts = opts,
		.fail_status = 1,
	};
	struct rootview view = { .sequence = true };
	const char *ns = kvs_namespace();
	struct handle *h;
	json_t *root;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		ns = p.value;
	h = tool_open_plain();
	root = get_root(h, ns);
	rootview_print(&view, root);
	json_decref(root);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

int
cmd_wait(int argc, char **argv)
{
	static const struct opt opts[] = { NAMESPACE_OPTION, { 0 } };
	struct optparse p = {
		.usage = "wait [OPTIONS] VERSION",
		.summary = "Wait until the KVS has that version",
		.opts = opts,
		.fail_status = 1,
	};
	const char *ns = kvs_namespace(), *why;
	struct errmsg em;
	struct handle *h;
	long long version;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		ns = p.value;
	if (p.noperands != 1)
		optparse_fail(&p, "exactly one VERSION is needed");
	version = strtonum(p.operands[0], 0, INT_MAX, &why);
	if (why)
		optparse_fail(
		    &p, "invalid VERSION '%s': %s", p.operands[0], why);
	h = tool_open_plain();
	if (handle_call_new(h, "kvs.wait-version", NODEID_ANY,
		json_pack("{s:I s:s}", "rootseq", (json_int_t)version,
		    "namespace", ns),
		NULL, &em) < 0)
		errx(1, "flux_kvs_wait_version: %s", em.text);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

int
cmd_getroot(int argc, char **argv)
{
	static const struct opt opts[] = {
		NAMESPACE_OPTION,
		{ "sequence", 's', NULL, "its version", 0 },
		{ "owner", 'o', NULL, "the user id of its owner", 0 },
		{ "blobref", 'b', NULL, "its reference", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "getroot [OPTIONS]",
		.summary = "Print the tree object of the root",
		.opts = opts,
		.fail_status = 1,
	};
	struct rootview view = { 0 };
	const char *ns = kvs_namespace();
	bool owner = false;
	struct handle *h;
	json_t *root;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		rootview_set(&view, c);
		owner |= c == 'o';
		ns = c == 'N' ? p.value : ns;
	}
	view.treeobj = !view.sequence && !view.blobref;
	h = tool_open_plain();
	root = get_root(h, ns);
	if (owner)
		printf("%lld\n", (long long)json_integer_value(
				     json_object_get(root, "owner")));
	else
		rootview_print(&view, root);
	json_decref(root);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* ---- namespaces ---- */

static void
print_namespaces(const json_t *list)
{
	const char *name;
	json_int_t owner;
	int flags;
	json_t *o;
	size_t i;

	printf("%-36s %10s %10s\n", "NAMESPACE", "OWNER", "FLAGS");
	json_array_foreach((json_t *)list, i, o)
		if (json_unpack(o, "{s:s s:I s:i}", "namespace", &name, "owner",
			&owner, "flags", &flags) == 0)
			printf("%-36s %10u 0x%08X\n", name, (unsigned)owner,
			    (unsigned)flags);
}

static int
list_namespaces(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "json", 'j', NULL, "print a JSON object", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "namespace list [OPTIONS]",
		.summary = "List the namespaces",
		.opts = opts,
		.fail_status = 1,
	};
	bool as_json = false;
	json_t *out = NULL, *list, *o;
	struct handle *h;
	struct errmsg em;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		as_json = true;
	h = tool_open_plain();
	if (handle_call_new(
		h, "kvs.namespace-list", NODEID_ANY, NULL, &out, &em) < 0)
		errx(1, "kvs.namespace-list: %s", em.text);
	list = json_object_get(out, "namespaces");
	if (as_json) {
		o = json_pack("{s:i s:O}", "version", 1, "namespaces", list);
		kvs_print_json(o);
		json_decref(o);
	} else {
		print_namespaces(list);
	}
	json_decref(out);
	handle_close(h);
	optparse_fini(&p);
	return tool_finish(0);
}

/* create and remove: for a broker that can. */
static int
change_namespaces(int argc, char **argv)
{
	struct optparse p = {
		.usage = "namespace create|remove NAME...",
		.summary = "Make or remove namespaces",
		.opts = (const struct opt[]){ { 0 } },
		.fail_status = 1,
	};
	bool create = strcmp(argv[0], "create") == 0;
	struct handle *h;
	struct errmsg em;
	json_t *in;

	optparse_init(&p, argc, argv);
	optparse_next(&p);
	if (p.noperands == 0)
		optparse_fail(&p, "a NAME is needed");
	h = tool_open_plain();
	for (int i = 0; i < p.noperands; i++) {
		in = json_pack("{s:s}", "namespace", p.operands[i]);
		if (in && create) {
			json_object_set_new(
			    in, "owner", json_integer((json_int_t)getuid()));
			json_object_set_new(in, "flags", json_integer(0));
		}
		if (handle_call_new(h,
			create ? "kvs.namespace-create"
			       : "kvs.namespace-remove",
			NODEID_ANY, in, NULL, &em) < 0)
			errx(1, "%s: %s", p.operands[i], em.text);
	}
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

int
cmd_namespace(int argc, char **argv)
{
	static const struct subcommand commands[] = {
		{ "list", list_namespaces, "list the namespaces" },
		{ "create", change_namespaces, "make namespaces" },
		{ "remove", change_namespaces, "remove namespaces" },
	};
	enum { N = sizeof(commands) / sizeof(*commands) };

	return run_nested(
	    commands, N, "namespace list|create|remove [NAME...]", argc, argv);
}
