/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "jobstate.h"

struct name {
	const char *name;
	int mask;
};

static const struct name states[] = {
	{ "new", 1 },
	{ "depend", 2 },
	{ "priority", 4 },
	{ "sched", 8 },
	{ "run", JOBSTATE_RUN },
	{ "cleanup", 32 },
	{ "inactive", JOBSTATE_INACTIVE },
	{ "pending", JOBSTATE_PENDING },
	{ "running", JOBSTATE_RUNNING },
	{ "active", JOBSTATE_ACTIVE },
	{ NULL, -1 },
};

static const struct name results[] = {
	{ "completed", 1 },
	{ "failed", 2 },
	{ "canceled", 4 },
	{ "timeout", 8 },
	{ NULL, -1 },
};

static int
find(const struct name *n, const char *name)
{
	while (n->name && strcasecmp(n->name, name) != 0)
		n++;
	return n->mask;
}

int
jobstate_parse(const char *name)
{
	return find(states, name);
}

int
jobresult_parse(const char *name)
{
	return find(results, name);
}

int
jobstate_parse_list(const char *list, struct errmsg *em)
{
	int mask = 0;

	for (;;) {
		char word[32] = "";
		size_t n = strcspn(list, ",");
		int m;

		if (n < sizeof(word))
			memcpy(word, list, n);
		if ((m = jobstate_parse(word)) < 0)
			return errmsg_set(em, "%.*s", (int)n, list);
		mask |= m;
		if (!list[n])
			return mask;
		list += n + 1;
	}
}
