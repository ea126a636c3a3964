/* SPDX-License-Identifier: MIT */
/*
 * flux job memo: attach values to a job, which listings show as user
 * annotations.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

/* JSON if it is some, else a string. */
static json_t *
parse_value(const char *s)
{
	json_t *v = json_loads(s, JSON_DECODE_ANY, NULL);

	if (!v && !(v = json_string(s)))
		errx(1, "memo: the value is not UTF-8");
	return v;
}

static json_t *
read_value(void)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t n = getdelim(&text, &size, '\0', stdin);
	json_t *v;

	if (n < 0 && ferror(stdin))
		err(1, "memo: stdin");
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	v = parse_value(n > 0 ? text : "");
	free(text);
	return v;
}

/* Dots nest: a.b=1 is {"a":{"b":1}}. Takes the reference of value. */
static void
set_path(json_t *o, const char *key, json_t *value)
{
	const char *dot;

	while ((dot = strchr(key, '.'))) {
		char name[256];
		json_t *next;

		if ((size_t)(dot - key) >= sizeof(name))
			errx(1, "memo: key too long");
		memcpy(name, key, dot - key);
		name[dot - key] = '\0';
		next = json_object_get(o, name);
		if (!json_is_object(next)) {
			next = json_object();
			if (json_object_set_new(o, name, next) < 0)
				errx(1, "memo: invalid key '%s'", key);
		}
		o = next;
		key = dot + 1;
	}
	if (*key == '\0' || json_object_set_new(o, key, value) < 0)
		errx(1, "memo: invalid key '%s'", key);
}

static void
add_memo(json_t *o, char *arg)
{
	char *eq = strchr(arg, '=');

	if (!eq)
		errx(1, "memo: no value for key=%s", arg);
	*eq = '\0';
	set_path(o, arg,
	    strcmp(eq + 1, "-") == 0 ? read_value() : parse_value(eq + 1));
}

int
cmd_memo(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "volatile", 0, NULL, "do not keep it in the eventlog", 'V' },
		{ 0 },
	};
	struct optparse p = {
		.usage = "memo [--volatile] ID KEY=VALUE...",
		.summary = "Attach values to a job (null removes one)",
		.example = "flux job memo ƒ2MqUpqQm progress=0.5",
		.opts = opts,
	};
	json_t *memo = json_object();
	bool is_volatile = false;
	struct handle *h;
	struct errmsg em;
	uint64_t id;

	job_options(&p, argc, argv);
	while (optparse_next(&p) != -1)
		is_volatile = true;
	job_operands(&p, 2, -1);
	id = job_id(p.operands[0]);
	for (int i = 1; i < p.noperands; i++)
		add_memo(memo, p.operands[i]);
	h = tool_open_plain();
	if (handle_call_new(h, "job-manager.memo", NODEID_ANY,
		json_pack("{s:I s:b s:o}", "id", (json_int_t)id, "volatile",
		    is_volatile, "memo", memo),
		NULL, &em) < 0)
		errx(1, "memo: %s", em.text);
	handle_close(h);
	optparse_fini(&p);
	return 0;
}
