/* SPDX-License-Identifier: MIT */
/* An event is written as the same event. */
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *line;
	struct event e, again;

	if (event_decode(&e, text) == 0) {
		line = event_encode(e.timestamp, e.name, e.context);
		must(line && strchr(line, '\n') == line + strlen(line) - 1);
		must(event_decode(&again, line) == 0);
		must(strcmp(e.name, again.name) == 0);
		must(e.timestamp == 0 || e.timestamp == again.timestamp);
		event_fini(&again);
		event_fini(&e);
		free(line);
	}
	free(text);
	return 0;
}
