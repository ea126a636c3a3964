/* SPDX-License-Identifier: MIT */
#ifndef TOPO_H
#define TOPO_H

struct broker;

/* A run of the helper program flux-topo. */
struct topo;

/* What it printed; NULL if it failed. The run is over and freed then. */
typedef void (*topo_f)(void *arg, const char *text);

/* Start it with an option (NULL = none). NULL with errno. */
struct topo *topo_run(
    struct broker *b, const char *option, topo_f cb, void *arg);
/* Give it up: no callback. Takes NULL. */
void topo_stop(struct topo *t);

#endif
