/* SPDX-License-Identifier: MIT */
/*
 * A batch of changes to the store's file, collected by the loop, written by
 * the thread: two buffers that grow, nothing allocated for each change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db-core.h"

struct db_batch *
db_batch_create(void)
{
	return calloc(1, sizeof(struct db_batch));
}

void
db_batch_destroy(struct db_batch *batch)
{
	if (!batch)
		return;
	free(batch->ops);
	free(batch->bytes);
	free(batch);
}

bool
db_batch_is_empty(const struct db_batch *batch)
{
	return batch->n == 0;
}

static int
reserve(struct db_batch *batch, size_t bytes)
{
	size_t size = batch->size ? 2 * batch->size : 64;
	void *p;

	if (batch->n == batch->size) {
		p = reallocarray(batch->ops, size, sizeof(*batch->ops));
		if (!p)
			return -1;
		batch->ops = p;
		batch->size = size;
	}
	if (batch->nbytes + bytes <= batch->bytes_size)
		return 0;
	size = 2 * (batch->nbytes + bytes);
	if (!(p = realloc(batch->bytes, size)))
		return -1;
	batch->bytes = p;
	batch->bytes_size = size;
	return 0;
}

static int
add(struct db_batch *batch, struct db_op op, const char *key, const void *text)
{
	op.key_len = key ? strlen(key) : 0;
	if (reserve(batch, op.key_len + op.len) < 0)
		return -1;
	op.at = batch->nbytes;
	if (key)
		memcpy(batch->bytes + op.at, key, op.key_len);
	if (text)
		memcpy(batch->bytes + op.at + op.key_len, text, op.len);
	batch->nbytes += op.key_len + op.len;
	batch->ops[batch->n++] = op;
	return 0;
}

int
db_batch_job(struct db_batch *batch, uint64_t id)
{
	struct db_op op = { .kind = DB_OP_JOB, .id = id };

	return add(batch, op, NULL, NULL);
}

int
db_batch_piece(struct db_batch *batch, uint64_t id, const char *key,
    size_t offset, const char *text, size_t len)
{
	struct db_op op = {
		.kind = DB_OP_PIECE, .id = id, .offset = offset, .len = len
	};

	return add(batch, op, key, text);
}

int
db_batch_clear(struct db_batch *batch, uint64_t id, const char *key)
{
	struct db_op op = { .kind = DB_OP_CLEAR, .id = id };

	return add(batch, op, key, NULL);
}

int
db_batch_summary(struct db_batch *batch, uint64_t id, double t,
    const void *summary, size_t len)
{
	struct db_op op = {
		.kind = DB_OP_SUMMARY, .id = id, .t = t, .len = len
	};

	return add(batch, op, NULL, summary);
}

int
db_batch_remove(struct db_batch *batch, uint64_t id)
{
	struct db_op op = { .kind = DB_OP_REMOVE, .id = id };

	return add(batch, op, NULL, NULL);
}

int
db_batch_meta(struct db_batch *batch, const char *key, const char *text)
{
	struct db_op op = { .kind = DB_OP_META, .len = strlen(text) };

	return add(batch, op, key, text);
}
