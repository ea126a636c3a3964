/* SPDX-License-Identifier: MIT */
#ifndef LIST_H
#define LIST_H

#include <ev.h>
#include <stddef.h>
#include <sys/queue.h>

#include "../broker.h"
#include "../job-manager/job-manager.h"
#include "../job-manager/job.h"
#include "../service.h"
#include "errmsg.h"
#include "textbuf.h"

/*
 * What the files of job-list share:
 *   order.c   jobs in the order of lists     attrs.c   a job as JSON
 *   match.c   constraints                    stats.c   job-stats
 *   id.c      list-id, which can wait        listing.c list
 *   list.c    the service
 */
RB_HEAD(order_tree, job);

enum list_kind { LIST_NONE, LIST_PENDING, LIST_RUNNING, LIST_INACTIVE };

struct job_list {
	struct broker *b;
	struct order_tree trees[LIST_INACTIVE + 1];
	size_t counts[LIST_INACTIVE + 1];
	struct stats_all *stats;
	struct id_waits *waits;
	TAILQ_HEAD(, listing) listings; /* being sent */
	struct ev_timer sender;
};

/* -- order.c ------------------------------------------------------------ */
void order_init(struct job_list *jl);
/* Put the job where it belongs by now. */
void order_update(struct job_list *jl, struct job *job);
void order_remove(struct job_list *jl, struct job *job);
struct job *order_first(struct job_list *jl, enum list_kind kind);
struct job *order_next(struct job *job);

/* -- attrs.c ------------------------------------------------------------ */
/* Attributes that a list asks for, as indices into the table, in the order of
 * the request. */
struct attrs_wanted {
	int n;
	int index[64];
};
/* -1 with EINVAL and em: `bad is not a valid attribute`. */
int attrs_parse(struct attrs_wanted *w, const json_t *names, struct errmsg *em);
json_t *attrs_names(void);
/* The job as an object: its id and what is known of the wanted ones. */
void attrs_add(
    struct textbuf *b, const struct attrs_wanted *w, const struct job *job);

/* -- match.c ------------------------------------------------------------ */
struct match;
/* Compile a constraint (NULL = matches all). NULL with em. */
struct match *match_create(const json_t *constraint, struct errmsg *em);
void match_destroy(struct match *m);
bool match_test(const struct match *m, const struct job *job);
/* States that a job must be in to match: others need not be looked at. */
int match_states(const struct match *m);

/* -- stats.c ------------------------------------------------------------ */
int stats_create(struct job_list *jl);
void stats_destroy(struct job_list *jl);
void stats_update(struct job_list *jl, struct job *job);
void stats_purge(struct job_list *jl, struct job *job);
void stats_disconnect(struct job_list *jl, const char *sender);
int stats_nwatchers(const struct job_list *jl);
int list_job_stats_request(void *ctx, struct request *req, struct answer *an);

/* -- id.c --------------------------------------------------------------- */
int id_create(struct job_list *jl);
void id_destroy(struct job_list *jl);
void id_update(struct job_list *jl, struct job *job);
void id_disconnect(struct job_list *jl, const char *sender);
int id_nwaits(const struct job_list *jl);
int list_id_request(void *ctx, struct request *req, struct answer *an);

/* -- listing.c ---------------------------------------------------------- */
void listing_init(struct job_list *jl);
void listing_destroy_all(struct job_list *jl);
void listing_disconnect(struct job_list *jl, const char *sender);
int list_list_request(void *ctx, struct request *req, struct answer *an);

/* -- list.c ------------------------------------------------------------- */
/* json_unpack_ex of the payload; what does not fit is said in em:
 * `invalid payload: Object item not found: attrs`. -1 with EPROTO. */
int list_unpack(struct request *req, struct errmsg *em, const char *fmt, ...);
/* -1 with EPROTO and em: `invalid payload: WHY`. */
int list_invalid(struct errmsg *em, const char *why);
/* May the requester see jobs of others? (access.private-mode) */
bool list_may_see_all(struct request *req);

#endif
