/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "shelllog.h"

/* By syslog severity. */
static const char *const levels[] = {
	"FATAL: ",
	"FATAL: ",
	"FATAL: ",
	"ERROR: ",
	" WARN: ",
	"",
	"DEBUG: ",
	"TRACE: ",
};

char *
shelllog_text(const json_t *context, bool where)
{
	const char *message = "", *component = NULL, *file = NULL;
	int level = 5, line = 0, rank = -1;
	char *text = NULL;
	size_t len;
	FILE *f;

	json_unpack((json_t *)context, "{s:i s:s s?s s?s s?i s?i}", "level",
	    &level, "message", &message, "component", &component, "file", &file,
	    "line", &line, "rank", &rank);
	if (level < 0 || level > 7)
		level = 7;
	if (!(f = open_memstream(&text, &len)))
		return NULL;
	fprintf(f, "flux-shell");
	if (rank >= 0)
		fprintf(f, "[%d]", rank);
	fprintf(f, ": %s", levels[level]);
	if (component)
		fprintf(f, "%s: ", component);
	if (where && file)
		fprintf(f, "%s:%d: ", file, line);
	fprintf(f, "%s", message);
	if (fclose(f) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}
