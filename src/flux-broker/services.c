/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "services.h"

const struct service_entry services[] = {
	{ 0 },
};
