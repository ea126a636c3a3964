/* SPDX-License-Identifier: MIT */
#ifndef HANDLESET_H
#define HANDLESET_H

#include <stddef.h>

struct handle;

/*
 * Several connections at once: dispatch all of them until none has an RPC
 * pending. Those that are NULL are skipped; callbacks of a connection that is
 * lost get ECONNRESET. 0, or -1 with errno (poll failed, ENOMEM).
 */
int handleset_run(struct handle **h, size_t n);

#endif
