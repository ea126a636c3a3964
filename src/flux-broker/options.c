/* SPDX-License-Identifier: MIT */
/* The command line of a broker: options, attributes and configuration. */
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "config.h"
#include "fsd.h"
#include "log-service.h"
#include "options.h"
#include "optparse.h"
#include "rundir.h"
#include "uuid.h"
#include "version.h"

const struct opt broker_options[] = {
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
	{ "parent-kvs-namespace", NULL, ATTR_IMMUTABLE, true },
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
	{ "broker.unload-builtins-timeout", "1m", 0, false },
	{ "broker.rc1_path", NULL, 0, false },
	{ "broker.rc3_path", NULL, 0, false },
	{ "broker.rc2_none", NULL, 0, false },
	{ "broker.rc2_pgrp", NULL, 0, false },
	{ "broker.module-nopanic", NULL, ATTR_SETTABLE, false },
	{ "broker.exit-restart", NULL, ATTR_SETTABLE, false },
	{ "broker.exit-norestart", NULL, 0, false },
	{ "broker.sd-notify", NULL, 0, false },
	{ "broker.sd-stop-timeout", "none", ATTR_IMMUTABLE, false },
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
	{ "tbon.rejoin_timeout", "5m", 0, false },
	{ "tbon.child_rcvhwm", "0", 0, false },
	{ "tbon.zmqdebug", "0", 0, false },
	{ "tbon.zmq_io_threads", "1", 0, false },
};

void
options_fatal(struct broker *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_write(b->log, LOG_SEV_CRIT, "broker", text);
	rundir_remove(b);
	exit(1);
}

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

bool
options_settable(const char *name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (strcmp(attributes[i].name, name) == 0)
			return attributes[i].flags & ATTR_SETTABLE;
	return false;
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
			options_fatal(b, "Config file error: %s", em.text);
		attrs_set(b->attrs, "config.path", path, ATTR_IMMUTABLE);
	} else if (!(b->config = json_object())) {
		err(1, NULL);
	}
}

/* Durations that "none" switches off. */
static const char *const durations[] = { "broker.quorum-warn",
	"broker.shutdown-warn", "broker.shutdown-timeout",
	"broker.cleanup-timeout", "broker.unload-builtins-timeout",
	"broker.sd-stop-timeout", "tbon.torpid_min", "tbon.torpid_max",
	"tbon.tcp_user_timeout", "tbon.connect_timeout",
	"tbon.rejoin_timeout" };

/* Attributes of other brokers that this one could only ignore. */
static void
refuse_unsupported(struct broker *b)
{
	static const char *const names[] = { "broker.rc1_path",
		"broker.rc3_path", "content.restore" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *s = attrs_get(b->attrs, names[i]);
		if (s && *s)
			options_fatal(b, "%s is not supported", names[i]);
	}
}

static void
check_durations(struct broker *b)
{
	double seconds;

	for (size_t i = 0; i < sizeof(durations) / sizeof(*durations); i++) {
		const char *s = attrs_get(b->attrs, durations[i]);
		if (s && strcmp(s, "none") != 0 && fsd_parse(s, &seconds) < 0)
			options_fatal(b, "Error parsing %s attribute: '%s'",
			    durations[i], s);
	}
}

void
options_read(struct broker *b, struct optparse *p, int argc, char **argv)
{
	const char *path = NULL;
	struct errmsg em;
	int c;

	set_defaults(b);
	if (!(b->conf = json_array()))
		err(1, NULL);
	optparse_init(p, argc, argv);
	while ((c = optparse_next(p)) != -1) {
		if (c == 'S')
			set_from_option(b, p->value);
		else if (c == 'c')
			path = p->value;
		else if (c == 'C' && json_array_append_new(
					 b->conf, json_string(p->value)) < 0)
			errx(1, "--conf: value is not UTF-8");
	}
	read_config(b, path);
	if (config_merge_all(b->config, b->conf, &em) < 0)
		options_fatal(b, "%s", em.text);
	check_durations(b);
	refuse_unsupported(b);
	if (log_configure(b->log, &em) < 0)
		options_fatal(b, "%s", em.text);
}
