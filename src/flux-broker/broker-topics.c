/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attrs.h"
#include "broker-topics.h"
#include "broker.h"
#include "router.h"
#include "service.h"

static int
getenv_request(void *ctx, struct request *req, struct answer *an)
{
	json_t *names, *name, *env = json_object();
	size_t i;

	(void)ctx;
	if (request_unpack(req, "{s:o}", "names", &names) < 0) {
		json_decref(env);
		return -1;
	}
	json_array_foreach(names, i, name) {
		const char *s = json_string_value(name);
		const char *value = s ? getenv(s) : NULL;
		if (value)
			json_object_set_new(env, s, json_string(value));
	}
	an->json = json_pack("{s:o}", "env", env);
	return 0;
}

static int
setenv_request(void *ctx, struct request *req, struct answer *an)
{
	json_t *env, *value;
	const char *name;

	(void)ctx;
	(void)an;
	if (request_unpack(req, "{s:o}", "env", &env) < 0)
		return -1;
	json_object_foreach(env, name, value) {
		if (!json_is_string(value) && !json_is_null(value)) {
			errno = EPROTO;
			return -1;
		}
	}
	json_object_foreach(env, name, value) {
		if (json_is_null(value))
			unsetenv(name);
		else if (setenv(name, json_string_value(value), 1) < 0)
			return -1;
	}
	return 0;
}

/* What we have of the paths that are compiled into other brokers; our programs
 * lie side by side. */
static const struct {
	const char *key, *value; /* NULL value: the directory we lie in */
	const char *file;        /* in it */
} builtins[] = {
	{ "rundir", "/run/flux", "" },
	{ "shell_path", NULL, "/flux-shell" },
	{ "shell_pluginpath", "", "" },
	{ "shell_initrc", "", "" },
	{ "connector_path", "", "" },
	{ "module_path", "", "" },
	{ "exec_path", NULL, "" },
	{ "rc1_path", "", "" },
	{ "rc3_path", "", "" },
};

static int
own_directory(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);
	char *slash;

	if (n < 0)
		return -1;
	buf[n] = '\0';
	if ((slash = strrchr(buf, '/')))
		*slash = '\0';
	return 0;
}

/* buf gets the value; NULL if there is none of that name. */
static const char *
builtin(const char *key, char *buf, size_t size)
{
	size_t i, n = sizeof(builtins) / sizeof(*builtins);

	for (i = 0; i < n && strcmp(builtins[i].key, key) != 0; i++)
		;
	if (i == n)
		return NULL;
	if (builtins[i].value)
		strlcpy(buf, builtins[i].value, size);
	else if (own_directory(buf, size) < 0)
		return NULL;
	strlcat(buf, builtins[i].file, size);
	return buf;
}

static int
conf_builtin_request(void *ctx, struct request *req, struct answer *an)
{
	json_t *keys, *key, *values = json_object();
	char buf[PATH_MAX];
	size_t i;

	(void)ctx;
	if (request_unpack(req, "{s:o}", "keys", &keys) < 0)
		goto error;
	json_array_foreach(keys, i, key) {
		const char *s = json_string_value(key);
		const char *value = s ? builtin(s, buf, sizeof(buf)) : NULL;
		if (!value) {
			errno = EINVAL;
			errmsg_set(&an->em, "%s: invalid key", s ? s : "");
			goto error;
		}
		json_object_set_new(values, s, json_string(value));
	}
	an->json = json_pack("{s:o}", "values", values);
	return 0;
error:
	json_decref(values);
	return -1;
}

static const struct topic broker_topics[] = {
	{ "broker.getenv", TOPIC_OWNER, getenv_request },
	{ "broker.setenv", TOPIC_OWNER, setenv_request },
	{ "broker.conf-builtin", TOPIC_USER, conf_builtin_request },
	{ 0 },
};

static const struct service broker_service = {
	.name = "broker",
	.topics = broker_topics,
};

/* There are no loadable modules: each service is listed as one. */
static int
module_list(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	json_t *mods = json_array();
	const char *name;

	(void)req;
	for (int i = 0; (name = router_service_name(b, i)); i++)
		json_array_append_new(
		    mods, json_pack("{s:s s:s s:i s:i s:[] s:i s:i}", "name",
			      name, "path", "builtin", "idle",
			      (int)router_idle(b, name), "status", 1,
			      "services", "sendqueue", 0, "recvqueue", 0));
	an->json = json_pack("{s:o}", "mods", mods);
	return 0;
}

static int
module_load(void *ctx, struct request *req, struct answer *an)
{
	(void)ctx;
	(void)req;
	errno = ENOSYS;
	return errmsg_set(&an->em,
	    "all services are built into this broker: it loads no modules");
}

static int
module_remove(void *ctx, struct request *req, struct answer *an)
{
	struct broker *b = ctx;
	const char *name, *known;

	if (request_unpack(req, "{s:s}", "name", &name) < 0)
		return -1;
	for (int i = 0; (known = router_service_name(b, i)); i++)
		if (strcmp(known, name) == 0)
			break;
	errno = ENOENT;
	if (!known)
		return -1;
	errno = EPERM;
	return errmsg_set(&an->em, "built into the broker: cannot be unloaded");
}

static const struct topic module_topics[] = {
	{ "module.list", TOPIC_USER, module_list },
	{ "module.load", TOPIC_OWNER, module_load },
	{ "module.remove", TOPIC_OWNER, module_remove },
	{ 0 },
};

static const struct service module_service = {
	.name = "module",
	.topics = module_topics,
};

int
broker_register(struct broker *b)
{
	if (service_register(b, &broker_service, b) < 0)
		return -1;
	return service_register(b, &module_service, b);
}
