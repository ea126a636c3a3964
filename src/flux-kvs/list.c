/* SPDX-License-Identifier: MIT */
/* flux kvs ls, dir: what is in directories, as names in columns or as keys
 * with their values. */
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvs.h"

enum { DEFAULT_WIDTH = 80, GAP = 4 };

struct list {
	struct handle *h;
	const char *ns;
	bool recursive, directory, classify, one, json;
	long width;   /* 0 = no limit */
	bool printed; /* something above, which a blank line ends */
	int status;
	json_t *out;
};

static long
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	const char *error;
	long n;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	n = columns ? strtonum(columns, 1, INT_MAX, &error) : 0;
	return n > 0 ? n : DEFAULT_WIDTH;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of a directory in order, NULL at the end (malloc'd; of dir). */
static const char **
sorted_names(json_t *dir)
{
	json_t *data = json_object_get(dir, "data"), *o;
	const char **names, *name;
	size_t n = 0;

	if (!(names = calloc(json_object_size(data) + 1, sizeof(*names))))
		err(1, NULL);
	json_object_foreach(data, name, o)
		names[n++] = name;
	qsort(names, n, sizeof(*names), compare);
	return names;
}

/* "b.c", or "c" in the root (malloc'd). */
static char *
join(const char *dir, const char *name)
{
	bool is_root = strcmp(dir, ".") == 0;
	char *key;

	if (asprintf(&key, "%s%s%s", is_root ? "" : dir, is_root ? "" : ".",
		name) < 0)
		err(1, NULL);
	return key;
}

static json_t *
entry(json_t *dir, const char *name)
{
	return json_object_get(json_object_get(dir, "data"), name);
}

/* ---- ls ---- */

static const char *
indicator(const struct list *l, const json_t *o)
{
	if (!l->classify)
		return "";
	if (treeobj_is_dir(o))
		return ".";
	return strcmp(treeobj_type(o), "symlink") == 0 ? "@" : "";
}

static void
print_columns(const struct list *l, const char **names, json_t *dir)
{
	int longest = 0, columns, n = 0;

	for (int i = 0; names[i]; i++)
		if ((int)strlen(names[i]) > longest)
			longest = (int)strlen(names[i]);
	columns = l->one          ? 1
		  : l->width == 0 ? INT_MAX
				  : (int)(l->width / (longest + GAP));
	for (int i = 0; names[i]; i++) {
		const char *mark =
		    dir ? indicator(l, entry(dir, names[i])) : "";
		bool last = ++n >= columns || !names[i + 1];

		printf("%s%s", names[i], mark);
		if (!last)
			printf("%*s",
			    longest + GAP - (int)strlen(names[i]) -
				(int)strlen(mark),
			    "");
		if (last) {
			putchar('\n');
			n = 0;
		}
	}
}

static void
add_json(struct list *l, const char *key, const json_t *o)
{
	json_array_append_new(
	    l->out, json_pack("{s:s s:s}", "key", key, "type",
			treeobj_is_dir(o)                         ? "directory"
			: strcmp(treeobj_type(o), "symlink") == 0 ? "link"
								  : "value"));
}

static json_t *
read_dir(const struct list *l, const char *key)
{
	struct errmsg em;
	json_t *dir =
	    kvs_lookup(l->h, kvs_question(l->ns, key, KVS_READDIR), &em);

	if (!dir)
		errx(1, "%s: %s", key, em.text);
	return dir;
}

static void
list_dir(struct list *l, const char *key, bool with_title)
{
	json_t *dir = read_dir(l, key);
	const char **names = sorted_names(dir);

	if (with_title && !l->json) {
		printf("%s%s:\n", l->printed ? "\n" : "", key);
		l->printed = true;
	}
	if (!l->json)
		print_columns(l, names, dir);
	l->printed = true;
	for (int i = 0; names[i]; i++) {
		char *below = join(key, names[i]);
		json_t *o = entry(dir, names[i]);

		if (l->json)
			add_json(l, below, o);
		if (l->recursive && treeobj_is_dir(o))
			list_dir(l, below, true);
		free(below);
	}
	free(names);
	json_decref(dir);
}

/* The type of what is at key; NULL, which is said, if nothing is. */
static json_t *
find(struct list *l, const char *key)
{
	struct errmsg em;
	json_t *o =
	    kvs_lookup(l->h, kvs_question(l->ns, key, KVS_TREEOBJ), &em);

	if (!o) {
		fprintf(stderr, "%s: %s\n", key, em.text);
		l->status = 1;
	}
	return o;
}

/* First what is no directory, as one list, then the directories. */
static void
list_all(struct list *l, char **keys, int n)
{
	const char **plain = calloc((size_t)n + 1, sizeof(*plain));
	const char **dirs = calloc((size_t)n + 1, sizeof(*dirs));
	int nplain = 0, ndirs = 0;

	if (!plain || !dirs)
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		json_t *o = find(l, keys[i]);

		if (o && treeobj_is_dir(o) && !l->directory)
			dirs[ndirs++] = keys[i];
		else if (o && l->json)
			add_json(l, keys[i], o);
		else if (o)
			plain[nplain++] = keys[i];
		json_decref(o);
	}
	if (nplain > 0)
		print_columns(l, plain, NULL);
	l->printed = nplain > 0;
	for (int i = 0; i < ndirs; i++)
		list_dir(l, dirs[i], n > 1 || l->recursive);
	free(plain);
	free(dirs);
}

static void
set_width(struct list *l, const struct optparse *p)
{
	const char *error;

	l->width = strtonum(p->value, 0, INT_MAX, &error);
	if (error)
		optparse_fail(p, "Option 'width' requires an integer argument");
}

static void
set_option(struct list *l, const struct optparse *p, int c)
{
	l->recursive |= c == 'R';
	l->directory |= c == 'd';
	l->classify |= c == 'F';
	l->one |= c == '1';
	l->json |= c == 'j';
	if (c == 'N')
		l->ns = p->value;
	if (c == 'w')
		set_width(l, p);
	if (c == 'a')
		errx(1, "dir: --at: earlier versions are not kept");
}

static const struct opt ls_opts[] = {
	NAMESPACE_OPTION,
	{ "recursive", 'R', NULL, "with the directories below", 0 },
	{ "directory", 'd', NULL, "directories themselves", 0 },
	{ "width", 'w', "COLS", "of the output; 0 = no limit", 0 },
	{ "1", '1', NULL, "one name a line", 0 },
	{ "classify", 'F', NULL, "mark directories by '.', links by '@'", 0 },
	{ "json", 'j', NULL, "print a JSON object", 0 },
	{ 0 },
};

int
cmd_ls(int argc, char **argv)
{
	struct optparse p = {
		.usage = "ls [OPTIONS] [KEY...]",
		.summary = "List directories",
		.example = "flux kvs ls -F resource",
		.opts = ls_opts,
		.fail_status = 1,
	};
	struct list l = { .ns = kvs_namespace(), .width = terminal_width() };
	char *root[] = { "." };
	json_t *o;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&l, &p, c);
	l.h = tool_open_plain();
	l.out = json_array();
	if (p.noperands > 0)
		list_all(&l, p.operands, p.noperands);
	else
		list_all(&l, root, 1);
	if (l.json) {
		o = json_pack("{s:i s:O}", "version", 1, "keys", l.out);
		kvs_print_json(o);
		json_decref(o);
	}
	json_decref(l.out);
	handle_close(l.h);
	optparse_fini(&p);
	return tool_finish(l.status);
}

/* ---- dir ---- */

/* One line: cut where it is too long, and where it has another one. */
static void
print_value(const struct list *l, const char *key, const json_t *o)
{
	char *data, *line;
	size_t len, n;

	data = treeobj_bytes(o, &len);
	if (asprintf(&line, "%s = %s", key, data) < 0)
		err(1, NULL);
	len = n = strlen(line);
	if (l->width > 0) {
		if (line[len - 1] == '\n')
			len--;
		n = strcspn(line, "\n");
		if (n + strlen("...") > (size_t)l->width)
			n = l->width > 3 ? (size_t)l->width - 3 : 0;
	}
	printf("%.*s%s\n", (int)n, line, n < len ? "..." : "");
	free(data);
	free(line);
}

/* What is not in the directory itself (valref). */
static void
print_remote_value(const struct list *l, const char *key)
{
	struct errmsg em;
	json_t *o = kvs_lookup(l->h, kvs_question(l->ns, key, 0), &em);

	if (!o)
		errx(1, "%s: %s", key, em.text);
	print_value(l, key, o);
	json_decref(o);
}

static int print_dir(struct list *l, const char *key);

static void
print_entry(struct list *l, const char *key, const json_t *o)
{
	const char *type = treeobj_type(o);
	char *target;

	if (treeobj_is_dir(o)) {
		if (!l->recursive || print_dir(l, key) == 0)
			printf("%s.\n", key);
	} else if (strcmp(type, "symlink") == 0) {
		target = treeobj_target(o);
		printf("%s -> %s\n", key, target);
		free(target);
	} else if (l->directory) {
		puts(key);
	} else if (strcmp(type, "val") == 0) {
		print_value(l, key, o);
	} else {
		print_remote_value(l, key);
	}
}

/* How many entries it has. */
static int
print_dir(struct list *l, const char *key)
{
	json_t *dir = read_dir(l, key);
	const char **names = sorted_names(dir);
	int i;

	for (i = 0; names[i]; i++) {
		char *below = join(key, names[i]);

		print_entry(l, below, entry(dir, names[i]));
		free(below);
	}
	free(names);
	json_decref(dir);
	return i;
}

int
cmd_dir(int argc, char **argv)
{
	static const struct opt opts[] = {
		NAMESPACE_OPTION,
		{ "recursive", 'R', NULL, "with the directories below", 0 },
		{ "directory", 'd', NULL, "keys without values", 0 },
		{ "width", 'w', "COLS", "of the output; 0 = no limit", 0 },
		{ "at", 'a', "TREEOBJ", NULL, 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "dir [OPTIONS] [KEY]",
		.summary = "Print the keys of a directory with their values",
		.example = "flux kvs dir -R resource",
		.opts = opts,
		.fail_status = 1,
	};
	struct list l = { .ns = kvs_namespace(), .width = terminal_width() };
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&l, &p, c);
	if (p.noperands > 1)
		errx(1, "dir: specify zero or one directory");
	l.h = tool_open_plain();
	print_dir(&l, p.noperands > 0 ? p.operands[0] : ".");
	handle_close(l.h);
	optparse_fini(&p);
	return tool_finish(0);
}
