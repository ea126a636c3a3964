/* SPDX-License-Identifier: MIT */
/*
 * The expressions of flux pgrep: "ID1..ID2" where both ends are job ids,
 * else a regular expression, perhaps after "name:".
 */
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "pgrep.h"

/* 1: it is a range; 0: it is none. */
static int
parse_range(struct match *m, const char *expr)
{
	const char *dots = strstr(expr, "..");
	char *first;
	int rc;

	if (!dots || strchr(expr, ':'))
		return 0;
	first = strndup(expr, dots - expr);
	rc = first && fluid_parse(first, &m->first) == 0 &&
	     fluid_parse(dots + 2, &m->last) == 0;
	free(first);
	return rc;
}

static int
parse_pattern(struct match *m, const char *expr, struct errmsg *em)
{
	const char *prefix = "name:";
	char why[120];
	int rc;

	if (m->has_pattern)
		return errmsg_set(em, "Only one pattern can be provided");
	if (strncmp(expr, prefix, strlen(prefix)) == 0)
		expr += strlen(prefix);
	rc = regcomp(&m->pattern, expr, REG_EXTENDED | REG_NOSUB);
	if (rc != 0) {
		regerror(rc, &m->pattern, why, sizeof(why));
		return errmsg_set(em, "%s", why);
	}
	m->has_pattern = true;
	return 0;
}

int
match_init(struct match *m, char **exprs, int n, struct errmsg *em)
{
	int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < n; i++) {
		if (parse_range(m, exprs[i]))
			m->has_range = true;
		else if (parse_pattern(m, exprs[i], em) < 0)
			return -1;
	}
	return 0;
}

void
match_fini(struct match *m)
{
	if (m->has_pattern)
		regfree(&m->pattern);
}

bool
match_test(const struct match *m, const struct jobinfo *j)
{
	uint64_t id = jobinfo_id(j);
	const char *name = json_string_value(json_object_get(j->job, "name"));

	if (m->has_range && (id < m->first || id > m->last))
		return false;
	return !m->has_pattern ||
	       regexec(&m->pattern, name ? name : "", 0, NULL, 0) == 0;
}
