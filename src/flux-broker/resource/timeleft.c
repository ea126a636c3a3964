/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "timeleft.h"

int
timeleft_parse(const char *text, double *seconds)
{
	unsigned days = 0, part[3];
	int n = 0, used = 0;
	const char *p = text;

	if (strncmp(text, "UNLIMITED", 9) == 0) {
		*seconds = INFINITY;
		return 0;
	}
	if (sscanf(p, "%5u-%n", &days, &used) == 1 && used > 0)
		p += used;
	else
		days = 0;
	for (n = 0; n < 3; n++) {
		if (*p < '0' || *p > '9' ||
		    sscanf(p, "%7u%n", &part[n], &used) != 1)
			return -1;
		p += used;
		if (*p != ':')
			break;
		p++;
	}
	if (n == 0 || n == 3 || (*p && *p != '\n'))
		return -1;
	*seconds = part[n] + 60. * part[n - 1] + 86400. * days;
	if (n == 2)
		*seconds += 3600. * part[0];
	return 0;
}
