/* SPDX-License-Identifier: MIT */
#ifndef JOBINFOIMPL_H
#define JOBINFOIMPL_H

#include "jobinfo.h"

/* What the parts of jobinfo.h know of each other. */

/* "INACTIVE", "I", "💀" for a state; "COMPLETED", "CD", "😀" for a result. */
enum jobname { JOBNAME_LONG, JOBNAME_SHORT, JOBNAME_EMOJI };
/* NULL if there is no such bit. */
const char *jobinfo_state_name(int state, enum jobname form);
const char *jobinfo_result_name(int result, enum jobname form);

double jobinfo_now(const struct jobinfo *j);
/* The URI of a job that has one, local if FLUX_URI_RESOLVE_LOCAL is set
 * (malloc'd). */
char *jobinfo_shown_uri(const struct jobinfo *j);
/* 0 if it never ran. */
double jobinfo_runtime(const struct jobinfo *j);
/* Until the expiration, while it runs; else 0. */
double jobinfo_remaining(const struct jobinfo *j);
/* 0, or -1: not ended. */
int jobinfo_returncode(const struct jobinfo *j, int *code);
/* Number of a key, 0.0 if absent. */
double jobinfo_number(const struct jobinfo *j, const char *key);
/* Text of a key, NULL if absent. */
const char *jobinfo_text(const struct jobinfo *j, const char *key);
/* The user's name, or number as text (malloc'd). */
char *jobinfo_username(const struct jobinfo *j);
/* Dependencies as people read them (new array). NULL with ENOMEM. */
json_t *jobinfo_dependencies(const struct jobinfo *j);
/* Why it ended (malloc'd); "" while active. */
char *jobinfo_reason(const struct jobinfo *j);
/* What can be said about it at this point of its life (malloc'd). */
char *jobinfo_context(const struct jobinfo *j);

#endif
