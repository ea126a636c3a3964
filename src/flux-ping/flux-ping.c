/* SPDX-License-Identifier: MIT */
/*
 * flux ping: how long a service takes to answer, and which way the request
 * went.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "handle.h"
#include "hostlist.h"
#include "optparse.h"

struct ping {
	struct handle *h;
	char *target; /* NODE!SERVICE as shown */
	char *node;   /* part of target before '!' */
	const char *service;
	uint32_t nodeid;
	int flags;
	char *pad;
	double interval; /* seconds */
	int count;       /* 0 = for ever */
	bool batch, userid;
	int waiting; /* answers that have not come yet */
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- target ---- */

/* A rank, any, upstream, or a host of the instance. False: neither. */
static bool
resolve_node(struct ping *p, int *rank)
{
	struct hostlist *hl;
	const char *why;
	char *hosts;

	*rank = -1;
	p->nodeid = strtonum(p->node, 0, INT_MAX, &why);
	if (!why)
		return true;
	if (strcmp(p->node, "any") == 0) {
		p->nodeid = NODEID_ANY;
		return true;
	}
	if (strcmp(p->node, "upstream") == 0) {
		char *own = handle_getattr(p->h, "rank");

		p->nodeid = own ? strtoul(own, NULL, 10) : 0;
		p->flags = MSG_UPSTREAM;
		free(own);
		return true;
	}
	hosts = handle_getattr(p->h, "hostlist");
	hl = hosts ? hostlist_decode(hosts) : NULL;
	if (hl)
		*rank = hostlist_find(hl, p->node);
	hostlist_destroy(hl);
	free(hosts);
	p->nodeid = *rank;
	return *rank >= 0;
}

/* NODE!SERVICE, NODE or SERVICE; -r names the node of a service. */
static void
set_target(struct ping *p, const char *arg, const char *rank)
{
	const char *bang = strchr(arg, '!');
	int by_host;

	if (!(p->node = strdup(rank ? rank : arg)))
		err(1, NULL);
	p->service = bang ? bang + 1 : rank ? arg : "broker";
	if (bang && !rank)
		p->node[bang - arg] = '\0';
	if (!resolve_node(p, &by_host)) {
		if (bang || rank)
			errx(1, "%s: no such host or rank", p->node);
		free(p->node); /* it is a service, then */
		if (!(p->node = strdup("any")))
			err(1, NULL);
		p->service = arg;
		p->nodeid = NODEID_ANY;
	}
	if (asprintf(&p->target, "%s!%s", p->node, p->service) < 0)
		err(1, NULL);
	printf("flux-ping %s", p->target);
	if (by_host >= 0)
		printf(" (rank %d)", by_host);
	printf("\n");
}

/* ---- one ping ---- */

static void __attribute__((noreturn))
fail(const struct ping *p, const struct reply *r)
{
	bool any = strcmp(p->node, "any") == 0;

	fflush(stdout);
	errx(1, "%s.ping: %s", any ? p->service : p->target,
	    strerror(r->errnum));
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct ping *p = arg;
	const char *route = "", *pad = "";
	int seq = 0, rank = 0;
	json_int_t sec = 0, nsec = 0, userid = 0, rolemask = 0;
	double ms;

	(void)h;
	p->waiting--;
	if (r->errnum)
		fail(p, r);
	if (json_unpack(r->json, "{s:i s:I s:I s:s s:s s:I s:I s:i}", "seq",
		&seq, "time.tv_sec", &sec, "time.tv_nsec", &nsec, "pad", &pad,
		"route", &route, "userid", &userid, "rolemask", &rolemask,
		"rank", &rank) < 0)
		errx(1, "%s.ping: malformed answer", p->target);
	ms = (now() - sec - nsec / 1e9) * 1000;
	printf("%d!%s.ping pad=%zu", rank, p->service, strlen(pad));
	if (p->userid)
		printf(" userid=%lld rolemask=0x%llx", (long long)userid,
		    (long long)rolemask);
	printf(" seq=%d time=%.3f ms (%s)\n", seq, ms, route);
}

static void
send_ping(struct ping *p, int seq)
{
	struct timespec ts;
	char topic[256];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(topic, sizeof(topic), "%s.ping", p->service);
	if (handle_rpc_new(p->h, topic, p->nodeid, p->flags,
		json_pack("{s:i s:I s:I s:s}", "seq", seq, "time.tv_sec",
		    (json_int_t)ts.tv_sec, "time.tv_nsec",
		    (json_int_t)ts.tv_nsec, "pad", p->pad),
		on_answer, p) < 0)
		err(1, "%s", p->target);
	p->waiting++;
}

/* ---- all of them ---- */

static void
wait_until(struct ping *p, double t)
{
	double left;

	while ((left = t - now()) > 0)
		if (handle_poll(p->h, (int)(left * 1000) + 1) < 0 &&
		    errno != EINTR)
			err(1, "%s", p->target);
}

static void
wait_answers(struct ping *p)
{
	while (p->waiting > 0)
		if (handle_poll(p->h, -1) < 0 && errno != EINTR)
			err(1, "%s", p->target);
}

static void
run(struct ping *p)
{
	double next = now();

	for (int seq = 0; p->count == 0 || seq < p->count; seq++) {
		send_ping(p, seq);
		if (p->batch)
			continue;
		wait_answers(p);
		next += p->interval;
		if (seq + 1 != p->count)
			wait_until(p, next);
	}
	wait_answers(p);
}

static int
number(const struct optparse *p, int lo)
{
	const char *why;
	int n = strtonum(p->value, lo, 1 << 26, &why);

	if (why)
		optparse_fail(
		    p, "invalid value '%s' for --%s", p->value, p->opt->name);
	return n;
}

static double
seconds(const struct optparse *p)
{
	char *end;
	double t = strtod(p->value, &end);

	if (end == p->value || *end || !(t >= 0))
		optparse_fail(p, "invalid value '%s' for --interval", p->value);
	return t;
}

static void
set_pad(struct ping *p, int n)
{
	free(p->pad);
	if (!(p->pad = calloc(1, n + 1)))
		err(1, NULL);
	memset(p->pad, 'p', n);
}

static const struct opt opts[] = {
	{ "rank", 'r', "RANK", "the service of this rank", 0 },
	{ "pad", 'p', "N", "send N bytes more", 0 },
	{ "interval", 'i', "SEC", "between two requests (1)", 0 },
	{ "count", 'c', "N", "end after N requests", 0 },
	{ "batch", 'b', NULL,
	    "send all requests before the first answer is "
	    "read",
	    0 },
	{ "userid", 'u', NULL, "print user id and roles", 0 },
	{ 0 },
};

int
main(int argc, char **argv)
{
	struct optparse op = {
		.usage = "[OPTIONS] RANK|HOST|SERVICE|NODE!SERVICE",
		.summary = "Measure how long a service takes to answer",
		.example = "flux ping --count=3 1!kvs",
		.opts = opts,
		.fail_status = 1,
	};
	struct ping p = { .interval = 1 };
	const char *rank = NULL;
	int c;

	setprogname("flux-ping");
	set_pad(&p, 0);
	optparse_init(&op, argc, argv);
	while ((c = optparse_next(&op)) != -1) {
		p.batch |= c == 'b';
		p.userid |= c == 'u';
		if (c == 'r')
			rank = op.value;
		else if (c == 'p')
			set_pad(&p, number(&op, 0));
		else if (c == 'i')
			p.interval = seconds(&op);
		else if (c == 'c')
			p.count = number(&op, 1);
	}
	if (op.noperands != 1)
		optparse_fail(&op, "one target is required");
	if (p.batch && p.count == 0)
		errx(1, "--batch should only be used with --count");
	setlinebuf(stdout);
	p.h = tool_open_plain();
	set_target(&p, op.operands[0], rank);
	run(&p);
	handle_close(p.h);
	free(p.pad);
	free(p.node);
	free(p.target);
	optparse_fini(&op);
	return fflush(stdout) == EOF;
}
