/* SPDX-License-Identifier: MIT */
/*
 * flux resource reload, acquire-mute.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "resource.h"

int
cmd_reload(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "xml", 'x', NULL, "PATH is a directory of hwloc XML", 0 },
		{ "force", 'f', NULL, "allow ranks that do not exist", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "reload [OPTIONS] PATH",
		.summary = "Replace the inventory by R in a file (for tests)",
		.opts = opts,
	};
	bool xml = false, force = false;
	char path[PATH_MAX];
	struct handle *h;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		xml |= c == 'x';
		force |= c == 'f';
	}
	if (p.noperands != 1)
		optparse_fail(&p, "one PATH is required");
	/* the broker may have another working directory */
	if (!realpath(p.operands[0], path))
		err(1, "ERROR: %s", p.operands[0]);
	h = tool_open();
	json_decref(resource_call(h, "resource.reload",
	    json_pack(
		"{s:s s:b s:b}", "path", path, "xml", xml, "force", force)));
	handle_close(h);
	optparse_fini(&p);
	return 0;
}

int
cmd_acquire_mute(int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct optparse p = {
		.usage = "acquire-mute",
		.summary = "Tell the scheduler no more changes (for shutdown)",
		.opts = opts,
	};
	struct handle *h;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	if (p.noperands > 0)
		optparse_fail(&p, "unexpected argument '%s'", p.operands[0]);
	h = tool_open();
	json_decref(resource_call(h, "resource.acquire-mute", NULL));
	handle_close(h);
	optparse_fini(&p);
	return 0;
}
