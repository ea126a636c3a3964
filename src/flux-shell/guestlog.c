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
	json_t *usage = NULL;

	if (key == GUEST_EXEC && sh->ended && sh->info.shell_rank == 0)
		usage = usage_encode(&sh->usage);
	return json_pack("{s:I s:s s:s% s:o*}", "id", (json_int_t)sh->info.id,
	    "key", keys[key], "lines", text, len, "usage", usage);
}

struct batch *
guestlog_create(struct shell *sh)
{
	return batch_create(sh, "exec.log", 0, payload);
}

void
guestlog_finish(struct shell *sh)
{
	sh->ended = true;
	if (sh->info.shell_rank == 0 && sh->usage.is_known &&
	    !batch_has(sh->logs, GUEST_EXEC))
		handle_rpc_new(sh->h, "exec.log", 0, MSG_NORESPONSE,
		    payload(sh, GUEST_EXEC, "", 0), NULL, NULL);
	batch_finish(sh->logs);
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
