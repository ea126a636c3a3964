/* SPDX-License-Identifier: MIT */
#ifndef INDEX_H
#define INDEX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Places 0..n-1, each with so many free cores and GPUs, to be asked for those
 * that have enough of both, one after the other in an order: by place (first
 * fit), or the fullest first, by place among equals (best fit); and for how
 * many there are, which takes no walk. A place without cores is no place.
 *
 * Changes and questions cost O(log n) times the kinds of GPU counts.
 */
struct index;

enum index_order { BY_PLACE, BY_FULLNESS };

/* At least so much: cores > 0, gpus >= 0. */
struct need {
	int cores, gpus;
};

#define NO_PLACE ((size_t)-1)

/* The most that a place may have is said here. NULL with ENOMEM. */
struct index *index_create(size_t n, struct need most, enum index_order order);
void index_destroy(struct index *x);
void index_set(struct index *x, size_t place, struct need has);
/* NO_PLACE: none, or no more. */
size_t index_first(const struct index *x, struct need need);
size_t index_next(const struct index *x, struct need need, size_t place);
/* How many places have that much. With very many cores and GPUs on a place it
 * is counted in steps, and may be too high. */
long index_count(const struct index *x, struct need need);
/* How often it fits, if places are filled with it. As above. */
long index_slots(const struct index *x, struct need need);

/* How often slot (not all 0) is in has; INT_MAX if it asks for nothing. */
int need_slots(struct need slot, struct need has);
static inline bool
need_fits(struct need need, struct need has)
{
	return has.cores >= need.cores && has.gpus >= need.gpus;
}

#endif
