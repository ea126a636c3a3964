/* SPDX-License-Identifier: MIT */
#ifndef TALLY_H
#define TALLY_H

#include "index.h"

/*
 * How many places have so many cores and GPUs: a table of counts, so that the
 * question whether enough of them are left does not depend on their number.
 */
struct tally {
	int *counts; /* by GPUs, then by cores / step */
	int *row_totals;
	int rows, width; /* GPU counts up to rows - 1, steps up to width - 1 */
	int step;        /* cores in a column: 1 unless they are very many */
	int most_cores;  /* a place has no more */
	int most_gpus;
};

/* -1 with ENOMEM. */
int tally_init(struct tally *t, struct need most);
void tally_fini(struct tally *t);
void tally_add(struct tally *t, struct need has, int n);
long tally_count(const struct tally *t, struct need need);
long tally_slots(const struct tally *t, struct need slot);

#endif
