/* SPDX-License-Identifier: MIT */
/* For cppcheck, which reads no system headers: macros that shape the code. */
#include "../../../../usr/include/bsd/sys/queue.h"
#include "../../../../usr/include/bsd/sys/tree.h"
#define json_array_foreach(a, i, v) \
	for (i = 0; i < json_array_size(a) && (v = json_array_get(a, i)); i++)
#define json_object_foreach(o, k, v)                                     \
	for (k = json_object_first(o); k && (v = json_object_get(o, k)); \
	     k = json_object_after(o, k))
#define PRId64 "ld"
#define PRIu64 "lu"
