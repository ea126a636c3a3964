/* SPDX-License-Identifier: MIT */
/*
 * Broker attributes, in a tree by name, and the service `attr`.
 */
#include <sys/tree.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "attrs-service.h"
#include "attrs.h"
#include "broker.h"
#include "options.h"
#include "service.h"

struct attr {
	char *name, *value;
	int flags; /* enum attr_flag */
	RB_ENTRY(attr) node;
};
RB_HEAD(attr_tree, attr);

struct attrs {
	struct attr_tree tree;
};

static int
attr_cmp(struct attr *a, struct attr *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE_INTERNAL(
    attr_tree, attr, node, attr_cmp, __attribute__((unused)) static)

static struct attr *
find(const struct attrs *a, const char *name)
{
	struct attr key = { .name = (char *)name };

	return RB_FIND(attr_tree, (struct attr_tree *)&a->tree, &key);
}

static void
attr_remove(struct attrs *a, struct attr *at)
{
	RB_REMOVE(attr_tree, &a->tree, at);
	free(at->name);
	free(at->value);
	free(at);
}

struct attrs *
attrs_create(void)
{
	struct attrs *a = calloc(1, sizeof(*a));

	if (a)
		RB_INIT(&a->tree);
	return a;
}

void
attrs_destroy(struct attrs *a)
{
	struct attr *at;

	if (!a)
		return;
	while ((at = RB_MIN(attr_tree, &a->tree)))
		attr_remove(a, at);
	free(a);
}

const char *
attrs_get(const struct attrs *a, const char *name)
{
	struct attr *at = find(a, name);

	return at ? at->value : NULL;
}

int
attrs_set(struct attrs *a, const char *name, const char *value, int flags)
{
	struct attr *at = find(a, name);
	char *copy;

	if (!value) {
		if (at)
			attr_remove(a, at);
		return 0;
	}
	if (!(copy = strdup(value)))
		return -1;
	if (!at) {
		if (!(at = calloc(1, sizeof(*at))) ||
		    !(at->name = strdup(name))) {
			free(at);
			free(copy);
			return -1;
		}
		RB_INSERT(attr_tree, &a->tree, at);
	}
	free(at->value);
	at->value = copy;
	at->flags = flags;
	return 0;
}

/* ---- service ---- */

static int
get_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct attr *at;
	const char *name;

	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	if (!(at = find(b->attrs, name))) {
		errno = ENOENT;
		return -1;
	}
	an->json = json_pack("{s:s s:i}", "value", at->value, "flags",
	    at->flags & ATTR_IMMUTABLE);
	return 0;
}

static int
list_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	json_t *names = json_array();
	struct attr *at;

	(void)req;
	RB_FOREACH(at, attr_tree, &b->attrs->tree)
		json_array_append_new(names, json_string(at->name));
	an->json = json_pack("{s:o}", "names", names);
	return 0;
}

/* Names that anybody may make: for tests and for vendors. */
static bool
is_free_name(const char *name)
{
	return strncmp(name, "test.", 5) == 0 ||
	       strncmp(name, "vendor.", 7) == 0;
}

/* Some values are numbers. */
static bool
is_valid(const char *name, const char *value)
{
	const char *err;

	if (strcmp(name, "log-stderr-level") != 0)
		return true;
	strtonum(value, 0, 7, &err);
	return err == NULL;
}

static int
set_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name, *value;
	int force = 0;
	struct attr *at;

	if (request_unpack(req, "{s:s s:s s?b}", "name", &name, "value", &value,
		"force", &force) < 0)
		return -1;
	at = find(b->attrs, name);
	if (!at && !is_free_name(name) && !options_settable(name)) {
		errno = ENOENT;
		return errmsg_set(&an->em, "unknown attribute");
	}
	if (at && !(at->flags & ATTR_SETTABLE) && !force) {
		errno = EINVAL;
		return errmsg_set(&an->em, "attribute may not be updated");
	}
	if (at && (at->flags & ATTR_IMMUTABLE)) {
		errno = EPERM;
		return -1;
	}
	if (!is_valid(name, value)) {
		errno = EINVAL;
		return errmsg_set(&an->em, "invalid level");
	}
	return attrs_set(b->attrs, name, value, at ? at->flags : ATTR_SETTABLE);
}

static int
rm_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name;
	struct attr *at;

	(void)an;
	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	at = find(b->attrs, name);
	if (at && (at->flags & ATTR_IMMUTABLE)) {
		errno = EPERM;
		return -1;
	}
	return attrs_set(b->attrs, name, NULL, 0);
}

static const struct topic topics[] = {
	{ "attr.get", TOPIC_USER | TOPIC_OFFLINE, get_request },
	{ "attr.list", TOPIC_USER, list_request },
	{ "attr.set", TOPIC_OWNER, set_request },
	{ "attr.rm", TOPIC_OWNER, rm_request },
	{ 0 },
};

static const struct service service = { .name = "attr", .topics = topics };

int
attrs_register(struct broker *b)
{
	return service_register(b, &service, b);
}
