/* SPDX-License-Identifier: MIT */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>

#include "msg.h"

struct ev_loop;

/*
 * Messages over a connected stream socket, driven by libev: whole messages
 * come in by a callback, messages go out through a queue that the socket
 * drains. For programs that route many connections (a tool with one
 * connection and RPCs wants handle.h).
 */
struct stream;

struct stream_ops {
	/* A message came; m is borrowed. May close any stream, this one too. */
	void (*msg)(void *arg, struct msg *m);
	/* The peer is gone or sent garbage (errnum EPROTO). The stream is dead
	 * but not freed: call stream_close here or later. */
	void (*lost)(void *arg, int errnum);
};

/* Takes fd (closed by stream_close, also when this fails): nonblocking and
 * close-on-exec are set. fd_out = fd, or another descriptor to write to (a
 * pair of pipes). ops is borrowed. NULL with errno. */
struct stream *stream_open(struct ev_loop *loop, int fd, int fd_out,
    const struct stream_ops *ops, void *arg);
/* Send what is queued as far as the socket takes it now, and free. */
void stream_close(struct stream *s);
/* Queue a message. -1 with ENOMEM, or ECONNRESET on a dead stream. */
int stream_send(struct stream *s, const struct msg *m);
/* Queue bytes as they are (the handshake). */
int stream_send_bytes(struct stream *s, const void *data, size_t len);
/* Give the connection up: ops.lost is called from the loop. */
void stream_abort(struct stream *s);
/* Bytes that wait for the socket. */
size_t stream_backlog(const struct stream *s);
/* While more than this waits for the peer, nothing is read from it: who does
 * not take answers can ask no more. */
void stream_set_patience(struct stream *s, size_t bytes);
/* Stop and resume reading (back-pressure). */
void stream_pause(struct stream *s);
void stream_resume(struct stream *s);

#endif
