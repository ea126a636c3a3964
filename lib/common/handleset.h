/* SPDX-License-Identifier: MIT */
#ifndef HANDLESET_H
#define HANDLESET_H

#include <stddef.h>

struct handle;

/*
 * Several connections at once.
 */

/* Open the URIs; h[i] is NULL if uris[i] is NULL or cannot be opened. Those
 * that need ssh are opened by some threads at once. */
void handleset_open(char *const *uris, struct handle **h, size_t n);

/* Dispatch all of them until none has an RPC pending. Those that are NULL are
 * skipped; callbacks of a connection that is lost get ECONNRESET. 0, or -1
 * with errno (poll failed, ENOMEM). */
int handleset_run(struct handle **h, size_t n);

#endif
