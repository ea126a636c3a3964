/* SPDX-License-Identifier: MIT */
/* Addresses of inboxes, and the hints which of ours is meant. */
#include <string.h>

#include "../../src/flux-broker/overlay/address.h"
#include "../lib/tap.h"

static const struct {
	const char *uri, *expected; /* NULL: refused */
} uris[] = {
	{ "tcp://10.0.0.1:8050", "tcp://10.0.0.1:8050" },
	{ "tcp://[fd00::1]:1", "tcp://[fd00::1]:1" },
	{ "tcp://[::1]:65535", "tcp://[::1]:65535" },
	{ "tcp://fd00::1:8050", "tcp://[fd00::1]:8050" },
	{ "tcp://10.0.0.1:0", NULL },
	{ "tcp://10.0.0.1:65536", NULL },
	{ "tcp://10.0.0.1:", NULL },
	{ "tcp://10.0.0.1", NULL },
	{ "tcp://:8050", NULL },
	{ "tcp://[]:8050", NULL },
	{ "tcp://", NULL },
	{ "ipc:///tmp/x:1", NULL },
	{ "", NULL },
};

static const struct {
	const char *hint, *expected; /* NULL: refused */
} hints[] = {
	{ "lo", "127.0.0.1" },
	{ "127.0.0.0/8", "127.0.0.1" },
	{ "127.0.0.1/32", "127.0.0.1" },
	{ "127.0.0.128/25", NULL },
	{ "127.0.0.0/25", "127.0.0.1" },
	{ "127.0.0.0/33", NULL },
	{ "127.0.0/8", NULL },
	{ "/8", NULL },
	{ "nosuch0", NULL },
	{ "", NULL },
};

int
main(void)
{
	struct address a, b;
	struct errmsg em;
	char buf[ADDRESS_STRMAX];

	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++) {
		int rc = address_parse(&a, uris[i].uri, &em);

		is_str(rc == 0 ? address_uri(buf, &a) : NULL, uris[i].expected,
		    "'%s'", uris[i].uri);
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		int rc = address_own(&a, hints[i].hint, &em);

		is_str(rc == 0 ? address_host(buf, &a) : NULL,
		    hints[i].expected, "hint '%s'", hints[i].hint);
	}
	is_int(address_own(&a, "default-route", &em), 0, "there is always one");
	is_int(address_parse_bind(&a, "tcp://*:0", &em), 0, "any");
	is_str(address_uri(buf, &a), "tcp://0.0.0.0:0", "any");
	is_int(address_parse_bind(&b, "tcp://lo:7", &em), 0, "an interface");
	is_str(address_uri(buf, &b), "tcp://127.0.0.1:7", "an interface");
	ok(!address_same_host(&a, &b), "not the same");
	address_parse(&a, "tcp://127.0.0.1:9", &em);
	ok(address_same_host(&a, &b), "the same host, another port");
	return done_testing();
}
