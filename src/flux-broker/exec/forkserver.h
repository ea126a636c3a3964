/* SPDX-License-Identifier: MIT */
#ifndef FORKSERVER_H
#define FORKSERVER_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

struct broker;

/*
 * The process that makes shells: `flux-shell --server`, spawned when the first
 * shell is needed, and again should it die. It is small, so its forks are
 * cheap, and it hands the shells that it made the sockets that the broker
 * passes to it. What they say is in shellserver.h.
 */
struct forkserver;

struct forkserver_ops {
	void (*forked)(void *arg, uint64_t id, pid_t pid);
	void (*exited)(void *arg, uint64_t id, int status);
	void (*failed)(void *arg, uint64_t id, int errnum);
	/* It died, and so did all that it made. */
	void (*died)(void *arg);
};

/* Does not spawn yet. NULL with ENOMEM. */
struct forkserver *forkserver_create(
    struct broker *b, const struct forkserver_ops *ops, void *arg);
/* Ends what runs; waits for it a moment. Keeps errno, takes NULL. */
void forkserver_destroy(struct forkserver *fs);

/* Ask for a shell, which gets fd (taken). -1 with errno: the server cannot be
 * run, or ENOMEM. */
int forkserver_launch(struct forkserver *fs, uint64_t id, int fd);
/* Have the server keep an environment (an object of strings) for the shells
 * that are launched next, while the next few others come. Its number, 0 and up;
 * -1: shells must be told it in full. */
int forkserver_environment(struct forkserver *fs, json_t *environment);
void forkserver_kill(struct forkserver *fs, pid_t pid, int signum);

#endif
