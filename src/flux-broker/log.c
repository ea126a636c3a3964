/* SPDX-License-Identifier: MIT */
/*
 * The broker's log: a ring of records, each a line like RFC 5424 says,
 *     <PRI>1 TIMESTAMP RANK APPNAME PROCID - - text
 * with PRI = severity * 8. Severe ones go to standard error as well: those of
 * other ranks are handed to rank 0, which prints them.
 */
#include <sys/time.h>
#include <sys/utsname.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "lifecycle.h"
#include "log-state.h"
#include "log.h"
#include "router.h"

enum { RING_SIZE = 1024, RING_MAX = 1 << 20, TEXT_SIZE = 1900 };

static const char *const severities[] = { "emerg", "alert", "crit", "err",
	"warning", "notice", "info", "debug" };

/* ---- records ---- */

int
record_parse(struct record *r, const char *data, size_t len)
{
	int pri = 0, at = 0;

	if (len > sizeof(r->line) - 1)
		len = sizeof(r->line) - 1;
	memcpy(r->line, data, len);
	r->line[len] = '\0';
	len = strlen(r->line);
	while (len > 0 && r->line[len - 1] == '\n')
		r->line[--len] = '\0';
	if (sscanf(r->line, "<%d>1 %39s %u %63s %*s - - %n", &pri, r->when,
		&r->rank, r->app, &at) < 4 ||
	    at == 0 || pri < 0 || pri >> 3 > LOG_SEV_DEBUG)
		return -1;
	r->severity = pri >> 3;
	r->text = r->line + at;
	return 0;
}

/* 2026-11-23T08:35:36.449872Z → Nov 23 08:35:36.449872 UTC 2026 */
static void
format_time(const char *when, char *buf, size_t size)
{
	struct tm tm = { 0 };
	const char *rest = strptime(when, "%Y-%m-%dT%H:%M:%S", &tm);
	char day[32];

	if (!rest) {
		strlcpy(buf, when, size);
		return;
	}
	strftime(day, sizeof(day), "%b %d %H:%M:%S", &tm);
	snprintf(buf, size, "%s%.*s UTC %d", day, (int)strcspn(rest, "Z"), rest,
	    1900 + tm.tm_year);
}

/* Before we know our rank, the name of the host stands for it. */
static void
to_stderr(const struct log *l, const struct record *r)
{
	struct utsname u;
	char where[80], when[64];

	if (l->b->size > 0 || uname(&u) < 0)
		snprintf(where, sizeof(where), "%u", r->rank);
	else
		strlcpy(where, u.nodename, sizeof(where));
	format_time(r->when, when, sizeof(when));
	dprintf(STDERR_FILENO, "%s %s.%s[%s]: %s\n", when, r->app,
	    severities[r->severity], where, r->text);
}

static int
stderr_level(const struct log *l)
{
	const char *s = attrs_get(l->b->attrs, "log-stderr-level");

	return s ? (int)strtol(s, NULL, 10) : LOG_SEV_ERR;
}

/* Rank 0 hears of it, and prints it for us. */
static bool
forward(struct log *l, const struct record *r)
{
	struct broker *b = l->b;
	const char *mode = attrs_get(b->attrs, "log-stderr-mode");

	if (b->size == 0 || b->rank == 0 || r->rank != b->rank || !b->router ||
	    !lifecycle_is_online(b) || r->severity > l->forward_level)
		return false;
	return router_send_raw(b, 0, "log.append", r->line, strlen(r->line)) ==
		   0 &&
	       (!mode || strcmp(mode, "local") != 0) &&
	       r->severity > l->critical_level;
}

static void
keep(struct log *l, const struct record *r)
{
	char **slot;

	if (!l->ring || r->severity > l->level)
		return;
	slot = &l->ring[l->count % l->size];
	free(*slot);
	*slot = strdup(r->line);
	l->count++;
	l->remote += r->rank != l->b->rank;
	if (l->count - l->first > l->size)
		l->first = l->count - l->size;
}

static void
tell(struct log *l, const struct record *r)
{
	char text[LOG_LINE_MAX + 128];

	for (struct waiter *w = l->followers.first; w; w = w->next)
		request_respond_text(w->req, r->line);
	if (l->follower) {
		snprintf(text, sizeof(text), "%s.%s[%u]: %s\n", r->app,
		    severities[r->severity], r->rank, r->text);
		l->follower(l->follower_arg, r->severity, text);
	}
}

void
log_record(struct log *l, const struct record *r)
{
	keep(l, r);
	tell(l, r);
	if (!forward(l, r) && r->severity <= stderr_level(l))
		to_stderr(l, r);
	if (l->file)
		fprintf(l->file, "%s\n", r->line);
	if (r->severity <= l->syslog_level)
		syslog(r->severity, "%s.%s[%u]: %s", r->app,
		    severities[r->severity], r->rank, r->text);
}

void
log_write(struct log *l, int severity, const char *app, const char *text)
{
	struct record r;
	char when[40], line[LOG_LINE_MAX];
	struct timeval tv;
	struct tm tm;
	int n;

	gettimeofday(&tv, NULL);
	gmtime_r(&tv.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(line, sizeof(line), "<%d>1 %s.%06ldZ %u %s %d - - %.*s",
	    severity * 8, when, (long)tv.tv_usec, l->b->rank, app,
	    (int)getpid(), TEXT_SIZE, text);
	if (n > 0 && record_parse(&r, line, strlen(line)) == 0)
		log_record(l, &r);
}

/* ---- what the broker's parts call ---- */

static void
vwrite(struct log *l, int severity, const char *fmt, va_list ap)
{
	char text[TEXT_SIZE];
	int saved = errno;

	vsnprintf(text, sizeof(text), fmt, ap);
	log_write(l, severity, "broker", text);
	errno = saved;
}

void
log_err(struct log *l, const char *fmt, ...)
{
	char text[TEXT_SIZE];
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

/* ---- life ---- */

static int
number(struct log *l, const char *name, int max, int *n, struct errmsg *em)
{
	const char *s = attrs_get(l->b->attrs, name), *err;

	if (!s)
		return 0;
	*n = (int)strtonum(s, 0, max, &err);
	return err ? errmsg_set(em, "%s: invalid value '%s'", name, s) : 0;
}

int
log_configure(struct log *l, struct errmsg *em)
{
	int size = RING_SIZE, use_syslog = 0, level = LOG_SEV_ERR;
	const char *name = attrs_get(l->b->attrs, "log-filename");
	const char *mode = attrs_get(l->b->attrs, "log-stderr-mode");

	if (number(l, "log-ring-size", RING_MAX, &size, em) < 0 ||
	    number(l, "log-level", LOG_SEV_DEBUG, &l->level, em) < 0 ||
	    number(l, "log-stderr-level", LOG_SEV_DEBUG, &level, em) < 0 ||
	    number(l, "log-forward-level", LOG_SEV_DEBUG, &l->forward_level,
		em) < 0 ||
	    number(l, "log-critical-level", LOG_SEV_DEBUG, &l->critical_level,
		em) < 0 ||
	    number(l, "log-syslog-enable", 1, &use_syslog, em) < 0 ||
	    number(l, "log-syslog-level", LOG_SEV_DEBUG, &level, em) < 0)
		return -1;
	if (mode && strcmp(mode, "leader") != 0 && strcmp(mode, "local") != 0)
		return errmsg_set(
		    em, "log-stderr-mode: invalid value '%s'", mode);
	l->size = size > 0 ? size : 1;
	l->syslog_level = use_syslog ? level : -1;
	if (!(l->ring = calloc(l->size, sizeof(*l->ring))))
		return errmsg_set(em, "out of memory");
	if (name && !(l->file = fopen(name, "ae")))
		return errmsg_set(em, "%s: %s", name, strerror(errno));
	if (l->file)
		setvbuf(l->file, NULL, _IOLBF, 0);
	if (use_syslog)
		openlog("flux", 0, LOG_DAEMON);
	return 0;
}

struct log *
log_create(struct broker *b)
{
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->b = b;
	l->level = LOG_SEV_DEBUG;
	l->forward_level = LOG_SEV_ERR;
	l->critical_level = LOG_SEV_CRIT;
	l->syslog_level = -1;
	return l;
}

void
log_destroy(struct log *l)
{
	if (!l)
		return;
	waitlist_clear(&l->followers);
	for (unsigned i = 0; l->ring && i < l->size; i++)
		free(l->ring[i]);
	free(l->ring);
	if (l->file)
		fclose(l->file);
	free(l);
}
