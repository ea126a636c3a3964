/* SPDX-License-Identifier: MIT */
/*
 * Trees of RFC 11 objects in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "treeobj.h"

static json_t *
make(const char *type, json_t *data_new)
{
	return json_pack(
	    "{s:i s:s s:o}", "ver", 1, "type", type, "data", data_new);
}

json_t *
treeobj_dir(void)
{
	return make("dir", json_object());
}

json_t *
treeobj_val(const void *data, size_t len)
{
	char *text = base64_encode(data, len);
	json_t *o = text ? make("val", json_string(text)) : NULL;

	free(text);
	return o;
}

bool
treeobj_is(const json_t *o, const char *type)
{
	const char *s = json_string_value(json_object_get(o, "type"));

	return s && strcmp(s, type) == 0;
}

json_t *
treeobj_data(const json_t *o)
{
	return json_object_get(o, "data");
}

bool
treeobj_valid(const json_t *o)
{
	json_t *data = treeobj_data(o), *kid;
	const char *name;

	if (json_integer_value(json_object_get(o, "ver")) != 1)
		return false;
	if (treeobj_is(o, "val"))
		return json_is_string(data);
	if (treeobj_is(o, "symlink"))
		return json_is_string(json_object_get(data, "target"));
	if (!treeobj_is(o, "dir") || !json_is_object(data))
		return false;
	json_object_foreach(data, name, kid)
		if (!treeobj_valid(kid))
			return false;
	return true;
}

/* A key taken apart. The target of a symlink replaces what was walked. */
struct walk {
	char *buf;  /* owns the text of the names */
	char *rest; /* names still to go; NULL = done */
	int links;
};

static int
walk_init(struct walk *w, const char *key)
{
	size_t n;

	*w = (struct walk){ 0 };
	if (!(w->buf = strdup(key)))
		return -1;
	n = strlen(w->buf);
	while (n > 0 && w->buf[n - 1] == '.')
		w->buf[--n] = '\0'; /* "a." is "a", "." is the root */
	w->rest = n > 0 || !*key ? w->buf : NULL;
	return 0;
}

static char *
walk_next(struct walk *w)
{
	char *name = w->rest, *dot = strchr(name, '.');

	if (dot)
		*dot++ = '\0';
	w->rest = dot;
	return name;
}

/* Go on at the target of a symlink, then with what is left. */
static int
walk_link(struct walk *w, const json_t *link)
{
	const char *target =
	    json_string_value(json_object_get(treeobj_data(link), "target"));
	char *buf;

	if (++w->links > KVS_LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (asprintf(&buf, "%s%s%s", target, w->rest ? "." : "",
		w->rest ? w->rest : "") < 0)
		return -1;
	free(w->buf);
	w->buf = w->rest = buf;
	if (strcmp(buf, ".") == 0 || !*buf)
		w->rest = NULL;
	return 0;
}

json_t *
treeobj_get(json_t *root, const char *key, bool follow_last)
{
	json_t *o = root;
	struct walk w;

	if (walk_init(&w, key) < 0)
		return NULL;
	while (o && w.rest) {
		char *name = walk_next(&w);

		o = treeobj_is(o, "dir")
			? json_object_get(treeobj_data(o), name)
			: NULL;
		errno = ENOENT;
		if (!o || !treeobj_is(o, "symlink") ||
		    (!w.rest && !follow_last))
			continue;
		o = walk_link(&w, o) < 0 ? NULL : root;
	}
	free(w.buf);
	return o;
}

/* The directory named in dir, made if make_dirs; NULL with ENOENT. */
static json_t *
enter(json_t *dir, const char *name, bool make_dirs)
{
	json_t *o = json_object_get(treeobj_data(dir), name);

	if (o && treeobj_is(o, "dir"))
		return o;
	errno = ENOENT;
	if (!make_dirs)
		return NULL;
	o = treeobj_dir();
	json_object_set_new(treeobj_data(dir), name, o);
	return o;
}

/* The directory in which *name is, or is to be. *name points into w->buf. NULL
 * with errno. */
static json_t *
parent_of(json_t *root, struct walk *w, bool make_dirs, char **name)
{
	json_t *dir = root, *o;

	errno = EINVAL;
	if (!w->rest)
		return NULL;
	while (dir) {
		*name = walk_next(w);
		if (!w->rest)
			return dir;
		o = json_object_get(treeobj_data(dir), *name);
		if (!o || !treeobj_is(o, "symlink"))
			dir = enter(dir, *name, make_dirs);
		else
			dir = walk_link(w, o) < 0 ? NULL : root;
	}
	return NULL;
}

int
treeobj_put(json_t *root, const char *key, json_t *value)
{
	struct walk w;
	json_t *dir;
	char *name;
	int r = -1;

	if (walk_init(&w, key) < 0)
		return -1;
	dir = parent_of(root, &w, value != NULL, &name);
	if (!dir && !value && errno == ENOENT) {
		r = 0; /* it is not there */
	} else if (dir && value) {
		r = json_object_set(treeobj_data(dir), name, value);
	} else if (dir) {
		json_object_del(treeobj_data(dir), name);
		r = 0;
	}
	free(w.buf);
	return r;
}

/* The two vals joined, new; NULL with EINVAL. */
static json_t *
join(const json_t *a, const json_t *b)
{
	size_t na, nb;
	char *x = base64_decode(json_string_value(treeobj_data(a)), &na);
	char *y = base64_decode(json_string_value(treeobj_data(b)), &nb);
	char *both = x && y ? malloc(na + nb + 1) : NULL;
	json_t *o = NULL;

	errno = EINVAL;
	if (both) {
		memcpy(both, x, na);
		memcpy(both + na, y, nb);
		o = treeobj_val(both, na + nb);
	}
	free(x);
	free(y);
	free(both);
	return o;
}

int
treeobj_append(json_t *root, const char *key, json_t *val)
{
	json_t *old = treeobj_get(root, key, true), *both;
	int r;

	if (!old)
		return treeobj_put(root, key, val);
	errno = EISDIR;
	if (!treeobj_is(old, "val"))
		return -1;
	if (!(both = join(old, val)))
		return -1;
	r = treeobj_put(root, key, both);
	json_decref(both);
	return r;
}
