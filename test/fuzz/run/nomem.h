/* SPDX-License-Identifier: MIT */
#ifndef NOMEM_H
#define NOMEM_H

#include <stdbool.h>

/* Let the n-th allocation from now on fail; 0 = none. */
void nomem_set(unsigned long n);
/* Did it fail since? */
bool nomem_has_failed(void);
/* Can it be made to? */
bool nomem_is_here(void);

#endif
