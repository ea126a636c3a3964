/* SPDX-License-Identifier: MIT */
/* Any format prints a header and rows without a newline, or says why not. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "fuzz.h"

struct row {
	const char *name;
	int64_t n;
	double t;
};

static int
get(const void *p, const struct field *f, const char *rest, struct value *v,
    struct errmsg *em)
{
	const struct row *row = p;

	(void)em;
	switch (f->arg) {
	case 0:
		return value_str(v, row->name);
	case 1:
		return value_int(v, row->n);
	case 2:
		return value_float(v, row->t);
	case 3:
		return value_jobid(v, (uint64_t)row->n);
	case 4:
		return value_str(v, rest);
	default:
		return value_missing(v);
	}
}

static const struct field table[] = {
	{ .name = "name", .get = get, .arg = 0 },
	{ .name = "n", .get = get, .arg = 1 },
	{ .name = "t", .header = "TIME", .get = get, .arg = 2 },
	{ .name = "id", .get = get, .arg = 3 },
	{ .name = "user.", .header = "*", .get = get, .arg = 4 },
	{ .name = "none", .get = get, .arg = 5 },
	{ 0 },
};

static void
print(struct format *f)
{
	static struct row rows[] = { { "abc", 1, 1.5 }, { "日本", 0, 0 },
		{ "", -7, 1e9 } };
	void *p[] = { &rows[0], &rows[1], &rows[2] };
	struct errmsg em = { "" };
	char *line;
	int i;

	if (format_sort(f, p, 3, &em) < 0)
		return;
	for (i = 0; i < 3; i++)
		if (format_measure(f, p[i], &em) < 0)
			return;
	format_adapt(f, true);
	line = format_header(f, &em);
	must(line || em.text[0]);
	free(line);
	for (i = 0; i < 3; i++) {
		em.text[0] = '\0';
		line = format_row(f, p[i], &em);
		must(line || em.text[0]);
		free(line);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct errmsg em = { "" };
	struct format *f = format_parse(text, table, &em);

	must(f || em.text[0]);
	if (f)
		print(f);
	format_destroy(f);
	free(text);
	return 0;
}
