/* SPDX-License-Identifier: MIT */
/*
 * The server's side of PMI-1, RFC 13. What clients put is visible to others
 * only after the next barrier: it is collected in `puts` and merged into
 * `kvs` by pmi_server_barrier_out, which may come from other servers of the
 * same job.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmi.h"

enum {
	KVSNAME_MAX = 64,
	KEY_MAX = 64,
	VALUE_MAX = 1024,
	RC_FAIL = -1,
	RC_INVALID_KEY = 4,
	RC_KEY_LEN = 5,
	RC_VALUE_LEN = 7,
};

struct pmi_server {
	int nlocal, size;
	char kvsname[KVSNAME_MAX];
	const struct pmi_server_ops *ops;
	void *arg;
	json_t *kvs, *puts;
	int inside;       /* clients that are in the barrier */
	bool *in_barrier; /* by client */
	bool *spawning;   /* inside an mcmd=spawn block */
};

struct pmi_server *
pmi_server_create(int nlocal, int size, const char *kvsname,
    const struct pmi_server_ops *ops, void *arg)
{
	struct pmi_server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->nlocal = nlocal;
	s->size = size;
	s->ops = ops;
	s->arg = arg;
	strlcpy(s->kvsname, kvsname, sizeof(s->kvsname));
	s->kvs = json_object();
	s->puts = json_object();
	s->in_barrier = calloc(nlocal, sizeof(bool));
	s->spawning = calloc(nlocal, sizeof(bool));
	if (!s->kvs || !s->puts || !s->in_barrier || !s->spawning) {
		pmi_server_destroy(s);
		return NULL;
	}
	return s;
}

void
pmi_server_destroy(struct pmi_server *s)
{
	if (!s)
		return;
	json_decref(s->kvs);
	json_decref(s->puts);
	free(s->in_barrier);
	free(s->spawning);
	free(s);
}

int
pmi_server_preset(struct pmi_server *s, const char *key, const char *value)
{
	return json_object_set_new(s->kvs, key, json_string(value));
}

static void
respond(struct pmi_server *s, int i, const char *line)
{
	s->ops->respond(s->arg, i, line);
}

/* Copy the word after " key=" (rest: to the end of the line). -1 if absent;
 * 1 if it does not fit. */
static int
field(const char *line, const char *key, char *buf, size_t size)
{
	bool rest = strcmp(key, "value") == 0;
	size_t n = strlen(key), len;
	const char *p = line;

	while ((p = strstr(p, key))) {
		if ((p == line || p[-1] == ' ') && p[n] == '=')
			break;
		p += n;
	}
	if (!p)
		return -1;
	p += n + 1;
	len = rest ? strlen(p) : strcspn(p, " ");
	if (len >= size)
		return 1;
	memcpy(buf, p, len);
	buf[len] = '\0';
	return 0;
}

static int
malformed(struct pmi_server *s, int i)
{
	s->ops->abort(s->arg, i, 1, NULL);
	return 1;
}

static int
do_init(struct pmi_server *s, int i, const char *line)
{
	char version[16], sub[16];

	if (field(line, "pmi_version", version, sizeof(version)) != 0 ||
	    field(line, "pmi_subversion", sub, sizeof(sub)) != 0)
		return malformed(s, i);
	if (strcmp(version, "1") != 0 || strcmp(sub, "0") == 0)
		respond(s, i, "cmd=response_to_init rc=-1\n");
	else
		respond(s, i,
		    "cmd=response_to_init rc=0 pmi_version=1 "
		    "pmi_subversion=1\n");
	return 0;
}

static int
do_maxes(struct pmi_server *s, int i, const char *line)
{
	char buf[128];

	(void)line;
	snprintf(buf, sizeof(buf),
	    "cmd=maxes rc=0 kvsname_max=%d keylen_max=%d vallen_max=%d\n",
	    KVSNAME_MAX, KEY_MAX, VALUE_MAX);
	respond(s, i, buf);
	return 0;
}

static int
do_universe_size(struct pmi_server *s, int i, const char *line)
{
	char buf[64];

	(void)line;
	snprintf(buf, sizeof(buf), "cmd=universe_size rc=0 size=%d\n", s->size);
	respond(s, i, buf);
	return 0;
}

static int
do_appnum(struct pmi_server *s, int i, const char *line)
{
	(void)line;
	respond(s, i, "cmd=appnum rc=0 appnum=0\n");
	return 0;
}

static int
do_kvsname(struct pmi_server *s, int i, const char *line)
{
	char buf[128];

	(void)line;
	snprintf(
	    buf, sizeof(buf), "cmd=my_kvsname rc=0 kvsname=%s\n", s->kvsname);
	respond(s, i, buf);
	return 0;
}

static int
do_put(struct pmi_server *s, int i, const char *line)
{
	char key[KEY_MAX + 1], value[VALUE_MAX + 1], buf[64];
	int k = field(line, "key", key, sizeof(key));
	int v = field(line, "value", value, sizeof(value));
	int rc = 0;

	if (k < 0 || v < 0)
		return malformed(s, i);
	if (k > 0)
		rc = RC_KEY_LEN;
	else if (v > 0)
		rc = RC_VALUE_LEN;
	else if (json_object_set_new(
		     s->puts, key, json_stringn(value, strlen(value))) < 0)
		rc = RC_FAIL; /* also for a value that is not UTF-8 */
	snprintf(buf, sizeof(buf), "cmd=put_result rc=%d\n", rc);
	respond(s, i, buf);
	return 0;
}

static int
do_get(struct pmi_server *s, int i, const char *line)
{
	char key[KEY_MAX + 1], buf[VALUE_MAX + 64];
	int k = field(line, "key", key, sizeof(key));
	const char *value;

	if (k < 0)
		return malformed(s, i);
	value = k == 0 ? json_string_value(json_object_get(s->kvs, key)) : NULL;
	if (value)
		snprintf(
		    buf, sizeof(buf), "cmd=get_result rc=0 value=%s\n", value);
	else
		snprintf(buf, sizeof(buf), "cmd=get_result rc=%d\n",
		    k > 0 ? RC_KEY_LEN : RC_INVALID_KEY);
	respond(s, i, buf);
	return 0;
}

static int
do_barrier(struct pmi_server *s, int i, const char *line)
{
	char *puts;

	(void)line;
	if (s->in_barrier[i])
		return malformed(s, i);
	s->in_barrier[i] = true;
	if (++s->inside < s->nlocal)
		return 0;
	if (!(puts = json_dumps(s->puts, JSON_COMPACT)))
		return malformed(s, i);
	json_object_clear(s->puts);
	s->ops->barrier(s->arg, puts);
	free(puts);
	return 0;
}

static int
do_finalize(struct pmi_server *s, int i, const char *line)
{
	(void)line;
	respond(s, i, "cmd=finalize_ack rc=0\n");
	return 1;
}

static int
do_abort(struct pmi_server *s, int i, const char *line)
{
	char code[16] = "1";
	const char *text = strstr(line, "error_msg=");

	field(line, "exitcode", code, sizeof(code));
	s->ops->abort(s->arg, i, (int)strtol(code, NULL, 10),
	    text ? text + 10 : "aborted");
	return 0;
}

static int
do_publish(struct pmi_server *s, int i, const char *line)
{
	(void)line;
	respond(s, i, "cmd=publish_result rc=-1 msg=command not implemented\n");
	return 0;
}

static int
do_lookup(struct pmi_server *s, int i, const char *line)
{
	(void)line;
	respond(s, i, "cmd=lookup_result rc=-1 msg=command not implemented\n");
	return 0;
}

static int
do_unpublish(struct pmi_server *s, int i, const char *line)
{
	(void)line;
	respond(
	    s, i, "cmd=unpublish_result rc=-1 msg=command not implemented\n");
	return 0;
}

static const struct {
	const char *cmd;
	int (*handle)(struct pmi_server *s, int i, const char *line);
} commands[] = {
	{ "init", do_init },
	{ "get_maxes", do_maxes },
	{ "get_universe_size", do_universe_size },
	{ "get_appnum", do_appnum },
	{ "get_my_kvsname", do_kvsname },
	{ "put", do_put },
	{ "get", do_get },
	{ "barrier_in", do_barrier },
	{ "finalize", do_finalize },
	{ "abort", do_abort },
	{ "publish_name", do_publish },
	{ "lookup_name", do_lookup },
	{ "unpublish_name", do_unpublish },
};

/* mcmd=spawn ... endcmd spans lines; it is refused as a whole. */
static int
spawn_line(struct pmi_server *s, int i, const char *line)
{
	if (strcmp(line, "endcmd") == 0) {
		s->spawning[i] = false;
		respond(s, i, "cmd=spawn_result rc=-1\n");
		if (s->ops->refused)
			s->ops->refused(s->arg, i, "spawn");
	}
	return 0;
}

int
pmi_server_line(struct pmi_server *s, int i, const char *line)
{
	char cmd[32];

	if (s->spawning[i])
		return spawn_line(s, i, line);
	if (strncmp(line, "mcmd=spawn", 10) == 0) {
		s->spawning[i] = true;
		return 0;
	}
	if (strncmp(line, "cmd=", 4) != 0 ||
	    field(line, "cmd", cmd, sizeof(cmd)) != 0)
		return malformed(s, i);
	for (size_t n = 0; n < sizeof(commands) / sizeof(*commands); n++)
		if (strcmp(cmd, commands[n].cmd) == 0)
			return commands[n].handle(s, i, line);
	return malformed(s, i);
}

int
pmi_server_barrier_out(struct pmi_server *s, const char *puts)
{
	json_t *o = json_loads(puts, 0, NULL);

	if (!json_is_object(o) || json_object_update(s->kvs, o) < 0) {
		json_decref(o);
		return -1;
	}
	json_decref(o);
	s->inside = 0;
	for (int i = 0; i < s->nlocal; i++) {
		if (!s->in_barrier[i])
			continue;
		s->in_barrier[i] = false;
		respond(s, i, "cmd=barrier_out rc=0\n");
	}
	return 0;
}
