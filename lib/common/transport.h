/* SPDX-License-Identifier: MIT */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "errmsg.h"

/*
 * From a URI to a connected stream on which messages can flow (protocol of
 * handle.h): "local:///path", "fd://N", "ssh://[user@]host[:port]/path" (runs
 * a relay there through $FLUX_SSH, default ssh).
 */

/* A blocking, close-on-exec descriptor after the handshake; -1 with errno and
 * em: ENOENT, ECONNREFUSED, EINVAL, EPERM. connect is retried as other clients
 * do it, FLUX_LOCAL_CONNECTOR_RETRY_COUNT times (default 5). */
int transport_open(const char *uri, struct errmsg *em);

#endif
