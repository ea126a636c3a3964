/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outqueue.h"

enum { KEEP_SIZE = 1 << 18 };

static int
make_room(struct outqueue *q, size_t len)
{
	size_t size = q->len + len;
	char *p;

	if (size <= q->size)
		return 0;
	if (q->off > 0 && q->off >= q->len / 2) {
		q->len -= q->off;
		memmove(q->buf, q->buf + q->off, q->len);
		q->off = 0;
		return make_room(q, len);
	}
	size += size < (1 << 20) ? size : size / 2;
	if (!(p = realloc(q->buf, size)))
		return -1;
	q->buf = p;
	q->size = size;
	return 0;
}

int
outqueue_add(struct outqueue *q, const void *data, size_t len)
{
	if (make_room(q, len) < 0)
		return -1;
	memcpy(q->buf + q->len, data, len);
	q->len += len;
	return 0;
}

/* A pipe takes no flags; who writes to one ignores SIGPIPE. */
static ssize_t
write_some(int fd, const char *buf, size_t len)
{
	ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

	return n < 0 && errno == ENOTSOCK ? write(fd, buf, len) : n;
}

int
outqueue_write(struct outqueue *q, int fd)
{
	ssize_t n;

	while (q->off < q->len) {
		n = write_some(fd, q->buf + q->off, q->len - q->off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		q->off += (size_t)n;
	}
	outqueue_clear(q);
	return 1;
}

size_t
outqueue_len(const struct outqueue *q)
{
	return q->len - q->off;
}

void
outqueue_clear(struct outqueue *q)
{
	q->off = q->len = 0;
	if (q->size > KEEP_SIZE)
		outqueue_fini(q);
}

void
outqueue_fini(struct outqueue *q)
{
	free(q->buf);
	*q = (struct outqueue){ 0 };
}
