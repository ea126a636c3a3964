/* SPDX-License-Identifier: MIT */
/* The parts of a broker, each after those that it needs. */
#include <err.h>
#include <errno.h>
#include <string.h>

#include "attrs-service.h"
#include "attrs.h"
#include "bootstrap/bootstrap.h"
#include "broker-topics.h"
#include "broker.h"
#include "config.h"
#include "events-service.h"
#include "groups.h"
#include "lifecycle-core.h"
#include "local-client.h"
#include "log-service.h"
#include "options.h"
#include "overlay/health.h"
#include "overlay/overlay-core.h"
#include "parent-core.h"
#include "parts.h"
#include "router.h"
#include "rundir.h"
#include "services.h"

static void
create_core(struct broker *b)
{
	struct errmsg em;

	if (bootstrap(b, &em) < 0)
		options_fatal(b, "%s", em.text);
	if (!(b->router = router_create(b)) || !(b->local = local_create(b)) ||
	    !(b->events = events_create(b)) ||
	    !(b->groups = groups_create(b)) ||
	    !(b->health = health_create(b)) || !(b->life = lifecycle_create(b)))
		err(1, NULL);
	if (attrs_register(b) < 0 || log_register(b) < 0 ||
	    events_register(b) < 0 || lifecycle_register(b) < 0 ||
	    config_register(b) < 0 || broker_register(b) < 0 ||
	    overlay_register(b) < 0 || groups_register(b) < 0)
		options_fatal(b, "registering services: %s", strerror(errno));
	if (parent_open(b, &em) < 0)
		options_fatal(b, "parent instance: %s", em.text);
}

static void
create_services(struct broker *b)
{
	struct errmsg em;

	for (const struct service_entry *s = services; s->name; s++) {
		if (s->rank0_only && b->rank != 0)
			continue;
		if (s->create(b) < 0)
			options_fatal(
			    b, "service %s: %s", s->name, strerror(errno));
	}
	if (local_listen(b->local, &em) < 0)
		options_fatal(b, "%s", em.text);
}

void
parts_create(struct broker *b)
{
	create_core(b);
	create_services(b);
}

static void
destroy_services(struct broker *b)
{
	const struct service_entry *s = services;

	while (s->name)
		s++;
	while (s-- != services)
		if (s->destroy && !(s->rank0_only && b->rank != 0))
			s->destroy(b);
}

void
parts_destroy(struct broker *b)
{
	router_close(b->router);
	destroy_services(b);
	local_destroy(b->local);
	lifecycle_destroy(b->life);
	groups_destroy(b->groups);
	parent_destroy(b->parent);
	health_destroy(b->health);
	overlay_destroy(b->overlay);
	events_destroy(b->events);
	router_destroy(b->router);
	log_destroy(b->log);
	rundir_remove(b);
	waitlist_clear(&b->config_watchers);
	attrs_destroy(b->attrs);
	json_decref(b->config);
	json_decref(b->conf);
}
