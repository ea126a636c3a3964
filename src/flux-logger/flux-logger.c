/* SPDX-License-Identifier: MIT */
/*
 * flux logger: add a record to the log of the broker, which flux dmesg shows.
 *
 * A record is a line of RFC 5424 without its priority: that is severity * 8,
 * as the broker wants it.
 */
#include <sys/time.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "handle.h"
#include "msg.h"
#include "optparse.h"

enum { APPNAME_MAX = 63 }; /* bytes that the broker keeps of a name */

static const char *const severities[] = { "emerg", "alert", "crit", "err",
	"warning", "notice", "info", "debug" };

static int
parse_severity(const char *name)
{
	for (int i = 0; i < (int)(sizeof(severities) / sizeof(*severities));
	     i++)
		if (strcasecmp(severities[i], name) == 0)
			return i;
	errx(1, "invalid severity: Use "
		"emerg|alert|crit|err|warning|notice|info|debug");
}

/* The broker takes a record apart at its blanks. */
static const char *
check_appname(const char *name)
{
	if (!*name || strlen(name) > APPNAME_MAX)
		errx(1, "invalid appname '%s': must have 1 to %d characters",
		    name, APPNAME_MAX);
	for (const char *s = name; *s; s++)
		if (isspace((unsigned char)*s) || iscntrl((unsigned char)*s))
			errx(1, "invalid appname '%s': contains a blank", name);
	return name;
}

static void
format_now(char *buf, size_t size)
{
	struct timeval tv;
	struct tm tm;
	char date[32];

	gettimeofday(&tv, NULL);
	gmtime_r(&tv.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%06ldZ", date, (long)tv.tv_usec);
}

struct logger {
	struct handle *h;
	char *rank;
	int severity;
	const char *appname;
};

/* The broker does not answer. That it took the record can be seen from its
 * answer to what we ask next, but not that it wanted it. */
static void
append(const struct logger *l, const char *text)
{
	struct msg *m =
	    msg_request("log.append", NODEID_ANY, MSG_NORESPONSE, NULL);
	char when[48], *line;
	int n;

	format_now(when, sizeof(when));
	n = asprintf(&line, "<%d>1 %s %s %s %d - - %s", l->severity * 8, when,
	    l->rank, l->appname, (int)getpid(), text);
	if (!m || n < 0 || msg_set_payload(m, line, (size_t)n) < 0 ||
	    handle_send(l->h, m) < 0)
		err(1, "log.append");
	msg_unref(m);
	free(line);
}

static void
append_words(const struct logger *l, char **words, int n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		err(1, NULL);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", words[i]);
	if (fclose(f) == EOF)
		err(1, NULL);
	append(l, text);
	free(text);
}

/* A record for each line, one without text if there is none. */
static void
append_stdin(const struct logger *l)
{
	char *line = NULL;
	size_t size = 0;
	int n = 0;

	for (; getline(&line, &size, stdin) >= 0; n++) {
		line[strcspn(line, "\n")] = '\0';
		append(l, line);
	}
	if (ferror(stdin))
		err(1, "stdin");
	if (n == 0)
		append(l, "");
	free(line);
}

static const struct opt opts[] = {
	{ "severity", 's', "LEVEL",
	    "emerg, alert, crit, err, warning, notice, info, debug", 0 },
	{ "appname", 'n', "NAME", "who says it (default: logger)", 0 },
	{ 0 },
};

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [MESSAGE...]",
		.summary = "Add a message, or standard input, to the log",
		.example = "flux logger --severity=info step 3 is done",
		.opts = opts,
		.fail_status = 1,
	};
	struct logger l = { .severity = 5, .appname = "logger" };
	int c;

	setprogname("flux-logger");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 's')
			l.severity = parse_severity(p.value);
		else
			l.appname = check_appname(p.value);
	}
	l.h = tool_open_plain();
	if (!(l.rank = handle_getattr(l.h, "rank")))
		err(1, "rank");
	if (p.noperands > 0)
		append_words(&l, p.operands, p.noperands);
	else
		append_stdin(&l);
	free(l.rank);
	if (!(l.rank = handle_getattr(l.h, "rank")))
		err(1, "log.append");
	free(l.rank);
	handle_close(l.h);
	optparse_fini(&p);
	return 0;
}
