/* SPDX-License-Identifier: MIT */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Text as a row of code points, as listings count them. A byte that is no
 * UTF-8 counts as one.
 */

/* Code points in s. */
size_t utf8_count(const char *s);
/* Bytes of the first n code points of s, or of all. */
size_t utf8_offset(const char *s, size_t n);
/* The code point at s, and how many bytes it has (1 to 4; 0 at the end). A
 * byte that is no UTF-8 is U+FFFD. */
uint32_t utf8_decode(const char *s, size_t *len);
/* Cut s in place to n code points (n > 0): if it is longer, n - 1 and '+'. */
void utf8_cut(char *s, size_t n);

#endif
