/* SPDX-License-Identifier: MIT */
#ifndef DATETIME_H
#define DATETIME_H

/*
 * A moment as people write it (--since, --begin-time), in local time:
 *     now · -1.5h · +10m · 1795421987.5 (seconds since the epoch)
 *     today · yesterday · tomorrow · last monday · 3 hours ago · in 2 days
 *     noon · 8am · 9:15 · 2021-06-21 · 2021-06-21 06:30 · 6/21/2021 6am
 * Words for a day mean its first second, a date in figures that day at the
 * current time of day; a time of day alone is today.
 */

/* now, *t: seconds since the epoch. 0, or -1 with EINVAL. */
int datetime_parse(const char *s, double now, double *t);

#endif
