/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "formatname.h"
#include "optparse.h"
#include "resource.h"

struct format *
table_format(
    const struct format_source *src, const char *arg, const void *fields)
{
	struct errmsg em;
	bool is_answer = false;
	char *text = format_choose(src, arg, &is_answer, &em);
	struct format *f = NULL;

	if (!text)
		tool_fail("%s", em.text);
	if (is_answer)
		fputs(text, stdout);
	else if (!(f = format_parse(text, fields, &em)))
		tool_fail("%s", em.text);
	free(text);
	return f;
}

void
table_print_json(const char *key, json_t *rows_new)
{
	json_t *o = json_pack("{s:i s:o}", "version", 1, key, rows_new);
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	if (!s)
		err(1, NULL);
	puts(s);
	free(s);
	json_decref(o);
}

json_t *
table_names(const char *names)
{
	json_t *array = json_array();

	while (names && *names) {
		size_t n = strcspn(names, ",");

		json_array_append_new(array, json_stringn(names, n));
		names += n + (names[n] == ',');
	}
	return array;
}

struct format *
table_key(const char *text, const void *fields)
{
	struct errmsg em;
	struct format *f = format_parse(text, fields, &em);

	if (!f)
		tool_fail("%s", em.text);
	return f;
}

static void
print_line(char *line, const struct errmsg *em)
{
	if (!line)
		tool_fail("%s", em->text);
	if (line[strspn(line, " \t")] != '\0')
		puts(line);
	free(line);
}

void
table_print(struct format *f, void **rows, size_t n, bool header)
{
	struct errmsg em;

	for (size_t i = 0; i < n; i++)
		if (format_measure(f, rows[i], &em) < 0)
			tool_fail("%s", em.text);
	format_adapt(f, header);
	if (format_sort(f, rows, n, &em) < 0)
		tool_fail("%s", em.text);
	if (header)
		print_line(format_header(f, &em), &em);
	for (size_t i = 0; i < n; i++)
		print_line(format_row(f, rows[i], &em), &em);
}
