/* SPDX-License-Identifier: MIT */
#ifndef ATTRS_SERVICE_H
#define ATTRS_SERVICE_H

struct attrs;
struct broker;

/* Life cycle of attrs.h, for the broker's main file. */
struct attrs *attrs_create(void);
void attrs_destroy(struct attrs *a);
int attrs_register(struct broker *b);

#endif
