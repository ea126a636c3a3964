/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "utf8.h"

/* How many bytes a sequence that begins with this one should have; 0 = none
 * begins so. */
static size_t
sequence_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	if (c >= 0xf0 && c < 0xf5)
		return 4;
	return 0;
}

uint32_t
utf8_decode(const char *s, size_t *len)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = sequence_len((unsigned char)*s), i;
	uint32_t c;

	*len = *s != '\0';
	if (n < 2)
		return n ? (unsigned char)*s : 0xfffd;
	c = (unsigned char)*s & mask[n];
	for (i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	*len = n;
	return c;
}

size_t
utf8_offset(const char *s, size_t n)
{
	const char *p = s;
	size_t len;

	for (; n > 0 && *p; n--) {
		utf8_decode(p, &len);
		p += len;
	}
	return p - s;
}

size_t
utf8_count(const char *s)
{
	size_t n = 0, len;

	for (; *s; s += len, n++)
		utf8_decode(s, &len);
	return n;
}

void
utf8_cut(char *s, size_t n)
{
	if (s[utf8_offset(s, n)] == '\0')
		return;
	memcpy(s + utf8_offset(s, n - 1), "+", 2);
}
