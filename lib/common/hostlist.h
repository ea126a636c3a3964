/* SPDX-License-Identifier: MIT */
#ifndef HOSTLIST_H
#define HOSTLIST_H

#include <stddef.h>

struct idset;

/*
 * RFC 29 hostlists: an ordered list of host names, duplicates kept, written
 * as "node[0-3,7],login". Zero padding is part of a number.
 */
struct hostlist;

struct hostlist *hostlist_create(void);
struct hostlist *hostlist_dup(const struct hostlist *hl);
void hostlist_destroy(struct hostlist *hl);
/* NULL with EINVAL if malformed; more than 1 << 20 hosts: ERANGE. */
struct hostlist *hostlist_decode(const char *text);
/* malloc'd text; NULL with ENOMEM. */
char *hostlist_encode(const struct hostlist *hl);
/* Append one host name as it is; or all hosts of a hostlist text. */
int hostlist_append_host(struct hostlist *hl, const char *host);
int hostlist_append(struct hostlist *hl, const char *text);
size_t hostlist_count(const struct hostlist *hl);
/* i-th host, belongs to hl; NULL if out of range. */
const char *hostlist_nth(const struct hostlist *hl, size_t i);
/* Index of the first occurrence, or -1. */
int hostlist_find(const struct hostlist *hl, const char *host);
/* The hosts at the given indices, in index order (new list). */
struct hostlist *hostlist_pick(
    const struct hostlist *hl, const struct idset *indices);
/* Sort by name (numbers by value), drop duplicates; as {nodelist} wants. */
void hostlist_sort(struct hostlist *hl);
void hostlist_uniq(struct hostlist *hl);

#endif
