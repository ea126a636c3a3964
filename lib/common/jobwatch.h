/* SPDX-License-Identifier: MIT */
#ifndef JOBWATCH_H
#define JOBWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handle;

/*
 * Follow many jobs on one connection until they are done: flux watch, and
 * flux submit --wait and --watch. What is worth showing comes as text that is
 * ready to be written:
 *     job.exception: type=cancel severity=0 NOTE            (if it is fatal)
 *     ƒID: 0.067s: failed: status=256                       (verbose 1)
 *     ƒID: 0.067s: failed: status=256, run again as ƒID     (verbose 1)
 *     ƒID: 0.000s: submit {"urgency":16}                    (verbose 2)
 *     ƒID: exec.init                                        (verbose 2)
 *     [ƒID: RANK: ]output of tasks                          (output, label)
 *     [ƒID: ]flux-shell[0]: FATAL: MESSAGE                  (output)
 *     [ƒID: ]0-2: stdout redirected to FILE                 (output)
 * Times are relative to the first submission.
 */
struct jobwatch;

struct jobwatch_conf {
	bool output; /* copy output */
	bool label;  /* say which job and task it is from */
	int verbose; /* 0..2 */
	bool retry;  /* go on with what a job that failed is run again as */
	/* Be done with a job at this event: "clean" (NULL), NAME, or exec.NAME
	 * in its exec log. */
	const char *wait_event;
	/* text is not NUL terminated; job is the argument of jobwatch_add */
	void (*write)(
	    void *arg, void *job, bool to_stderr, const char *text, size_t len);
	/* A counter changed. NULL = not wanted. */
	void (*changed)(void *arg, const struct jobwatch *w);
	void *arg;
};

struct jobwatch_count {
	int pending, running, completed, failed;
	int total;
};

/* h and what conf points to must outlive it. NULL with ENOMEM. */
struct jobwatch *jobwatch_create(
    struct handle *h, const struct jobwatch_conf *conf);
void jobwatch_destroy(struct jobwatch *w);
/* Begin to follow a job; the caller runs the handle (handle_run). 0, or -1
 * with errno. */
int jobwatch_add(struct jobwatch *w, uint64_t id, void *job);
/* How many jobs are not done yet. */
int jobwatch_left(const struct jobwatch *w);
struct jobwatch_count jobwatch_count(const struct jobwatch *w);
/* The largest exit code of the jobs so far: of the finish status, or 1 if
 * the job never started, or could not be followed. */
int jobwatch_exit(const struct jobwatch *w);

#endif
