/* SPDX-License-Identifier: MIT */
#ifndef WHY_H
#define WHY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handle.h"
#include "jobpath.h"

/*
 * What the parts of flux why share. What is found out about a job is put
 * together as one JSON object, the report, of the form in flux-why(1): --json
 * prints it, text is made from it.
 */
struct instance;

struct why {
	struct handle *h;
	double now;            /* seconds since the epoch */
	struct instance *inst; /* asked for when first needed */
};

/* One operand. */
struct job {
	const char *arg;
	struct jobpath path; /* where to ask; h is borrowed */
	uint64_t id;
	json_t *info;   /* as job-list tells it; NULL = see errnum */
	json_t *spec;   /* jobspec; NULL = we may not read it */
	json_t *events; /* array of entries of its eventlog; may be empty */
	int errnum;     /* 0, or why info is NULL */
	char *error;    /* text of it */
	json_t *report; /* object */
};

/* Run what is pending on the connection. */
void run(struct why *w);
/* Send a request, and keep a reference to its answer in *out: NULL if it
 * failed. Takes in. */
void ask(struct why *w, const char *topic, uint32_t nodeid, json_t *in,
    json_t **out);
/* job-info.lookup of one key, decoded and with updates. */
void ask_key(struct why *w, uint64_t id, const char *key, json_t **out);

/* The same of a job, wherever it is. */
void ask_job_key(const struct job *j, const char *key, json_t **out);

/* pending.c, ended.c: fill the report. */
void report_pending(struct why *w, struct job *j);
void report_ended(struct why *w, struct job *j);

/* The entries of an eventlog, which may be NULL (new array). */
json_t *decode_events(const char *text);

/* rerun.c: the command line that submits the job again (malloc'd); NULL if
 * there is no jobspec. */
char *rerun_command(const struct job *j);

/* show.c: print a report as text. */
void show(const json_t *report, double now);

/* ---- text.c: words ---- */

/* Text as a JSON string, made as printf does. */
json_t *textf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The id as this terminal shows it (JSON string). */
json_t *id_text(uint64_t id);
/* The name of a user, or the number (JSON string). */
json_t *user_text(int64_t userid);
/* A time span: "<1s", "42s", "5m14s", "3h05m", "2d04h". Returns buf. */
char *span_text(char *buf, size_t size, double seconds);
/* A moment: "15:30:12", with the date if it is another day. Returns buf. */
char *clock_text(char *buf, size_t size, double t, double now);
/* NULL if there is none, or it is no string. */
const char *get_text(const json_t *o, const char *key);
/* 0 if there is none. */
double get_number(const json_t *o, const char *key);
int64_t get_int(const json_t *o, const char *key);

#endif
