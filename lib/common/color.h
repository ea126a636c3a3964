/* SPDX-License-Identifier: MIT */
#ifndef COLOR_H
#define COLOR_H

#include <stdbool.h>

/*
 * --color[=WHEN] of the listing commands: "always", "never", "auto" (a
 * terminal on stdout). Reads NO_COLOR.
 */

/* when: NULL = no such option given, "" = given without WHEN. Sets *on.
 * -1 with EINVAL: no such WHEN. */
int color_parse(const char *when, bool *on);

#endif
