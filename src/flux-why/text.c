/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <math.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fluid.h"
#include "why.h"

json_t *
textf(const char *fmt, ...)
{
	va_list ap;
	json_t *o;

	va_start(ap, fmt);
	o = json_vsprintf(fmt, ap);
	va_end(ap);
	/* what is not UTF-8 cannot be shown in JSON */
	return o ? o : json_string("?");
}

json_t *
id_text(uint64_t id)
{
	char buf[FLUID_STRMAX];

	return json_string(
	    fluid_encode(buf, sizeof(buf), id, fluid_f58_form()));
}

json_t *
user_text(int64_t userid)
{
	const struct passwd *pw = getpwuid(userid);

	return pw ? textf("%s", pw->pw_name) : textf("%lld", (long long)userid);
}

char *
span_text(char *buf, size_t size, double seconds)
{
	long s = lround(seconds);

	if (s < 1)
		strlcpy(buf, "<1s", size);
	else if (s < 60)
		snprintf(buf, size, "%lds", s);
	else if (s < 3600)
		snprintf(buf, size, "%ldm%02lds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%ldh%02ldm", s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%ldd%02ldh", s / 86400, s / 3600 % 24);
	return buf;
}

char *
clock_text(char *buf, size_t size, double t, double now)
{
	time_t then = (time_t)t, today = (time_t)now;
	struct tm a, b;

	if (!localtime_r(&then, &a) || !localtime_r(&today, &b))
		errx(1, "ERROR: time %g is out of range", t);
	strftime(buf, size,
	    a.tm_yday == b.tm_yday && a.tm_year == b.tm_year ? "%H:%M:%S"
							     : "%F %H:%M:%S",
	    &a);
	return buf;
}

const char *
get_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

double
get_number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

int64_t
get_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}
