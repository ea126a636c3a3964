/* SPDX-License-Identifier: MIT */
#ifndef FSD_H
#define FSD_H

#include <stddef.h>

/* RFC 23 Flux standard duration: "1.5h", "100ms", "30", "infinity". */

/* Seconds; INFINITY for inf. 0, or -1 with EINVAL. */
int fsd_parse(const char *s, double *seconds);
/* "90" → "1.5m", "%.6g" and a unit. Returns buf. */
char *fsd_format(char *buf, size_t size, double seconds);
/* The same with two digits: "6.8m", "15m", "2.2s". */
char *fsd_format_short(char *buf, size_t size, double seconds);

#endif
