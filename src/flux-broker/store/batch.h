/* SPDX-License-Identifier: MIT */
#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

/* What db.c and batch.c share: the operations of one transaction. The bytes of
 * all are in one buffer, as key and text, one after the other. */
enum db_op_kind {
	DB_OP_JOB,
	DB_OP_PIECE,
	DB_OP_CLEAR,
	DB_OP_SUMMARY,
	DB_OP_REMOVE,
	DB_OP_META,
};

struct db_op {
	enum db_op_kind kind;
	uint64_t id;
	size_t offset; /* of the piece in its text */
	double t;
	size_t at, key_len, len; /* in the buffer */
};

struct db_batch {
	struct db_op *ops;
	size_t n, size;
	char *bytes;
	size_t nbytes, bytes_size;
};

#endif
