/* SPDX-License-Identifier: MIT */
#ifndef BAR_H
#define BAR_H

#include <stdbool.h>

#include "jobwatch.h"
#include "progress.h"

/*
 * The progress bar of flux watch --progress, on the terminal that is stdout.
 * All functions do nothing before bar_start.
 */
enum { bar_interval_ms = 250 };

struct bar {
	bool on, jps;
	struct progress p;
	struct jobwatch_count count;
	double drawn; /* when, monotonic seconds */
};

void bar_start(struct bar *b, bool jps, struct jobwatch_count count);
void bar_update(struct bar *b, struct jobwatch_count count);
/* Draw it, but not too often. */
void bar_tick(struct bar *b);
void bar_stop(struct bar *b);

#endif
