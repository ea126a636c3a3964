/* SPDX-License-Identifier: MIT */
/*
 * flux resource drain, undrain: take nodes out of service and put them back.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "formatname.h"
#include "optparse.h"
#include "status.h"

/* Words joined with blanks (malloc'd). */
static char *
join(char **word, int n)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	if (!f)
		err(1, NULL);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", word[i]);
	if (fclose(f) == EOF)
		err(1, NULL);
	return s;
}

struct change {
	int force;   /* -f, -ff */
	bool update; /* -u */
};

static const char *
mode(const struct change *c)
{
	if (c->force > 0 && c->update)
		tool_fail("Only one of --force and --update may be specified");
	if (c->update)
		return "update";
	return c->force > 1   ? "force-overwrite"
	       : c->force > 0 ? "overwrite"
			      : NULL;
}

/* The request for TARGETS [REASON...] */
static json_t *
request(const struct change *c, const struct optparse *p)
{
	char *reason =
	    p->noperands > 1 ? join(p->operands + 1, p->noperands - 1) : NULL;
	json_t *o = json_pack("{s:s s:s* s:s*}", "targets", p->operands[0],
	    "mode", mode(c), "reason", reason);

	if (!o)
		tool_fail("the reason is not UTF-8");
	free(reason);
	return o;
}

static const struct opt drain_opts[] = {
	{ "force", 'f', NULL,
	    "replace the reason of drained nodes; -ff: also "
	    "the time",
	    0 },
	{ "update", 'u', NULL, "leave nodes that are drained as they are", 0 },
	{ "include", 'i', "TARGETS", "list only these ranks or hosts", 0 },
	{ "queue", 'q', "QUEUE,...", "list only these queues", 0 },
	{ "format", 'o', "FORMAT", "a format, the name of one, or help", 0 },
	{ "no-header", 'n', NULL, "no header line", 0 },
	{ "color", 'L', "[WHEN]", "colour: always, never or auto (default)",
	    0 },
	{ 0 },
};

static const struct format_builtin formats[] = {
	{ "default", "Default flux-resource drain format string",
	    "{timestamp!d:%b%d %R::<12} {state:<8.8} {reason:<30.30+} "
	    "{nodelist}" },
	{ "long", "Long flux-resource drain format string",
	    "{timestamp!d:%b%d %R::<12} {state:<8.8} {ranks:<8.8+} "
	    "+:{reason:<30.30} {nodelist}" },
	{ NULL, NULL, NULL },
};

static const struct format_source source = {
	.title = "flux-resource",
	.stem = "flux-resource",
	.table = "drain.formats",
	.default_env = "FLUX_RESOURCE_DRAIN_FORMAT_DEFAULT",
	.builtin = formats,
};

static void
drain(const struct change *c, const struct optparse *p)
{
	struct handle *h = tool_open();
	json_t *o = request(c, p);
	struct errmsg em;

	if (handle_call_new(h, "resource.drain", 0, o, NULL, &em) < 0) {
		warnx("ERROR: [Errno %d] %s", errno, em.text);
		if (errno == EEXIST)
			warnx("INFO: Use --force to overwrite existing drain "
			      "reason");
		handle_close(h);
		exit(1);
	}
	handle_close(h);
}

static void
list(const struct status_query *q, const char *format, bool header)
{
	struct format *f = table_format(&source, format, status_fields);

	if (f)
		status_print(q, f, header);
	format_destroy(f);
}

int
cmd_drain(int argc, char **argv)
{
	struct optparse p = {
		.usage = "drain [OPTIONS] [TARGETS [REASON...]]",
		.summary = "Take nodes out of service; without targets, list "
			   "those that are",
		.example = "flux resource drain node[3-4] bad disk",
		.opts = drain_opts,
	};
	struct status_query q = {
		.states = 1u << DRAINING | 1u << DRAINED,
		.online = true,
		.offline = true,
	};
	struct change change = { 0 };
	const char *format = NULL;
	bool header = true;
	int c;

	color_parse(NULL, &q.color);
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		change.force += c == 'f';
		change.update |= c == 'u';
		header &= c != 'n';
		if (c == 'o')
			format = p.value;
		else if (c == 'i')
			q.sel.include = p.value;
		else if (c == 'q')
			words_add(&q.sel.queues, (char *)p.value);
		else if (c == 'L' &&
			 color_parse(p.value ? p.value : "", &q.color) < 0)
			optparse_fail(
			    &p, "Invalid argument to --color: '%s'", p.value);
	}
	if (p.noperands > 0)
		drain(&change, &p);
	else
		list(&q, format, header);
	words_fini(&q.sel.queues);
	optparse_fini(&p);
	return tool_finish(0);
}

int
cmd_undrain(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "force", 'f', NULL,
		    "replace an earlier reason; -ff: also "
		    "the time",
		    0 },
		{ "update", 'u', NULL,
		    "nodes that are not drained are no "
		    "error",
		    0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "undrain [OPTIONS] TARGETS [REASON...]",
		.summary = "Put nodes back in service",
		.example = "flux resource undrain node3 disk replaced",
		.opts = opts,
	};
	struct change change = { 0 };
	struct handle *h;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		change.force += c == 'f';
		change.update |= c == 'u';
	}
	if (p.noperands < 1)
		optparse_fail(&p, "TARGETS are required");
	h = tool_open();
	json_decref(resource_call(h, "resource.undrain", request(&change, &p)));
	handle_close(h);
	optparse_fini(&p);
	return 0;
}
