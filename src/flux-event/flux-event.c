/* SPDX-License-Identifier: MIT */
/*
 * flux event: publish events, and print those that come.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "handle.h"
#include "optparse.h"

static void
subscribe(struct handle *h, const char *topic)
{
	struct errmsg em;

	if (handle_call_new(h, "event.subscribe", NODEID_ANY,
		json_pack("{s:s}", "topic", topic), NULL, &em) < 0)
		errx(1, "event.subscribe: %s", em.text);
}

/* ---- pub ---- */

struct pub {
	const char *topic;
	char *payload; /* NULL = none; the NUL is part of it, unless raw */
	size_t len;
	bool raw, synchronous, loopback, private;
	bool received;
};

/* Words joined with blanks (malloc'd). */
static char *
join(char **words, int n)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	if (!f)
		err(1, NULL);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", words[i]);
	if (fclose(f) == EOF)
		err(1, NULL);
	return s;
}

static void
publish_and_wait(struct handle *h, const struct pub *p)
{
	json_t *o = json_pack("{s:s s:i}", "topic", p->topic, "flags",
	    p->private ? MSG_PRIVATE : 0);
	json_t *out = NULL;
	json_int_t seq = 0;
	struct errmsg em;
	char *data;

	if (p->payload) {
		if (!(data = base64_encode(p->payload, p->len)))
			err(1, NULL);
		json_object_set_new(o, "payload", json_string(data));
		free(data);
	}
	if (handle_call_new(h, "event.publish", 0, o, &out, &em) < 0)
		errx(1, "event.publish: %s", em.text);
	json_unpack(out, "{s:I}", "seq", &seq);
	printf("seq=%lld\n", (long long)seq);
	json_decref(out);
}

static void
publish(struct handle *h, const struct pub *p)
{
	struct msg *m = msg_event(p->topic, p->private ? MSG_PRIVATE : 0, NULL);

	if (!m || (p->payload && msg_set_payload(m, p->payload, p->len) < 0) ||
	    handle_send(h, m) < 0)
		err(1, "publish");
	msg_unref(m);
}

static void
on_loopback(struct handle *h, struct msg *m, void *arg)
{
	struct pub *p = arg;

	(void)h;
	if (strcmp(m->topic, p->topic) == 0 && m->payload_len == p->len &&
	    (p->len == 0 || memcmp(m->payload, p->payload, p->len) == 0))
		p->received = true;
}

static void
wait_loopback(struct handle *h, const struct pub *p)
{
	while (!p->received)
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			err(1, "loopback");
}

static void
run_pub(struct pub *p)
{
	struct handle *h = tool_open_plain();

	if (p->loopback) {
		handle_set_event(h, on_loopback, p);
		subscribe(h, p->topic);
	}
	if (p->synchronous)
		publish_and_wait(h, p);
	else
		publish(h, p);
	if (p->loopback)
		wait_loopback(h, p);
	handle_close(h);
}

static int
cmd_pub(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "raw", 'r', NULL, "send the bytes as they are, without NUL",
		    0 },
		{ "synchronous", 's', NULL,
		    "wait for and print the sequence "
		    "number",
		    0 },
		{ "loopback", 'l', NULL, "wait until the event comes back", 0 },
		{ "private", 'p', NULL, "only for the instance owner and you",
		    0 },
		{ 0 },
	};
	struct optparse op = {
		.usage = "pub [OPTIONS] TOPIC [PAYLOAD...]",
		.summary = "Publish an event",
		.example = "flux event pub my.event '{\"done\":true}'",
		.opts = opts,
		.fail_status = 1,
		.stop_at_first = true,
	};
	struct pub p = { 0 };
	int c;

	optparse_init(&op, argc, argv);
	while ((c = optparse_next(&op)) != -1) {
		p.raw |= c == 'r';
		p.synchronous |= c == 's';
		p.loopback |= c == 'l';
		p.private |= c == 'p';
	}
	if (op.noperands < 1)
		optparse_fail(&op, "a TOPIC is required");
	p.topic = op.operands[0];
	if (op.noperands > 1) {
		p.payload = join(op.operands + 1, op.noperands - 1);
		p.len = strlen(p.payload) + !p.raw;
	}
	run_pub(&p);
	free(p.payload);
	optparse_fini(&op);
	return fflush(stdout) == EOF;
}

/* ---- sub ---- */

struct sub {
	int left; /* events still to be printed; -1 = all */
};

static void
on_event(struct handle *h, struct msg *m, void *arg)
{
	struct sub *s = arg;

	(void)h;
	if (s->left == 0)
		return;
	printf("%s\t%.*s\n", m->topic, (int)m->payload_len,
	    m->payload ? m->payload : "");
	if (s->left > 0)
		s->left--;
}

static int
cmd_sub(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "count", 'c', "N", "end after N events", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "sub [--count=N] [TOPIC...]",
		.summary = "Print events whose topic begins with TOPIC",
		.example = "flux event sub --count=1 heartbeat",
		.opts = opts,
		.fail_status = 1,
	};
	struct sub s = { .left = -1 };
	struct handle *h;
	const char *why;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1) {
		s.left = strtonum(p.value, 1, INT_MAX, &why);
		if (why)
			optparse_fail(
			    &p, "invalid value '%s' for --count", p.value);
	}
	setlinebuf(stdout);
	h = tool_open_plain();
	handle_set_event(h, on_event, &s);
	for (int i = 0; i < p.noperands; i++)
		subscribe(h, p.operands[i]);
	if (p.noperands == 0)
		subscribe(h, "");
	while (s.left != 0)
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			err(1, "event");
	handle_close(h);
	optparse_fini(&p);
	return fflush(stdout) == EOF;
}

static void
usage(FILE *f)
{
	fputs("Usage: flux event pub [OPTIONS] TOPIC [PAYLOAD...]\n"
	      "       flux event sub [OPTIONS] [TOPIC...]\n"
	      "\nTry 'flux event pub --help'.\n",
	    f);
}

static const struct subcommand commands[] = {
	{ "pub", cmd_pub, "publish an event" },
	{ "sub", cmd_sub, "print events as they come" },
};
enum { NCOMMANDS = sizeof(commands) / sizeof(*commands) };

int
main(int argc, char **argv)
{
	setprogname("flux-event");
	optparse_subcommands(commands, NCOMMANDS, argc, argv);
	for (int i = 0; argc > 1 && i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		usage(stdout);
		return 0;
	}
	if (argc > 1)
		warnx("Unknown subcommand: %s", argv[1]);
	usage(stderr);
	return 1;
}
