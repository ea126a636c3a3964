/* SPDX-License-Identifier: MIT */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "errmsg.h"

struct seal_keys;

/*
 * A certificate as flux-core's keygen and the flux-operator write it: a file
 * with a key pair, each 40 letters of Z85 (ZeroMQ RFC 32):
 *
 *     curve
 *         public-key = "..."
 *         secret-key = "..."
 *
 * -1 with em: it cannot be read, others may write it, a key is missing, or the
 * two do not belong together.
 */
int certificate_read(
    struct seal_keys *keys, const char *path, struct errmsg *em);

#endif
