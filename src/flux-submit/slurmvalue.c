/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurmvalue.h"

/* Digits parted by colons: how many numbers, at most max; -1 = malformed. */
static int
numbers(const char *text, long *out, int max)
{
	int n = 0, used;

	for (; n < max; n++) {
		if (sscanf(text, "%9ld%n", &out[n], &used) != 1 ||
		    *text < '0' || *text > '9')
			return -1;
		text += used;
		if (*text == '\0')
			return n + 1;
		if (*text++ != ':')
			return -1;
	}
	return -1;
}

char *
slurm_time(const char *text)
{
	const char *dash = strchr(text, '-');
	long days = 0, v[3] = { 0 }, s;
	char *out, *head;
	int n;

	if (dash) {
		head = strndup(text, dash - text);
		n = head ? numbers(head, &days, 1) : -1;
		free(head);
		if (n < 0 || numbers(dash + 1, v, 3) < 0)
			return NULL;
		s = v[0] * 3600 + v[1] * 60 + v[2];
	} else {
		n = numbers(text, v, 3);
		if (n < 0)
			return NULL;
		s = n == 3   ? v[0] * 3600 + v[1] * 60 + v[2]
		    : n == 2 ? v[0] * 60 + v[1]
			     : v[0] * 60;
	}
	return asprintf(&out, "%lds", days * 86400 + s) < 0 ? NULL : out;
}

static const char *
tag(char c)
{
	switch (c) {
	case 'j':
	case 'A':
		return "{{id.dec}}";
	case 'x':
		return "{{name}}";
	case 'N':
		return "{{node.name}}";
	case 'n':
		return "{{node.id}}";
	case 't':
		return "{{task.rank}}";
	case 'u':
		return getenv("USER");
	case '%':
		return "%";
	default:
		return NULL;
	}
}

char *
slurm_pattern(const char *text)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);
	const char *s;

	for (; f && *text; text++) {
		if (*text != '%') {
			fputc(*text, f);
			continue;
		}
		if (!(s = tag(*++text))) {
			fclose(f);
			free(out);
			return NULL;
		}
		fputs(s, f);
	}
	if (f)
		fclose(f);
	return out;
}

char *
slurm_begin(const char *text)
{
	static const struct {
		const char *unit, *ours;
	} units[] = { { "", "s" }, { "second", "s" }, { "minute", "m" },
		{ "hour", "h" }, { "day", "d" }, { "week", "" } };
	long n;
	int used = 0;
	char *out;

	if (strncmp(text, "now", 3) != 0)
		return strdup(text);
	if (!text[3])
		return strdup("+0s");
	if (sscanf(text, "now+%9ld%n", &n, &used) != 1)
		return NULL;
	text += used;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t len = strlen(units[i].unit);
		if (strncmp(text, units[i].unit, len) != 0 ||
		    (text[len] && strcmp(text + len, "s") != 0) ||
		    (len == 0 && *text))
			continue;
		if (!*units[i].ours)
			n *= 7;
		return asprintf(&out, "+%ld%s", n,
			   *units[i].ours ? units[i].ours : "d") < 0
			   ? NULL
			   : out;
	}
	return NULL;
}
