/* SPDX-License-Identifier: MIT */
#include <sys/random.h>

#include "uuid.h"

int
uuid_make(char buf[UUID_STRLEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char r[16];
	char *p = buf;

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return -1;
	r[6] = (r[6] & 0x0f) | 0x40;
	r[8] = (r[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[r[i] >> 4];
		*p++ = hex[r[i] & 0xf];
	}
	*p = '\0';
	return 0;
}
