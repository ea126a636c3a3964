/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

static void
put_without_extension(FILE *f, const char *s)
{
	const char *slash = strrchr(s, '/'), *dot = strrchr(s, '.');

	if (dot && dot > (slash ? slash + 1 : s))
		fprintf(f, "%.*s", (int)(dot - s), s);
	else
		fputs(s, f);
}

static const char *
base_name(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

static void
put_dir_name(FILE *f, const char *s)
{
	const char *slash = strrchr(s, '/');

	if (slash)
		fprintf(f, "%.*s", slash > s ? (int)(slash - s) : 1, s);
}

static void
put_input(FILE *f, const char *input, const char *method)
{
	if (!*method)
		fputs(input, f);
	else if (strcmp(method, ".%") == 0)
		put_without_extension(f, input);
	else if (strcmp(method, "./") == 0)
		fputs(base_name(input), f);
	else if (strcmp(method, "./%") == 0)
		put_without_extension(f, base_name(input));
	else if (strcmp(method, ".//") == 0)
		put_dir_name(f, input);
	else
		errx(1, "ERROR: Unknown input string method '%s'", method);
}

static void
bad_field(const char *text)
{
	fprintf(stderr,
	    "flux: ERROR: Invalid replacement string in command: '%s'\n", text);
	exit(1);
}

/* Inside of the braces, NUL-terminated. */
static void
put_bulk_field(
    FILE *f, const struct fields *fs, const char *name, const char *text)
{
	char *end;
	long i;

	if (strcmp(name, "seq") == 0) {
		fprintf(f, "%d", fs->seq);
	} else if (strcmp(name, "seq1") == 0) {
		fprintf(f, "%d", fs->seq + 1);
	} else if (!*name || *name == '.') {
		if (fs->ninputs != 1)
			bad_field(text);
		put_input(f, fs->inputs[0], name);
	} else {
		i = strtol(name, &end, 10);
		if (end == name || i < 0 || i >= fs->ninputs)
			bad_field(text);
		put_input(f, fs->inputs[i], end);
	}
}

/* A field that starts at p; the text behind it. */
static const char *
put_field(FILE *f, const struct fields *fs, const char *p, const char *text)
{
	const char *end = strchr(p, '}');
	char name[64];

	if (!end)
		errx(1, "ERROR: Single '{' encountered in format string");
	snprintf(name, sizeof(name), "%.*s", (int)(end - p - 1), p + 1);
	if (strcmp(name, "cc") == 0 && fs->cc)
		fputs(fs->cc, f);
	else if (strcmp(name, "cc") == 0)
		fputs("{cc}", f);
	else if (fs->inputs)
		put_bulk_field(f, fs, name, text);
	else
		bad_field(text);
	return end + 1;
}

char *
template_render(void *arg, const char *text)
{
	const struct fields *fs = arg;
	char *out = NULL;
	size_t size = 0;
	FILE *f;

	if (!strpbrk(text, "{}"))
		return NULL;
	if (!(f = open_memstream(&out, &size)))
		err(1, NULL);
	for (const char *p = text; *p;) {
		if (strncmp(p, "{{", 2) == 0) {
			/* a tag for the shell, up to its end */
			const char *end = strstr(p, "}}");
			size_t n = end ? (size_t)(end - p) + 2 : 2;
			fwrite(p, 1, n, f);
			p += n;
		} else if (*p == '{') {
			p = put_field(f, fs, p, text);
		} else {
			fputc(*p++, f);
		}
	}
	fclose(f);
	return out;
}
