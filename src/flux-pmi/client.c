/* SPDX-License-Identifier: MIT */
/*
 * Methods and operations of the PMI client. The texts of the trace are those
 * that other tools print; the methods config, libpmi and libpmi2, which they
 * have too, are none of ours.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum { KEY_MAX = 64 };

/* "simple: barrier: success" */
static void __attribute__((format(printf, 2, 3)))
trace(const struct client *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->trace)
		return;
	fprintf(stderr, "%s: ", c->method);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* ---- methods ---- */

static int
env_number(const char *name, int *n, struct errmsg *em)
{
	const char *s = getenv(name), *why;

	if (!s)
		return errmsg_set(em, "%s not found in environ", name);
	*n = (int)strtonum(s, 0, INT_MAX, &why);
	return why ? errmsg_set(em, "invalid %s '%s'", name, s) : 0;
}

static int
simple_init(struct client *c, struct errmsg *em)
{
	int fd;

	if (env_number("PMI_FD", &fd, em) < 0 ||
	    env_number("PMI_RANK", &c->rank, em) < 0 ||
	    env_number("PMI_SIZE", &c->size, em) < 0)
		return -1;
	if (c->rank >= c->size)
		return errmsg_set(em, "PMI_RANK %d is not below PMI_SIZE %d",
		    c->rank, c->size);
	if (pmi_client_init(&c->wire, fd, c->rank, c->size, em) < 0)
		return -1;
	strlcpy(c->name, c->wire.kvsname, sizeof(c->name));
	return 0;
}

static int
single_init(struct client *c, struct errmsg *em)
{
	const char *id = getenv("FLUX_JOB_ID");

	strlcpy(c->name, id ? id : "0", sizeof(c->name));
	c->size = 1;
	if (!(c->kvs = json_object()))
		return errmsg_set(em, "out of memory");
	return 0;
}

static const struct {
	const char *name;
	int (*init)(struct client *c, struct errmsg *em);
	const char *needs; /* passed over where this is not in environ */
} methods[] = {
	{ "simple", simple_init, "PMI_FD" },
	{ "single", single_init, NULL },
};
enum { NMETHODS = sizeof(methods) / sizeof(*methods) };

/* True: this is it. What is there and does not work is fatal, lest each task
 * of a job takes itself for the only one. */
static bool
try_method(struct client *c, const char *name, struct errmsg *em)
{
	int i = 0;

	if (c->trace)
		fprintf(stderr, "flux-pmi-client: trying '%s'\n", name);
	while (i < NMETHODS && strcmp(methods[i].name, name) != 0)
		i++;
	if (i == NMETHODS)
		errx(1, "plugin matching '%s' not found", name);
	c->method = methods[i].name;
	if (methods[i].init(c, em) < 0) {
		if (!methods[i].needs || getenv(methods[i].needs))
			errx(1, "%s", em->text);
		trace(c, "%s", em->text);
		return false;
	}
	trace(c, "selected");
	trace(c, "initialize: rank=%d size=%d name=%s: success", c->rank,
	    c->size, c->kvs ? "single" : c->name);
	return true;
}

void
client_init(struct client *c, const char *list)
{
	struct errmsg em = { "no method" };
	char *copy = strdup(list), *rest = copy, *name;
	bool found = false;

	if (!copy)
		err(1, NULL);
	while (!found && (name = strsep(&rest, " ")))
		if (*name)
			found = try_method(c, name, &em);
	if (!found)
		errx(1, "%s", em.text);
	free(copy);
}

/* ---- operations ---- */

static void
check(const struct client *c, int rc, const char *what, const struct errmsg *em)
{
	if (rc < 0) {
		trace(c, "%s: %s", what, em->text);
		errx(1, "%s: %s", what, em->text);
	}
}

void
client_barrier(struct client *c)
{
	struct errmsg em;

	if (!c->kvs)
		check(c, pmi_client_barrier(&c->wire, &em), "barrier", &em);
	trace(c, "barrier: success");
}

void
client_put(struct client *c, const char *key, const char *value)
{
	struct errmsg em = { "the value is not UTF-8" };
	int rc;

	if (c->kvs)
		rc = json_object_set_new(c->kvs, key, json_string(value));
	else
		rc = pmi_client_put(&c->wire, key, value, &em);
	check(c, rc, "put", &em);
	trace(c, "put key=%s value=%s: success", key, value);
}

static int
single_get(struct client *c, const char *key, char *buf, size_t size,
    struct errmsg *em)
{
	const char *s = json_string_value(json_object_get(c->kvs, key));

	if (!s)
		return errmsg_set(em, "key not found");
	strlcpy(buf, s, size);
	return 0;
}

static int
wire_get(struct client *c, const char *key, char *buf, size_t size,
    struct errmsg *em)
{
	int rc;

	if (strlen(key) > KEY_MAX)
		return errmsg_set(em, "invalid key length argument");
	if (!*key || strpbrk(key, " \n"))
		return errmsg_set(em, "invalid key argument");
	rc = pmi_client_get(&c->wire, key, buf, size, em);
	return rc > 0 ? errmsg_set(em, "invalid key argument") : rc;
}

void
client_get(struct client *c, const char *key, char *buf, size_t size)
{
	struct errmsg em;
	int rc = c->kvs ? single_get(c, key, buf, size, &em)
			: wire_get(c, key, buf, size, &em);

	if (rc < 0) {
		trace(c, "get key=%s: %s", key, em.text);
		fflush(stdout);
		errx(1, "get %s: %s", key, em.text);
	}
	trace(c, "get key=%s value=%s: success", key, buf);
}

void
client_abort(struct client *c, const char *text)
{
	struct errmsg em;

	/* the job says it for those that are in one */
	if (c->kvs)
		fprintf(stderr, "%s\n", text);
	else
		check(
		    c, pmi_client_abort(&c->wire, 1, text, &em), "abort", &em);
	exit(1);
}

void
client_finalize(struct client *c)
{
	struct errmsg em;

	if (!c->kvs)
		check(c, pmi_client_finalize(&c->wire, &em), "finalize", &em);
	trace(c, "finalize: success");
	json_decref(c->kvs);
}
