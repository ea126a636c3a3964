/* SPDX-License-Identifier: MIT */
#ifndef IODATA_H
#define IODATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * RFC 24 standard I/O on the wire and in logs:
 *     {"stream":"stdout","rank":"0","data":"out\n"}
 *     {"stream":"stdout","rank":"0","encoding":"base64","data":"/4A="}
 *     {"stream":"stdin","rank":"all","eof":true}
 * Bytes that are not UTF-8 (or hold a NUL) travel as base64.
 */
struct iodata {
	const char *stream; /* borrowed from the object */
	const char *rank;   /* borrowed: task rank, idset or "all" */
	char *data;         /* owned; NUL after len bytes; NULL if none */
	size_t len;
	bool eof;
};

/* 0, or -1 with EPROTO. The object must outlive io. */
int iodata_decode(struct iodata *io, const json_t *o);
void iodata_fini(struct iodata *io);

/* New reference; NULL with ENOMEM. data may be NULL (then len is 0 and only
 * eof is said). */
json_t *iodata_encode(const char *stream, const char *rank, const void *data,
    size_t len, bool eof);

#endif
