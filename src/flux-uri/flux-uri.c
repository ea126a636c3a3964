/* SPDX-License-Identifier: MIT */
/* flux uri TARGET: print the URI of an instance. */
#include <err.h>
#include <jansson.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optparse.h"
#include "uri.h"

static const struct opt options[] = {
	{ "local", 'l', NULL, "print a local:// URI", 0 },
	{ "remote", 'r', NULL, "print an ssh:// URI", 0 },
	{ "wait", 'w', NULL, "wait until the job posts its URI", 0 },
	{ "json", 'j', NULL, "print both in a JSON object", 0 },
	{ 0 },
};

/* TARGET with one more query word (malloc'd). */
static char *
with_query(const char *target, const char *word)
{
	char *s;

	if (asprintf(&s, "%s%c%s", target, strchr(target, '?') ? '&' : '?',
		word) < 0)
		err(1, NULL);
	return s;
}

static char *
convert(char *uri, bool to_local, bool to_remote)
{
	char *other = NULL;

	if (to_remote)
		other = uri_remote(uri);
	else if (to_local)
		other = uri_local(uri);
	if (!other)
		return uri;
	free(uri);
	return other;
}

/* {"version":1,"target":T,"uri":what is printed without --json,"local":URI,
 * "remote":URI} */
static void
print_json(const char *target, const char *uri)
{
	char *local = uri_local(uri), *remote = uri_remote(uri), *s;
	json_t *o = json_pack("{s:i s:s s:s s:s* s:s*}", "version", 1, "target",
	    target, "uri", uri, "local", local, "remote", remote);

	if (!o || !(s = json_dumps(o, JSON_COMPACT)))
		errx(1, "ERROR: TARGET is not UTF-8");
	puts(s);
	free(s);
	json_decref(o);
	free(local);
	free(remote);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] TARGET",
		.summary = "resolve a job id, a path of them, or another "
			   "TARGET to the URI of its instance",
		.example =
		    "flux uri --local ƒA/ƒB\n\n"
		    "Schemes of TARGET (none means jobid):\n"
		    "  jobid\t\tID, ID/ID, / (root instance), .. (parent)\n"
		    "  pid\t\tthe FLUX_URI of a process\n"
		    "  slurm\t\tan instance that runs as a Slurm job",
		.opts = options,
	};
	bool to_local = false, to_remote = false, wait = false, json = false;
	struct errmsg em;
	char *target, *uri;
	int c;

	setlocale(LC_CTYPE, "");
	setprogname("flux-uri");
	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		to_local |= c == 'l';
		to_remote |= c == 'r';
		wait |= c == 'w';
		json |= c == 'j';
	}
	if (p.noperands < 1)
		optparse_fail(
		    &p, "the following arguments are required: TARGET");
	if (p.noperands > 1)
		optparse_fail(&p, "unrecognized arguments: %s", p.operands[1]);
	target =
	    wait ? with_query(p.operands[0], "wait") : strdup(p.operands[0]);
	if (!target || !(uri = uri_resolve(target, &em)))
		errx(1, "ERROR: %s", target ? em.text : "out of memory");
	uri = convert(uri, to_local, to_remote);
	if (json)
		print_json(p.operands[0], uri);
	else
		puts(uri);
	free(uri);
	free(target);
	optparse_fini(&p);
	return fflush(stdout) == 0 ? 0 : 1;
}
