/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "envrules.h"

extern char **environ;

struct env {
	json_t *vars, *expand;
};

/* ---- patterns ---- */

/* A glob on the whole name, or with a leading '/' a regex from its start. */
struct pattern {
	const char *glob;
	regex_t re;
	bool is_regex;
};

static void
pattern_init(struct pattern *p, const char *text)
{
	char *copy;
	size_t n;

	*p = (struct pattern){ .glob = text };
	if (*text != '/')
		return;
	if (asprintf(&copy, "^%s", text + 1) < 0)
		err(1, NULL);
	n = strlen(copy);
	if (n > 1 && copy[n - 1] == '/')
		copy[n - 1] = '\0';
	if (regcomp(&p->re, copy, REG_EXTENDED | REG_NOSUB) != 0)
		errx(1, "ERROR: --env: invalid regular expression '%s'", text);
	p->is_regex = true;
	free(copy);
}

static bool
pattern_matches(const struct pattern *p, const char *name)
{
	if (p->is_regex)
		return regexec(&p->re, name, 0, NULL, 0) == 0;
	return fnmatch(p->glob, name, 0) == 0;
}

static void
pattern_fini(struct pattern *p)
{
	if (p->is_regex)
		regfree(&p->re);
}

/* ---- rules ---- */

static void
remove_matching(struct env *e, const char *text)
{
	struct pattern p;
	const char *name;
	json_t *value;
	void *tmp;

	pattern_init(&p, text);
	json_object_foreach_safe(e->vars, tmp, name, value)
		if (pattern_matches(&p, name))
			json_object_del(e->vars, name);
	pattern_fini(&p);
}

/* A variable that is not UTF-8 cannot stand in a jobspec and is left out. */
static void
set_from_caller(struct env *e, const char *var, const struct pattern *p)
{
	size_t n = strcspn(var, "=");
	char *name = strndup(var, n);

	if (!name)
		err(1, NULL);
	if (var[n] == '=' && (!p || pattern_matches(p, name)) &&
	    !json_object_get(e->vars, name))
		json_object_set_new(e->vars, name, json_string(var + n + 1));
	free(name);
}

static void
add_matching(struct env *e, const char *text)
{
	struct pattern p;

	pattern_init(&p, text);
	for (char **v = environ; *v; v++)
		set_from_caller(e, *v, &p);
	pattern_fini(&p);
}

static const char *
lookup(const struct env *e, const char *name)
{
	const char *s = json_string_value(json_object_get(e->vars, name));

	return s ? s : getenv(name);
}

/* "$NAME" or "${NAME}" at p (after the '$'); moves p behind it. */
static const char *
variable(const struct env *e, const char **p, const char *rule)
{
	bool braces = **p == '{';
	const char *start = *p + braces, *end = start, *value;
	char *name;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == start || isdigit((unsigned char)*start) ||
	    (braces && *end != '}'))
		errx(1, "ERROR: --env: Unable to substitute %s", rule);
	name = strndup(start, end - start);
	*p = end + braces;
	if (!name || !(value = lookup(e, name)))
		errx(1, "ERROR: --env: Variable '%s' not found in %s",
		    name ? name : "", rule);
	free(name);
	return value;
}

static char *
expand(const struct env *e, const char *value, const char *rule)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	if (!f)
		err(1, NULL);
	for (const char *p = value; *p;) {
		if (*p != '$') {
			fputc(*p++, f);
		} else if (p[1] == '$') {
			fputc('$', f);
			p += 2;
		} else {
			p++;
			fputs(variable(e, &p, rule), f);
		}
	}
	fclose(f);
	return out;
}

static void
set_variable(struct env *e, const char *rule)
{
	size_t n = strcspn(rule, "=");
	char *name = strndup(rule, n), *value;

	if (!name)
		err(1, NULL);
	if (strstr(rule + n, "{{")) {
		if (!e->expand)
			e->expand = json_object();
		json_object_set_new(e->expand, name, json_string(rule + n + 1));
	} else {
		value = expand(e, rule + n + 1, rule);
		if (json_object_set_new(e->vars, name, json_string(value)) < 0)
			errx(1, "ERROR: --env: %s is not UTF-8", name);
		free(value);
	}
	free(name);
}

static void apply_rule(struct env *e, const char *rule);

static char *
expand_tilde(const char *path)
{
	wordexp_t w;
	char *s = NULL;

	if (*path != '~')
		return strdup(path);
	if (wordexp(path, &w, WRDE_NOCMD) == 0 && w.we_wordc == 1)
		s = strdup(w.we_wordv[0]);
	wordfree(&w);
	return s ? s : strdup(path);
}

static void __attribute__((noreturn)) bad_file(const char *path)
{
	errx(1, "ERROR: --env: [Errno %d] %s: '%s'", errno, strerror(errno),
	    path);
}

static void
apply_file(struct env *e, const char *path)
{
	char *real = expand_tilde(path), *line = NULL, *p;
	size_t size = 0;
	ssize_t n;
	FILE *f = real ? fopen(real, "r") : NULL;

	if (!f)
		bad_file(path);
	while ((n = getline(&line, &size, f)) > 0) {
		while (n > 0 && isspace((unsigned char)line[n - 1]))
			line[--n] = '\0';
		p = line + strspn(line, " \t");
		if (*p)
			apply_rule(e, p);
	}
	if (ferror(f))
		bad_file(path);
	free(line);
	free(real);
	fclose(f);
}

static void
apply_rule(struct env *e, const char *rule)
{
	if (*rule == '-')
		remove_matching(e, rule + 1);
	else if (*rule == '^')
		apply_file(e, rule + 1);
	else if (strchr(rule, '='))
		set_variable(e, rule);
	else
		add_matching(e, rule);
}

json_t *
env_make(const struct args *a, json_t **expand_out)
{
	struct env e = { .vars = json_object() };

	for (char **v = environ; *v; v++)
		set_from_caller(&e, *v, NULL);
	for (size_t i = 0; i < a->n; i++) {
		const struct arg *o = &a->list[i];
		if (o->id == OPT_ENV)
			apply_rule(&e, o->value);
		else if (o->id == OPT_ENV_REMOVE)
			remove_matching(&e, o->value);
		else if (o->id == OPT_ENV_FILE)
			apply_file(&e, o->value);
	}
	*expand_out = e.expand;
	return e.vars;
}
