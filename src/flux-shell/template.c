/* SPDX-License-Identifier: MIT */
/*
 * Templates are rendered in one pass: values are not looked at again, so a
 * job name with braces in it does no harm.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

/* A name longer than this is no tag */
enum { TAG_MAX = 64 };

/* One tag, from "{{" at p to "}}" at end. */
static void
render_tag(
    FILE *out, const char *p, const char *end, template_f value, void *arg)
{
	size_t len = end - p - 2;
	char tag[TAG_MAX], *s = NULL;

	if (len > 0 && len < sizeof(tag)) {
		memcpy(tag, p + 2, len);
		tag[len] = '\0';
		s = value(arg, tag);
	}
	if (s)
		fputs(s, out);
	else
		fwrite(p, 1, len + 4, out);
	free(s);
}

char *
template_render(const char *text, template_f value, void *arg, long *open)
{
	char *buf = NULL;
	size_t size;
	FILE *out = open_memstream(&buf, &size);
	const char *p = text, *start, *end;

	if (!out)
		return NULL;
	if (open)
		*open = -1;
	while ((start = strstr(p, "{{"))) {
		if (!(end = strstr(start + 2, "}}"))) {
			if (open)
				*open = start + 2 - text;
			break;
		}
		fwrite(p, 1, start - p, out);
		render_tag(out, start, end, value, arg);
		p = end + 2;
	}
	fputs(p, out);
	if (fclose(out) != 0) {
		free(buf);
		errno = ENOMEM;
		return NULL;
	}
	return buf;
}

int
template_has(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	while ((text = strstr(text, "{{"))) {
		text += 2;
		if (strncmp(text, prefix, n) == 0 && strstr(text, "}}"))
			return 1;
	}
	return 0;
}
