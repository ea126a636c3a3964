/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "errmsg.h"

int
errmsg_set(struct errmsg *em, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (!em)
		return -1;
	va_start(ap, fmt);
	vsnprintf(em->text, sizeof(em->text), fmt, ap);
	va_end(ap);
	errno = saved;
	return -1;
}
