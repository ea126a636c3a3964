/* SPDX-License-Identifier: MIT */
/* The instance that a command line tool works with. Apart from the rest, so
 * that programs without one are not linked with the client. */
#include <err.h>

#include "optparse.h"
#include "uri.h"

struct handle *
tool_open(void)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);

	if (!h)
		tool_fail("%s", em.text);
	return h;
}

struct handle *
tool_open_plain(void)
{
	struct errmsg em;
	struct handle *h = uri_open_default(&em);

	if (!h)
		errx(1, "%s", em.text);
	return h;
}
