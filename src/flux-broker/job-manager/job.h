/* SPDX-License-Identifier: MIT */
#ifndef JOB_H
#define JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

struct broker;
struct jobspec;
struct rset;
struct shared_env;

/* Job states, RFC 21: bits, so that sets of them are masks. */
enum job_state {
	JOB_NEW = 1,
	JOB_DEPEND = 2,
	JOB_PRIORITY = 4,
	JOB_SCHED = 8,
	JOB_RUN = 16,
	JOB_CLEANUP = 32,
	JOB_INACTIVE = 64,
	JOB_PENDING = 14,
	JOB_RUNNING = 48,
	JOB_ACTIVE = 62,
};

enum job_result {
	JOB_COMPLETED = 1,
	JOB_FAILED = 2,
	JOB_CANCELED = 4,
	JOB_TIMEOUT = 8,
};

enum job_flag {
	JOB_DEBUG = 2,
	JOB_WAITABLE = 4,
	JOB_NOVALIDATE = 8,
};

#define JOB_URGENCY_HOLD     0
#define JOB_URGENCY_DEFAULT  16
#define JOB_URGENCY_EXPEDITE 31
#define JOB_PRIORITY_MAX     4294967295u

/*
 * A job as rank 0 knows it. Changed only by job_fold in job-manager/fold.c,
 * from the events in its eventlog; others read. t_* are seconds since the
 * epoch, 0 = not reached.
 */
struct job {
	uint64_t id;
	uint32_t userid;
	int urgency;      /* 0..31 */
	int64_t priority; /* -1 = not yet known */
	int flags;        /* enum job_flag */
	enum job_state state;
	unsigned states; /* mask of all states it has been in */
	double t_submit, t_depend, t_priority, t_sched, t_run, t_cleanup,
	    t_inactive;
	struct jobspec *spec; /* current (updates applied), environment kept
				 until start; NULL once the job is inactive */
	struct shared_env *shared_env; /* that its environment is laid over;
					  until start; NULL if none */
	struct rset *R;                /* NULL before alloc and once inactive */
	json_t *annotations;           /* NULL if none */
	json_t *dependencies;          /* array of strings, NULL if none left */
	int waitstatus;                /* valid if has_waitstatus */
	bool has_waitstatus;
	int64_t maxrss;     /* of its largest process, KB; -1 = unknown */
	double cputime;     /* of all its tasks, s; valid if maxrss is known */
	bool has_resources; /* between alloc and free */
	bool started;       /* event start was seen */
	int perilogs;       /* prologs and epilogs that have not finished */
	bool exception_occurred;
	int exception_severity; /* of the most severe one, the first of equals
				 */
	int exception_status;   /* its wait_status; -1 = none */
	char *exception_type, *exception_note;
	enum job_result result; /* when inactive */
	/* what list needs after spec is gone */
	char *name, *cwd, *queue, *project, *bank;
	int ntasks, ncores, nnodes; /* -1 = unknown */
	double duration, expiration;
	char *ranks, *nodelist; /* NULL before alloc */

	/* not folded from events: what the job manager has asked others for */
	bool alloc_pending; /* the scheduler has it */
	bool exec_asked;    /* it is to be started */
	bool exec_begun;    /* exec_start was called, once alloc was on disk */
	bool terminating;   /* exec_terminate was called */
	bool retiring;      /* its summary is in the store, or on the way */
	bool recalled;      /* back from the store, in no list */

	struct broker *started_by; /* for whom it waits for the store */

	int refs;
	RB_ENTRY(job) by_id;
	TAILQ_ENTRY(job) by_age; /* active: order of submit; inactive: of end */
	/* job-list's own: which of its trees the job is in, and its key there;
	 * the state and the statistics that it was counted in */
	RB_ENTRY(job) by_order;
	double order;
	int list;
	enum job_state counted;
	void *counted_in;
	void *depend; /* job-manager/depend.c's own */
	void *wait;   /* job-manager/wait.c's own */
	void *sched;  /* sched/'s own */
	void *exec;   /* exec/'s own */
};

#endif
