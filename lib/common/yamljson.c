/* SPDX-License-Identifier: MIT */
/*
 * YAML by libyaml, which makes nodes of a document; this makes JSON of nodes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "yamljson.h"

/* Aliases can make a document endless. */
enum { DEPTH_MAX = 32 };

static json_t *node_json(
    yaml_document_t *doc, int index, int depth, struct errmsg *em);

static json_t *
plain_scalar(const char *s)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const trues[] = { "true", "True", "TRUE" };
	static const char *const falses[] = { "false", "False", "FALSE" };
	char *end;
	long long n;
	double x;
	size_t i;

	for (i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (strcmp(s, nulls[i]) == 0)
			return json_null();
	for (i = 0; i < sizeof(trues) / sizeof(trues[0]); i++)
		if (strcmp(s, trues[i]) == 0 || strcmp(s, falses[i]) == 0)
			return json_boolean(strcmp(s, trues[i]) == 0);
	errno = 0;
	n = strtoll(s, &end, 10);
	if (*end == '\0' && errno == 0)
		return json_integer(n);
	/* what strtod takes beyond that (nan, inf, 0x) is text */
	x = strtod(s, &end);
	if (*end == '\0' && strspn(s, "+-.0123456789eE") == strlen(s))
		return json_real(x);
	return json_string(s);
}

static json_t *
scalar_json(const yaml_node_t *node, struct errmsg *em)
{
	const char *s = (const char *)node->data.scalar.value;
	json_t *o;

	if (strlen(s) != node->data.scalar.length) {
		errmsg_set(em, "text with a NUL byte");
		return NULL;
	}
	o = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_scalar(s)
							       : json_string(s);
	if (!o)
		errmsg_set(em, "%s", strerror(ENOMEM));
	return o;
}

static json_t *
sequence_json(
    yaml_document_t *doc, const yaml_node_t *node, int depth, struct errmsg *em)
{
	json_t *array = json_array(), *o;
	yaml_node_item_t *i;

	for (i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		o = node_json(doc, *i, depth + 1, em);
		if (!o || json_array_append_new(array, o) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
mapping_json(
    yaml_document_t *doc, const yaml_node_t *node, int depth, struct errmsg *em)
{
	json_t *object = json_object(), *o;
	yaml_node_pair_t *p;
	yaml_node_t *key;

	for (p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		key = yaml_document_get_node(doc, p->key);
		if (!key || key->type != YAML_SCALAR_NODE) {
			errmsg_set(em, "a key that is no text (at line %zu)",
			    node->start_mark.line + 1);
			json_decref(object);
			return NULL;
		}
		o = node_json(doc, p->value, depth + 1, em);
		if (!o || json_object_set_new(object,
			      (const char *)key->data.scalar.value, o) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *
node_json(yaml_document_t *doc, int index, int depth, struct errmsg *em)
{
	const yaml_node_t *node = yaml_document_get_node(doc, index);

	errmsg_set(em, "%s", strerror(ENOMEM));
	if (!node)
		return NULL;
	if (depth > DEPTH_MAX) {
		errmsg_set(em, "nested too deeply (at line %zu)",
		    node->start_mark.line + 1);
		return NULL;
	}
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return scalar_json(node, em);
	case YAML_SEQUENCE_NODE:
		return sequence_json(doc, node, depth, em);
	case YAML_MAPPING_NODE:
		return mapping_json(doc, node, depth, em);
	default:
		return NULL;
	}
}

static json_t *
parse(yaml_parser_t *parser, struct errmsg *em)
{
	yaml_document_t doc;
	json_t *o;

	if (!yaml_parser_load(parser, &doc)) {
		errmsg_set(em, "%s (at line %zu)",
		    parser->problem ? parser->problem : "not YAML",
		    parser->problem_mark.line + 1);
		return NULL;
	}
	o = yaml_document_get_root_node(&doc) ? node_json(&doc, 1, 0, em)
					      : json_object();
	yaml_document_delete(&doc);
	return o;
}

json_t *
yamljson_load(const char *path, struct errmsg *em)
{
	yaml_parser_t parser;
	FILE *fp = fopen(path, "re");
	json_t *o = NULL;

	if (!fp) {
		errmsg_set(em, "%s", strerror(errno));
		return NULL;
	}
	if (yaml_parser_initialize(&parser)) {
		yaml_parser_set_input_file(&parser, fp);
		o = parse(&parser, em);
		yaml_parser_delete(&parser);
	} else {
		errmsg_set(em, "%s", strerror(ENOMEM));
	}
	fclose(fp);
	return o;
}
