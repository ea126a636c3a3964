/* SPDX-License-Identifier: MIT */
/*
 * The broker's log: a ring of records, each a line like RFC 5424 says,
 *     <PRI>1 TIMESTAMP RANK APPNAME PROCID - - text
 * with PRI = severity * 8. Severe ones go to standard error as well.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "log-service.h"
#include "log.h"
#include "service.h"

enum { RING_SIZE = 1024, TEXT_MAX_LEN = 2000, STDERR_LEVEL = LOG_SEV_ERR };

struct log {
	struct broker *b;
	char *ring[RING_SIZE];
	unsigned count; /* records ever written; the next is at count % size */
	unsigned first; /* oldest one kept */
	struct waitlist followers;
	log_f follower;
	void *follower_arg;
};

static const char *const severities[] = { "emerg", "alert", "crit", "err",
	"warning", "notice", "info", "debug" };

static void
to_stderr(struct log *l, int severity, const char *app, const char *text)
{
	struct timeval tv;
	struct tm tm;
	char day[32], year[8];

	gettimeofday(&tv, NULL);
	gmtime_r(&tv.tv_sec, &tm);
	strftime(day, sizeof(day), "%b %d %H:%M:%S", &tm);
	strftime(year, sizeof(year), "%Y", &tm);
	dprintf(STDERR_FILENO, "%s.%06ld UTC %s %s.%s[%u]: %s\n", day,
	    (long)tv.tv_usec, year, app, severities[severity], l->b->rank,
	    text);
}

static void
keep(struct log *l, const char *record)
{
	char **slot = &l->ring[l->count % RING_SIZE];

	free(*slot);
	*slot = strdup(record);
	l->count++;
	if (l->count - l->first > RING_SIZE)
		l->first = l->count - RING_SIZE;
	for (struct waiter *w = l->followers.first; w; w = w->next)
		request_respond_text(w->req, record);
}

static int
stderr_level(const struct log *l)
{
	const char *s =
	    l->b->attrs ? attrs_get(l->b->attrs, "log-stderr-level") : NULL;

	return s ? (int)strtol(s, NULL, 10) : STDERR_LEVEL;
}

void
log_write(struct log *l, int severity, const char *app, const char *text)
{
	char record[TEXT_MAX_LEN + 200], when[40];
	struct timeval tv;
	struct tm tm;

	gettimeofday(&tv, NULL);
	gmtime_r(&tv.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(record, sizeof(record), "<%d>1 %s.%06ldZ %u %s %d - - %s",
	    severity * 8, when, (long)tv.tv_usec, l->b->rank, app,
	    (int)getpid(), text);
	keep(l, record);
	if (severity <= stderr_level(l))
		to_stderr(l, severity, app, text);
	if (l->follower) {
		snprintf(record, sizeof(record), "%s.%s[%u]: %s\n", app,
		    severities[severity], l->b->rank, text);
		l->follower(l->follower_arg, severity, record);
	}
}

static void
vwrite(struct log *l, int severity, const char *fmt, va_list ap)
{
	char text[TEXT_MAX_LEN];

	vsnprintf(text, sizeof(text), fmt, ap);
	log_write(l, severity, "broker", text);
}

void
log_err(struct log *l, const char *fmt, ...)
{
	char text[TEXT_MAX_LEN];
	int saved = errno;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, ": %s", strerror(saved));
	log_write(l, LOG_SEV_ERR, "broker", text);
	errno = saved;
}

void
log_error(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwrite(l, LOG_SEV_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwrite(l, LOG_SEV_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwrite(l, LOG_SEV_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwrite(l, LOG_SEV_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_set_follower(struct log *l, log_f cb, void *arg)
{
	l->follower = cb;
	l->follower_arg = arg;
}

/* ---- service ---- */

/* The raw line of a client: its severity, name and text. */
static int
append_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const struct msg *m = request_msg(req);
	char app[64] = "unknown", line[TEXT_MAX_LEN];
	size_t n = m->payload_len < sizeof(line) - 1 ? m->payload_len
						     : sizeof(line) - 1;
	int pri = 0, at = 0;

	(void)an;
	if (!m->payload) {
		errno = EPROTO;
		return -1;
	}
	memcpy(line, m->payload, n);
	line[n] = '\0';
	if (sscanf(line, "<%d>1 %*s %*s %63s %*s - - %n", &pri, app, &at) < 2 ||
	    at == 0 || pri < 0 || pri >> 3 > LOG_SEV_DEBUG) {
		errno = EPROTO;
		return -1;
	}
	log_write(b->log, pri >> 3, app, line + at);
	/* tag 0 means that nobody waits */
	return m->matchtag == 0 ? ANSWER_LATER : 0;
}

static int
dmesg_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct log *l = b->log;
	int follow, nobacklog = 0;

	(void)an;
	if (request_unpack(req, "{s:b s?b}", "follow", &follow, "nobacklog",
		&nobacklog) < 0)
		return -1;
	for (unsigned i = l->first; !nobacklog && i < l->count; i++)
		if (l->ring[i % RING_SIZE])
			request_respond_text(req, l->ring[i % RING_SIZE]);
	if (follow)
		return waitlist_add(&l->followers, req, NULL) < 0
			   ? -1
			   : ANSWER_LATER;
	errno = ENODATA;
	return -1;
}

static int
cancel_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)an;
	waitlist_cancel(&b->log->followers, req, NULL);
	return 0;
}

static int
clear_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;

	(void)req;
	(void)an;
	b->log->first = b->log->count;
	return 0;
}

static int
stats_request(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	struct log *l = b->log;

	(void)req;
	an->json = json_pack("{s:i s:i s:i s:i}", "ring-used",
	    (int)(l->count - l->first), "count", (int)l->count, "local",
	    (int)l->count, "remote", 0);
	return 0;
}

static void
log_disconnect(void *ctx, const char *sender)
{
	struct broker *b = ctx;

	waitlist_disconnect(&b->log->followers, sender, NULL);
}

static const struct topic topics[] = {
	{ "log.append", TOPIC_OWNER, append_request },
	{ "log.dmesg", TOPIC_OWNER | TOPIC_STREAM | TOPIC_OFFLINE,
	    dmesg_request },
	{ "log.cancel", TOPIC_OWNER, cancel_request },
	{ "log.clear", TOPIC_OWNER, clear_request },
	{ "log.stats-get", TOPIC_OWNER, stats_request },
	{ 0 },
};

static const struct service service = {
	.name = "log",
	.topics = topics,
	.disconnect = log_disconnect,
};

int
log_register(struct broker *b)
{
	return service_register(b, &service, b);
}

struct log *
log_create(struct broker *b)
{
	struct log *l = calloc(1, sizeof(*l));

	if (l)
		l->b = b;
	return l;
}

void
log_destroy(struct log *l)
{
	if (!l)
		return;
	waitlist_fail_all(&l->followers, ENODATA, NULL);
	for (int i = 0; i < RING_SIZE; i++)
		free(l->ring[i]);
	free(l);
}
