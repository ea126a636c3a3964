/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "broker.h"
#include "generic.h"
#include "router.h"
#include "service.h"

/* The route as 8-character prefixes joined by '!', newest hop last. */
static void
route_text(const struct msg *m, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < m->nroutes && len + 10 < size; i++)
		len += snprintf(buf + len, size - len, "%s%.8s", i ? "!" : "",
		    m->routes[i]);
}

static int
ping(void *ctx, struct request *req, struct answer *an)
{
	const struct msg *m = request_msg(req);
	char route[512];

	(void)ctx;
	if (!request_json(req)) {
		errno = EPROTO;
		return -1;
	}
	route_text(m, route, sizeof(route));
	an->json = json_deep_copy(request_json(req));
	if (!an->json) {
		errno = ENOMEM;
		return -1;
	}
	json_object_set_new(an->json, "route", json_string(route));
	json_object_set_new(an->json, "userid", json_integer(m->userid));
	json_object_set_new(an->json, "rolemask", json_integer(m->rolemask));
	json_object_set_new(
	    an->json, "rank", json_integer(request_broker(req)->rank));
	return 0;
}

static int
stats_get(void *ctx, struct request *req, struct answer *an)
{
	unsigned received, answered;

	(void)ctx;
	router_stats(
	    request_broker(req), request_msg(req)->topic, &received, &answered);
	an->json = json_pack("{s:{s:i s:i s:i s:i} s:{s:i s:i s:i s:i}}", "tx",
	    "request", 0, "response", (int)answered, "event", 0, "control", 0,
	    "rx", "request", (int)received, "response", 0, "event", 0,
	    "control", 0);
	return 0;
}

static int
stats_clear(void *ctx, struct request *req, struct answer *an)
{
	(void)ctx;
	(void)an;
	router_stats_clear(request_broker(req), request_msg(req)->topic);
	return 0;
}

static int
usage_who(struct request *req, int *who, struct errmsg *em)
{
	const char *name = "self";

	if (request_json(req))
		request_unpack(req, "{s?s}", "who", &name);
	if (strcmp(name, "self") == 0)
		*who = RUSAGE_SELF;
	else if (strcmp(name, "children") == 0)
		*who = RUSAGE_CHILDREN;
	else if (strcmp(name, "thread") == 0)
		*who = RUSAGE_THREAD;
	else {
		errno = EINVAL;
		return errmsg_set(em, "%s is unsupported", name);
	}
	return 0;
}

static int
rusage(void *ctx, struct request *req, struct answer *an)
{
	struct rusage ru;
	int who = RUSAGE_SELF;

	(void)ctx;
	if (usage_who(req, &who, &an->em) < 0)
		return -1;
	if (getrusage(who, &ru) < 0)
		return -1;
	an->json = json_pack("{s:f s:f s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I "
			     "s:I s:I s:I s:I}",
	    "utime", ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6, "stime",
	    ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6, "maxrss",
	    (json_int_t)ru.ru_maxrss, "ixrss", (json_int_t)ru.ru_ixrss, "idrss",
	    (json_int_t)ru.ru_idrss, "isrss", (json_int_t)ru.ru_isrss, "minflt",
	    (json_int_t)ru.ru_minflt, "majflt", (json_int_t)ru.ru_majflt,
	    "nswap", (json_int_t)ru.ru_nswap, "inblock",
	    (json_int_t)ru.ru_inblock, "oublock", (json_int_t)ru.ru_oublock,
	    "msgsnd", (json_int_t)ru.ru_msgsnd, "msgrcv",
	    (json_int_t)ru.ru_msgrcv, "nsignals", (json_int_t)ru.ru_nsignals,
	    "nvcsw", (json_int_t)ru.ru_nvcsw, "nivcsw",
	    (json_int_t)ru.ru_nivcsw);
	return 0;
}

static const struct topic topics[] = {
	{ "ping", TOPIC_USER | TOPIC_OFFLINE, ping },
	{ "stats-get", TOPIC_USER, stats_get },
	{ "stats-clear", TOPIC_OWNER, stats_clear },
	{ "rusage", TOPIC_USER, rusage },
	{ 0 },
};

const struct topic *
generic_topic(const char *topic)
{
	const char *dot = strchr(topic, '.');

	for (const struct topic *t = topics; dot && t->name; t++)
		if (strcmp(t->name, dot + 1) == 0)
			return t;
	return NULL;
}
