/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_TIMELEFT_H
#define RESOURCE_TIMELEFT_H

/* What squeue -o %L prints, a line: [[DAYS-]HOURS:]MINUTES:SECONDS, or
 * UNLIMITED, which is infinity. -1: neither. */
int timeleft_parse(const char *text, double *seconds);

#endif
