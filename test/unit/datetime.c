/* SPDX-License-Identifier: MIT */
/*
 * Moments as people write them.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "datetime.h"
#include "jobstate.h"
#include "userid.h"

/* Thursday, 24 June 2021, 10:30:20 UTC */
static const double now = 1624530620;

static const struct {
	const char *text;
	const char *expected; /* UTC; NULL = not understood */
} dates[] = {
	{ "now", "2021-06-24 10:30:20" },
	{ "-1h", "2021-06-24 09:30:20" },
	{ "+90s", "2021-06-24 10:31:50" },
	{ "1624530000", "2021-06-24 10:20:00" },
	{ "1624530000.5", "2021-06-24 10:20:00" },
	{ "today", "2021-06-24 00:00:00" },
	{ "yesterday", "2021-06-23 00:00:00" },
	{ "Tomorrow", "2021-06-25 00:00:00" },
	{ "yesterday 8am", "2021-06-23 08:00:00" },
	{ "8am yesterday", "2021-06-23 08:00:00" },
	{ "last monday", "2021-06-21 00:00:00" },
	{ "last thu", "2021-06-17 00:00:00" },
	{ "next thursday", "2021-07-01 00:00:00" },
	{ "friday", "2021-06-25 00:00:00" },
	{ "3 hours ago", "2021-06-24 07:30:20" },
	{ "1 day ago", "2021-06-23 10:30:20" },
	{ "in 2 days", "2021-06-26 10:30:20" },
	{ "5 minutes from now", "2021-06-24 10:35:20" },
	{ "noon", "2021-06-24 12:00:00" },
	{ "midnight", "2021-06-24 00:00:00" },
	{ "8am", "2021-06-24 08:00:00" },
	{ "12am", "2021-06-24 00:00:00" },
	{ "12 pm", "2021-06-24 12:00:00" },
	{ "9:15", "2021-06-24 09:15:00" },
	{ "06:30:10", "2021-06-24 06:30:10" },
	{ "2021-06-21", "2021-06-21 10:30:20" },
	{ "2021-06-21 06:30", "2021-06-21 06:30:00" },
	{ "2021-06-21 6am", "2021-06-21 06:00:00" },
	{ "2021-06-21T06:30", "2021-06-21 06:30:00" },
	{ "6/21/2021", "2021-06-21 10:30:20" },
	{ "", NULL },
	{ " ", NULL },
	{ "junk", NULL },
	{ "-x", NULL },
	{ "+inf", NULL },
	{ "nan", NULL },
	{ "25:00", NULL },
	{ "13pm", NULL },
	{ "2021-13-01", NULL },
	{ "3 hours", NULL },
	{ "3 moons ago", NULL },
	{ "yesterday at some time after the rain", NULL },
};

static void
test_dates(void)
{
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		double t = 0;
		int rc = datetime_parse(dates[i].text, now, &t);
		char buf[32];
		struct tm tm;
		time_t sec = t;

		if (!dates[i].expected) {
			ok(rc < 0 && errno == EINVAL, "'%s' is refused",
			    dates[i].text);
			continue;
		}
		gmtime_r(&sec, &tm);
		strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
		is_str(rc == 0 ? buf : NULL, dates[i].expected, "'%s'",
		    dates[i].text);
	}
}

static void
test_names(void)
{
	struct errmsg em;
	uint32_t uid;

	is_int(jobstate_parse("RUN"), 16, "states in any case");
	is_int(jobstate_parse("pending"), 14, "sets of states");
	is_int(jobstate_parse("R"), -1, "no letters");
	is_int(jobresult_parse("timeout"), 8, "results");
	is_int(jobresult_parse("run"), -1, "a state is no result");
	is_int(jobstate_parse_list("depend,run,inactive", &em), 82, "lists");
	is_int(jobstate_parse_list("run,foo", &em), -1, "bad lists");
	is_str(em.text, "foo", "the bad word");
	is_int(jobstate_parse_list("", &em), -1, "the empty list");
	ok(userid_parse("root", &uid) == 0 && uid == 0, "user by name");
	ok(userid_parse("12345", &uid) == 0 && uid == 12345, "user by number");
	ok(userid_parse("all", &uid) == 0 && uid == 0xffffffff, "all users");
	ok(userid_parse("no such user", &uid) < 0 && errno == ENOENT,
	    "unknown user");
	ok(userid_parse("-1", &uid) < 0, "no negative user");
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_dates();
	test_names();
	return done_testing();
}
