/* SPDX-License-Identifier: MIT */
#ifndef FIELDS_H
#define FIELDS_H

#include <jansson.h>

#include "args.h"

/*
 * Options with a small language of their own, as the jobspec wants them. All
 * exit with a reason. New references; NULL = not given.
 */

/* -t: seconds; bare numbers are minutes. 0 = none. */
json_t *field_duration(const struct args *a);
/* --signal: {"signum":10,"timeleft":60} */
json_t *field_signal(const struct args *a);
/* --taskmap: {"scheme":"cyclic","value":""} */
json_t *field_taskmap(const struct args *a);
/* --dependency and --begin-time: an array */
json_t *field_dependencies(const struct args *a);
/* --requires: an RFC 31 object */
json_t *field_constraints(const struct args *a);
/* --retry: {"max":3} */
json_t *field_retry(const struct args *a);
/* Of the request, not of the jobspec. */
int field_urgency(const struct args *a);
int field_flags(const struct args *a);

#endif
