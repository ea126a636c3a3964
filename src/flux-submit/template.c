/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "define.h"
#include "formatspec.h"
#include "number.h"
#include "template.h"

/* One text as it is rendered. */
struct render {
	const struct fields *fs;
	const char *text;
	FILE *out;
	int next;       /* input of the next field without a number */
	bool is_manual; /* a field had a number */
};

static void __attribute__((noreturn)) bad_field(const struct render *r)
{
	fprintf(stderr,
	    "flux: ERROR: Invalid replacement string in command: '%s'\n",
	    r->text);
	exit(1);
}

/* ---- methods of inputs ---- */

static char *
without_extension(const char *s)
{
	const char *slash = strrchr(s, '/'), *dot = strrchr(s, '.');

	if (dot && dot > (slash ? slash + 1 : s))
		return strndup(s, dot - s);
	return strdup(s);
}

static const char *
base_name(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

static char *
dir_name(const char *s)
{
	const char *slash = strrchr(s, '/');

	if (!slash)
		return strdup("");
	return strndup(s, slash > s ? slash - s : 1);
}

static void
set_text(struct value *v, char *text)
{
	if (!text || value_take(v, text) < 0)
		err(1, NULL);
}

/* method is what follows the number: "", ".%", ... */
static void
apply_method(const struct fields *fs, const char *input, const char *method,
    struct value *v)
{
	if (!*method)
		set_text(v, strdup(input));
	else if (strcmp(method, ".%") == 0)
		set_text(v, without_extension(input));
	else if (strcmp(method, "./") == 0)
		set_text(v, strdup(base_name(input)));
	else if (strcmp(method, "./%") == 0)
		set_text(v, without_extension(base_name(input)));
	else if (strcmp(method, ".//") == 0)
		set_text(v, dir_name(input));
	else if (define_has(fs->defines, method + 1))
		define_apply(fs->defines, method + 1, input, v);
	else
		errx(1, "ERROR: Unknown input string method '%s'", method);
}

/* ---- fields ---- */

static int
take_input(struct render *r, const char *name, const char **method)
{
	char *end;
	long i;

	if (!*name || *name == '.') {
		if (r->is_manual)
			goto mixed;
		*method = name;
		return r->next++;
	}
	i = strtol(name, &end, 10);
	if (!isdigit((unsigned char)*name) || (*end && *end != '.'))
		bad_field(r);
	if (r->next > 0)
		goto mixed;
	r->is_manual = true;
	*method = end;
	return i > r->fs->ninputs ? r->fs->ninputs : (int)i;
mixed:
	errx(1, "ERROR: '%s' has fields with and without a number", r->text);
}

/* 0, or 1: this field is for another time. */
static int
find_value(struct render *r, const char *name, struct value *v)
{
	const struct fields *fs = r->fs;
	const char *method;
	long long cc;
	int i;

	if (strcmp(name, "cc") == 0) {
		if (!fs->cc && fs->inputs)
			return 1;
		if (!fs->cc || number_int(fs->cc, &cc) < 0)
			bad_field(r);
		return value_int(v, cc);
	}
	if (!fs->inputs)
		bad_field(r);
	if (strcmp(name, "seq") == 0)
		return value_int(v, fs->seq);
	if (strcmp(name, "seq1") == 0)
		return value_int(v, fs->seq + 1);
	i = take_input(r, name, &method);
	if (i >= fs->ninputs)
		bad_field(r);
	apply_method(fs, fs->inputs[i], method, v);
	return 0;
}

static void
put_value(struct render *r, const struct value *v, const char *spec)
{
	struct formatspec s;
	struct errmsg em;
	char *full = value_text(v), *text;

	if (!full || formatspec_parse(&s, spec, strlen(spec), false) < 0)
		err(1, NULL);
	if (!(text = formatspec_apply(&s, v, full, &em)))
		errx(1, "ERROR: %s in '%s'", em.text, r->text);
	fputs(text, r->out);
	formatspec_fini(&s);
	free(full);
	free(text);
}

/* What is between single braces: NAME[:SPEC] */
static void
put_field(struct render *r, const char *inside, size_t len)
{
	struct value v = { 0 };
	char *name = strndup(inside, len), *spec;

	if (!name)
		err(1, NULL);
	if ((spec = strchr(name, ':')))
		*spec++ = '\0';
	if (find_value(r, name, &v) == 0)
		put_value(r, &v, spec ? spec : "");
	else
		fprintf(r->out, "{%.*s}", (int)len, inside);
	value_fini(&v);
	free(name);
}

/* A field that begins at p; the text behind it. */
static const char *
take_field(struct render *r, const char *p)
{
	const char *end = strchr(p, '}');

	if (!end)
		errx(1, "ERROR: Single '{' encountered in format string");
	/* a doubled brace belongs together */
	if (end[1] == '}')
		bad_field(r);
	put_field(r, p + 1, end - p - 1);
	return end + 1;
}

char *
template_render(void *arg, const char *text)
{
	struct render r = { .fs = arg, .text = text };
	char *out = NULL;
	size_t size = 0;

	if (!strpbrk(text, "{}"))
		return NULL;
	if (!(r.out = open_memstream(&out, &size)))
		err(1, NULL);
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "{}");

		fwrite(p, 1, n, r.out);
		p += n;
		if (*p && p[0] == p[1]) {
			fwrite(p, 1, 2, r.out);
			p += 2;
		} else if (*p == '{') {
			p = take_field(&r, p);
		} else if (*p) {
			errx(1, "ERROR: Single '}' encountered in format "
				"string");
		}
	}
	fclose(r.out);
	return out;
}
