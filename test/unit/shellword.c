/* SPDX-License-Identifier: MIT */
/* Words of shell syntax: read, and written so that they can be read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shellword.h"
#include "tap.h"

/* The words with | between them */
static const struct {
	const char *text, *words;
} good[] = {
	{ "", "" },
	{ " \t\r\n", "" },
	{ "a b", "a|b" },
	{ "\ta \r", "a" },
	{ "\"a b\" 'c d'", "a b|c d" },
	{ "a\"b\"'c'd", "abcd" },
	{ "'' \"\"", "|" },
	{ "a\\ b \\\" \\'", "a b|\"|'" },
	{ "\"a\\\"b\" \"a\\\\b\" \"a\\$b\"", "a\"b|a\\b|a\\$b" },
	{ "'a\\b'", "a\\b" },
	{ "a#b c", "a" },
	{ "#a", "" },
	{ "'#' \\# #c", "#|#" },
	{ "$x `y` *", "$x|`y`|*" },
	{ "\xc6\x92 \xff", "\xc6\x92|\xff" },
};

static const struct {
	const char *text, *error;
} bad[] = {
	{ "a 'b", "No closing quotation" },
	{ "\"", "No closing quotation" },
	{ "\"a\\\"", "No closing quotation" },
	{ "a'#", "No closing quotation" },
	{ "\\", "No escaped character" },
	{ "a b\\", "No escaped character" },
};

static const struct {
	const char *word, *text;
} put[] = {
	{ "", "''" },
	{ "a-b_c.d/e:f@g%h+i,j=", "a-b_c.d/e:f@g%h+i,j=" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "\\$#*", "'\\$#*'" },
};

/* Read all into a text with | between the words; -1 on error. */
static int
read_all(const char *p, char *buf, size_t size, struct errmsg *em)
{
	char *word;
	int rc;

	*buf = '\0';
	while ((rc = shellword_next(&p, &word, em)) > 0) {
		strlcat(buf, word, size);
		strlcat(buf, "|", size);
		free(word);
	}
	if (*buf)
		buf[strlen(buf) - 1] = '\0';
	return rc;
}

int
main(void)
{
	char buf[256];
	struct errmsg em;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		is_int(read_all(good[i].text, buf, sizeof(buf), &em), 0,
		    "'%s' is read", good[i].text);
		is_str(buf, good[i].words, "'%s'", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		errno = 0;
		is_int(read_all(bad[i].text, buf, sizeof(buf), &em), -1,
		    "'%s' is refused", bad[i].text);
		is_str(em.text, bad[i].error, "'%s' is told", bad[i].text);
		is_int(errno, EINVAL, "'%s' is EINVAL", bad[i].text);
	}
	for (size_t i = 0; i < sizeof(put) / sizeof(*put); i++) {
		char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		shellword_put(f, put[i].word);
		fclose(f);
		is_str(text, put[i].text, "'%s' is written", put[i].word);
		read_all(text, buf, sizeof(buf), &em);
		is_str(buf, put[i].word, "and read again");
		free(text);
	}
	return done_testing();
}
