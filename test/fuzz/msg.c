/* SPDX-License-Identifier: MIT */
/*
 * A message is written as the same bytes' meaning, and a stream is cut into
 * the same messages however it arrives.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "msg.h"

static void
same_text(const char *a, const char *b)
{
	must(!a == !b && (!a || strcmp(a, b) == 0));
}

static void
try_message(const uint8_t *data, size_t size)
{
	struct msg *m = msg_decode(data, size), *again;
	size_t len;
	char *bytes;

	if (!m)
		return;
	bytes = msg_encode(m, &len);
	again = bytes ? msg_decode(bytes, len) : NULL;
	must(again && again->type == m->type && again->flags == m->flags);
	must(again->aux1 == m->aux1 && again->matchtag == m->matchtag);
	must(again->nroutes == m->nroutes);
	must(again->payload_len == m->payload_len);
	same_text(m->topic, again->topic);
	same_text(msg_sender(m), msg_sender(again));
	json_decref(msg_get_json(m));
	msg_get_text(m);
	while (m->nroutes > 0)
		msg_route_pop(m);
	free(bytes);
	msg_unref(again);
	msg_unref(m);
}

/* Feed `step` bytes at a time; the number of messages, or -1. */
static int
count_messages(const uint8_t *data, size_t size, size_t step)
{
	struct msg_reader r;
	struct msg *m;
	int count = 0;
	size_t i, n;

	msg_reader_init(&r);
	for (i = 0; i < size && count >= 0; i += n) {
		n = size - i < step ? size - i : step;
		if (msg_reader_feed(&r, data + i, n) < 0)
			break;
		errno = 0;
		while ((m = msg_reader_next(&r))) {
			msg_unref(m);
			count++;
		}
		if (errno == EPROTO)
			count = -1;
	}
	msg_reader_fini(&r);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_message(data, size);
	if (size > 8)
		try_message(data + 8, size - 8);
	must(count_messages(data, size, size + 1) ==
	     count_messages(data, size, 1));
	return 0;
}
