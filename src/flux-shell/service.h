/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_H
#define SERVICE_H

#include <jansson.h>

struct msg;
struct shell;

/*
 * The shell's service USERID-shell-JOBID, which the broker has registered.
 * Users send stdin and attach to terminals; the shells of the job talk among
 * themselves by it.
 */
void service_init(struct shell *sh);
/* Before there is a job: refuse. */
void service_expect(struct shell *sh);

/* Answer a request. o (borrowed) may be NULL. Nothing happens if the request
 * wants no answer. */
void service_reply(struct shell *sh, const struct msg *m, const json_t *o);
/* text NULL: the one of errnum. */
void service_error(
    struct shell *sh, const struct msg *m, int errnum, const char *text);

/* Send a request to shell i of this job (method "write", ...). Takes the
 * payload. No answer is wanted. */
void service_send(
    struct shell *sh, int shell_rank, const char *method, json_t *payload_new);

#endif
