/* SPDX-License-Identifier: MIT */
/*
 * flux submit and flux bulksubmit: one job for each {cc}, and for each row of
 * inputs. A jobspec is built once for all jobs that differ in FLUX_JOB_CC only.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "commands.h"
#include "explain.h"
#include "fields.h"
#include "idset.h"
#include "jobspec.h"
#include "jobspec_build.h"
#include "sender.h"
#include "setters.h"
#include "template.h"

json_t *
command_words(const struct args *a)
{
	json_t *words = json_array();

	if (a->ncommand == 0)
		errx(1, "ERROR: job command and arguments are missing");
	for (int i = 0; i < a->ncommand; i++)
		json_array_append_new(words, json_string(a->command[i]));
	return words;
}

static json_t *
make_jobspec(const struct args *a)
{
	struct payload p = { 0 };
	json_t *jobspec;

	if (args_has(a, OPT_SCRIPTS))
		return batch_jobspec(a);
	p.command = command_words(a);
	jobspec = jobspec_build(a, &p);
	json_decref(p.command);
	return jobspec;
}

int
print_jobspec_new(const struct args *a, json_t *jobspec, size_t njobs)
{
	if (explain_wanted(a)) {
		explain(a, jobspec, njobs);
	} else {
		if (json_dumpf(jobspec, stdout, 0) < 0)
			errx(1, "ERROR: cannot print the jobspec");
		putchar('\n');
	}
	json_decref(jobspec);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* ---- carbon copies ---- */

struct copies {
	struct idset *ids; /* NULL: one job, no {cc} */
	bool set_env;      /* --cc, not --bcc */
};

static struct copies
find_copies(const struct args *a)
{
	const char *cc = args_get(a, OPT_CC), *bcc = args_get(a, OPT_BCC);
	const char *text = cc ? cc : bcc;
	struct copies c = { .set_env = cc != NULL };

	if (cc && bcc)
		errx(1, "ERROR: specify only one of --cc or --bcc");
	if (text && !(c.ids = idset_decode(text)))
		errx(1, "ERROR: IDset(): Invalid argument: %s", text);
	return c;
}

static size_t
copies_count(const struct copies *c)
{
	return c->ids ? idset_count(c->ids) : 1;
}

/* Is there a field in any option or word? */
static bool
has_fields(const struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].value && strpbrk(a->list[i].value, "{}"))
			return true;
	for (int i = 0; i < a->ncommand; i++)
		if (strpbrk(a->command[i], "{}"))
			return true;
	return false;
}

static void
send(
    struct sender *s, const struct args *a, const char *jobspec, const char *cc)
{
	struct submission sub = { .jobspec = jobspec,
		.cc = cc,
		.log = args_get(a, OPT_LOG),
		.log_stderr = args_get(a, OPT_LOG_STDERR),
		.urgency = field_urgency(a),
		.flags = field_flags(a) };

	sender_submit(s, &sub);
}

static char *
jobspec_text(const json_t *jobspec)
{
	char *text = json_dumps(jobspec, JSON_COMPACT);

	if (!text)
		err(1, NULL);
	return text;
}

/* It goes behind all other variables: what is before it is the same in all
 * copies, and the broker keeps that once. */
static void
set_cc(json_t *jobspec, const char *cc)
{
	json_t *system = jobspec_system(jobspec);

	json_object_del(json_object_get(system, "environment"), "FLUX_JOB_CC");
	set_path(jobspec, "attributes.system.environment.FLUX_JOB_CC",
	    json_string(cc));
}

static void
submit_copy(struct sender *s, const struct args *a, json_t *jobspec,
    const char *cc, const struct copies *c)
{
	char *text;

	if (c->set_env)
		set_cc(jobspec, cc);
	text = jobspec_text(jobspec);
	send(s, a, text, cc);
	free(text);
}

/* Copies that differ in nothing but their number: text made once, in which it
 * is put. */
struct common {
	char *text;
	size_t at;     /* where the number goes, */
	size_t behind; /* and the text after it; 0 = it goes nowhere */
};

#define CC_MARK "\"FLUX_JOB_CC\":\"\\u0001\""

static struct common
make_common(const struct args *a, const struct copies *c)
{
	json_t *jobspec = make_jobspec(a);
	struct common common = { 0 };
	const char *mark;

	if (c->set_env)
		set_cc(jobspec, "\001");
	common.text = jobspec_text(jobspec);
	json_decref(jobspec);
	if (c->set_env && (mark = strstr(common.text, CC_MARK))) {
		common.behind =
		    (size_t)(mark - common.text) + sizeof(CC_MARK) - 2;
		common.at = common.behind - strlen("\\u0001");
	}
	return common;
}

static void
send_common(struct sender *s, const struct args *a, const struct common *common,
    const char *cc)
{
	char *text;

	if (common->behind == 0) {
		send(s, a, common->text, cc);
		return;
	}
	if (asprintf(&text, "%.*s%s%s", (int)common->at, common->text, cc,
		common->text + common->behind) < 0)
		err(1, NULL);
	send(s, a, text, cc);
	free(text);
}

/* With fields each copy has options of its own. */
static json_t *
copy_jobspec(const struct args *a, const char *cc, struct args *own)
{
	struct fields fs = { .cc = cc };

	*own = args_substitute(a, template_render, &fs);
	return make_jobspec(own);
}

/* The end with a reason if the options of the request are wrong. */
static void
check_request(const struct args *a, json_t *jobspec_new)
{
	json_decref(jobspec_new);
	field_urgency(a);
	field_flags(a);
}

/* Each jobspec is made once for nothing: a bad value in the last of them must
 * not be found when the first is submitted. 1000 cost about 0.1 s. */
static void
check_copies(const struct args *a, const struct copies *c)
{
	char cc[16];

	if (!c->ids || !has_fields(a)) {
		check_request(a, make_jobspec(a));
		return;
	}
	for (unsigned id = idset_first(c->ids); id != IDSET_INVALID;
	     id = idset_next(c->ids, id)) {
		struct args own;
		snprintf(cc, sizeof(cc), "%u", id);
		check_request(&own, copy_jobspec(a, cc, &own));
		args_free(&own);
	}
}

static void
submit_copies(struct sender *s, const struct args *a, const struct copies *c)
{
	struct common common = { 0 };
	char cc[16];

	if (!has_fields(a))
		common = make_common(a, c);

	for (unsigned id = idset_first(c->ids); id != IDSET_INVALID;
	     id = idset_next(c->ids, id)) {
		struct args own;
		json_t *jobspec;
		snprintf(cc, sizeof(cc), "%u", id);
		if (common.text) {
			send_common(s, a, &common, cc);
			continue;
		}
		jobspec = copy_jobspec(a, cc, &own);
		submit_copy(s, &own, jobspec, cc, c);
		json_decref(jobspec);
		args_free(&own);
	}
	free(common.text);
}

static void
submit_all(struct sender *s, const struct args *a, const struct copies *c)
{
	json_t *jobspec;
	char *text;

	if (c->ids) {
		submit_copies(s, a, c);
		return;
	}
	jobspec = make_jobspec(a);
	text = jobspec_text(jobspec);
	send(s, a, text, NULL);
	free(text);
	json_decref(jobspec);
}

static int
dry_run(const struct args *a, const struct copies *c)
{
	struct args own;
	json_t *jobspec;
	char cc[16];
	int rc;

	if (!c->ids)
		return print_jobspec_new(a, make_jobspec(a), 1);
	snprintf(cc, sizeof(cc), "%u", idset_first(c->ids));
	jobspec = copy_jobspec(a, cc, &own);
	if (c->set_env)
		set_cc(jobspec, cc);
	rc = print_jobspec_new(&own, jobspec, copies_count(c));
	args_free(&own);
	return rc;
}

int
submit_command(struct args *a)
{
	struct copies c = find_copies(a);
	struct sender *s;
	int status;

	if (args_has(a, OPT_DRY_RUN)) {
		status = dry_run(a, &c);
		idset_destroy(c.ids);
		return status;
	}
	check_copies(a, &c);
	s = sender_create(a);
	sender_expect(s, (int)copies_count(&c));
	submit_all(s, a, &c);
	status = sender_finish(s);
	idset_destroy(c.ids);
	return status;
}

/* ---- bulksubmit ---- */

/* In what order options are shown; others follow as they were given. */
static const int shown_first[] = { 'q', 'B', 'n', 'N', 'c', 'g', OPT_CORES,
	OPT_TASKS_PER_NODE, OPT_TASKS_PER_CORE, OPT_GPUS_PER_NODE, 't', OPT_ENV,
	OPT_ENV_REMOVE, OPT_ENV_FILE, OPT_URGENCY, 'o', 'S', OPT_JOB_NAME,
	OPT_INPUT, OPT_OUTPUT, OPT_ERROR, OPT_CC, OPT_BCC, OPT_LOG,
	OPT_LOG_STDERR, OPT_DEPENDENCY, OPT_TASKMAP, OPT_REQUIRES,
	OPT_WAIT_EVENT, OPT_CWD, OPT_FLAGS, OPT_SIGNAL };

enum { NSHOWN = sizeof(shown_first) / sizeof(*shown_first) };

static int
place(int id)
{
	int i = 0;

	while (i < NSHOWN && shown_first[i] != id)
		i++;
	return i;
}

static void
print_option(const struct arg *o)
{
	if (!o->is_changed && o->id != OPT_CC && o->id != OPT_BCC)
		return;
	if (o->id < OPT_CORES)
		printf(" -%c%s", o->id, o->value);
	else
		printf(" --%s=%s", o->name, o->value);
}

static void
print_row(const struct args *a)
{
	printf("bulksubmit: %s", args_has(a, OPT_SCRIPTS) ? "batch" : "submit");
	for (int at = 0; at <= NSHOWN; at++)
		for (size_t i = 0; i < a->n; i++)
			if (place(a->list[i].id) == at)
				print_option(&a->list[i]);
	for (int i = 0; i < a->ncommand; i++)
		printf(" %s", a->command[i]);
	putchar('\n');
}

static struct args
row_args(const struct args *a, const struct bulk *b, int row)
{
	struct fields fs = { .inputs = b->rows[row],
		.ninputs = b->ninputs,
		.seq = row,
		.defines = b->defines };

	struct args own = args_substitute(a, template_render, &fs);

	if (args_has(&own, OPT_SCRIPTS))
		batch_expand(&own);
	return own;
}

static int
count_and_check(const struct args *a, const struct bulk *b)
{
	int total = 0;

	for (int i = 0; i < b->nrows; i++) {
		struct args own = row_args(a, b, i);
		struct copies c = find_copies(&own);
		if (!args_has(a, OPT_DRY_RUN))
			check_copies(&own, &c);
		total += (int)copies_count(&c);
		idset_destroy(c.ids);
		args_free(&own);
	}
	return total;
}

static void
default_template(struct args *a)
{
	if (a->ncommand > 0)
		return;
	free(a->command);
	a->command = calloc(2, sizeof(*a->command));
	if (!a->command || !(a->command[0] = strdup("{}")))
		err(1, NULL);
	a->ncommand = 1;
}

int
bulksubmit_command(struct args *a)
{
	bool dry = args_has(a, OPT_DRY_RUN);
	struct sender *s = NULL;
	struct bulk b;
	int total, status = 0;

	if (args_has(a, OPT_SLURM) && !args_has(a, OPT_SCRIPTS))
		errx(1, "ERROR: --slurm needs --batch");
	bulk_read(&b, a);
	default_template(a);
	total = count_and_check(a, &b);
	if (dry && args_has(a, OPT_PROGRESS))
		printf("bulksubmit: submitting a total of %d jobs\n", total);
	if (!dry) {
		s = sender_create(a);
		sender_expect(s, total);
	}
	for (int i = 0; i < b.nrows; i++) {
		struct args own = row_args(a, &b, i);
		struct copies c = find_copies(&own);
		if (dry && explain_wanted(a))
			dry_run(&own, &c);
		else if (dry || args_has(a, 'v'))
			print_row(&own);
		if (!dry)
			submit_all(s, &own, &c);
		idset_destroy(c.ids);
		args_free(&own);
	}
	if (s)
		status = sender_finish(s);
	bulk_free(&b);
	return status;
}
