/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

int
color_parse(const char *when, bool *on)
{
	const char *no_color = getenv("NO_COLOR");

	if (!when)
		when = no_color && *no_color ? "never" : "auto";
	if (strcmp(when, "always") == 0 || *when == '\0')
		*on = true;
	else if (strcmp(when, "never") == 0)
		*on = false;
	else if (strcmp(when, "auto") == 0)
		*on = isatty(STDOUT_FILENO);
	else {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
