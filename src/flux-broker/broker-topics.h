/* SPDX-License-Identifier: MIT */
#ifndef BROKER_TOPICS_H
#define BROKER_TOPICS_H

struct broker;

/* Topics broker.getenv, .setenv, .conf-builtin and module.list. */
int broker_register(struct broker *b);

#endif
