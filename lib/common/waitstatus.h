/* SPDX-License-Identifier: MIT */
#ifndef WAITSTATUS_H
#define WAITSTATUS_H

#include <stddef.h>

/*
 * The status of a job (event finish) is the wait(2) status of its shells: a
 * task that dies by signal S makes its shell exit 128+S; a shell that dies
 * itself is WIFSIGNALED.
 */

/* The exit code to hand on: exit code, or 128+signal. */
int waitstatus_exit(int status);
/* Why a job failed, in words; returns buf:
 *   task(s) exited with exit code 3 · task(s) Killed · job shell Terminated */
const char *waitstatus_text(char *buf, size_t size, int status);

#endif
