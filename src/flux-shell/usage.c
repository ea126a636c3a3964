/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "usage.h"

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

void
usage_add_process(struct usage *u, const struct rusage *r)
{
	struct usage more = { .is_known = true,
		.maxrss = r->ru_maxrss,
		.cputime = seconds(&r->ru_utime) + seconds(&r->ru_stime) };

	usage_add(u, &more);
}

void
usage_add(struct usage *u, const struct usage *more)
{
	u->is_known |= more->is_known;
	u->cputime += more->cputime;
	if (more->maxrss > u->maxrss)
		u->maxrss = more->maxrss;
}

json_t *
usage_encode(const struct usage *u)
{
	if (!u->is_known)
		return NULL;
	return json_pack("{s:I s:f}", "maxrss", (json_int_t)u->maxrss,
	    "cputime", round(u->cputime * 1e6) / 1e6);
}

struct usage
usage_decode(const json_t *o)
{
	json_int_t maxrss = 0;
	struct usage u = { 0 };

	if (json_unpack((json_t *)o, "{s:I s:F}", "maxrss", &maxrss, "cputime",
		&u.cputime) < 0 ||
	    maxrss < 0 || !(u.cputime >= 0))
		return (struct usage){ 0 };
	u.maxrss = maxrss;
	u.is_known = true;
	return u;
}
