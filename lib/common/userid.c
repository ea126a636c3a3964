/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "userid.h"

int
userid_parse(const char *s, uint32_t *userid)
{
	const struct passwd *pw;
	const char *why;
	long long n;

	if (strcmp(s, "all") == 0) {
		*userid = USERID_UNKNOWN;
		return 0;
	}
	if ((pw = getpwnam(s))) {
		*userid = pw->pw_uid;
		return 0;
	}
	n = strtonum(s, 0, UINT32_MAX - 1, &why);
	if (why) {
		errno = ENOENT;
		return -1;
	}
	*userid = n;
	return 0;
}
