/* SPDX-License-Identifier: MIT */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

/*
 * A progress bar on the last line of a terminal, below the text that scrolls:
 *     PD:2   R:1   CD:0   F:0   │████▊          │ 33.3% 0:00:01
 * This module makes the text with its escape sequences (VT100), the program
 * writes it. All texts are malloc'd; NULL with ENOMEM.
 */
struct progress {
	int rows, cols; /* of the terminal */
	double started; /* monotonic seconds */
};

/* Set the last line apart: before the first draw. */
char *progress_start(const struct progress *p);
/* before: what stands left of the bar; fraction 0..1; rate: jobs per second
 * to be shown instead of the time since p->started, or -1. now: monotonic
 * seconds. */
char *progress_draw(const struct progress *p, const char *before,
    double fraction, double rate, double now);
/* Give the last line back, and leave the bar as a line of text. */
char *progress_stop(const struct progress *p, const char *before,
    double fraction, double rate, double now);

#endif
