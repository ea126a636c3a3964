/* SPDX-License-Identifier: MIT */
/* Output of tasks is written as the same output. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "iodata.h"

static void
try_again(const struct iodata *io)
{
	struct iodata again;
	json_t *o =
	    iodata_encode(io->stream, io->rank, io->data, io->len, io->eof);

	must(o && iodata_decode(&again, o) == 0);
	must(again.len == io->len && again.eof == io->eof);
	must(io->len == 0 || memcmp(again.data, io->data, io->len) == 0);
	must(strcmp(again.stream, io->stream) == 0);
	iodata_fini(&again);
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = fuzz_json(data, size);
	struct iodata io;

	if (o && iodata_decode(&io, o) == 0) {
		must(io.stream && io.rank);
		must(!io.data || io.data[io.len] == '\0');
		if (io.data || io.eof)
			try_again(&io);
		iodata_fini(&io);
	}
	json_decref(o);
	/* any bytes can be output */
	try_again(&(struct iodata){ .stream = "stdout",
	    .rank = "0",
	    .data = (char *)data,
	    .len = size });
	return 0;
}
