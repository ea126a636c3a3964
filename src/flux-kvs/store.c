/* SPDX-License-Identifier: MIT */
/* Requests to the KVS, and the tree objects (RFC 11) that it keeps. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "kvs.h"

const char *
kvs_namespace(void)
{
	const char *ns = getenv("FLUX_KVS_NAMESPACE");

	return ns && *ns ? ns : "primary";
}

json_t *
kvs_question(const char *ns, const char *key, int flags)
{
	json_t *o = json_pack(
	    "{s:s s:s s:i}", "key", key, "namespace", ns, "flags", flags);

	if (!o)
		errx(1, "%s: not UTF-8", key);
	return o;
}

json_t *
kvs_lookup(struct handle *h, json_t *question_new, struct errmsg *em)
{
	json_t *out = NULL, *val;

	if (handle_call_new(
		h, "kvs.lookup", NODEID_ANY, question_new, &out, em) < 0)
		return NULL;
	val = json_incref(json_object_get(out, "val"));
	json_decref(out);
	if (!val) {
		errno = EPROTO;
		errmsg_set(em, "%s", strerror(EPROTO));
	}
	return val;
}

const char *
treeobj_type(const json_t *o)
{
	const char *type = json_string_value(json_object_get(o, "type"));

	return type ? type : "";
}

bool
treeobj_is_dir(const json_t *o)
{
	const char *type = treeobj_type(o);

	return strcmp(type, "dir") == 0 || strcmp(type, "dirref") == 0;
}

char *
treeobj_bytes(const json_t *o, size_t *len)
{
	const char *text = json_string_value(json_object_get(o, "data"));
	char *data;

	if (strcmp(treeobj_type(o), "val") != 0 || !text ||
	    !(data = base64_decode(text, len)))
		errx(1, "kvs.lookup: %s", strerror(EPROTO));
	return data;
}

json_t *
treeobj_val(const void *data, size_t len)
{
	char *text = base64_encode(data, len);
	json_t *o = text ? json_pack("{s:i s:s s:s}", "ver", 1, "type", "val",
			       "data", text)
			 : NULL;

	if (!o)
		err(1, NULL);
	free(text);
	return o;
}

char *
treeobj_target(const json_t *o)
{
	const json_t *data = json_object_get(o, "data");
	const char *target = json_string_value(json_object_get(data, "target"));
	const char *ns = json_string_value(json_object_get(data, "namespace"));
	char *text;

	if (asprintf(&text, "%s%s%s", ns ? ns : "", ns ? "::" : "",
		target ? target : "") < 0)
		err(1, NULL);
	return text;
}

void
commit_init(struct commit *c, const char *ns)
{
	*c = (struct commit){ .ns = ns, .ops = json_array() };
}

void
commit_add_new(struct commit *c, const char *key, int flags, json_t *dirent_new)
{
	json_t *op = json_pack("{s:s s:i s:o}", "key", key, "flags", flags,
	    "dirent", dirent_new ? dirent_new : json_null());

	if (!op)
		errx(1, "%s: not UTF-8", key);
	json_array_append_new(c->ops, op);
}

json_t *
commit_send(struct commit *c, struct handle *h, const char *what)
{
	json_t *out = NULL;
	struct errmsg em;

	if (handle_call_new(h, "kvs.commit", NODEID_ANY,
		json_pack("{s:s s:i s:o}", "namespace", c->ns, "flags",
		    c->flags, "ops", c->ops),
		&out, &em) < 0)
		errx(1, "%s: %s", what, em.text);
	c->ops = NULL;
	return out;
}

void
rootview_set(struct rootview *v, int c)
{
	v->treeobj |= c == 'O';
	v->blobref |= c == 'b';
	v->sequence |= c == 's';
}

void
rootview_print(const struct rootview *v, const json_t *root)
{
	const char *ref = "";
	json_int_t seq = 0;
	json_t *o;

	json_unpack(
	    (json_t *)root, "{s:s s:I}", "rootref", &ref, "rootseq", &seq);
	if (v->treeobj) {
		o = json_pack(
		    "{s:[s] s:s s:i}", "data", ref, "type", "dirref", "ver", 1);
		kvs_print_json(o);
		json_decref(o);
	} else if (v->blobref) {
		puts(ref);
	} else if (v->sequence) {
		printf("%lld\n", (long long)seq);
	}
}

void
kvs_print_json(const json_t *o)
{
	char *s = o ? json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
}
