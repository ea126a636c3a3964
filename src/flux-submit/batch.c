/* SPDX-License-Identifier: MIT */
/* flux batch: a script that runs as the initial program of an instance. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "directives.h"
#include "files.h"
#include "fluid.h"
#include "instance.h"
#include "jobspec_build.h"
#include "slurm.h"

enum { SCRIPT_MODE = 0700 };

struct script {
	char *text;
	const char *name;  /* of the job */
	const char *where; /* of errors */
	bool has_directives;
	int first_arg; /* index of the script's arguments in the command */
};

/* Lines end with a newline, whatever they were written on: "#!/bin/sh\r" is
 * no program. */
static void
unify_newlines(char *text, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < *len; i++) {
		if (text[i] != '\r')
			text[n++] = text[i];
		else if (text[i + 1] != '\n')
			text[n++] = '\n';
	}
	text[n] = '\0';
	*len = n;
}

static char *
read_stream(FILE *f, size_t *len)
{
	char *text = NULL, buf[65536];
	size_t n;
	FILE *out = open_memstream(&text, len);

	if (!out)
		err(1, NULL);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, out);
	fclose(out);
	unify_newlines(text, len);
	return text;
}

static char *
read_script(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t len = 0;
	char *text;
	json_t *utf8;

	if (!f)
		errx(1, "ERROR: %s: '%s'", strerror(errno), path);
	text = read_stream(f, &len);
	if (ferror(f))
		errx(1, "ERROR: %s: '%s'", strerror(errno), path);
	fclose(f);
	utf8 = strlen(text) == len ? json_string(text) : NULL;
	if (!utf8)
		errx(1,
		    "ERROR: %s does not appear to be a script, or failed "
		    "to encode as utf-8",
		    path);
	json_decref(utf8);
	return text;
}

static char *
wrapped(const struct args *a)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		err(1, NULL);
	fputs("#!/bin/sh\n", f);
	for (int i = 0; i < a->ncommand; i++)
		fprintf(f, "%s%s", i ? " " : "", a->command[i]);
	fputc('\n', f);
	fclose(f);
	return text;
}

static char *
from_stdin(bool wrap)
{
	size_t len = 0;
	char *text = read_stream(stdin, &len), *all;

	if (!wrap)
		return text;
	if (asprintf(&all, "#!/bin/sh\n%s", text) < 0)
		err(1, NULL);
	free(text);
	return all;
}

static struct script
get_script(const struct args *a)
{
	bool wrap = args_has(a, OPT_WRAP);
	struct script s = { .first_arg = 1 };

	if (a->ncommand == 0) {
		s.text = from_stdin(wrap);
		s.name = "batch";
		s.where = "stdin";
		s.has_directives = true;
	} else if (wrap) {
		s.text = wrapped(a);
		s.name = s.where = a->command[0];
	} else {
		s.text = read_script(a->command[0]);
		s.name = s.where = a->command[0];
		s.has_directives = true;
	}
	if (strncmp(s.text, "#!", 2) != 0)
		errx(1, "ERROR: %s does not appear to start with '#!'", s.name);
	return s;
}

/* Directives first, then the command line again: it wins. */
static void
apply_directives(struct args *a, const struct script *s)
{
	struct args all = { .kind = BATCH };

	if (args_has(a, OPT_SLURM))
		slurm_parse(&all, s->text, s->where);
	directives_parse(&all, s->text, s->where);
	all.list = reallocarray(all.list, all.n + a->n + 1, sizeof(*all.list));
	if (!all.list)
		err(1, NULL);
	if (a->n > 0)
		memcpy(all.list + all.n, a->list, a->n * sizeof(*a->list));
	free(a->list);
	a->list = all.list;
	a->n += all.n;
}

/* The jobspec of a script; its directives are in a already. */
static json_t *
make_jobspec(const struct args *a, const struct script *s)
{
	json_t *files = json_object(), *options;
	struct payload p = {
		.files = files, .name = s->name, .output = "flux-{{id}}.out"
	};
	json_t *words, *jobspec;

	options = broker_shell_options(a);
	file_add_text(files, "script", SCRIPT_MODE, s->text);
	words = broker_words(a, files, false);
	json_array_append_new(words, json_string("{{tmpdir}}/script"));
	for (int i = s->first_arg; i < a->ncommand; i++)
		json_array_append_new(words, json_string(a->command[i]));
	p.command = words;
	p.options = options;
	p.total = brokers_count(a);
	jobspec = jobspec_build(a, &p);
	json_decref(words);
	json_decref(files);
	json_decref(options);
	return jobspec;
}

void
batch_expand(struct args *a)
{
	struct script s = get_script(a);

	apply_directives(a, &s);
	free(s.text);
}

json_t *
batch_jobspec(const struct args *a)
{
	struct args as_batch = *a;
	struct script s = get_script(a);
	json_t *jobspec;

	as_batch.kind = BATCH;
	jobspec = make_jobspec(&as_batch, &s);
	free(s.text);
	return jobspec;
}

int
batch_command(struct args *a)
{
	struct script s = get_script(a);
	char text[FLUID_STRMAX];
	json_t *jobspec;
	uint64_t id;

	if (s.has_directives)
		apply_directives(a, &s);
	jobspec = make_jobspec(a, &s);
	free(s.text);
	if (args_has(a, OPT_DRY_RUN))
		return print_jobspec_new(a, jobspec, 1);
	id = submit_one(a, jobspec);
	if (!args_has(a, OPT_QUIET))
		puts(fluid_encode(text, sizeof(text), id, fluid_f58_form()));
	json_decref(jobspec);
	return fflush(stdout) == 0 ? 0 : 1;
}
