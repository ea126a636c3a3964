/* SPDX-License-Identifier: MIT */
/* RFC 18 events: lines that are events, lines that are none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eventlog.h"
#include "tap.h"

static const struct {
	const char *line;
	double timestamp;
	const char *name;
	const char *context; /* NULL if none */
} good[] = {
	{ "{\"timestamp\":1795422161.243687,\"name\":\"submit\","
	  "\"context\":{\"userid\":0}}\n",
	    1795422161.243687, "submit", "{\"userid\":0}" },
	{ "{\"timestamp\":1,\"name\":\"a\"}", 1, "a", NULL },
	{ " { \"name\" : \"a\", \"timestamp\" : 0.5 } \n", 0.5, "a", NULL },
	{ "{\"timestamp\":1,\"name\":\"a\",\"context\":{}}", 1, "a", "{}" },
	{ "{\"timestamp\":1,\"name\":\"a\",\"more\":[]}", 1, "a", NULL },
};

static const char *const bad[] = {
	"",
	"\n",
	"x",
	"{}",
	"[]",
	"null",
	"{\"timestamp\":1}",
	"{\"name\":\"a\"}",
	"{\"timestamp\":\"1\",\"name\":\"a\"}",
	"{\"timestamp\":-1,\"name\":\"a\"}",
	"{\"timestamp\":1,\"name\":1}",
	"{\"timestamp\":1,\"name\":\"\"}",
	"{\"timestamp\":1,\"name\":\"a\",\"context\":1}",
	"{\"timestamp\":1,\"name\":\"a\",\"context\":[]}",
	"{\"timestamp\":1,\"name\":\"a\",\"context\":null}",
	"{\"timestamp\":1,\"name\":\"a\"",
	"{\"timestamp\":1,\"name\":\"a\"}}",
	"{\"timestamp\":1,\"name\":\"a\"}\n{\"timestamp\":1,\"name\":\"b\"}",
	"{\"timestamp\":1,\"name\":\"\xff\"}",
};

static void
test_decode(void)
{
	struct event e;
	char *context;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!ok(event_decode(&e, good[i].line) == 0, "event %zu", i))
			continue;
		ok(e.timestamp == good[i].timestamp, "event %zu: time", i);
		is_str(e.name, good[i].name, "event %zu: name", i);
		context =
		    e.context ? json_dumps(e.context, JSON_COMPACT) : NULL;
		is_str(context, good[i].context, "event %zu: context", i);
		free(context);
		event_fini(&e);
		ok(!e.json, "event %zu: freed", i);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(event_decode(&e, bad[i]) < 0 && errno == EINVAL,
		    "no event: %s", bad[i]);
	}
}

static void
test_encode(void)
{
	json_t *context = json_pack("{s:i s:s}", "b", 1, "a", "x\ny");
	json_t *empty = json_object();
	struct event e;
	char *line;

	line = event_encode(1795422161.243687, "submit", context);
	is_str(line,
	    "{\"timestamp\":1795422161.243687,\"name\":\"submit\","
	    "\"context\":{\"b\":1,\"a\":\"x\\ny\"}}\n",
	    "an event with context");
	free(line);
	line = event_encode(2, "clean", NULL);
	is_str(line, "{\"timestamp\":2.0,\"name\":\"clean\"}\n", "without");
	free(line);
	line = event_encode(2, "clean", empty);
	is_str(line, "{\"timestamp\":2.0,\"name\":\"clean\"}\n", "empty");
	free(line);
	line = event_encode(0, "now", NULL);
	ok(event_decode(&e, line) == 0 &&
		e.timestamp - (double)time(NULL) < 2 &&
		e.timestamp - (double)time(NULL) > -10,
	    "an event of now");
	event_fini(&e);
	free(line);
	json_decref(context);
	json_decref(empty);
}

int
main(void)
{
	test_decode();
	test_encode();
	return done_testing();
}
