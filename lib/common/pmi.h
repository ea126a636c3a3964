/* SPDX-License-Identifier: MIT */
#ifndef PMI_H
#define PMI_H

#include <stddef.h>
#include <stdio.h>

#include "errmsg.h"

/*
 * PMI-1 wire protocol, RFC 13. Client: what a broker uses to bootstrap, with
 * blocking calls on PMI_FD.
 */
struct pmi_client {
	int fd;
	int rank, size;
	char kvsname[64];
	char buf[2048]; /* unread input */
	size_t len;
	FILE *record; /* gets all that the server says; NULL = none */
};

/* init, get_maxes, get_my_kvsname. c is zero but for record. 0, or -1 with
 * em. */
int pmi_client_init(
    struct pmi_client *c, int fd, int rank, int size, struct errmsg *em);
int pmi_client_put(struct pmi_client *c, const char *key, const char *value,
    struct errmsg *em);
/* 0 and the value; 1 = no such key; -1 with em. */
int pmi_client_get(struct pmi_client *c, const char *key, char *value,
    size_t size, struct errmsg *em);
int pmi_client_barrier(struct pmi_client *c, struct errmsg *em);
/* Have all tasks ended; the text is the reason. There is no answer. */
int pmi_client_abort(
    struct pmi_client *c, int exitcode, const char *text, struct errmsg *em);
int pmi_client_finalize(struct pmi_client *c, struct errmsg *em);

/*
 * Server: one for all local clients of flux start or a flux-shell; no I/O of
 * its own. Feed it a line of client i, it calls back.
 */
struct pmi_server;

struct pmi_server_ops {
	/* Send a line (newline included) to local client i. */
	void (*respond)(void *arg, int i, const char *line);
	/* All local clients are in the barrier. `puts` = the keys put since
	 * the last one, as a JSON object text (borrowed). The owner exchanges
	 * it with its peers, then calls pmi_server_barrier_out. */
	void (*barrier)(void *arg, const char *puts);
	/* cmd=abort, or a protocol error (exitcode 1). */
	void (*abort)(void *arg, int i, int exitcode, const char *text);
	/* Client i asked for what is not offered, and was told so; what =
	 * "spawn". May be NULL. */
	void (*refused)(void *arg, int i, const char *what);
};

struct pmi_server *pmi_server_create(int nlocal, int size, const char *kvsname,
    const struct pmi_server_ops *ops, void *arg);
void pmi_server_destroy(struct pmi_server *s);
/* Preset key, visible at once. */
int pmi_server_preset(struct pmi_server *s, const char *key, const char *value);
/* One line without newline from client i. 1 = finalized, close it. */
int pmi_server_line(struct pmi_server *s, int i, const char *line);
/* Merge the puts of all (JSON object text) and release the clients. */
int pmi_server_barrier_out(struct pmi_server *s, const char *puts);

#endif
