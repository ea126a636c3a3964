/* SPDX-License-Identifier: MIT */
/*
 * RFC 24 standard I/O. `repeat` stands for identical consecutive data; it is
 * unfolded here, so that nobody else has to know of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "iodata.h"

/* One message never stands for more than this, whatever repeat says. */
#define REPEAT_BYTES_MAX (64u << 20)

static int
decode_data(struct iodata *io, const json_t *data, const char *encoding)
{
	const char *s = json_string_value(data);

	if (!s)
		return -1;
	if (encoding && strcmp(encoding, "base64") == 0) {
		io->data = base64_decode(s, &io->len);
		return io->data ? 0 : -1;
	}
	io->len = json_string_length(data);
	if (!(io->data = malloc(io->len + 1)))
		return -1;
	memcpy(io->data, s, io->len);
	io->data[io->len] = '\0';
	return 0;
}

static int
unfold(struct iodata *io, int repeat)
{
	char *p;

	if (repeat <= 1 || io->len == 0)
		return 0;
	if ((size_t)repeat > REPEAT_BYTES_MAX / io->len)
		return -1;
	if (!(p = malloc(io->len * repeat + 1)))
		return -1;
	for (int i = 0; i < repeat; i++)
		memcpy(p + i * io->len, io->data, io->len);
	free(io->data);
	io->data = p;
	io->len *= repeat;
	p[io->len] = '\0';
	return 0;
}

int
iodata_decode(struct iodata *io, const json_t *o)
{
	const char *encoding = NULL;
	json_t *data = NULL;
	int eof = 0, repeat = 1;

	*io = (struct iodata){ 0 };
	if (json_unpack((json_t *)o, "{s:s s:s s?o s?s s?b s?i}", "stream",
		&io->stream, "rank", &io->rank, "data", &data, "encoding",
		&encoding, "eof", &eof, "repeat", &repeat) < 0)
		goto error;
	io->eof = eof;
	if (data && decode_data(io, data, encoding) < 0)
		goto error;
	if (unfold(io, repeat) < 0)
		goto error;
	return 0;
error:
	iodata_fini(io);
	errno = EPROTO;
	return -1;
}

void
iodata_fini(struct iodata *io)
{
	free(io->data);
	io->data = NULL;
}

static json_t *
encode_base64(const void *data, size_t len)
{
	char *text = base64_encode(data, len);
	json_t *o = text ? json_string(text) : NULL;

	free(text);
	return o;
}

/* Text if the bytes are UTF-8 without NUL, else base64 and a word saying so. */
static int
encode_data(json_t *o, const void *data, size_t len)
{
	json_t *s = NULL;

	if (!memchr(data, '\0', len))
		s = json_stringn(data, len);
	if (s)
		return json_object_set_new(o, "data", s);
	if (json_object_set_new(o, "encoding", json_string("base64")) < 0)
		return -1;
	return json_object_set_new(o, "data", encode_base64(data, len));
}

json_t *
iodata_encode(const char *stream, const char *rank, const void *data,
    size_t len, bool eof)
{
	json_t *o = json_pack("{s:s s:s}", "stream", stream, "rank", rank);

	if (!o)
		goto error;
	if (data && encode_data(o, data, len) < 0)
		goto error;
	if (eof && json_object_set_new(o, "eof", json_true()) < 0)
		goto error;
	return o;
error:
	json_decref(o);
	errno = ENOMEM;
	return NULL;
}
