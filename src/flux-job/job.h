/* SPDX-License-Identifier: MIT */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "fluid.h"
#include "handle.h"
#include "optparse.h"

/*
 * What the subcommands of flux job share. Each is a function that gets its
 * own argv (argv[0] = its name) and returns the exit status.
 */

int cmd_attach(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_cancelall(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);
int cmd_hostpids(int argc, char **argv);
int cmd_id(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_kill(int argc, char **argv);
int cmd_killall(int argc, char **argv);
int cmd_last(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_list_ids(int argc, char **argv);
int cmd_list_inactive(int argc, char **argv);
int cmd_memo(int argc, char **argv);
int cmd_namespace(int argc, char **argv);
int cmd_purge(int argc, char **argv);
int cmd_raise(int argc, char **argv);
int cmd_raiseall(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_submit(int argc, char **argv);
int cmd_taskmap(int argc, char **argv);
int cmd_timeleft(int argc, char **argv);
int cmd_urgency(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_wait_event(int argc, char **argv);

/* A job id in any form; ends the program if s is none. */
uint64_t job_id(const char *s);
/* id as this terminal shows it (static storage, good until the next call). */
const char *job_f58(uint64_t id);

/* Begin with the options of a subcommand: optparse_init, and a usage error is
 * exit status 1 here. */
void job_options(struct optparse *p, int argc, char **argv);
/* Refuse operands outside min..max (max -1 = any number). */
void job_operands(struct optparse *p, int min, int max);
/* The value of the option just returned as a number in lo..hi. */
int job_option_int(const struct optparse *p, int lo, int hi);
/* The value as a duration in seconds. */
double job_option_fsd(const struct optparse *p);

/* Flush stdout and tell whether all of it was written: 0 or 1. */
int job_flush(void);

#endif
