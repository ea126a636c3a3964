/* SPDX-License-Identifier: MIT */
/*
 * One table of methods. The broker lets anyone send to a registered service;
 * here only the owner of the instance and the user of the job are heard.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input.h"
#include "output.h"
#include "pmi_service.h"
#include "proctable.h"
#include "pty.h"
#include "rexec.h"
#include "service.h"
#include "shell.h"
#include "taskexit.h"

static const struct {
	const char *name;
	void (*handle)(struct shell *sh, const struct msg *m);
} methods[] = {
	{ "stdin", input_stdin_request },         /* users, to the leader */
	{ "input", input_forward_request },       /* the leader */
	{ "write", output_write_request },        /* to the leader */
	{ "task-exit", taskexit_request },        /* to the leader */
	{ "done", taskexit_done_request },        /* to the leader */
	{ "pmi-exchange", pmi_exchange_request }, /* to the parent shell */
	{ "proctable", proctable_request },       /* debuggers */
	{ "pids", proctable_pids_request },       /* the leader */
	{ "terminus.disconnect", pty_disconnect_request },
};

void
service_reply(struct shell *sh, const struct msg *m, const json_t *o)
{
	struct msg *r;

	if (m->flags & MSG_NORESPONSE)
		return;
	if ((r = msg_response(m, o)))
		handle_send(sh->h, r);
	msg_unref(r);
}

void
service_error(
    struct shell *sh, const struct msg *m, int errnum, const char *text)
{
	struct msg *r;

	if (m->flags & MSG_NORESPONSE)
		return;
	if ((r = msg_response_error(m, errnum, text)))
		handle_send(sh->h, r);
	msg_unref(r);
}

static void
unknown_method(struct shell *sh, const struct msg *m)
{
	char text[256];

	snprintf(text, sizeof(text), "Unknown service method '%s'", m->topic);
	service_error(sh, m, ENOSYS, text);
}

static void
on_request(struct handle *h, struct msg *m, void *arg)
{
	struct shell *sh = arg;
	const char *method = strchr(m->topic, '.');

	(void)h;
	if (!(m->rolemask & ROLE_OWNER) && m->userid != sh->info.userid) {
		service_error(
		    sh, m, EPERM, "Request requires owner credentials");
		return;
	}
	if (!method) {
		unknown_method(sh, m);
		return;
	}
	method++;
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strcmp(methods[i].name, method) == 0) {
			methods[i].handle(sh, m);
			return;
		}
	}
	if (strncmp(method, "terminus.", 9) == 0)
		pty_request(sh, m, method + 9);
	else if (strncmp(method, "rexec.", 6) == 0)
		rexec_request(sh, m, method + 6);
	else
		unknown_method(sh, m);
}

/* Who asks before the job's eventlog says that we are here. */
static void
on_early_request(struct handle *h, struct msg *m, void *arg)
{
	(void)h;
	service_error(arg, m, ENOSYS, "the shell is not ready yet");
}

void
service_expect(struct shell *sh)
{
	handle_set_request(sh->h, on_early_request, sh);
}

void
service_init(struct shell *sh)
{
	handle_set_request(sh->h, on_request, sh);
}

void
service_send(
    struct shell *sh, int shell_rank, const char *method, json_t *payload_new)
{
	char topic[128];

	snprintf(topic, sizeof(topic), "%s.%s", sh->info.service, method);
	if (handle_rpc_new(sh->h, topic,
		info_broker_rank(&sh->info, shell_rank), MSG_NORESPONSE,
		payload_new, NULL, NULL) < 0)
		warn("job %s: %s", sh->info.f58, topic);
}
