/* SPDX-License-Identifier: MIT */
#ifndef USERID_H
#define USERID_H

#include <stdint.h>

/* A user by name or number. 0, or -1 with ENOENT: nobody of that name. "all"
 * is USERID_UNKNOWN (msg.h), which RPCs take for everybody. */
int userid_parse(const char *s, uint32_t *userid);

#endif
