/* SPDX-License-Identifier: MIT */
#ifndef PGREP_H
#define PGREP_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "handle.h"
#include "jobinfo.h"

/* Which jobs: a pattern of their name, a range of ids, or both. */
struct match {
	bool has_pattern, has_range;
	regex_t pattern;
	uint64_t first, last; /* both belong to the range */
};

/* Take EXPRs. -1 with em; match_fini in any case. */
int match_init(struct match *m, char **exprs, int n, struct errmsg *em);
void match_fini(struct match *m);
bool match_test(const struct match *m, const struct jobinfo *j);

/* Cancel jobs, and wait until they are inactive. Reports on stderr. The exit
 * status. */
int kill_jobs(
    struct handle *h, struct jobinfo *const *jobs, size_t n, bool wait);

#endif
