/* SPDX-License-Identifier: MIT */
/*
 * main of a fuzz target where there is no libFuzzer: gives it each input of
 * a corpus, and then for some seconds inputs made from them by random changes.
 * A corpus is a text file with an input a line, \n \t \\ \xHH as in C.
 *
 *     NAME [-t SECONDS] [-s SEED] [-m] [-x DIR] CORPUS
 *
 * An input that makes the target abort, or that takes longer than 10 seconds,
 * is printed as such a line. -m also
 * lets each allocation fail once that an input leads to (of many, some): the
 * target may say that something does not hold then, but must not crash, and
 * the same input must be as good as ever afterwards. -x only writes the inputs
 * as files, for libFuzzer.
 */
#include <err.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "nomem.h"

#define INPUT_MAX 4096
#define HANG_S    10

struct input {
	uint8_t data[INPUT_MAX];
	size_t size;
};

struct corpus {
	struct input *inputs;
	size_t count;
};

static struct input current; /* for the signal handler only */
static jmp_buf no_memory;    /* where to go on when one has failed */

/* What does not hold for want of memory is no find. */
void fuzz_excuse(void);
void
fuzz_excuse(void)
{
	if (nomem_has_failed())
		longjmp(no_memory, 1);
}

/* Sanitizers look for this function; a target may have its own. */
const char *__asan_default_options(void) __attribute__((weak));
const char *
__asan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:detect_leaks=1";
}

static void
print_input(int sig)
{
	size_t i;

	fprintf(stderr, "%s with the input:\n",
	    sig == SIGALRM ? "too slow" : "aborted");
	for (i = 0; i < current.size; i++) {
		int c = current.data[i];

		if (c >= ' ' && c < 0x7f && c != '\\')
			fputc(c, stderr);
		else
			fprintf(stderr, "\\x%02x", c);
	}
	fputc('\n', stderr);
	_exit(1);
}

static int
hex_digit(int c)
{
	const char *digits = "0123456789abcdef", *p = strchr(digits, c);

	return c && p ? (int)(p - digits) : -1;
}

/* One byte of a line; *s is moved behind it. */
static uint8_t
unescape(const char **s)
{
	const char *p = *s;

	*s += 2;
	switch (p[0] == '\\' ? p[1] : '\0') {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '\\':
		return '\\';
	case 'x':
		if (hex_digit(p[2]) >= 0 && hex_digit(p[3]) >= 0) {
			*s += 2;
			return (
			    uint8_t)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
		}
	}
	*s = p + 1;
	return (uint8_t)*p;
}

static void
corpus_add(struct corpus *c, const char *line)
{
	struct input *in;

	c->inputs = reallocarray(c->inputs, c->count + 1, sizeof(*in));
	if (!c->inputs)
		err(1, NULL);
	in = &c->inputs[c->count++];
	in->size = 0;
	while (*line && in->size < INPUT_MAX)
		in->data[in->size++] = unescape(&line);
}

static void
corpus_read(struct corpus *c, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		err(1, "%s", path);
	while (getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		corpus_add(c, line);
	}
	free(line);
	fclose(f);
	corpus_add(c, "");
}

static void
run(const struct input *in)
{
	uint8_t *copy = malloc(in->size + 1);

	/* exactly as large as it is, so that reading on is seen */
	if (!copy || !(copy = realloc(copy, in->size ? in->size : 1)))
		err(1, NULL);
	memcpy(copy, in->data, in->size);
	current = *in;
	LLVMFuzzerTestOneInput(copy, in->size);
	free(copy);
}

/* The points at which memory is short are every one at first, then fewer. */
static void
run_without_memory(const struct input *in)
{
	volatile unsigned long n = 0;

	do {
		n += 1 + n / 64;
		alarm(HANG_S);
		nomem_set(n);
		if (setjmp(no_memory) == 0) {
			current = *in;
			LLVMFuzzerTestOneInput(in->data, in->size);
		}
	} while (nomem_has_failed());
	nomem_set(0);
	run(in);
}

static uint32_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void
insert(struct input *in, size_t at, const uint8_t *data, size_t size)
{
	if (in->size + size > INPUT_MAX)
		return;
	memmove(in->data + at + size, in->data + at, in->size - at);
	memcpy(in->data + at, data, size);
	in->size += size;
}

static void
erase(struct input *in, size_t at, size_t size)
{
	if (size > in->size - at)
		size = in->size - at;
	memmove(in->data + at, in->data + at + size, in->size - at - size);
	in->size -= size;
}

/* One random change. */
static void
mutate(struct input *in, const struct corpus *c, uint64_t *rnd)
{
	static const char *const pieces[] = { "0", "-", ",", "[", "]", "{", "}",
		"\"", ":", "(", ")", "-1", "4294967295", "99999999999",
		"18446744073709551615", "1e308", "\xc6\x92", "\xf0\x9f\x98\x83",
		" ", "\n", "null", "true", "[[", "\x7f", "\xff", "." };
	const size_t npieces = sizeof(pieces) / sizeof(pieces[0]);
	size_t at = next_random(rnd) % (in->size + 1), n;
	const struct input *other;
	const char *piece;

	switch (next_random(rnd) % 6) {
	case 0: /* a bit */
		if (at < in->size)
			in->data[at] ^= (uint8_t)(1 << next_random(rnd) % 8);
		break;
	case 1: /* a byte */
		if (at < in->size)
			in->data[at] = (uint8_t)next_random(rnd);
		break;
	case 2:
		erase(in, at, 1 + next_random(rnd) % 8);
		break;
	case 3: /* once more */
		n = in->size - at;
		n = n > 0 ? next_random(rnd) % n : 0;
		if (n < 64)
			insert(in, at, in->data + at, n);
		break;
	case 4:
		piece = pieces[next_random(rnd) % npieces];
		insert(in, at, (const uint8_t *)piece, strlen(piece));
		break;
	case 5: /* a part of another one */
		other = &c->inputs[next_random(rnd) % c->count];
		n = other->size ? next_random(rnd) % other->size : 0;
		insert(in, at, other->data + n, other->size - n);
		break;
	}
}

/* Random inputs until the time is over. Returns how many. */
static unsigned long
run_random(const struct corpus *c, int seconds, uint64_t seed)
{
	time_t end = time(NULL) + seconds;
	unsigned long count = 0;
	struct input in;

	while (time(NULL) < end) {
		in = c->inputs[next_random(&seed) % c->count];
		do
			mutate(&in, c, &seed);
		while (next_random(&seed) % 3);
		alarm(HANG_S);
		run(&in);
		count++;
	}
	alarm(0);
	return count;
}

static void
write_files(const struct corpus *c, const char *dir)
{
	char path[512];
	size_t i;
	FILE *f;

	for (i = 0; i < c->count; i++) {
		snprintf(path, sizeof(path), "%s/%zu", dir, i);
		if (!(f = fopen(path, "w")))
			err(1, "%s", path);
		fwrite(c->inputs[i].data, 1, c->inputs[i].size, f);
		if (fclose(f) != 0)
			err(1, "%s", path);
	}
}

int
main(int argc, char **argv)
{
	struct corpus c = { 0 };
	const char *dir = NULL;
	bool no_mem = false;
	int opt, seconds = 0;
	uint64_t seed = (uint64_t)time(NULL);
	size_t i;

	while ((opt = getopt(argc, argv, "t:s:mx:")) != -1) {
		if (opt == 't')
			seconds = (int)strtol(optarg, NULL, 10);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (opt == 'm')
			no_mem = true;
		else if (opt == 'x')
			dir = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc)
		errx(2, "no corpus given");
	signal(SIGABRT, print_input);
	signal(SIGALRM, print_input);
	corpus_read(&c, argv[optind]);
	if (dir) {
		write_files(&c, dir);
		free(c.inputs);
		return 0;
	}
	no_mem = no_mem && nomem_is_here();
	alarm(HANG_S);
	for (i = 0; i < c.count; i++) {
		run(&c.inputs[i]);
		if (no_mem)
			run_without_memory(&c.inputs[i]);
	}
	alarm(0);
	if (seconds > 0)
		printf("%s: seed %llu: %lu inputs\n", argv[0],
		    (unsigned long long)seed, run_random(&c, seconds, seed));
	free(c.inputs);
	return 0;
}
