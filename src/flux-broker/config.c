/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attrs.h"
#include "broker.h"
#include "config.h"
#include "service.h"
#include "toml.h"
#include "tomldir.h"

enum { FILE_MAX = 16 << 20 };

static char *
read_file(const char *path, struct errmsg *em)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	char *text = NULL;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0)
		errmsg_set(em, "%s: %s", path, strerror(errno));
	else if (st.st_size > FILE_MAX)
		errmsg_set(em, "%s: file is too large", path);
	else if (!(text = malloc(st.st_size + 1)))
		errmsg_set(em, "out of memory");
	if (text) {
		n = fread(text, 1, st.st_size, f);
		text[n] = '\0';
	}
	if (f)
		fclose(f);
	return text;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n >= e && strcmp(s + n - e, end) == 0;
}

static json_t *
parse_json(const char *name, const char *text, struct errmsg *em)
{
	json_error_t error;
	json_t *o = json_loads(text, 0, &error);

	if (!o)
		errmsg_set(em, "%s:%d: %s", name, error.line, error.text);
	else if (!json_is_object(o)) {
		errmsg_set(em, "%s: not a JSON object", name);
		json_decref(o);
		o = NULL;
	}
	return o;
}

static json_t *
parse_toml(const char *name, const char *text, struct errmsg *em)
{
	struct errmsg why;
	json_t *o = toml_parse(text, &why);

	if (!o)
		errmsg_set(em, "%s: %s", name, why.text);
	return o;
}

static json_t *
read_one(const char *path, struct errmsg *em)
{
	char *text = read_file(path, em);
	json_t *o;

	if (!text)
		return NULL;
	o = ends_in(path, ".json") ? parse_json(path, text, em)
				   : parse_toml(path, text, em);
	free(text);
	return o;
}

json_t *
config_read(const char *path, struct errmsg *em)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		errmsg_set(em, "%s: %s", path, strerror(errno));
		return NULL;
	}
	return S_ISDIR(st.st_mode) ? tomldir_read(path, read_one, em)
				   : read_one(path, em);
}

/* a.b.c=VALUE → {"a":{"b":{"c":VALUE}}}; VALUE is JSON if it can be read so. */
static json_t *
assignment(const char *text)
{
	size_t n = strcspn(text, "=");
	char *path = strndup(text, n);
	json_t *o = json_loads(text + n + 1, JSON_DECODE_ANY, NULL);
	char *dot;

	if (!o)
		o = json_string(text + n + 1);
	while (path && o && (dot = strrchr(path, '.'))) {
		o = json_pack("{s:o}", dot + 1, o);
		*dot = '\0';
	}
	if (path && o)
		o = json_pack("{s:o}", path, o);
	free(path);
	return o;
}

int
config_merge(json_t *o, const char *value, struct errmsg *em)
{
	json_t *add;
	int rc;

	if (value[0] == '{')
		add = parse_json("--conf", value, em);
	else if (strchr(value, '\n'))
		add = parse_toml("--conf", value, em);
	else if (strchr(value, '=')) {
		if (!(add = assignment(value)))
			errmsg_set(em, "--conf: invalid value '%s'", value);
	} else {
		struct errmsg why;
		if (!(add = read_one(value, &why)))
			errmsg_set(em, "--conf: %s", why.text);
	}
	if (!add)
		return -1;
	rc = json_object_update_recursive(o, add);
	json_decref(add);
	return rc < 0 ? errmsg_set(em, "out of memory") : 0;
}

int
config_merge_all(json_t *o, const json_t *values, struct errmsg *em)
{
	const json_t *v;
	size_t i;

	json_array_foreach(values, i, v)
		if (config_merge(o, json_string_value(v), em) < 0)
			return -1;
	return 0;
}

/* ---- service ---- */

static int
get_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	if (!request_is_streaming(req)) {
		an->json = json_incref(b->config);
		return 0;
	}
	request_respond_new(req, json_incref(b->config));
	return waitlist_add(&b->config_watchers, req, NULL) < 0 ? -1
								: ANSWER_LATER;
}

static int
only_rank0(struct broker *b, struct answer *an)
{
	if (b->rank == 0)
		return 0;
	errno = EINVAL;
	return errmsg_set(
	    &an->em, "configuration can only be changed on rank 0");
}

/* Takes o. */
static void
replace(struct broker *b, json_t *o)
{
	json_decref(b->config);
	b->config = o;
	for (struct waiter *w = b->config_watchers.first; w; w = w->next)
		request_respond_new(w->req, json_incref(o));
}

static int
load_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const json_t *o = request_json(req);

	if (only_rank0(b, an) < 0)
		return -1;
	if (!o) {
		errno = EPROTO;
		return -1;
	}
	replace(b, json_deep_copy(o));
	return 0;
}

static int
reload_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *path = attrs_get(b->attrs, "config.path");
	json_t *o;

	(void)req;
	if (only_rank0(b, an) < 0)
		return -1;
	if (!path)
		return 0; /* nothing to read anew */
	o = config_read(path, &an->em);
	if (!o || config_merge_all(o, b->conf, &an->em) < 0) {
		json_decref(o);
		errno = EINVAL;
		return -1;
	}
	replace(b, o);
	return 0;
}

static const struct topic topics[] = {
	{ "config.get", TOPIC_USER, get_request },
	{ "config.load", TOPIC_OWNER | TOPIC_LARGE, load_request },
	{ "config.reload", TOPIC_OWNER, reload_request },
	{ 0 },
};

static void
disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->config_watchers, sender, NULL);
}

static const struct service service = {
	.name = "config",
	.topics = topics,
	.disconnect = disconnect,
};

int
config_register(struct broker *b)
{
	return service_register(b, &service, b);
}
