/* SPDX-License-Identifier: MIT */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* RFC 4648 base64 with padding (libsodium's variant "original"). */

char *base64_encode(const void *data, size_t len); /* malloc'd, NUL at end */
/* malloc'd bytes (and a NUL after them), *len set; NULL with EINVAL. */
char *base64_decode(const char *text, size_t *len);

#endif
