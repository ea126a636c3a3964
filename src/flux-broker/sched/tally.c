/* SPDX-License-Identifier: MIT */
/*
 * Counts of places by what they have. A column stands for one number of cores,
 * a row for one number of GPUs; the last row for all above as well. Where that
 * would make the table large, a column stands for several: counts are too high
 * then rather than too low, and whoever relies on them looks once in vain.
 */
#include <limits.h>
#include <stdlib.h>

#include "tally.h"

enum { COLUMNS_MAX = 1024, ROWS_MAX = 17 };

int
tally_init(struct tally *t, struct need most)
{
	*t = (struct tally){ .most_cores = most.cores, .most_gpus = most.gpus };
	t->step = most.cores / COLUMNS_MAX + 1;
	t->width = most.cores / t->step + 1;
	t->rows = most.gpus < ROWS_MAX ? most.gpus + 1 : ROWS_MAX;
	t->counts =
	    calloc((size_t)t->width * (size_t)t->rows, sizeof(*t->counts));
	t->row_totals = calloc((size_t)t->rows, sizeof(*t->row_totals));
	return t->counts && t->row_totals ? 0 : -1;
}

void
tally_fini(struct tally *t)
{
	free(t->counts);
	free(t->row_totals);
	*t = (struct tally){ 0 };
}

static int
row_of(const struct tally *t, int gpus)
{
	return gpus < t->rows ? gpus : t->rows - 1;
}

void
tally_add(struct tally *t, struct need has, int n)
{
	int row = row_of(t, has.gpus);

	t->counts[row * t->width + has.cores / t->step] += n;
	t->row_totals[row] += n;
}

/* What a place that is counted here has at most. */
static struct need
most_of(const struct tally *t, int row, int column)
{
	int cores = column * t->step + t->step - 1;

	return (struct need){
		.cores = cores < t->most_cores ? cores : t->most_cores,
		.gpus = row < t->rows - 1 ? row : t->most_gpus,
	};
}

long
tally_count(const struct tally *t, struct need need)
{
	long n = 0;

	if (!need_fits(need,
		(struct need){ .cores = t->most_cores, .gpus = t->most_gpus }))
		return 0;
	for (int row = row_of(t, need.gpus); row < t->rows; row++) {
		const int *counts = &t->counts[row * t->width];

		if (t->row_totals[row] == 0)
			continue;
		for (int i = need.cores / t->step; i < t->width; i++)
			n += counts[i];
	}
	return n;
}

long
tally_slots(const struct tally *t, struct need slot)
{
	long n = 0;

	if (!need_fits(slot,
		(struct need){ .cores = t->most_cores, .gpus = t->most_gpus }))
		return 0;
	for (int row = row_of(t, slot.gpus); row < t->rows; row++) {
		const int *counts = &t->counts[row * t->width];

		if (t->row_totals[row] == 0)
			continue;
		for (int i = slot.cores / t->step; i < t->width; i++)
			if (counts[i] > 0)
				n += (long)counts[i] *
				     need_slots(slot, most_of(t, row, i));
	}
	return n;
}

int
need_slots(struct need slot, struct need has)
{
	int n = INT_MAX;

	if (slot.cores > 0)
		n = has.cores / slot.cores;
	if (slot.gpus > 0 && has.gpus / slot.gpus < n)
		n = has.gpus / slot.gpus;
	return n;
}
