/* SPDX-License-Identifier: MIT */
/* RFC 23 durations, also in a locale with a comma in its numbers. */
#include <errno.h>
#include <locale.h>
#include <math.h>

#include "fsd.h"
#include "tap.h"

static const struct {
	const char *text;
	double seconds;
} good[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "1.5", 1.5 },
	{ ".5", 0.5 },
	{ "5.", 5 },
	{ "+1", 1 },
	{ "1e3", 1000 },
	{ "1e3ms", 1 },
	{ " 1", 1 },
	{ "1 s", 1 },
	{ "1  s", 1 },
	{ "1 ", 1 },
	{ "1s", 1 },
	{ "1m", 60 },
	{ "1.5h", 5400 },
	{ "2.5d", 216000 },
	{ "100ms", 0.1 },
	{ "1ms", 0.001 },
	{ "inf", INFINITY },
	{ "+inf", INFINITY },
	{ "infinity", INFINITY },
	{ "INFINITY", INFINITY },
};

static const char *const bad[] = {
	"",
	" ",
	"s",
	"x",
	"none",
	"-1",
	"-0",
	"- 1",
	"-inf",
	"+-1",
	"++1",
	"+",
	".",
	".s",
	"nan",
	"0x10",
	"+0x10",
	"1e",
	"1w",
	"1S",
	"1M",
	"1 s ",
	"100us",
	"1h30m",
	"1.5.5",
	"1,5",
	"infi",
	"infs",
	"inf s",
	"1e999",
	".1e999",
};

static const struct {
	double seconds;
	const char *text;
} formats[] = {
	{ 0, "0s" },
	{ 0.001, "1ms" },
	{ 0.05, "50ms" },
	{ 0.1, "0.1s" },
	{ 1, "1s" },
	{ 59.5, "59.5s" },
	{ 60, "1m" },
	{ 90, "1.5m" },
	{ 299.342, "4.98903m" },
	{ 3600, "1h" },
	{ 5400, "1.5h" },
	{ 86400, "1d" },
	{ 86400 * 1000.0, "1000d" },
	{ INFINITY, "infinity" },
};

static void
test_all(const char *locale)
{
	char buf[64];
	double x;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		x = -1;
		ok(fsd_parse(good[i].text, &x) == 0 && x == good[i].seconds,
		    "%s: '%s' is %g seconds", locale, good[i].text,
		    good[i].seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		x = 42;
		errno = 0;
		ok(fsd_parse(bad[i], &x) < 0 && errno == EINVAL && x == 42,
		    "%s: '%s' is no duration", locale, bad[i]);
	}
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		is_str(fsd_format(buf, sizeof(buf), formats[i].seconds),
		    formats[i].text, "%s: %g seconds", locale,
		    formats[i].seconds);
}

int
main(void)
{
	test_all("C");
	/* not installed everywhere; then the C locale is tested only */
	if (setlocale(LC_ALL, "de_DE.UTF-8"))
		test_all("de_DE");
	else
		skip("no locale de_DE.UTF-8");
	return done_testing();
}
