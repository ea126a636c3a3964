/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_HELPER_H
#define RESOURCE_HELPER_H

struct broker;

/*
 * A run of flux-topo, the program that asks hwloc, beside the loop: hwloc
 * takes its time and its memory, and neither is to be the broker's.
 */
struct helper;

/* text: what it printed; NULL: it failed, and why says how. The helper is gone
 * when this is called. */
typedef void (*helper_f)(void *arg, const char *text, const char *why);

/* option may be NULL. NULL with errno. */
struct helper *helper_start(
    struct broker *b, const char *option, helper_f done, void *arg);
/* Ends it without a word. Takes NULL. */
void helper_destroy(struct helper *h);

#endif
