/* SPDX-License-Identifier: MIT */
#ifndef GATE_H
#define GATE_H

#include <jansson.h>

struct broker;
struct request;

/*
 * Responses that tell events of jobs: with a statedir each goes out when the
 * store has what it tells, so that nobody knows of an event that is lost when
 * the broker is killed. In the order of the calls. As the functions of
 * service.h otherwise.
 */
void gate_respond_raw(
    struct broker *b, struct request *req, const char *json_text);
void gate_respond_new(
    struct broker *b, struct request *req, json_t *payload_new);
void gate_fail(struct broker *b, struct request *req, int errnum);

#endif
