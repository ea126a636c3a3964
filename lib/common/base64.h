/* SPDX-License-Identifier: MIT */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* RFC 4648 base64 with padding. */

char *base64_encode(const void *data, size_t len); /* malloc'd, NUL at end */
/* How long that is, without the NUL. */
size_t base64_encoded_len(size_t len);
/* The same to where there is room for it and the NUL; returns its end. */
char *base64_put(char *out, const void *data, size_t len);
/* malloc'd bytes (and a NUL after them), *len set; NULL with EINVAL. */
char *base64_decode(const char *text, size_t *len);
/* The same for n characters. */
char *base64_decode_part(const char *text, size_t n, size_t *len);

/* A text that was decoded before, and its bytes. */
struct base64_known {
	const char *text;
	size_t n;
	const char *data;
	size_t len;
};

/* As base64_decode_part; what the text begins and ends with as `known` does
 * (NULL = nothing is known) is copied, which is much faster. */
char *base64_decode_like(
    const char *text, size_t n, const struct base64_known *known, size_t *len);

#endif
