/* SPDX-License-Identifier: MIT */
#ifndef FORMATCONV_H
#define FORMATCONV_H

#include <stdint.h>

#include "errmsg.h"
#include "value.h"

/*
 * The conversions of an output format (part of format.h): {NAME!CONV}.
 *     s r a  text, quoted text, quoted ASCII
 *     d D    time (seconds since the epoch) as 2023-11-14T22:13:30, local
 *     F      duration as 1.5h (three decimals below 10 s, else 4 digits)
 *     H      duration as 1 day, 0:59:59
 *     M      memory (KB) as 1.5G (4 digits)
 *     P      percentage
 */

/* -1 with em: no such conversion, or the value is no number. */
int format_convert(uint32_t conv, const struct value *in, struct value *out,
    struct errmsg *em);
/* A time by a strftime pattern, with %f = microseconds (malloc'd). NULL with
 * em. Nothing for 0 and unset. */
char *format_date(
    const char *pattern, const struct value *v, struct errmsg *em);

/* The text of !F and !M; returns buf (32 bytes are enough). */
char *format_duration(char *buf, size_t size, double seconds);
char *format_memory(char *buf, size_t size, double kb);

#endif
