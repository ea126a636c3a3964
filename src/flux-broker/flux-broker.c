/* SPDX-License-Identifier: MIT */
/*
 * One broker of an instance: reads its options, bootstraps, creates its parts,
 * and runs the loop until the life cycle has ended.
 */
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <ev.h>
#include <fts.h>
#include <limits.h>
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
#include "lifecycle-core.h"
#include "local-client.h"
#include "log-service.h"
#include "log.h"
#include "optparse.h"
#include "overlay-core.h"
#include "parent-core.h"
#include "router.h"
#include "services.h"
#include "uuid.h"
#include "version.h"

static const struct opt options[] = {
	{ "verbose", 'v', "[N]", "say more", 0 },
	{ "setattr", 'S', "ATTR=VAL", "set an attribute", 0 },
	{ "config-path", 'c', "PATH", "directory or file of configuration", 0 },
	{ "conf", 0, "VALUE", "merge into the configuration", 'C' },
	{ 0 },
};

/* Attributes and what they are if -S does not say otherwise; NULL = unset. */
static const struct {
	const char *name, *value;
	int flags;
	bool fixed; /* not for the command line */
} attributes[] = {
	{ "rank", NULL, ATTR_IMMUTABLE, true },
	{ "size", NULL, ATTR_IMMUTABLE, true },
	{ "version", FLUX_VERSION, 0, true },
	{ "security.owner", NULL, ATTR_IMMUTABLE, true },
	{ "parent-uri", NULL, ATTR_IMMUTABLE, true },
	{ "instance-level", NULL, ATTR_IMMUTABLE, true },
	{ "jobid", NULL, ATTR_IMMUTABLE, true },
	{ "jobid-path", NULL, ATTR_IMMUTABLE, true },
	{ "broker.mapping", NULL, ATTR_IMMUTABLE, true },
	{ "broker.pid", NULL, ATTR_IMMUTABLE, true },
	{ "broker.uuid", NULL, ATTR_IMMUTABLE, true },
	{ "broker.starttime", NULL, ATTR_IMMUTABLE, true },
	{ "rundir", NULL, 0, false },
	{ "rundir-cleanup", NULL, ATTR_IMMUTABLE, false },
	{ "statedir", NULL, 0, false },
	{ "statedir-cleanup", NULL, ATTR_IMMUTABLE, false },
	{ "local-uri", NULL, ATTR_IMMUTABLE, false },
	{ "hostlist", NULL, ATTR_IMMUTABLE, false },
	{ "hostname", NULL, ATTR_IMMUTABLE, false },
	{ "config.path", NULL, ATTR_IMMUTABLE, false },
	{ "cron.directory", NULL, 0, false },
	{ "broker.boot-method", NULL, ATTR_IMMUTABLE, false },
	{ "broker.critical-ranks", NULL, ATTR_IMMUTABLE, false },
	{ "broker.quorum", NULL, ATTR_IMMUTABLE, false },
	{ "broker.quorum-warn", "1m", ATTR_IMMUTABLE, false },
	{ "broker.shutdown-warn", "1m", ATTR_IMMUTABLE, false },
	{ "broker.shutdown-timeout", "none", ATTR_IMMUTABLE, false },
	{ "broker.cleanup-timeout", "none", 0, false },
	{ "broker.rc1_path", NULL, 0, false },
	{ "broker.rc3_path", NULL, 0, false },
	{ "broker.rc2_none", NULL, 0, false },
	{ "broker.rc2_pgrp", NULL, 0, false },
	{ "broker.module-nopanic", NULL, ATTR_SETTABLE, false },
	{ "broker.exit-restart", NULL, ATTR_SETTABLE, false },
	{ "broker.exit-norestart", NULL, 0, false },
	{ "broker.sd-notify", NULL, 0, false },
	{ "broker.sd-stop-timeout", NULL, 0, false },
	{ "broker.recovery-mode", NULL, 0, false },
	{ "conf.shell_initrc", NULL, ATTR_SETTABLE, false },
	{ "conf.shell_pluginpath", NULL, ATTR_SETTABLE, false },
	{ "content.dump", NULL, ATTR_SETTABLE, false },
	{ "content.restore", NULL, ATTR_SETTABLE, false },
	{ "content.hash", "sha1", ATTR_IMMUTABLE, false },
	{ "content.backing-module", NULL, 0, false },
	{ "log-ring-size", "1024", ATTR_IMMUTABLE, false },
	{ "log-level", "7", ATTR_IMMUTABLE, false },
	{ "log-forward-level", "3", ATTR_IMMUTABLE, false },
	{ "log-critical-level", "2", ATTR_IMMUTABLE, false },
	{ "log-stderr-level", "3", ATTR_SETTABLE, false },
	{ "log-stderr-mode", "leader", ATTR_IMMUTABLE, false },
	{ "log-filename", NULL, 0, false },
	{ "log-syslog-enable", "0", ATTR_IMMUTABLE, false },
	{ "log-syslog-level", "3", ATTR_IMMUTABLE, false },
	{ "tbon.topo", NULL, 0, false },
	{ "tbon.fanout", NULL, 0, false },
	{ "tbon.prefertcp", "0", 0, false },
	{ "tbon.interface-hint", "default-route", ATTR_SETTABLE, false },
	{ "tbon.torpid_min", "5s", 0, false },
	{ "tbon.torpid_max", "30s", 0, false },
	{ "tbon.tcp_user_timeout", "20s", 0, false },
	{ "tbon.connect_timeout", "30s", 0, false },
	{ "tbon.child_rcvhwm", "0", 0, false },
	{ "tbon.zmqdebug", "0", 0, false },
	{ "tbon.zmq_io_threads", "1", 0, false },
};

static void
set_defaults(struct broker *b)
{
	char buf[64];
	char uuid[UUID_STRLEN + 1];
	struct attrs *a = b->attrs;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (attributes[i].value)
			attrs_set(a, attributes[i].name, attributes[i].value,
			    attributes[i].flags);
	snprintf(buf, sizeof(buf), "%u", (unsigned)b->owner);
	attrs_set(a, "security.owner", buf, ATTR_IMMUTABLE);
	snprintf(buf, sizeof(buf), "%d", (int)getpid());
	attrs_set(a, "broker.pid", buf, ATTR_IMMUTABLE);
	snprintf(buf, sizeof(buf), "%.2f", b->t_start);
	attrs_set(a, "broker.starttime", buf, ATTR_IMMUTABLE);
	if (uuid_make(uuid) == 0)
		attrs_set(a, "broker.uuid", uuid, ATTR_IMMUTABLE);
}

static void
set_from_option(struct broker *b, const char *arg)
{
	size_t n = strcspn(arg, "=");
	const char *value = arg[n] ? arg + n + 1 : "";
	char name[128];

	snprintf(name, sizeof(name), "%.*s", (int)n, arg);
	if (strncmp(name, "test.", 5) == 0 ||
	    strncmp(name, "vendor.", 7) == 0) {
		attrs_set(b->attrs, name, value, ATTR_SETTABLE);
		return;
	}
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if (strcmp(attributes[i].name, name) != 0)
			continue;
		if (attributes[i].fixed)
			errx(1,
			    "%s: attribute may not be set on the command line",
			    name);
		attrs_set(b->attrs, name, value, attributes[i].flags);
		return;
	}
	errx(1, "%s: unknown attribute", name);
}

static void
read_config(struct broker *b, const char *path)
{
	struct errmsg em;

	if (!path)
		path = getenv("FLUX_CONF_DIR");
	if (path) {
		if (!(b->config = config_read(path, &em)))
			errx(1, "Config file error: %s", em.text);
		attrs_set(b->attrs, "config.path", path, ATTR_IMMUTABLE);
	} else if (!(b->config = json_object())) {
		err(1, NULL);
	}
}

static void
parse_options(struct broker *b, struct optparse *p, int argc, char **argv)
{
	const char *path = NULL, *conf[64];
	struct errmsg em;
	int c, nconf = 0;

	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		if (c == 'S')
			set_from_option(b, p->value);
		else if (c == 'c')
			path = p->value;
		else if (c == 'C' && nconf < 64)
			conf[nconf++] = p->value;
	}
	read_config(b, path);
	for (int i = 0; i < nconf; i++)
		if (config_merge(b->config, conf[i], &em) < 0)
			errx(1, "%s", em.text);
}

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
		errx(1, "bootstrap: %s", em.text);
	if (!(b->router = router_create(b)) || !(b->local = local_create(b)) ||
	    !(b->events = events_create(b)) || !(b->life = lifecycle_create(b)))
		err(1, NULL);
	if (attrs_register(b) < 0 || log_register(b) < 0 ||
	    events_register(b) < 0 || lifecycle_register(b) < 0 ||
	    config_register(b) < 0 || broker_register(b) < 0 ||
	    overlay_register(b) < 0)
		err(1, "registering services");
	if (parent_open(b, &em) < 0)
		errx(1, "parent instance: %s", em.text);
}

static void
create_services(struct broker *b)
{
	struct errmsg em;

	for (const struct service_entry *s = services; s->name; s++) {
		if (s->rank0_only && b->rank != 0)
			continue;
		if (s->create(b) < 0)
			err(1, "service %s", s->name);
	}
	if (local_listen(b->local, &em) < 0)
		errx(1, "%s", em.text);
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

/* Removes rundir and what is left in it, if that is ours to do. */
static void
remove_rundir(struct broker *b)
{
	const char *cleanup = attrs_get(b->attrs, "rundir-cleanup");
	char *const paths[] = { (char *)b->rundir, NULL };
	FTS *fts;
	FTSENT *e;

	if (!cleanup || strcmp(cleanup, "1") != 0)
		return;
	if (!(fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL)))
		return;
	while ((e = fts_read(fts)))
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	fts_close(fts);
}

static void
destroy(struct broker *b)
{
	destroy_services(b);
	local_destroy(b->local);
	lifecycle_destroy(b->life);
	parent_destroy(b->parent);
	overlay_destroy(b->overlay);
	events_destroy(b->events);
	router_destroy(b->router);
	log_destroy(b->log);
	remove_rundir(b);
	attrs_destroy(b->attrs);
	json_decref(b->config);
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

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [INITIAL-PROGRAM [ARGS...]]",
		.summary = "a broker of a Flux instance",
		.example = "flux broker sh -c 'flux resource info'",
		.opts = options,
		.stop_at_first = true,
	};
	struct broker b = { .owner = getuid() };
	ev_signal watchers[8];
	struct timespec now;
	int code;

	setlocale(LC_ALL, "");
	setprogname("flux-broker");
	clock_gettime(CLOCK_REALTIME, &now);
	b.t_start = now.tv_sec + now.tv_nsec / 1e9;
	raise_limits();
	if (!(b.loop = ev_default_loop(EVFLAG_AUTO)) ||
	    !(b.attrs = attrs_create()) || !(b.log = log_create(&b)))
		err(1, NULL);
	set_defaults(&b);
	parse_options(&b, &p, argc, argv);
	watch_signals(&b, watchers);
	create_core(&b);
	create_services(&b);
	lifecycle_start(&b, p.operands);
	ev_run(b.loop, 0);
	code = lifecycle_exit_code(&b);
	destroy(&b);
	optparse_fini(&p);
	/* what the initial program left in the background of a job */
	if (getpgrp() == getpid() && b.rank == 0 && !isatty(STDIN_FILENO)) {
		signal(SIGHUP, SIG_IGN);
		kill(0, SIGHUP);
	}
	return code;
}
