/* SPDX-License-Identifier: MIT */
/*
 * RFC 24 standard I/O, and the words for how a job ended.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "iodata.h"
#include "shelllog.h"
#include "waitstatus.h"

static const struct {
	const char *json; /* what is decoded */
	const char *data; /* NULL = refused; "" = none */
	size_t len;
	int eof;
} decoded[] = {
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"data\":\"out\\n\"}", "out\n",
	    4, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"eof\":true}", "", 0, 1 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"data\":\"x\",\"eof\":true}",
	    "x", 1, 1 },
	{ "{\"stream\":\"stderr\",\"rank\":\"[0-1]\",\"encoding\":\"base64\","
	  "\"data\":\"/4BhYmMK\"}",
	    "\xff\x80"
	    "abc\n",
	    6, 0 },
	{ "{\"stream\":\"stdin\",\"rank\":\"all\",\"encoding\":\"UTF-8\","
	  "\"data\":\"ä\"}",
	    "ä", 2, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"data\":\"ab\","
	  "\"repeat\":3}",
	    "ababab", 6, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"data\":\"ab\","
	  "\"repeat\":2000000000}",
	    NULL, 0, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"encoding\":\"base64\","
	  "\"data\":\"?\"}",
	    NULL, 0, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":0,\"data\":\"x\"}", NULL, 0, 0 },
	{ "{\"stream\":\"stdout\",\"data\":\"x\"}", NULL, 0, 0 },
	{ "{\"rank\":\"0\",\"data\":\"x\"}", NULL, 0, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"data\":5}", NULL, 0, 0 },
	{ "{\"stream\":\"stdout\",\"rank\":\"0\",\"eof\":1}", NULL, 0, 0 },
	{ "[]", NULL, 0, 0 },
};

static void
test_decode(void)
{
	for (size_t i = 0; i < sizeof(decoded) / sizeof(*decoded); i++) {
		json_t *o = json_loads(decoded[i].json, 0, NULL);
		struct iodata io;
		int rc = iodata_decode(&io, o);

		if (!decoded[i].data) {
			ok(rc < 0 && errno == EPROTO, "%s is refused",
			    decoded[i].json);
		} else {
			ok(rc == 0 && io.len == decoded[i].len &&
				memcmp(io.data ? io.data : "", decoded[i].data,
				    io.len) == 0 &&
				io.eof == decoded[i].eof,
			    "%s", decoded[i].json);
		}
		if (rc == 0)
			iodata_fini(&io);
		json_decref(o);
	}
}

static void
is_encoded(json_t *o, const char *expected)
{
	char *s = o ? json_dumps(o, JSON_COMPACT) : NULL;

	is_str(s, expected, "encode %s", expected);
	free(s);
	json_decref(o);
}

static void
test_encode(void)
{
	is_encoded(iodata_encode("stdin", "all", "hello\n", 6, false),
	    "{\"stream\":\"stdin\",\"rank\":\"all\",\"data\":\"hello\\n\"}");
	is_encoded(iodata_encode("stdin", "0-3", NULL, 0, true),
	    "{\"stream\":\"stdin\",\"rank\":\"0-3\",\"eof\":true}");
	is_encoded(iodata_encode("stdout", "1", "\xff\xfe", 2, false),
	    "{\"stream\":\"stdout\",\"rank\":\"1\",\"encoding\":\"base64\","
	    "\"data\":\"//4=\"}");
	is_encoded(iodata_encode("stdout", "1", "a\0b", 3, true),
	    "{\"stream\":\"stdout\",\"rank\":\"1\",\"encoding\":\"base64\","
	    "\"data\":\"YQBi\",\"eof\":true}");
}

static void
test_waitstatus(void)
{
	static const struct {
		int status, code;
		const char *text;
	} cases[] = {
		{ 0, 0, "task(s) exited with exit code 0" },
		{ 768, 3, "task(s) exited with exit code 3" },
		{ 32512, 127, "task(s) exited with exit code 127" },
		{ 35072, 137, "task(s) Killed" },
		{ 36608, 143, "task(s) Terminated" },
		{ 9, 137, "job shell Killed" },
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		is_int(waitstatus_exit(cases[i].status), cases[i].code,
		    "exit code of status %d", cases[i].status);
		is_str(waitstatus_text(buf, sizeof(buf), cases[i].status),
		    cases[i].text, "words for status %d", cases[i].status);
	}
}

static void
is_log(const char *context, bool where, const char *expected)
{
	json_t *o = json_loads(context, 0, NULL);
	char *s = shelllog_text(o, where);

	is_str(s, expected, "%s", expected);
	free(s);
	json_decref(o);
}

static void
test_shelllog(void)
{
	const char *context = "{\"rank\":0,\"level\":4,\"message\":\"m\","
			      "\"component\":\"c\",\"file\":\"f.c\","
			      "\"line\":7}";

	is_log(context, false, "flux-shell[0]:  WARN: c: m");
	is_log(context, true, "flux-shell[0]:  WARN: c: f.c:7: m");
	is_log("{\"level\":0,\"message\":\"m\"}", true, "flux-shell: FATAL: m");
	is_log("{\"rank\":2,\"level\":5,\"message\":\"m\"}", false,
	    "flux-shell[2]: m");
	is_log("{\"rank\":2,\"level\":99,\"message\":\"m\"}", false,
	    "flux-shell[2]: TRACE: m");
	is_log("{}", false, "flux-shell: ");
}

int
main(void)
{
	test_decode();
	test_encode();
	test_waitstatus();
	test_shelllog();
	return done_testing();
}
