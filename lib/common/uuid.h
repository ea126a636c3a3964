/* SPDX-License-Identifier: MIT */
#ifndef UUID_H
#define UUID_H

enum { UUID_STRLEN = 36 };

/* A random UUID (RFC 4122, version 4), the route id of one connection. 0, or
 * -1 with errno. */
int uuid_make(char buf[UUID_STRLEN + 1]);

#endif
