/* SPDX-License-Identifier: MIT */
/*
 * Follow the logs of a job: the requests of RFC 18's watchers as job-info
 * takes them.
 */
#include <errno.h>

#include "joblog.h"

int64_t
joblog_watch(struct handle *h, uint64_t id, const char *path, int flags,
    rpc_f cb, void *arg)
{
	json_t *o = json_pack("{s:I s:s s:i}", "id", (json_int_t)id, "path",
	    path, "flags", flags);

	if (!o) {
		errno = ENOMEM;
		return -1;
	}
	return handle_rpc_new(h, "job-info.eventlog-watch", NODEID_ANY,
	    MSG_STREAMING, o, cb, arg);
}

int
joblog_event(struct event *e, const struct reply *r)
{
	const char *line;

	if (!r->json) {
		errno = ENODATA;
		return -1;
	}
	line = json_string_value(json_object_get(r->json, "event"));
	if (!line || event_decode(e, line) < 0) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

void
joblog_cancel(struct handle *h, uint32_t matchtag)
{
	handle_rpc_new(h, "job-info.eventlog-watch-cancel", NODEID_ANY,
	    MSG_NORESPONSE,
	    json_pack("{s:I}", "matchtag", (json_int_t)matchtag), NULL, NULL);
}
