/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instance.h"
#include "setters.h"
#include "toml.h"

enum { CONF_MODE = 0600, CONF_SIZE_MAX = 16 << 20 };

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n >= e && strcmp(s + n - e, end) == 0;
}

static json_t *
parse_text(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	return o ? o : toml_parse(text, NULL);
}

static json_t *
parse_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct errmsg em = { { 0 } };
	char *text = NULL;
	size_t size = 0;
	json_error_t error;
	json_t *o = NULL;

	if (!f)
		errx(1, "ERROR: --conf: [Errno %d] %s: '%s'", errno,
		    strerror(errno), path);
	if (ends_in(path, ".json")) {
		if (!(o = json_loadf(f, 0, &error)))
			errmsg_set(&em, "%s", error.text);
	} else if (getdelim(&text, &size, '\0', f) >= 0) {
		o = toml_parse(text, &em);
	} else {
		o = json_object();
	}
	fclose(f);
	free(text);
	if (!o)
		errx(1, "ERROR: --conf: %s: %s", path, em.text);
	return o;
}

static int
added_brokers(const struct args *a)
{
	enum { MAX = 100000 };
	int n = 0;

	if (!args_int(a, OPT_ADD_BROKERS, &n) || n == 0)
		return 0;
	if (n < 0 || n > MAX)
		errx(1, "ERROR: --add-brokers: must be 0 to %d", MAX);
	if (!args_has(a, 'N'))
		errx(1, "ERROR: --add-brokers may only be specified with -N");
	return n;
}

/* NAME.toml or NAME.json in dir/flux/config. */
static json_t *
find_named(const char *dir, const char *name)
{
	static const char *const suffixes[] = { "toml", "json" };
	char path[PATH_MAX];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/flux/config/%s.%s", dir, name,
		    suffixes[i]);
		if (access(path, R_OK) == 0)
			return parse_file(path);
	}
	return NULL;
}

static json_t *
named_config(const char *name)
{
	const char *home = getenv("XDG_CONFIG_HOME");
	const char *dirs = getenv("XDG_CONFIG_DIRS");
	char buf[PATH_MAX], *copy, *p, *dir;
	json_t *o;

	snprintf(buf, sizeof(buf), "%s/.config",
	    getenv("HOME") ? getenv("HOME") : "");
	if ((o = find_named(home && *home ? home : buf, name)))
		return o;
	if (!(p = copy = strdup(dirs && *dirs ? dirs : "/etc/xdg")))
		err(1, NULL);
	while (!o && (dir = strsep(&p, ":")))
		o = find_named(dir, name);
	free(copy);
	if (!o)
		errx(1, "ERROR: --conf: named config '%s' not found", name);
	return o;
}

static void
merge_conf(json_t *conf, const char *value)
{
	const char *eq = strchr(value, '=');
	json_t *o, *v;
	char *key;

	if (strchr(value, '\n') || *value == '{') {
		if (!(o = parse_text(value)))
			errx(1, "ERROR: --conf: failed to parse multiline as "
				"TOML or JSON");
	} else if (eq) {
		key = strndup(value, eq - value);
		v = json_loads(eq + 1, JSON_DECODE_ANY, NULL);
		if (!key)
			err(1, NULL);
		set_path_or_fail(conf, key, v ? v : json_string(eq + 1));
		free(key);
		return;
	} else if (ends_in(value, ".toml") || ends_in(value, ".json")) {
		o = parse_file(value);
	} else {
		o = named_config(value);
	}
	json_object_update_recursive(conf, o);
	json_decref(o);
}

/* --add-brokers: none of the instance's resources belong to them. */
static void
exclude_added(const struct args *a, json_t *conf)
{
	int added = added_brokers(a);
	char ranks[32];

	if (added == 0)
		return;
	snprintf(ranks, sizeof(ranks), added > 1 ? "1-%d" : "%d", added);
	set_path_or_fail(conf, "resource.exclude", json_string(ranks));
}

static bool
add_conf(const struct args *a, json_t *files)
{
	json_t *conf;

	if (!args_has(a, OPT_CONF) && added_brokers(a) == 0)
		return false;
	conf = json_object();
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == OPT_CONF)
			merge_conf(conf, a->list[i].value);
	exclude_added(a, conf);
	json_object_set_new(files, "conf.json",
	    json_pack("{s:i s:o}", "mode", S_IFREG | CONF_MODE, "data", conf));
	return true;
}

static void
append(json_t *words, const char *word)
{
	json_array_append_new(words, json_string(word));
}

static void
append_split(json_t *words, const char *list)
{
	char *copy = strdup(list), *p = copy, *word;

	if (!copy)
		err(1, NULL);
	while ((word = strsep(&p, ",")))
		append(words, word);
	free(copy);
}

json_t *
broker_words(const struct args *a, json_t *files, bool is_idle)
{
	json_t *words = json_pack("[ss]", "flux", "broker");
	const char *dump = args_get(a, OPT_DUMP);
	char buf[PATH_MAX];

	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].id == OPT_BROKER_OPTS)
			append_split(words, a->list[i].value);
	if (dump) {
		snprintf(buf, sizeof(buf), "-Scontent.dump=%s",
		    *dump ? dump : "flux-{{jobid}}-dump.tgz");
		append(words, buf);
	}
	if (is_idle)
		append(words, "-Sbroker.rc2_none=1");
	if (add_conf(a, files))
		append(words, "-c{{tmpdir}}/conf.json");
	return words;
}

json_t *
broker_shell_options(const struct args *a)
{
	int added = added_brokers(a), nodes = 0;
	json_t *o =
	    json_pack("{s:s s:s}", "mpi", "none", "exit-timeout", "none");
	char map[100];

	if (added == 0) {
		set_path(o, "per-resource.type", json_string("node"));
		return o;
	}
	/* the added ones are on the first node, after its own */
	args_int(a, 'N', &nodes);
	snprintf(map, sizeof(map),
	    nodes > 1 ? "[[0,1,%d,1],[1,%d,1,1]]" : "[[0,1,%d,1]]", added + 1,
	    nodes - 1);
	json_object_set_new(o, "taskmap",
	    json_pack("{s:s s:s}", "scheme", "manual", "value", map));
	return o;
}

int
brokers_count(const struct args *a)
{
	int added = added_brokers(a), nodes = 0;

	args_int(a, 'N', &nodes);
	return added > 0 ? nodes + added : 0;
}
