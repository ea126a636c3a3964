/* SPDX-License-Identifier: MIT */
/*
 * flux dmesg: print the log that the broker keeps in memory.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "handle.h"
#include "optparse.h"
#include "record.h"

struct dmesg {
	bool follow, only_new, human, delta, color;
	bool clear, read;
	double minute;   /* time of the last line with a date; 0 = none */
	double previous; /* time of the last line */
};

#define RESET "\033[0m"

/* By severity; NULL = as it is. */
static const char *const text_colors[] = {
	"\033[7m\033[31m",
	"\033[7m\033[31m",
	"\033[1m\033[31m",
	"\033[31m",
	"\033[1m",
	NULL,
	NULL,
	"\033[34m",
};

static void
put(const struct dmesg *d, const char *color, const char *text)
{
	if (d->color)
		printf("%s%s%s", color ? color : "", text, RESET);
	else
		fputs(text, stdout);
}

static void
put_iso(const struct dmesg *d, double t)
{
	time_t sec = floor(t);
	int usec = lround((t - floor(t)) * 1e6);
	char date[32], zone[16], buf[64];
	struct tm tm;

	localtime_r(&sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		snprintf(buf, sizeof(buf), "%s.%06dZ", date, usec);
	else
		snprintf(buf, sizeof(buf), "%s.%06d%.3s:%.2s", date, usec, zone,
		    zone + 3);
	put(d, "\033[32m", buf);
}

/* A date at each new minute, then the seconds since that line, or since the
 * one before. */
static void
put_human(struct dmesg *d, double t)
{
	time_t sec = floor(t);
	struct tm tm;
	char buf[32];

	if (d->minute != 0 && floor(t / 60) == floor(d->minute / 60)) {
		snprintf(buf, sizeof(buf), "[%+11.6f]",
		    t - (d->delta ? d->previous : d->minute));
		put(d, "\033[32m", buf);
	} else {
		localtime_r(&sec, &tm);
		strftime(buf, sizeof(buf), "[%b%d %H:%M]", &tm);
		put(d, "\033[1m\033[32m", buf);
		d->minute = t;
	}
	d->previous = t;
}

static void
print_record(struct dmesg *d, const struct record *r)
{
	char source[128];

	if (d->human)
		put_human(d, r->time);
	else
		put_iso(d, r->time);
	snprintf(source, sizeof(source), " %s.%s[%d]: ", r->name,
	    record_severity(r), r->rank);
	if (d->color) {
		source[strlen(source) - 2] = '\0';
		putchar(' ');
		put(d, "\033[33m", source + 1);
		fputs(": ", stdout);
	} else {
		fputs(source, stdout);
	}
	put(d, text_colors[r->severity], r->text);
	putchar('\n');
}

static void
on_record(struct handle *h, const struct reply *r, void *arg)
{
	struct dmesg *d = arg;
	struct record rec;
	const char *line;

	(void)h;
	if (r->errnum == ENODATA)
		return;
	if (r->errnum)
		errx(1, "log.dmesg: %s", r->text);
	line = msg_get_text(r->msg);
	if (line && record_decode(&rec, line) == 0)
		print_record(d, &rec);
	else if (line)
		puts(line);
}

static void
read_log(struct dmesg *d, struct handle *h)
{
	json_t *o = json_pack(
	    "{s:b s:b}", "follow", d->follow, "nobacklog", d->only_new);

	if (handle_rpc_new(
		h, "log.dmesg", NODEID_ANY, MSG_STREAMING, o, on_record, d) < 0)
		err(1, "log.dmesg");
	while (handle_rpc_count(h) > 0) {
		if (handle_poll(h, -1) < 0 && errno != EINTR)
			err(1, "log.dmesg");
		fflush(stdout);
	}
}

static void
clear_log(struct handle *h)
{
	struct errmsg em;

	if (handle_call_new(h, "log.clear", NODEID_ANY, NULL, NULL, &em) < 0)
		errx(1, "log.clear: %s", em.text);
}

static const struct opt opts[] = {
	{ "clear", 'C', NULL, "clear the log, print nothing", 0 },
	{ "read-clear", 'c', NULL, "clear the log after printing it", 0 },
	{ "follow", 'f', NULL, "go on with new records", 0 },
	{ "new", 'n', NULL, "only new records", 0 },
	{ "human", 'H', NULL, "short dates and seconds", 0 },
	{ "delta", 'd', NULL, "with --human: seconds since the record before",
	    0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ 0 },
};

static void
set_option(struct dmesg *d, const struct optparse *p, int c)
{
	d->clear |= c == 'C' || c == 'c';
	d->read &= c != 'C';
	d->follow |= c == 'f' || c == 'n';
	d->only_new |= c == 'n';
	d->human |= c == 'H';
	d->delta |= c == 'd';
	if (c == 'L' && color_parse(p->value ? p->value : "", &d->color) < 0)
		optparse_fail(p, "Invalid argument to --color: '%s'", p->value);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS]",
		.summary = "Print the log of the broker",
		.example = "flux dmesg --human | tail",
		.opts = opts,
		.fail_status = 1,
	};
	struct dmesg d = { .read = true };
	struct handle *h;
	int c;

	setprogname("flux-dmesg");
	color_parse(NULL, &d.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&d, &p, c);
	if (p.noperands > 0)
		errx(1, "flux-dmesg accepts no free arguments");
	if (d.delta && !d.human)
		errx(1, "--delta can only be used with --human");
	h = tool_open_plain();
	if (d.read)
		read_log(&d, h);
	if (d.clear)
		clear_log(h);
	handle_close(h);
	optparse_fini(&p);
	return fflush(stdout) == EOF;
}
