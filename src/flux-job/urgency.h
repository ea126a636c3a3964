/* SPDX-License-Identifier: MIT */
#ifndef URGENCY_H
#define URGENCY_H

/* A number (whose range the broker judges), or hold, default, expedite in any
 * case. 0, or -1: neither. */
int urgency_parse(const char *s, int *urgency);

#endif
