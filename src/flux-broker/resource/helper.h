/* SPDX-License-Identifier: MIT */
#ifndef RESOURCE_HELPER_H
#define RESOURCE_HELPER_H

struct broker;

/*
 * A program that is asked something and answers on stdout, beside the loop.
 * Mostly flux-topo, which asks hwloc: that takes its time and its memory, and
 * neither is to be the broker's.
 */
struct helper;

/* text: what it printed; NULL: it failed, and why says how. The helper is gone
 * when this is called. */
typedef void (*helper_f)(void *arg, const char *text, const char *why);

/* flux-topo; option may be NULL. NULL with errno. */
struct helper *helper_start(
    struct broker *b, const char *option, helper_f done, void *arg);
/* Any program, found in PATH. What it says on stderr is the reason if it
 * fails. NULL with errno. */
struct helper *helper_run(
    struct broker *b, const char *const argv[], helper_f done, void *arg);
/* Ends it without a word. Takes NULL. */
void helper_destroy(struct helper *h);

#endif
