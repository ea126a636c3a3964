/* SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"

static const double min_interval = 0.05; /* seconds between two draws */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
put(char *text)
{
	if (text)
		fputs(text, stdout);
	free(text);
	fflush(stdout);
}

typedef char *(*draw_f)(const struct progress *p, const char *before,
    double fraction, double rate, double now);

static void
draw(struct bar *b, draw_f f)
{
	struct jobwatch_count *c = &b->count;
	int done = c->completed + c->failed;
	double t = now(), elapsed = t - b->p.started;
	char before[96];

	b->drawn = t;
	snprintf(before, sizeof(before), "PD:%-3d R:%-3d CD:%-3d F:%-3d ",
	    c->pending, c->running, c->completed, c->failed);
	put(f(&b->p, before, c->total > 0 ? (double)done / c->total : 1,
	    b->jps ? (elapsed > 0 ? done / elapsed : 0) : -1, t));
}

void
bar_start(struct bar *b, bool jps, struct jobwatch_count count)
{
	struct winsize ws;

	b->on = true;
	b->jps = jps;
	b->count = count;
	b->p.rows = 24;
	b->p.cols = 80;
	b->p.started = now();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 1) {
		b->p.rows = ws.ws_row;
		b->p.cols = ws.ws_col;
	}
	put(progress_start(&b->p));
	draw(b, progress_draw);
}

void
bar_update(struct bar *b, struct jobwatch_count count)
{
	b->count = count;
}

void
bar_tick(struct bar *b)
{
	if (b->on && now() - b->drawn >= min_interval)
		draw(b, progress_draw);
}

void
bar_stop(struct bar *b)
{
	if (b->on)
		draw(b, progress_stop);
	b->on = false;
}
