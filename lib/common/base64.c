/* SPDX-License-Identifier: MIT */
/*
 * base64 by libsodium, whose decoder refuses wrong padding and wrong
 * characters. Its codec needs no sodium_init.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"

#define VARIANT sodium_base64_VARIANT_ORIGINAL

char *
base64_encode(const void *data, size_t len)
{
	size_t size = sodium_base64_ENCODED_LEN(len, VARIANT);
	char *text = malloc(size);

	if (text)
		sodium_bin2base64(text, size, data, len, VARIANT);
	return text;
}

char *
base64_decode(const char *text, size_t *len)
{
	size_t n = strlen(text), size = n / 4 * 3, got;
	const char *end;
	unsigned char *data = malloc(size + 1);

	if (!data)
		return NULL;
	if (sodium_base642bin(data, size, text, n, NULL, &got, &end, VARIANT) ||
	    *end) {
		free(data);
		errno = EINVAL;
		return NULL;
	}
	data[got] = '\0';
	*len = got;
	return (char *)data;
}
