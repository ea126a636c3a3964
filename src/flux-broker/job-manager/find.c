/* SPDX-License-Identifier: MIT */
/*
 * Jobs by their ids, in memory and in the store.
 */
#include <errno.h>

#include "../store/store.h"
#include "jm.h"

struct job *
job_lookup(struct broker *b, uint64_t id)
{
	struct job key = { .id = id };
	struct job *job = RB_FIND(job_tree, &b->jm->jobs, &key);

	return job ? job : retire_recall(b->jm, id);
}

struct job *
job_first(struct broker *b)
{
	return RB_MIN(job_tree, &b->jm->jobs);
}

struct job *
job_next(struct broker *b, struct job *job)
{
	(void)b;
	return RB_NEXT(job_tree, &b->jm->jobs, job);
}

size_t
job_count_inactive(const struct broker *b)
{
	return b->jm->ninactive;
}

uint64_t
job_id_from(struct broker *b, uint64_t id)
{
	struct job key = { .id = id };
	struct job *job = RB_NFIND(job_tree, &b->jm->jobs, &key);
	uint64_t stored = store_first_from(b, id);

	return job && (!stored || job->id < stored) ? job->id : stored;
}
