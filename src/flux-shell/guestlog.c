/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "eventlog.h"
#include "guestlog.h"
#include "shell.h"

static const char *const keys[] = {
	[GUEST_OUTPUT] = "guest.output",
	[GUEST_EXEC] = "guest.exec.eventlog",
	[GUEST_INPUT] = "guest.input",
};

static json_t *
payload(struct shell *sh, int key, const char *text, size_t len)
{
	return json_pack("{s:I s:s s:s%}", "id", (json_int_t)sh->info.id, "key",
	    keys[key], "lines", text, len);
}

struct batch *
guestlog_create(struct shell *sh)
{
	return batch_create(sh, "exec.log", 0, payload);
}

void
guestlog_event(
    struct shell *sh, enum guest_key key, const char *name, json_t *context_new)
{
	char *line = event_encode(0, name, context_new);

	json_decref(context_new);
	if (line)
		batch_append(sh->logs, key, line, strlen(line));
	else
		warn("job %s: event %s", sh->info.f58, name);
	free(line);
}
