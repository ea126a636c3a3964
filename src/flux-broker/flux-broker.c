/* SPDX-License-Identifier: MIT */
/*
 * One broker of an instance: reads its options, bootstraps, creates its parts,
 * and runs the loop until the life cycle has ended.
 */
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <ev.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "attrs-service.h"
#include "attrs.h"
#include "bootstrap.h"
#include "broker-topics.h"
#include "broker.h"
#include "config.h"
#include "events-service.h"
#include "groups.h"
#include "health.h"
#include "lifecycle-core.h"
#include "local-client.h"
#include "log-service.h"
#include "log.h"
#include "options.h"
#include "optparse.h"
#include "orphans.h"
#include "overlay-core.h"
#include "parent-core.h"
#include "router.h"
#include "rundir.h"
#include "services.h"

static void
raise_limits(void)
{
	struct rlimit rl;

	/* each client and each shell needs a descriptor */
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

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

static void
destroy(struct broker *b)
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

static void
signal_cb(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)loop;
	(void)revents;
	lifecycle_signal(w->data, w->signum);
}

static void
watch_signals(struct broker *b, ev_signal *watchers)
{
	static const int signums[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGALRM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof(signums) / sizeof(*signums); i++) {
		ev_signal_init(&watchers[i], signal_cb, signums[i]);
		watchers[i].data = b;
		ev_signal_start(b->loop, &watchers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
}

/* What the initial program left in the background. A job's shell has put us
 * at the head of a process group, with nobody else in it. */
static void
hang_up(bool is_job)
{
	if (is_job && getpgrp() == getpid()) {
		signal(SIGHUP, SIG_IGN);
		kill(0, SIGHUP);
	}
	orphans_end();
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [INITIAL-PROGRAM [ARGS...]]",
		.summary = "a broker of a Flux instance",
		.example = "flux broker sh -c 'flux resource info'",
		.opts = broker_options,
		.stop_at_first = true,
	};
	struct broker b = { .owner = getuid() };
	ev_signal watchers[8];
	struct timespec now;
	bool is_job;
	int code;

	setlocale(LC_ALL, "");
	setprogname("flux-broker");
	clock_gettime(CLOCK_REALTIME, &now);
	b.t_start = now.tv_sec + now.tv_nsec / 1e9;
	raise_limits();
	orphans_adopt();
	if (!(b.loop = ev_default_loop(EVFLAG_AUTO)) ||
	    !(b.attrs = attrs_create()) || !(b.log = log_create(&b)))
		err(1, NULL);
	options_read(&b, &p, argc, argv);
	watch_signals(&b, watchers);
	create_core(&b);
	create_services(&b);
	lifecycle_start(&b, p.operands);
	ev_run(b.loop, 0);
	code = lifecycle_exit_code(&b);
	is_job = attrs_get(b.attrs, "jobid") != NULL;
	destroy(&b);
	optparse_fini(&p);
	hang_up(is_job);
	return code;
}
