/* SPDX-License-Identifier: MIT */
/*
 * flux shutdown: end an instance, and follow its log while it ends.
 *
 * It is the broker that does the work, and that cuts it short after the
 * timeout, so that the bound holds also when we have gone (--background, or a
 * shell inside of the instance).
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsd.h"
#include "handle.h"
#include "optparse.h"
#include "uri.h"

#define TIMEOUT 30.0 /* s */
#define GRACE   20.0 /* s: in which the broker cuts short what is left */

enum { OPT_BACKGROUND = 256, OPT_QUIET, OPT_DUMP, OPT_REFUSED, OPT_IGNORED };

/* Severities of the log */
enum { LEVEL_WARNING = 4, LEVEL_INFO = 6, LEVEL_DEBUG = 7 };

struct shutdown {
	bool background;
	int level; /* of log records that are shown */
	double timeout;
	const char *target; /* NULL = the enclosing instance */
	const char *dump;   /* NULL = none */
	int rc;
	bool done;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static struct handle *
open_target(const char *target)
{
	struct errmsg em;
	struct handle *h;
	char *uri;

	if (!target) {
		if (!(h = uri_open_default(&em)))
			errx(1, "error connecting to Flux: %s", em.text);
		return h;
	}
	if (!(uri = uri_resolve(target, &em)))
		errx(1, "failed to resolve target %s to a Flux URI: %s", target,
		    em.text);
	if (!(h = handle_open(uri, &em)))
		errx(1, "error connecting to Flux: %s", em.text);
	free(uri);
	return h;
}

static void
check_rank(struct handle *h)
{
	char *rank = handle_getattr(h, "rank");

	if (!rank)
		err(1, "rank");
	if (strcmp(rank, "0") != 0)
		errx(1, "shutdown may only be initiated on rank 0");
	free(rank);
}

/* The path as the broker is to take it, whose directory is another one. */
static char *
dump_path(struct handle *h, const char *path)
{
	char *dir, *s, date[32];
	time_t t = time(NULL);

	if (strcmp(path, "auto") == 0) {
		if (!(dir = handle_getattr(h, "statedir")))
			errx(1, "--dump=auto: the instance has no statedir");
		strftime(
		    date, sizeof(date), "dump-%Y%m%d-%H%M%S", localtime(&t));
		if (asprintf(&s, "%s/%s.tgz", dir, date) < 0)
			err(1, NULL);
	} else {
		if (!(dir = getcwd(NULL, 0)))
			err(1, "getcwd");
		if (asprintf(&s, "%s/%s", *path == '/' ? "" : dir,
			path + (*path == '/')) < 0)
			err(1, NULL);
	}
	free(dir);
	return s;
}

/* The broker takes the attribute at its end. */
static void
set_dump(struct handle *h, const char *path)
{
	char *s = dump_path(h, path);
	struct errmsg em;
	json_t *o = json_pack("{s:s s:s}", "name", "content.dump", "value", s);

	if (!o)
		errx(1, "--dump: value is not UTF-8");
	if (handle_call_new(h, "attr.set", NODEID_ANY, o, NULL, &em) < 0)
		errx(1, "--dump: %s", em.text);
	free(s);
}

static void
on_answer(struct handle *h, const struct reply *r, void *arg)
{
	struct shutdown *s = arg;
	const char *text = "";
	size_t len;

	if (r->errnum == 0) {
		json_unpack(r->json, "{s:s}", "log", &text);
		len = strlen(text);
		fprintf(stderr, "%s%s", text,
		    len > 0 && text[len - 1] != '\n' ? "\n" : "");
		return;
	}
	if (r->errnum != ENODATA) {
		warnx("%s", r->text);
		s->rc = 1;
	}
	s->done = true;
	handle_stop(h);
}

static void
follow(struct handle *h, struct shutdown *s)
{
	double left, end = now() + s->timeout + GRACE;

	while (!s->done) {
		left = end - now();
		if (left <= 0)
			errx(1, "the instance has not ended within %gs",
			    s->timeout + GRACE);
		if (handle_poll(h, left < 1e6 ? (int)(left * 1000) + 1 : -1) <
			0 &&
		    errno != EINTR && !s->done)
			err(1, "shutdown");
	}
}

static void
run(struct shutdown *s)
{
	struct handle *h = open_target(s->target);
	struct errmsg em;
	json_t *o;

	check_rank(h);
	if (s->dump)
		set_dump(h, s->dump);
	o = json_pack("{s:i}", "loglevel", s->level);
	if (isfinite(s->timeout))
		json_object_set_new(o, "timeout", json_real(s->timeout));
	if (s->background) {
		if (handle_call_new(
			h, "shutdown.start", NODEID_ANY, o, NULL, &em) < 0)
			errx(1, "%s", em.text);
	} else {
		if (handle_rpc_new(h, "shutdown.start", NODEID_ANY,
			MSG_STREAMING, o, on_answer, s) < 0)
			err(1, "shutdown.start");
		follow(h, s);
	}
	handle_close(h);
}

static const struct opt options[] = {
	{ "background", 0, NULL, "do not wait for the end", OPT_BACKGROUND },
	{ "quiet", 0, NULL, "show warnings and errors only", OPT_QUIET },
	{ "verbose", 'v', "[LEVEL]", "show all log messages", 0 },
	{ "timeout", 't', "FSD",
	    "kill what is left after this time (default: 30s)", 0 },
	{ "dump", 0, "PATH", "write the jobs to this file, or to auto",
	    OPT_DUMP },
	{ "skip-gc", 0, NULL, "collect no garbage (there is none)",
	    OPT_IGNORED },
	{ "yes", 'y', NULL, "answer yes to questions (there are none)",
	    OPT_IGNORED },
	{ "no", 'n', NULL, "answer no to questions (there are none)",
	    OPT_IGNORED },
	{ "gc", 0, NULL, NULL, OPT_REFUSED },
	{ 0 },
};

static void
set_option(struct shutdown *s, const struct optparse *p, int c)
{
	switch (c) {
	case OPT_BACKGROUND:
		s->background = true;
		break;
	case OPT_QUIET:
		s->level = LEVEL_WARNING;
		break;
	case 'v':
		if (!p->value || strcmp(p->value, "0") != 0)
			s->level = LEVEL_DEBUG;
		break;
	case 't':
		if (fsd_parse(p->value, &s->timeout) < 0)
			optparse_fail(p,
			    "invalid Flux standard duration '%s' for "
			    "--timeout",
			    p->value);
		break;
	case OPT_DUMP:
		if (!*p->value)
			optparse_fail(p, "no file after --dump");
		s->dump = p->value;
		break;
	case OPT_REFUSED:
		errx(1, "--%s is not supported: there is no garbage",
		    p->opt->name);
	default:
		break;
	}
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [TARGET]",
		.summary = "End an instance",
		.example = "flux shutdown --timeout=1m ƒ7Xmw",
		.opts = options,
		.fail_status = 1,
	};
	struct shutdown s = { .level = LEVEL_INFO, .timeout = TIMEOUT };
	int c;

	setlocale(LC_CTYPE, "");
	setprogname("flux-shutdown");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1)
		set_option(&s, &p, c);
	if (p.noperands > 1)
		optparse_fail(&p, "only one TARGET may be given");
	s.target = p.noperands ? p.operands[0] : NULL;
	run(&s);
	optparse_fini(&p);
	return s.rc;
}
