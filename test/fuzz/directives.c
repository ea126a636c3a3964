/* SPDX-License-Identifier: MIT */
/*
 * Any text is a batch script: its directives become options, or the command
 * says what is wrong and ends - here by a jump, which leaves memory behind.
 */
#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/flux-submit/args.h"
#include "../../src/flux-submit/directives.h"
#include "fuzz.h"

static jmp_buf ended;
static bool can_jump;

const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:detect_leaks=0";
}

/* instead of those of libc */
void
exit(int code)
{
	if (can_jump)
		longjmp(ended, code + 1);
	_exit(code); /* the fuzzer itself */
}

void
err(int code, const char *fmt, ...)
{
	(void)fmt;
	exit(code);
}

void
errx(int code, const char *fmt, ...)
{
	must(fmt && *fmt);
	exit(code);
}

void
warnx(const char *fmt, ...)
{
	(void)fmt;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	static struct args a;

	a = (struct args){ .kind = BATCH };
	can_jump = true;
	if (setjmp(ended) == 0) {
		directives_parse(&a, text, "script");
		for (size_t i = 0; i < a.n; i++)
			must(a.list[i].name);
	}
	can_jump = false;
	args_free(&a);
	free(text);
	return 0;
}
