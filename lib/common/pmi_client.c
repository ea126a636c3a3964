/* SPDX-License-Identifier: MIT */
/*
 * The client's side of PMI-1, RFC 13: one line asks, one line answers. Every
 * call blocks: it is used before there is an event loop.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pmi.h"

static int
send_line(struct pmi_client *c, const char *line, struct errmsg *em)
{
	size_t len = strlen(line), off = 0;

	while (off < len) {
		ssize_t n = write(c->fd, line + off, len - off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errmsg_set(em, "PMI: %s", strerror(errno));
		off += n;
	}
	return 0;
}

/* The next line, without newline, to the front of c->buf. Its length, or -1. */
static int
read_line(struct pmi_client *c, size_t *used, struct errmsg *em)
{
	for (;;) {
		char *nl = memchr(c->buf, '\n', c->len);
		ssize_t n;

		if (nl) {
			*nl = '\0';
			*used = nl + 1 - c->buf;
			return 0;
		}
		if (c->len == sizeof(c->buf))
			return errmsg_set(em, "PMI: line is too long");
		n = read(c->fd, c->buf + c->len, sizeof(c->buf) - c->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errmsg_set(em, "PMI: server is gone");
		if (c->record)
			fwrite(c->buf + c->len, 1, (size_t)n, c->record);
		c->len += n;
	}
}

/* Value of key in "cmd=x rc=0 value=rest of the line". */
static const char *
field(const char *line, const char *key)
{
	size_t n = strlen(key);
	const char *p = line;

	while ((p = strstr(p, key))) {
		if ((p == line || p[-1] == ' ') && p[n] == '=')
			return p + n + 1;
		p += n;
	}
	return NULL;
}

/* Ask, and check that the answer is `cmd` with an rc. -1, or rc >= 0. The
 * answer is copied to buf. */
static int
transact(struct pmi_client *c, const char *request, const char *cmd, char *buf,
    size_t size, struct errmsg *em)
{
	size_t used = 0, n = strlen(cmd);
	const char *name, *rc;

	if (send_line(c, request, em) < 0 || read_line(c, &used, em) < 0)
		return -1;
	if (strlcpy(buf, c->buf, size) >= size)
		return errmsg_set(em, "PMI: answer is too long");
	memmove(c->buf, c->buf + used, c->len - used);
	c->len -= used;
	name = field(buf, "cmd");
	if (!name || strncmp(name, cmd, n) != 0 ||
	    (name[n] != ' ' && name[n] != '\0'))
		return errmsg_set(em, "PMI: unexpected answer '%.60s'", buf);
	/* barrier_out of some servers has no rc */
	if (!(rc = field(buf, "rc")))
		return 0;
	return (int)strtol(rc, NULL, 10) < 0 ? 1 : (int)strtol(rc, NULL, 10);
}

static int
must(int rc, const char *what, struct errmsg *em)
{
	if (rc > 0)
		return errmsg_set(em, "PMI: %s failed (rc=%d)", what, rc);
	return rc;
}

int
pmi_client_init(
    struct pmi_client *c, int fd, int rank, int size, struct errmsg *em)
{
	char buf[2048];
	const char *name;
	FILE *record = c->record;

	memset(c, 0, sizeof(*c));
	c->record = record;
	c->fd = fd;
	c->rank = rank;
	c->size = size;
	if (must(transact(c, "cmd=init pmi_version=1 pmi_subversion=1\n",
		     "response_to_init", buf, sizeof(buf), em),
		"init", em) < 0 ||
	    must(transact(c, "cmd=get_maxes\n", "maxes", buf, sizeof(buf), em),
		"get_maxes", em) < 0 ||
	    must(transact(c, "cmd=get_my_kvsname\n", "my_kvsname", buf,
		     sizeof(buf), em),
		"get_my_kvsname", em) < 0)
		return -1;
	if (!(name = field(buf, "kvsname")))
		return errmsg_set(em, "PMI: no kvsname");
	strlcpy(c->kvsname, name, sizeof(c->kvsname));
	return 0;
}

int
pmi_client_put(
    struct pmi_client *c, const char *key, const char *value, struct errmsg *em)
{
	char req[2048], buf[2048];

	if (snprintf(req, sizeof(req), "cmd=put kvsname=%s key=%s value=%s\n",
		c->kvsname, key, value) >= (int)sizeof(req))
		return errmsg_set(em, "PMI: value of %s is too long", key);
	return must(
	    transact(c, req, "put_result", buf, sizeof(buf), em), "put", em);
}

int
pmi_client_get(struct pmi_client *c, const char *key, char *value, size_t size,
    struct errmsg *em)
{
	char req[256], buf[2048];
	const char *v;
	int rc;

	if (snprintf(req, sizeof(req), "cmd=get kvsname=%s key=%s\n",
		c->kvsname, key) >= (int)sizeof(req))
		return errmsg_set(em, "PMI: key is too long");
	rc = transact(c, req, "get_result", buf, sizeof(buf), em);
	if (rc != 0)
		return rc < 0 ? -1 : 1;
	if (!(v = field(buf, "value")))
		return errmsg_set(em, "PMI: get %s: answer has no value", key);
	if (strlcpy(value, v, size) >= size)
		return errmsg_set(em, "PMI: value of %s is too long", key);
	return 0;
}

int
pmi_client_barrier(struct pmi_client *c, struct errmsg *em)
{
	char buf[2048];

	return must(transact(c, "cmd=barrier_in\n", "barrier_out", buf,
			sizeof(buf), em),
	    "barrier", em);
}

int
pmi_client_abort(
    struct pmi_client *c, int exitcode, const char *text, struct errmsg *em)
{
	char req[512];

	if (snprintf(req, sizeof(req), "cmd=abort exitcode=%d error_msg=%s\n",
		exitcode, text) >= (int)sizeof(req))
		return errmsg_set(em, "PMI: text is too long");
	return send_line(c, req, em);
}

int
pmi_client_finalize(struct pmi_client *c, struct errmsg *em)
{
	char buf[2048];

	return must(
	    transact(c, "cmd=finalize\n", "finalize_ack", buf, sizeof(buf), em),
	    "finalize", em);
}
