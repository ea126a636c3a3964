/* SPDX-License-Identifier: MIT */
/* flux version: which versions are at work, of the tools and of the broker. */
#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "handle.h"
#include "optparse.h"
#include "uri.h"
#include "version.h"

/* Outside an instance there is nothing to say, and that is no error. */
static void
print_broker(void)
{
	const char *uri = getenv("FLUX_URI");
	struct handle *h;
	char *version;

	if (!uri)
		return;
	if (!(h = handle_open(uri, NULL)))
		return;
	if ((version = handle_getattr(h, "version")))
		printf("broker:  \t\t%s\n", version);
	printf("FLUX_URI:\t\t%s\n", uri);
	free(version);
	handle_close(h);
}

int
main(int argc, char **argv)
{
	struct optparse p = {
		.usage = "",
		.summary = "print the versions of commands and broker",
		.example = "flux version",
	};

	setlocale(LC_CTYPE, "");
	setprogname("flux-version");
	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	if (p.noperands > 0)
		optparse_fail(&p, "no argument is taken");
	printf("commands:    \t\t%s\n", FLUX_VERSION);
	printf("libflux-core:\t\t%s\n", FLUX_VERSION);
	print_broker();
	printf("flux-toolbox:\t\t%s\n", TOOLBOX_VERSION);
	optparse_fini(&p);
	return fflush(stdout) == 0 ? 0 : 1;
}
