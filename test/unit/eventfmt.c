/* SPDX-License-Identifier: MIT */
/*
 * Eventlog entries as people read them, and the text of progress bars.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/tap.h"
#include "eventfmt.h"
#include "progress.h"

static const char *const entries[] = {
	"{\"timestamp\":1624530620.25,\"name\":\"submit\",\"context\":"
	"{\"userid\":5,\"urgency\":16}}",
	"{\"timestamp\":1624530620.5,\"name\":\"validate\"}",
	"{\"timestamp\":1624530661,\"name\":\"exception\",\"context\":"
	"{\"type\":\"x\",\"severity\":0,\"note\":\"a \\\"b\\\"\",\"o\":[1,null]"
	"}}",
};
enum { NENTRIES = sizeof(entries) / sizeof(*entries) };

static const struct {
	const char *name;
	struct eventfmt f;
	const char *expected[NENTRIES];
} cases[] = {
	{ "raw", { .time = EVENTFMT_RAW },
	    { "1624530620.250000 submit userid=5 urgency=16",
		"1624530620.500000 validate",
		"1624530661.000000 exception type=\"x\" severity=0 "
		"note=\"a \\\"b\\\"\" o=[1,null]" } },
	{ "iso", { .time = EVENTFMT_ISO },
	    { "2021-06-24T12:30:20.250000+02:00 submit userid=5 urgency=16",
		"2021-06-24T12:30:20.500000+02:00 validate",
		"2021-06-24T12:31:01.000000+02:00 exception type=\"x\" "
		"severity=0 note=\"a \\\"b\\\"\" o=[1,null]" } },
	{ "offset", { .time = EVENTFMT_OFFSET },
	    { "0.000000 submit userid=5 urgency=16", "0.250000 validate",
		"40.750000 exception type=\"x\" severity=0 "
		"note=\"a \\\"b\\\"\" o=[1,null]" } },
	{ "wide offset", { .time = EVENTFMT_OFFSET, .offset_width = 15 },
	    { "       0.000000 submit userid=5 urgency=16",
		"       0.250000 validate",
		"      40.750000 exception type=\"x\" severity=0 "
		"note=\"a \\\"b\\\"\" o=[1,null]" } },
	{ "human", { .time = EVENTFMT_HUMAN },
	    { "[Jun24 12:30] submit userid=5 urgency=16",
		"[  +0.250000] validate",
		"[Jun24 12:31] exception type=\"x\" severity=0 "
		"note=\"a \\\"b\\\"\" o=[1,null]" } },
	{ "colour", { .time = EVENTFMT_OFFSET, .color = true },
	    { "\033[32m0.000000\033[0m \033[33msubmit\033[0m "
	      "\033[34muserid\033[0m=\033[37m5\033[0m "
	      "\033[34murgency\033[0m=\033[37m16\033[0m",
		"\033[32m0.250000\033[0m \033[33mvalidate\033[0m",
		"\033[32m40.750000\033[0m \033[1m\033[31mexception\033[0m "
		"\033[34mtype\033[0m=\033[35m\"x\"\033[0m "
		"\033[34mseverity\033[0m=\033[37m0\033[0m "
		"\033[34mnote\033[0m=\033[35m\"a \\\"b\\\"\"\033[0m "
		"\033[34mo\033[0m=\033[35m[1,null]\033[0m" } },
	{ "json", { .json = true, .color = true },
	    { "{\"timestamp\":1624530620.25,\"name\":\"submit\",\"context\":"
	      "{\"userid\":5,\"urgency\":16}}",
		"{\"timestamp\":1624530620.5,\"name\":\"validate\"}",
		"{\"timestamp\":1624530661,\"name\":\"exception\","
		"\"context\":{\"type\":\"x\",\"severity\":0,"
		"\"note\":\"a \\\"b\\\"\",\"o\":[1,null]}}" } },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct eventfmt f = cases[i].f;

		for (int k = 0; k < NENTRIES; k++) {
			struct event e;
			char *line = NULL;

			if (event_decode(&e, entries[k]) == 0) {
				line = eventfmt_line(&f, &e);
				event_fini(&e);
			}
			is_str(line, cases[i].expected[k], "%s, entry %d",
			    cases[i].name, k);
			free(line);
		}
	}
}

static void
test_names(void)
{
	struct eventfmt f = { 0 };

	ok(eventfmt_set_format(&f, "json") == 0 && f.json, "format json");
	ok(eventfmt_set_format(&f, "text") == 0 && !f.json, "format text");
	ok(eventfmt_set_format(&f, "xml") < 0, "no other format");
	ok(eventfmt_set_time(&f, "iso") == 0 && f.time == EVENTFMT_ISO,
	    "time iso");
	ok(eventfmt_set_time(&f, "reltime") == 0 && f.time == EVENTFMT_HUMAN,
	    "time reltime");
	ok(eventfmt_set_time(&f, "") < 0, "no empty time");
}

/* The bar itself, without the sequences that move the cursor. */
static void
is_bar(int cols, double fraction, double rate, const char *expected)
{
	struct progress p = { .rows = 24, .cols = cols, .started = 100 };
	char *s = progress_stop(&p, "CD:1 ", fraction, rate, 3761.5);
	char *text = s ? strstr(s, "CD:") : NULL;

	if (text)
		text[strcspn(text, "\n")] = '\0';
	is_str(text, expected, "%g in %d columns", fraction, cols);
	free(s);
}

static void
test_bar(void)
{
	is_bar(31, 0, -1, "CD:1 │          │  0.0% 1:01:01");
	is_bar(31, 0.5, -1, "CD:1 │█████     │ 50.0% 1:01:01");
	is_bar(31, 0.3333, -1, "CD:1 │███▎      │ 33.3% 1:01:01");
	is_bar(31, 1, -1, "CD:1 │██████████│100.0% 1:01:01");
	is_bar(31, 2, -1, "CD:1 │██████████│200.0% 1:01:01");
	is_bar(34, 1, 81.06, "CD:1 │██████████│100.0% 81.1 job/s");
	is_bar(5, 1, -1, "CD:1 ││100.0% 1:01:01");
}

int
main(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	test_lines();
	test_names();
	test_bar();
	return done_testing();
}
