/* SPDX-License-Identifier: MIT */
/*
 * base64 by tables. libsodium's codec takes constant time, which secrets need
 * and jobspecs do not: it was a quarter of the cost of a submission. As there,
 * wrong padding, wrong characters, and bits that say nothing are refused, so
 * that a text has one meaning and bytes have one text.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"

static const char digits[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a digit, plus one; 0 = it is none. */
static const uint8_t values[256] = {
	['A'] = 1,
	['B'] = 2,
	['C'] = 3,
	['D'] = 4,
	['E'] = 5,
	['F'] = 6,
	['G'] = 7,
	['H'] = 8,
	['I'] = 9,
	['J'] = 10,
	['K'] = 11,
	['L'] = 12,
	['M'] = 13,
	['N'] = 14,
	['O'] = 15,
	['P'] = 16,
	['Q'] = 17,
	['R'] = 18,
	['S'] = 19,
	['T'] = 20,
	['U'] = 21,
	['V'] = 22,
	['W'] = 23,
	['X'] = 24,
	['Y'] = 25,
	['Z'] = 26,
	['a'] = 27,
	['b'] = 28,
	['c'] = 29,
	['d'] = 30,
	['e'] = 31,
	['f'] = 32,
	['g'] = 33,
	['h'] = 34,
	['i'] = 35,
	['j'] = 36,
	['k'] = 37,
	['l'] = 38,
	['m'] = 39,
	['n'] = 40,
	['o'] = 41,
	['p'] = 42,
	['q'] = 43,
	['r'] = 44,
	['s'] = 45,
	['t'] = 46,
	['u'] = 47,
	['v'] = 48,
	['w'] = 49,
	['x'] = 50,
	['y'] = 51,
	['z'] = 52,
	['0'] = 53,
	['1'] = 54,
	['2'] = 55,
	['3'] = 56,
	['4'] = 57,
	['5'] = 58,
	['6'] = 59,
	['7'] = 60,
	['8'] = 61,
	['9'] = 62,
	['+'] = 63,
	['/'] = 64,
};

size_t
base64_encoded_len(size_t len)
{
	return (len + 2) / 3 * 4;
}

static void
put_group(char *out, uint32_t bits)
{
	out[0] = digits[bits >> 18 & 63];
	out[1] = digits[bits >> 12 & 63];
	out[2] = digits[bits >> 6 & 63];
	out[3] = digits[bits & 63];
}

char *
base64_put(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= 3; len -= 3, p += 3, out += 4)
		put_group(
		    out, (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]);
	if (len > 0) {
		put_group(out, (uint32_t)p[0] << 16 |
				   (len == 2 ? (uint32_t)p[1] << 8 : 0));
		out[3] = '=';
		if (len == 1)
			out[2] = '=';
		out += 4;
	}
	*out = '\0';
	return out;
}

char *
base64_encode(const void *data, size_t len)
{
	char *text = malloc(base64_encoded_len(len) + 1);

	if (text)
		base64_put(text, data, len);
	return text;
}

/* n digits as bits, the first one highest; false: some are none. */
static bool
get_digits(const uint8_t *text, int n, uint32_t *bits)
{
	unsigned bad = 0;

	*bits = 0;
	for (int i = 0; i < n; i++) {
		unsigned v = values[text[i]];
		bad |= v - 1;
		*bits = *bits << 6 | ((v - 1) & 63);
	}
	return bad < 64;
}

/* The last group, with its padding: 1 to 3 bytes, 0 = malformed. */
static size_t
get_last(const uint8_t *text, uint8_t *out)
{
	int n = text[3] != '=' ? 4 : text[2] != '=' ? 3 : 2;
	uint32_t bits;

	if (!get_digits(text, n, &bits))
		return 0;
	if (n == 4) {
		out[0] = bits >> 16;
		out[1] = bits >> 8;
		out[2] = bits;
		return 3;
	}
	if (bits & (n == 3 ? 3 : 15))
		return 0;
	bits >>= n == 3 ? 2 : 4;
	if (n == 3)
		*out++ = bits >> 8;
	*out = bits;
	return (size_t)n - 1;
}

/* How much of the text is as in what is known: all before *from, and all from
 * *to on, whole groups; never the last group in *from, as it may be padded. */
static void
find_known(const char *text, size_t n, const struct base64_known *known,
    size_t *from, size_t *to)
{
	size_t max = n < known->n ? n : known->n, i = 0;

	*from = 0;
	*to = n;
	if (max < 4)
		return;
	while (i + 64 < max && memcmp(text + i, known->text + i, 64) == 0)
		i += 64;
	while (i + 4 < max && memcmp(text + i, known->text + i, 4) == 0)
		i += 4;
	*from = i;
	if (n != known->n)
		return;
	for (i = n; i > *from + 4; i -= 4)
		if (memcmp(text + i - 4, known->text + i - 4, 4) != 0)
			break;
	*to = i;
}

/* Whole groups; false: malformed. */
static bool
get_groups(const uint8_t *text, size_t n, uint8_t *out)
{
	uint32_t bits;

	for (const uint8_t *end = text + n; text < end; text += 4, out += 3) {
		if (!get_digits(text, 4, &bits))
			return false;
		out[0] = bits >> 16;
		out[1] = bits >> 8;
		out[2] = bits;
	}
	return true;
}

/* Into data what the text says that is not known; 0: malformed. */
static bool
decode(const uint8_t *text, size_t n, const struct base64_known *known,
    uint8_t *data, size_t *len)
{
	size_t from = 0, to = n, last, middle;

	if (known)
		find_known((const char *)text, n, known, &from, &to);
	if (from > 0)
		memcpy(data, known->data, from / 4 * 3);
	middle = to < n ? to : n - 4;
	if (!get_groups(text + from, middle - from, data + from / 4 * 3))
		return false;
	if (to < n) {
		*len = known->len;
		memcpy(data + to / 4 * 3, known->data + to / 4 * 3,
		    known->len - to / 4 * 3);
		return true;
	}
	last = get_last(text + middle, data + middle / 4 * 3);
	*len = middle / 4 * 3 + last;
	return last > 0;
}

char *
base64_decode_like(
    const char *text, size_t n, const struct base64_known *known, size_t *len)
{
	uint8_t *data = malloc(n / 4 * 3 + 1);
	size_t size = 0;

	if (!data)
		return NULL;
	if (n % 4 ||
	    (n > 0 && !decode((const uint8_t *)text, n, known, data, &size))) {
		free(data);
		errno = EINVAL;
		return NULL;
	}
	data[size] = '\0';
	*len = size;
	return (char *)data;
}

char *
base64_decode_part(const char *text, size_t n, size_t *len)
{
	return base64_decode_like(text, n, NULL, len);
}

char *
base64_decode(const char *text, size_t *len)
{
	return base64_decode_part(text, strlen(text), len);
}
