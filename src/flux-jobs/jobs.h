/* SPDX-License-Identifier: MIT */
#ifndef JOBS_H
#define JOBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "format.h"
#include "handle.h"
#include "jobinfo.h"
#include "jobquery.h"

/* What the user asked for. */
struct options {
	struct jobquery query; /* max_entries: one more than count */
	bool all, has_filter, has_count;
	int count; /* 0 = all */
	const char *format, *sort;
	int width; /* code points; -1 = as long as it gets */
	bool no_header, json, color, stats, stats_only, from_stdin;
	bool recursive, recurse_all;
	double watch; /* s, draw again after; 0 = list once */
	int level;    /* how deep -R goes; -1 = all the way */
	char **jobs;  /* operands; NULL ends them */
};

/* Parse the arguments; prints and exits on usage errors and --help. */
void options_parse(struct options *o, int argc, char **argv);

/* What is the same for all instances that are listed. */
struct query {
	const struct options *opts;
	struct format *format;
	struct jobinfo_shared *shared;
	json_t *attrs;   /* of job-list requests */
	json_t *request; /* payload of job-list.list */
	json_t *past;    /* the same for instances that have ended */
	bool wants_instance;
};

struct listing;
typedef void (*each_f)(struct listing *l, struct jobinfo *j);

/* The jobs of one instance. */
struct listing {
	const struct query *query;
	struct jobinfo **jobs;
	size_t njobs, size;
	/* Called for each job as it comes, instead of keeping it; or NULL. */
	each_f each;
	size_t nseen;
	bool is_truncated;
	int errnum; /* of the request; 0 = it worked */
	struct errmsg why;
	int depth; /* 0 = the top */
	/* inside an instance that has ended: the job whose history it is, and
	 * the ids inside that; 0 = it runs */
	uint64_t past_id;
	char *past_path;
	json_int_t cut;    /* jobs that its history lacks */
	struct past *past; /* instances among the jobs that have ended */
	size_t npast;
};

void listing_init(struct listing *l, const struct query *q);
void listing_fini(struct listing *l);
/* An answer to a request for jobs, arg is the listing. */
void listing_reply(struct handle *h, const struct reply *r, void *arg);
/* Send the request; l fills while h is run. */
void listing_request(struct listing *l, struct handle *h);
/* Ask for the given jobs and wait for all; unknown ones are told on stderr.
 * The number of those found. */
size_t listing_ids(struct listing *l, struct handle *h, char **ids);
/* Objects, one a line; exits on errors. */
void listing_stdin(struct listing *l);

/* An instance among the jobs of a listing. */
struct child {
	struct jobinfo *job; /* borrowed */
	bool is_reached;     /* it could be connected to */
	bool recurse;        /* listing and stats were asked for */
	bool is_past;        /* it has ended, the listing is its history */
	struct listing listing;
	json_t *stats;
};

/* Ask the instances in a listing (all at once) for what the format and -R
 * need. depth 0 = this is the top. Array of n; free with children_free. */
struct child *children_ask(struct listing *l, int depth, size_t *n);
void children_free(struct child *c, size_t n);
/* Are the jobs of this instance wanted, too? */
bool wants_recursion(const struct query *q, const struct jobinfo *j, int depth);

/* An instance among the jobs of a listing that has ended. */
struct past {
	struct jobinfo *job; /* borrowed */
	struct listing listing;
};

/* All jobs of the listing are there: ask for what ran inside those that were
 * instances. */
void past_request(struct listing *l, struct handle *h);
/* Is the child one of these? It gets its listing then. */
bool past_take(struct listing *l, struct child *c);
void past_free(struct listing *l);
/* Say what is not known of it. */
void past_note(const struct child *c, const char *path);

/* Print. Each exits if stdout fails or a value does not suit its format. */
void show_header(const struct query *q);
void show_job(const struct query *q, const struct jobinfo *j);
void show_truncation(const struct listing *l);
/* All jobs, their instances if -R; fits the columns if this is the top. */
void show_listing(struct listing *l, const char *path, int depth);
void show_json(struct listing *l);
/* The same one by one, for jobs that are not kept. */
void show_json_job(const struct jobinfo *j, bool is_first);
void show_json_end(size_t n);

/* List again and again, by list; ends with the program. */
typedef int (*list_f)(const struct query *q, struct handle *h);
void watch_jobs(struct query *q, struct options *o, list_f list);

/* The statistics of the instance behind h (new reference); exits on errors. */
json_t *stats_get(const struct options *o, struct handle *h);
void stats_print(const json_t *stats, bool with_purged);

#endif
