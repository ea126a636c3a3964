/* SPDX-License-Identifier: MIT */
/*
 * The output-format language, by the vectors in test/data/format: each is
 * done as flux jobs would do it, but all in one process.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/tap.h"
#include "format.h"
#include "jobinfo.h"
#include "utf8.h"

enum { MAX_ROWS = 8, COLUMNS = 5 };

/* The job objects, by letter. */
static json_t *jobs[128];

static void
read_jobs(void)
{
	FILE *fp = fopen("test/data/format/jobs", "r");
	char *line = NULL;
	size_t size = 0;

	while (fp && getline(&line, &size, fp) > 2)
		jobs[line[0] & 0x7f] = json_loads(line + 2, 0, NULL);
	free(line);
	if (fp)
		fclose(fp);
}

static void
put_line(FILE *fp, char *line)
{
	if (line && *line)
		fprintf(fp, "%s\n", line);
	free(line);
}

static int
print_rows(FILE *fp, struct format *f, struct jobinfo **rows, size_t n,
    struct errmsg *em)
{
	size_t i;
	char *line;

	for (i = 0; i < n; i++) {
		line = format_row(f, rows[i], em);
		if (!line)
			return -1;
		put_line(fp, line);
	}
	return 0;
}

static int
print_listing(FILE *fp, struct format *f, struct jobinfo **rows, size_t n,
    bool with_header, struct errmsg *em)
{
	size_t i;
	char *line;

	if (format_sort(f, (void **)rows, n, em) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (format_measure(f, rows[i], em) < 0)
			return -1;
	format_adapt(f, with_header);
	if (with_header) {
		line = format_header(f, em);
		fprintf(fp, "%s\n", line ? line : "");
		free(line);
	}
	return print_rows(fp, f, rows, n, em);
}

/* What flux jobs prints (malloc'd), and its error. */
static char *
run(const char *letters, bool with_header, const char *text, struct errmsg *em)
{
	struct jobinfo_shared *shared = jobinfo_shared_create();
	struct jobinfo *rows[MAX_ROWS];
	struct errmsg why = { "" };
	struct format *f = format_parse(text, jobinfo_fields, &why);
	char *out = NULL;
	size_t size, n = 0, i;
	FILE *fp = open_memstream(&out, &size);

	em->text[0] = '\0';
	for (; letters[n]; n++)
		rows[n] = jobinfo_create(shared, jobs[letters[n] & 0x7f]);
	if (!f)
		errmsg_set(em, "Error in user format: %s", why.text);
	else if (print_listing(fp, f, rows, n, with_header, &why) < 0)
		*em = why;
	fclose(fp);
	format_destroy(f);
	for (i = 0; i < n; i++)
		jobinfo_destroy(rows[i]);
	jobinfo_shared_destroy(shared);
	return out;
}

/* \n \t \b \\ in place. */
static void
unescape(char *s)
{
	static const char from[] = "ntb\\", to[] = "\n\t\b\\";
	char *out = s;
	const char *p;

	for (; *s; s++) {
		if (*s == '\\' && s[1] && (p = strchr(from, s[1]))) {
			*out++ = to[p - from];
			s++;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

static void
test_vector(char *line)
{
	char *column[COLUMNS] = { NULL }, *out;
	struct errmsg em;
	int i;

	for (i = 0; i < COLUMNS; i++)
		column[i] = strsep(&line, "\t");
	if (!column[COLUMNS - 1]) {
		ok(0, "vector has %d columns", COLUMNS);
		return;
	}
	unescape(column[3]);
	out = run(column[0], column[1][0] == '1', column[2], &em);
	is_str(out, column[3], "%s of %s", column[2], column[0]);
	if (*em.text || *column[4])
		is_str(em.text, column[4], "error of %s", column[2]);
	free(out);
}

static void
test_vectors(void)
{
	FILE *fp = fopen("test/data/format/vectors", "r");
	char *line = NULL;
	size_t size = 0;
	int n = 0;

	while (fp && getline(&line, &size, fp) > 0) {
		if (*line == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		test_vector(line);
		n++;
	}
	ok(n > 400, "there were vectors");
	free(line);
	if (fp)
		fclose(fp);
}

static void
test_queries(void)
{
	struct errmsg em;
	const char *name;
	struct format *f = format_parse(
	    "sort:-name {id} ?:{user.a.b:>5}", jobinfo_fields, &em);

	is_int(format_count(f), 2, "fields are counted");
	ok(format_has(f, "user.a.b") && !format_has(f, "name"),
	    "what is printed is known by its whole name");
	ok(format_needs_rows(f) && format_is_sorted(f),
	    "sorting needs all rows");
	is_str(format_field(f, 1, &name)->name, "user.",
	    "a name may stand for many");
	is_str(name, "user.a.b", "and which one is told");
	is_str(format_field(f, 2, NULL)->name, "name", "sort keys come last");
	ok(!format_field(f, 3, NULL), "there is an end");
	ok(format_set_sort(f, "nodelist,foo", &em) < 0,
	    "a sort key that is no field");
	is_str(em.text, "Invalid sort key: foo", "is told");
	format_drop(f, "user.a.b");
	is_int(format_count(f), 1, "dropped fields do not count");
	format_destroy(f);
}

static void
test_attrs(void)
{
	struct errmsg em;
	struct format *f = format_parse(
	    "{status} {runtime} {instance.stats}", jobinfo_fields, &em);
	json_t *attrs = jobinfo_attrs(f, "userid state");
	char *text = json_dumps(attrs, JSON_COMPACT);

	is_str(text,
	    "[\"userid\",\"state\",\"result\",\"t_run\",\"t_cleanup\","
	    "\"annotations\"]",
	    "each attribute that is needed once");
	ok(jobinfo_wants_instance(f), "instances are to be asked");
	free(text);
	json_decref(attrs);
	format_destroy(f);
}

static void
test_utf8(void)
{
	char s[] = "añb日\xff!";

	is_int(utf8_count(s), 6, "a stray byte counts as one");
	is_int(utf8_offset(s, 2), 3, "offset of a code point");
	utf8_cut(s, 6);
	is_int(utf8_count(s), 6, "what fits is not cut");
	utf8_cut(s, 4);
	is_str(s, "añb+", "what is cut is marked");
}

int
main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	read_jobs();
	test_vectors();
	test_queries();
	test_attrs();
	test_utf8();
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		json_decref(jobs[i]);
	return done_testing();
}
