/* SPDX-License-Identifier: MIT */
#ifndef GENERIC_H
#define GENERIC_H

struct topic;

/* Methods that every service has: SVC.ping, .stats-get, .stats-clear, .rusage.
 * NULL if the topic is none of them. */
const struct topic *generic_topic(const char *topic);

#endif
