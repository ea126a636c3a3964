/* SPDX-License-Identifier: MIT */
#ifndef SIBLING_H
#define SIBLING_H

#include <stddef.h>

/* The path of a program that lies beside the broker's own. -1 with errno
 * (ENAMETOOLONG: it does not fit). */
int sibling_path(char *path, size_t size, const char *program);

#endif
