/* SPDX-License-Identifier: MIT */
/* flux kvs put, unlink, link, mkdir, copy, move: what changes the KVS. Each
 * is one commit, all of it or nothing. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvs.h"

struct put {
	const char *ns;
	struct rootview view;
	bool raw, treeobj, recursive, force;
	int op_flags, flags;
};

/* ---- put ---- */

/* malloc'd; the caller frees it */
static char *
read_stdin(size_t *len)
{
	char *data = NULL;
	FILE *f = open_memstream(&data, len);
	char buf[8192];
	size_t n;

	if (!f)
		err(1, NULL);
	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
		fwrite(buf, 1, n, f);
	if (ferror(stdin))
		err(1, "stdin");
	if (fclose(f) == EOF)
		err(1, NULL);
	return data;
}

/* new */
static json_t *
parse_value(const struct put *s, const char *key, const char *value)
{
	bool from_stdin = (s->raw || s->treeobj) && strcmp(value, "-") == 0;
	size_t len = strlen(value);
	char *data = from_stdin ? read_stdin(&len) : NULL;
	const char *bytes = data ? data : value;
	json_t *o;

	if (!s->treeobj)
		o = treeobj_val(bytes, len);
	else if (!(o = json_loadb(bytes, len, 0, NULL)) || !*treeobj_type(o))
		errx(1, "%s: %s", key, strerror(EPROTO));
	free(data);
	return o;
}

static void
put_all(const struct put *s, struct commit *c, char **words, int n)
{
	for (int i = 0; i < n; i++) {
		char *eq = strchr(words[i], '=');
		json_t *value;

		if (!eq)
			errx(1, "put: you must specify a value as key=value");
		*eq = '\0';
		if (!words[i][0])
			errx(1, "%s: %s", words[i], strerror(EINVAL));
		value = parse_value(s, words[i], eq + 1);
		commit_add_new(c, words[i], s->op_flags, value);
	}
}

static const struct opt put_opts[] = {
	NAMESPACE_OPTION,
	ROOTVIEW_OPTIONS,
	{ "raw", 'r', NULL, "KEY=- takes standard input", 0 },
	{ "treeobj", 't', NULL, "the value is a tree object (RFC 11)", 0 },
	{ "no-merge", 'n', NULL, "a commit of its own", 0 },
	{ "append", 'A', NULL, "append to what is there", 0 },
	{ "sync", 'S', NULL, NULL, 0 },
	{ 0 },
};

static void
set_option(struct put *s, const struct optparse *p, int c)
{
	rootview_set(&s->view, c);
	s->raw |= c == 'r';
	s->treeobj |= c == 't';
	s->flags |= c == 'n' ? 1 : c == 'S' ? 4 : 0;
	s->op_flags |= c == 'A' ? KVS_APPEND : 0;
	s->recursive |= c == 'R';
	s->force |= c == 'f';
	if (c == 'N')
		s->ns = p->value;
}

static void
parse(struct put *s, struct optparse *p, int argc, char **argv)
{
	int c;

	s->ns = kvs_namespace();
	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1)
		set_option(s, p, c);
	if (p->noperands == 0)
		optparse_fail(p, "an argument is needed");
}

static int
finish(const struct put *s, struct commit *c, struct handle *h)
{
	json_t *root;

	c->flags = s->flags;
	root = commit_send(c, h, "flux_kvs_commit");
	rootview_print(&s->view, root);
	json_decref(root);
	handle_close(h);
	return tool_finish(0);
}

int
cmd_put(int argc, char **argv)
{
	struct optparse p = {
		.usage = "put [OPTIONS] KEY=VALUE...",
		.summary = "Store values",
		.example = "flux kvs put dir.key=value",
		.opts = put_opts,
		.fail_status = 1,
	};
	struct put s = { 0 };
	struct commit c;
	int rc;

	parse(&s, &p, argc, argv);
	commit_init(&c, s.ns);
	put_all(&s, &c, p.operands, p.noperands);
	rc = finish(&s, &c, tool_open_plain());
	optparse_fini(&p);
	return rc;
}

/* ---- unlink ---- */

static bool
is_empty(struct handle *h, const struct put *s, const char *key)
{
	struct errmsg em;
	json_t *dir = kvs_lookup(h, kvs_question(s->ns, key, KVS_READDIR), &em);
	bool empty = dir && json_object_size(json_object_get(dir, "data")) == 0;

	json_decref(dir);
	return empty;
}

/* Is it there, and may it be removed? */
static bool
may_unlink(struct handle *h, const struct put *s, const char *key)
{
	struct errmsg em;
	json_t *o = kvs_lookup(h, kvs_question(s->ns, key, KVS_TREEOBJ), &em);

	if (!o) {
		if (errno == ENOENT && s->force)
			return false;
		errx(1, "cannot unlink '%s': %s", key, em.text);
	}
	if (treeobj_is_dir(o) && !s->recursive && !is_empty(h, s, key))
		errx(1, "cannot unlink '%s': %s", key, strerror(ENOTEMPTY));
	json_decref(o);
	return true;
}

int
cmd_unlink(int argc, char **argv)
{
	static const struct opt opts[] = {
		NAMESPACE_OPTION,
		ROOTVIEW_OPTIONS,
		{ "recursive", 'R', NULL, "with all below directories", 0 },
		{ "force", 'f', NULL, "keys that are not there are fine", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "unlink [OPTIONS] KEY...",
		.summary = "Remove keys",
		.opts = opts,
		.fail_status = 1,
	};
	struct put s = { 0 };
	struct commit c;
	struct handle *h;
	int rc;

	parse(&s, &p, argc, argv);
	commit_init(&c, s.ns);
	h = tool_open_plain();
	for (int i = 0; i < p.noperands; i++)
		if (may_unlink(h, &s, p.operands[i]))
			commit_add_new(&c, p.operands[i], 0, NULL);
	rc = finish(&s, &c, h);
	optparse_fini(&p);
	return rc;
}

/* ---- mkdir, link ---- */

static bool
is_directory(struct handle *h, const struct put *s, const char *key)
{
	struct errmsg em;
	json_t *o = kvs_lookup(h, kvs_question(s->ns, key, KVS_TREEOBJ), &em);
	bool is_dir = o && treeobj_is_dir(o);

	json_decref(o);
	return is_dir;
}

static const struct opt root_opts[] = {
	NAMESPACE_OPTION,
	ROOTVIEW_OPTIONS,
	{ 0 },
};

int
cmd_mkdir(int argc, char **argv)
{
	struct optparse p = {
		.usage = "mkdir [OPTIONS] KEY...",
		.summary = "Make directories, also those above them",
		.opts = root_opts,
		.fail_status = 1,
	};
	struct put s = { 0 };
	struct commit c;
	struct handle *h;
	int rc;

	parse(&s, &p, argc, argv);
	commit_init(&c, s.ns);
	h = tool_open_plain();
	/* an empty one would take the place of one that is there */
	for (int i = 0; i < p.noperands; i++)
		if (!is_directory(h, &s, p.operands[i]))
			commit_add_new(&c, p.operands[i], 0,
			    json_pack("{s:i s:s s:{}}", "ver", 1, "type", "dir",
				"data"));
	rc = finish(&s, &c, h);
	optparse_fini(&p);
	return rc;
}

int
cmd_link(int argc, char **argv)
{
	struct optparse p = {
		.usage = "link [OPTIONS] TARGET LINK",
		.summary = "Make a link to a key",
		.opts = root_opts,
		.fail_status = 1,
	};
	struct put s = { 0 };
	struct commit c;
	int rc;

	parse(&s, &p, argc, argv);
	if (p.noperands != 2)
		errx(1, "link: specify target and link_name");
	commit_init(&c, s.ns);
	commit_add_new(&c, p.operands[1], 0,
	    json_pack("{s:i s:s s:{s:s}}", "ver", 1, "type", "symlink", "data",
		"target", p.operands[0]));
	rc = finish(&s, &c, tool_open_plain());
	optparse_fini(&p);
	return rc;
}

/* ---- copy, move ---- */

struct copy {
	const char *from, *to; /* namespaces */
	bool move;
};

static void
copy(const struct copy *s, const char *source, const char *target)
{
	const char *what = s->move ? "flux_kvs_move" : "flux_kvs_copy";
	struct handle *h = tool_open_plain();
	struct commit c, removal;
	struct errmsg em;
	json_t *o;

	if (!(o = kvs_lookup(
		  h, kvs_question(s->from, source, KVS_TREEOBJ), &em)))
		errx(1, "%s: %s", what, em.text);
	commit_init(&c, s->to);
	commit_add_new(&c, target, 0, o);
	json_decref(commit_send(&c, h, what));
	if (s->move) {
		commit_init(&removal, s->from);
		commit_add_new(&removal, source, 0, NULL);
		json_decref(commit_send(&removal, h, what));
	}
	handle_close(h);
}

static int
run_copy(struct copy *s, struct optparse *p, int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "src-namespace", 'S', "NS", "namespace of SOURCE", 0 },
		{ "dst-namespace", 'D', "NS", "namespace of DESTINATION", 0 },
		{ 0 },
	};
	int c;

	s->from = s->to = kvs_namespace();
	p->opts = opts;
	p->fail_status = 1;
	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1)
		*(c == 'S' ? &s->from : &s->to) = p->value;
	if (p->noperands != 2)
		errx(1, "%s: specify srckey dstkey", argv[0]);
	copy(s, p->operands[0], p->operands[1]);
	optparse_fini(p);
	return tool_finish(0);
}

int
cmd_copy(int argc, char **argv)
{
	struct optparse p = {
		.usage = "copy [OPTIONS] SOURCE DESTINATION",
		.summary = "Copy a key, with all below it",
	};
	struct copy s = { 0 };

	return run_copy(&s, &p, argc, argv);
}

int
cmd_move(int argc, char **argv)
{
	struct optparse p = {
		.usage = "move [OPTIONS] SOURCE DESTINATION",
		.summary = "Rename a key, with all below it",
	};
	struct copy s = { .move = true };

	return run_copy(&s, &p, argc, argv);
}
