/* SPDX-License-Identifier: MIT */
/* What squeue says of the time that a job has left. */
#include <math.h>
#include <stddef.h>

#include "../../src/flux-broker/resource/timeleft.h"
#include "tap.h"

static const struct {
	const char *text;
	double seconds;
} good[] = {
	{ "0:00\n", 0 },
	{ "59:59\n", 3599 },
	{ "1:00:00\n", 3600 },
	{ "23:59:59", 86399 },
	{ "1-00:00:01\n", 86401 },
	{ "365-00:00:00\n", 31536000 },
	{ "UNLIMITED\n", INFINITY },
};

static const char *const bad[] = {
	"",
	"\n",
	"5",
	"5\n",
	"INVALID\n",
	"NOT_SET\n",
	"1-5\n",
	"-1:00\n",
	"1:-5\n",
	":30\n",
	"30:\n",
	"1:2:3:4\n",
	"1:00x\n",
	"1-",
};

int
main(void)
{
	double seconds;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		seconds = -1;
		ok(timeleft_parse(good[i].text, &seconds) == 0 &&
			seconds == good[i].seconds,
		    "%s is %g seconds", good[i].text, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(timeleft_parse(bad[i], &seconds) < 0, "'%s' is refused",
		    bad[i]);
	done_testing();
}
