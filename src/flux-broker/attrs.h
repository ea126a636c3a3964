/* SPDX-License-Identifier: MIT */
#ifndef ATTRS_H
#define ATTRS_H

struct attrs;

/* Broker attributes: names to text values (flux-broker-attributes(7)). */
enum attr_flag {
	ATTR_IMMUTABLE = 1, /* clients may cache it */
	ATTR_SETTABLE = 2,  /* attr.set may change it */
};

/* Value, belongs to attrs until set again; NULL if unset. */
const char *attrs_get(const struct attrs *a, const char *name);
/* value NULL unsets. -1 with ENOMEM. */
int attrs_set(struct attrs *a, const char *name, const char *value, int flags);

#endif
