/* SPDX-License-Identifier: MIT */
/*
 * RFC 31 constraints in JSON: one object with one operator, whose value is a
 * list. {} and NULL match every node; {"not":[...]} is true unless all of its
 * members are, so that {"not":[]} matches none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "constraint.h"
#include "hostlist.h"
#include "idset.h"

/* The characters that have a meaning in the text form. */
#define NOT_IN_PROPERTY "&'\"`|()"

enum op { OP_AND, OP_OR, OP_NOT, OP_PROPERTIES, OP_HOSTLIST, OP_RANKS };

static const char *const op_names[] = {
	[OP_AND] = "and",
	[OP_OR] = "or",
	[OP_NOT] = "not",
	[OP_PROPERTIES] = "properties",
	[OP_HOSTLIST] = "hostlist",
	[OP_RANKS] = "ranks",
};
#define NOPS (sizeof(op_names) / sizeof(op_names[0]))

struct constraint {
	enum op op;
	struct constraint **members; /* and, or, not */
	size_t nmembers;
	json_t *properties;     /* reference; strings, checked */
	struct hostlist *hosts; /* hostlist */
	const char **sorted;    /* its names by strcmp */
	size_t nhosts;
	struct idset *ranks; /* ranks */
};

void
constraint_destroy(struct constraint *c)
{
	int saved = errno;
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->nmembers; i++)
		constraint_destroy(c->members[i]);
	free(c->members);
	json_decref(c->properties);
	hostlist_destroy(c->hosts);
	free(c->sorted);
	idset_destroy(c->ranks);
	free(c);
	errno = saved;
}

static int
compile_members(struct constraint *c, const json_t *args, struct errmsg *em)
{
	const json_t *o;
	size_t i;

	c->members = calloc(json_array_size(args) + 1, sizeof(*c->members));
	if (!c->members)
		return errmsg_set(em, "out of memory");
	json_array_foreach((json_t *)args, i, o) {
		if (!(c->members[i] = constraint_compile(o, em)))
			return -1;
		c->nmembers++;
	}
	return 0;
}

static int
compile_properties(struct constraint *c, json_t *args, struct errmsg *em)
{
	const char *name;
	json_t *o;
	size_t i;

	json_array_foreach(args, i, o) {
		if (!(name = json_string_value(o)))
			return errmsg_set(em, "property must be a string");
		if (name[strcspn(name, NOT_IN_PROPERTY)] != '\0')
			return errmsg_set(
			    em, "invalid character in property '%s'", name);
	}
	c->properties = json_incref(args);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
compile_hosts(struct constraint *c, const json_t *args, struct errmsg *em)
{
	const char *text;
	const json_t *o;
	size_t i;

	if (!(c->hosts = hostlist_create()))
		return errmsg_set(em, "out of memory");
	json_array_foreach((json_t *)args, i, o) {
		if (!(text = json_string_value(o)))
			return errmsg_set(em, "hostlist must be a string");
		if (hostlist_append(c->hosts, text) < 0)
			return errmsg_set(em, "Invalid hostlist: '%s'", text);
	}
	c->nhosts = hostlist_count(c->hosts);
	if (!(c->sorted = malloc((c->nhosts + 1) * sizeof(*c->sorted))))
		return errmsg_set(em, "out of memory");
	for (i = 0; i < c->nhosts; i++)
		c->sorted[i] = hostlist_nth(c->hosts, i);
	qsort(c->sorted, c->nhosts, sizeof(*c->sorted), compare);
	return 0;
}

static int
compile_ranks(struct constraint *c, const json_t *args, struct errmsg *em)
{
	struct idset *ranks;
	const char *text;
	const json_t *o;
	size_t i;
	int rc = 0;

	if (!(c->ranks = idset_create()))
		return errmsg_set(em, "out of memory");
	json_array_foreach((json_t *)args, i, o) {
		if (!(text = json_string_value(o)))
			return errmsg_set(em, "ranks must be a string");
		if (!(ranks = idset_decode(text)))
			return errmsg_set(em, "Invalid idset: '%s'", text);
		rc = idset_add(c->ranks, ranks);
		idset_destroy(ranks);
		if (rc < 0)
			return errmsg_set(em, "out of memory");
	}
	return 0;
}

static int
compile_operator(
    struct constraint *c, const char *name, json_t *args, struct errmsg *em)
{
	size_t op;

	for (op = 0; op < NOPS && strcmp(op_names[op], name) != 0; op++)
		;
	if (op == NOPS)
		return errmsg_set(em, "unknown constraint operator '%s'", name);
	if (!json_is_array(args))
		return errmsg_set(
		    em, "argument to constraint %s must be a sequence", name);
	c->op = (enum op)op;
	switch (c->op) {
	case OP_PROPERTIES:
		return compile_properties(c, args, em);
	case OP_HOSTLIST:
		return compile_hosts(c, args, em);
	case OP_RANKS:
		return compile_ranks(c, args, em);
	default:
		return compile_members(c, args, em);
	}
}

static int
compile(struct constraint *c, const json_t *json, struct errmsg *em)
{
	const char *name;
	json_t *args;

	if (!json) /* c is an empty "and" */
		return 0;
	if (!json_is_object(json))
		return errmsg_set(em, "constraints must be a mapping");
	if (json_object_size(json) > 1)
		return errmsg_set(em, "constraint must have one operator");
	json_object_foreach((json_t *)json, name, args)
		if (compile_operator(c, name, args, em) < 0)
			return -1;
	return 0;
}

struct constraint *
constraint_compile(const json_t *json, struct errmsg *em)
{
	struct constraint *c = calloc(1, sizeof(*c));

	if (!c) {
		errmsg_set(em, "out of memory");
		return NULL;
	}
	if (compile(c, json, em) < 0) {
		constraint_destroy(c);
		errno = EINVAL;
		return NULL;
	}
	return c;
}

static bool
all_members(const struct constraint *c, const struct constraint_node *node)
{
	size_t i;

	for (i = 0; i < c->nmembers; i++)
		if (!constraint_test(c->members[i], node))
			return false;
	return true;
}

static bool
any_member(const struct constraint *c, const struct constraint_node *node)
{
	size_t i;

	for (i = 0; i < c->nmembers; i++)
		if (constraint_test(c->members[i], node))
			return true;
	return c->nmembers == 0;
}

static bool
all_properties(const json_t *names, const struct constraint_node *node)
{
	const char *name;
	const json_t *o;
	bool wanted;
	size_t i;

	json_array_foreach((json_t *)names, i, o) {
		name = json_string_value(o);
		wanted = *name != '^';
		if (node->has_property(node->arg, name + !wanted) != wanted)
			return false;
	}
	return true;
}

bool
constraint_test(const struct constraint *c, const struct constraint_node *node)
{
	switch (c->op) {
	case OP_AND:
		return all_members(c, node);
	case OP_OR:
		return any_member(c, node);
	case OP_NOT:
		return !all_members(c, node);
	case OP_PROPERTIES:
		return all_properties(c->properties, node);
	case OP_HOSTLIST:
		return bsearch(&node->host, c->sorted, c->nhosts,
			   sizeof(*c->sorted), compare) != NULL;
	case OP_RANKS:
		return idset_test(c->ranks, node->rank);
	}
	return false;
}

/* Narrow the set to what all members have. */
static int
select_all_members(const struct constraint *c,
    const struct constraint_sets *sets, struct idset *ranks)
{
	struct idset *some;
	size_t i;

	for (i = 0; i < c->nmembers; i++) {
		if (!(some = constraint_select(c->members[i], sets)))
			return -1;
		idset_intersect(ranks, some);
		idset_destroy(some);
	}
	return 0;
}

/* Of all ranks, those that one member has. */
static int
select_any_member(const struct constraint *c,
    const struct constraint_sets *sets, struct idset *ranks)
{
	struct idset *some;
	size_t i;
	int rc = 0;

	if (c->nmembers == 0)
		return 0;
	idset_subtract(ranks, sets->all);
	for (i = 0; rc == 0 && i < c->nmembers; i++) {
		if (!(some = constraint_select(c->members[i], sets)))
			return -1;
		rc = idset_add(ranks, some);
		idset_destroy(some);
	}
	return rc;
}

/* Of all ranks, those that not all members have. */
static int
select_not(const struct constraint *c, const struct constraint_sets *sets,
    struct idset *ranks)
{
	struct idset *some = idset_dup(ranks);
	int rc = some ? select_all_members(c, sets, some) : -1;

	if (rc == 0)
		idset_subtract(ranks, some);
	idset_destroy(some);
	return rc;
}

static void
select_properties(const json_t *names, const struct constraint_sets *sets,
    struct idset *ranks)
{
	const struct idset *some;
	const char *name;
	const json_t *o;
	bool wanted;
	size_t i;

	json_array_foreach((json_t *)names, i, o) {
		name = json_string_value(o);
		wanted = *name != '^';
		some = sets->with_property(sets->arg, name + !wanted);
		if (some && wanted)
			idset_intersect(ranks, some);
		else if (some)
			idset_subtract(ranks, some);
		else if (wanted)
			idset_subtract(ranks, sets->all);
	}
}

static int
select_hosts(const struct constraint *c, const struct constraint_sets *sets,
    struct idset *ranks)
{
	size_t i;

	idset_subtract(ranks, sets->all);
	for (i = 0; i < c->nhosts; i++)
		if (sets->add_host(sets->arg, c->sorted[i], ranks) < 0)
			return -1;
	return 0;
}

/* Narrow a set, which has all ranks. */
static int
narrow(const struct constraint *c, const struct constraint_sets *sets,
    struct idset *ranks)
{
	switch (c->op) {
	case OP_AND:
		return select_all_members(c, sets, ranks);
	case OP_OR:
		return select_any_member(c, sets, ranks);
	case OP_NOT:
		return select_not(c, sets, ranks);
	case OP_PROPERTIES:
		select_properties(c->properties, sets, ranks);
		return 0;
	case OP_HOSTLIST:
		return select_hosts(c, sets, ranks);
	case OP_RANKS:
		return idset_intersect(ranks, c->ranks);
	}
	return 0;
}

struct idset *
constraint_select(
    const struct constraint *c, const struct constraint_sets *sets)
{
	struct idset *ranks = idset_dup(sets->all);

	if (ranks && narrow(c, sets, ranks) < 0) {
		idset_destroy(ranks);
		errno = ENOMEM;
		return NULL;
	}
	return ranks;
}

int
constraint_check(const json_t *constraint, struct errmsg *em)
{
	struct constraint *c = constraint_compile(constraint, em);

	constraint_destroy(c);
	return c ? 0 : -1;
}

bool
constraint_match(const json_t *constraint, const struct constraint_node *node)
{
	struct constraint *c = constraint_compile(constraint, NULL);
	bool matches = c && constraint_test(c, node);

	constraint_destroy(c);
	return matches;
}
