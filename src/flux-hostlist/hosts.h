/* SPDX-License-Identifier: MIT */
#ifndef HOSTS_H
#define HOSTS_H

struct hostlist;

/*
 * What can be made of lists of hosts. All return a new list, and NULL with
 * ENOMEM.
 */

/* a without the hosts of b; one occurrence for each of b. */
struct hostlist *hosts_minus(
    const struct hostlist *a, const struct hostlist *b);
/* The hosts that are in both, in order, each once. */
struct hostlist *hosts_intersect(
    const struct hostlist *a, const struct hostlist *b);
/* The hosts that are in one of both, in order, each once. */
struct hostlist *hosts_xor(const struct hostlist *a, const struct hostlist *b);
/* a without all that are in b. */
struct hostlist *hosts_exclude(
    const struct hostlist *a, const struct hostlist *b);

/*
 * The hosts that a word of the command line stands for: "instance", "local",
 * "avail", "stdin", a job id, a hostlist. A word that is a job id, but of no
 * job, is a host if may_be_host. NULL is not returned: tool_fail.
 */
struct hostlist *source_hosts(const char *word, int may_be_host);

#endif
