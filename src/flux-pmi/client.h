/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_H
#define CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "errmsg.h"
#include "pmi.h"

/*
 * A PMI client by one of several methods: "simple", the socket PMI_FD, and
 * "single", a program that was started alone. With trace, each operation is
 * told on stderr. Functions end the program with a message when they fail.
 */
struct client {
	const char *method; /* of those in use, a static string */
	int rank, size;
	char name[64]; /* of the job, "0" if there is none */
	bool trace;
	struct pmi_client wire; /* simple */
	json_t *kvs;            /* single */
};

/* The first of the methods, blank-separated, that works. */
void client_init(struct client *c, const char *methods);
void client_barrier(struct client *c);
void client_put(struct client *c, const char *key, const char *value);
/* The value, in buf. */
void client_get(struct client *c, const char *key, char *buf, size_t size);
void client_abort(struct client *c, const char *text) __attribute__((noreturn));
void client_finalize(struct client *c);

#endif
