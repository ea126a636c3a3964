/* SPDX-License-Identifier: MIT */
#ifndef TOP_H
#define TOP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct handle;

/* What flux top knows of one instance, and how the person looks at it. */

enum { JOBS_MAX = 59, TITLE_MAX = 512 };

struct top_job {
	uint64_t id;
	uid_t uid;
	int state; /* job state bit */
	int ntasks, nnodes;
	double t_run;
	char *name, *queue;
	char *uri; /* NULL: not an instance */
};

/* One kind of resource, counted. */
struct top_bar {
	int total, used, down;
};

struct top_stats {
	int pending, running, successful, unsuccessful, inactive;
};

struct top {
	struct handle *h;
	char title[TITLE_MAX]; /* "" for the root, else a path of ids */
	char *version;
	int size, level;
	double t_start;    /* of the broker, seconds since the epoch */
	double expiration; /* 0 = none */
	struct top_bar nodes, cores, gpus;
	struct top_stats stats;
	struct top_job jobs[JOBS_MAX];
	int njobs;
	struct top_job incoming[JOBS_MAX]; /* of a list in progress */
	int nincoming;
	uint64_t selected; /* id of the selected job; 0 = none */
	json_t *queues;    /* config table `queues`; NULL = anonymous */
	const char *queue; /* shown queue, a key of queues; NULL = all */
	bool details;
	bool listing;                  /* a list is under way */
	bool has_stats, has_resources; /* asked, and answered once */
	bool stats_fresh; /* changed since the jobs were last listed */
	double t_listed;  /* monotonic, of the last list */
	double t_beat;    /* monotonic, of the last heartbeat */
	bool dirty;       /* redraw */
	char lost[200];   /* why the connection is gone; "" = it is there */
};

/* model.c: open the instance behind uri. parent_title NULL: not entered from
 * a list. -1 and why. */
int top_open(struct top *t, const char *uri, const char *parent_title,
    char *why, size_t size);
void top_close(struct top *t);
/* Use a queue by name; -1 if it is not configured. */
int top_set_queue(struct top *t, const char *name);
/* Ask again for what may have changed. */
void top_refresh(struct top *t);
void top_cycle_queue(struct top *t, int step);
/* Is the job to be shown, with the chosen queue? */
bool top_shows(const struct top *t, const struct top_job *job);

/* snapshot.c: print what there is once, as a JSON object. */
void top_print_json(struct top *t);

/* screen.c */
void screen_draw(const struct top *t);
/* A message over the screen until a key or 4 s. */
void screen_message(const char *text);

double mono_now(void);

#endif
