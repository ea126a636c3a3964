/* SPDX-License-Identifier: MIT */
/* base64, and J made of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "signedspec.h"
#include "tap.h"

static const struct {
	const char *plain, *text;
} rfc4648[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xfe\xfd", "//79" },
};

static const char *const bad_base64[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zg===",
	"Zh==",
	"Zm9v=",
	"Zm 9v",
	"Zm9v\n",
	"_-79",
	"Zm9vZ",
	"====",
	"é",
};

/* Like every other text, with every length of what is the same. */
static void
test_base64_like(void)
{
	static const char *const plain[] = {
		"",
		"f",
		"fo",
		"foobar",
		"foobarfoobar",
		"foobarxfoobar",
		"foobar1foobar",
		"foobar12foobar",
		"xoobar",
		"foobax",
		"0123456789012345678901234567890123456789012345678901234567",
		"0123456789012345678901234567890123456789012345678901234568",
		"0123456789012345678901234567x90123456789012345678901234567",
		"012345678901234567890123456789012345678901234567890123456789",
	};
	size_t n = sizeof(plain) / sizeof(plain[0]), len;
	struct base64_known known;
	char *text, *before, *data;

	for (size_t i = 0; i < n * n; i++) {
		const char *now = plain[i / n];
		known.data = plain[i % n];
		known.len = strlen(known.data);
		known.text = before = base64_encode(known.data, known.len);
		known.n = strlen(before);
		text = base64_encode(now, strlen(now));
		data = base64_decode_like(text, strlen(text), &known, &len);
		ok(data && len == strlen(now) && memcmp(data, now, len) == 0,
		    "'%s' like '%s'", now, known.data);
		free(data);
		if (strlen(text) >= 4) {
			text[strlen(text) - 2] = '!';
			ok(!base64_decode_like(
			       text, strlen(text), &known, &len),
			    "'%s' like '%s'", text, known.data);
		}
		free(text);
		free(before);
	}
}

static void
test_base64(void)
{
	char *text, *plain;
	size_t i, len;

	for (i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		text =
		    base64_encode(rfc4648[i].plain, strlen(rfc4648[i].plain));
		is_str(text, rfc4648[i].text, "encode %zu", i);
		len = 42;
		plain = base64_decode(rfc4648[i].text, &len);
		is_str(plain, rfc4648[i].plain, "decode %zu", i);
		is_int((long long)len, (long long)strlen(rfc4648[i].plain),
		    "decode %zu: length", i);
		free(text);
		free(plain);
	}
	for (i = 0; i < sizeof(bad_base64) / sizeof(bad_base64[0]); i++) {
		errno = 0;
		len = 42;
		ok(!base64_decode(bad_base64[i], &len) && errno == EINVAL &&
			len == 42,
		    "'%s' is no base64", bad_base64[i]);
	}
}

#define HEADER0 "dmVyc2lvbgBpMQB1c2VyaWQAaTAAbWVjaGFuaXNtAHNub25lAA=="

static void
test_wrap(void)
{
	char *J = signedspec_wrap("{}", 0), *spec;
	uint32_t uid = 42;

	is_str(J, HEADER0 ".e30=.none", "J of uid 0");
	spec = signedspec_unwrap(J, &uid);
	is_str(spec, "{}", "its jobspec");
	is_int(uid, 0, "its uid");
	free(J);
	free(spec);
	J = signedspec_wrap("", 4294967294u);
	spec = signedspec_unwrap(J, &uid);
	is_str(spec, "", "an empty jobspec");
	is_int(uid, 4294967294u, "the largest uid");
	free(J);
	free(spec);
}

/* Headers: NUL is written as | here. */
static const struct {
	const char *header;
	int uid; /* -1 = refused */
} headers[] = {
	{ "version|i1|userid|i5|mechanism|snone|", 5 },
	{ "mechanism|snone|userid|i5|version|i1|", 5 },
	{ "", -1 },
	{ "|", -1 },
	{ "||", -1 },
	{ "version|i1|userid|i5|mechanism|snone", -1 },
	{ "version|i1|userid|i5|", -1 },
	{ "version|i1|userid|i5|mechanism|", -1 },
	{ "version|i1|version|i1|userid|i5|mechanism|snone|", -1 },
	{ "version|i1|userid|i5|mechanism|snone|extra|i1|", -1 },
	{ "version|i2|userid|i5|mechanism|snone|", -1 },
	{ "version|s1|userid|i5|mechanism|snone|", -1 },
	{ "version|i1|userid|i|mechanism|snone|", -1 },
	{ "version|i1|userid|i-5|mechanism|snone|", -1 },
	{ "version|i1|userid|i5x|mechanism|snone|", -1 },
	{ "version|i1|userid|s5|mechanism|snone|", -1 },
	{ "version|i1|userid|i4294967295|mechanism|snone|", -1 },
	{ "version|i1|userid|i99999999999999999999|mechanism|snone|", -1 },
	{ "version|i1|userid|i5|mechanism|smunge|", -1 },
	{ "version|i1|userid|i5|mechanism|inone|", -1 },
};

static void
test_header(const char *header, int expected)
{
	char buf[128], *text, *J, *spec, *p;
	uint32_t uid = 42;
	size_t len = strlen(header);

	memcpy(buf, header, len + 1);
	for (p = buf; (p = strchr(p, '|')); p++)
		*p = '\0';
	text = base64_encode(buf, len);
	if (asprintf(&J, "%s.e30=.none", text) < 0)
		return;
	errno = 0;
	spec = signedspec_unwrap(J, &uid);
	if (expected < 0)
		ok(!spec && errno == EINVAL && uid == 42, "refused: %s",
		    header);
	else
		ok(spec && uid == (uint32_t)expected, "taken: %s", header);
	free(spec);
	free(J);
	free(text);
}

static const char *const bad_J[] = {
	"",
	".",
	"..",
	"..none",
	HEADER0,
	HEADER0 ".e30=",
	HEADER0 ".e30=.",
	HEADER0 ".e30=.munge",
	HEADER0 ".e30=.none.",
	HEADER0 ".e30=.nonex",
	HEADER0 ".e30.none",
	HEADER0 ".e3=0.none",
	HEADER0 ".AAA=.none",
	HEADER0 "x.e30=.none",
	"." HEADER0 ".e30=.none",
};

static void
test_unwrap(void)
{
	uint32_t uid = 42;
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		test_header(headers[i].header, headers[i].uid);
	for (i = 0; i < sizeof(bad_J) / sizeof(bad_J[0]); i++) {
		errno = 0;
		ok(!signedspec_unwrap(bad_J[i], &uid) && errno == EINVAL &&
			uid == 42,
		    "no J: %s", bad_J[i]);
	}
}

int
main(void)
{
	test_base64();
	test_base64_like();
	test_wrap();
	test_unwrap();
	return done_testing();
}
