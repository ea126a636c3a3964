/* SPDX-License-Identifier: MIT */
/*
 * Options of a program: one table for parsing and for --help. Not getopt_long:
 * that cannot tell -x=VAL from -x "=VAL", keeps its state in globals, and
 * knows nothing of help texts.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "optparse.h"

enum { COLUMNS = 80, HELP_COLUMN = 27, OPT_HELP = -2 };

static const struct opt help_opt = {
	.name = "help", .letter = 'h', .help = "show this help", .id = OPT_HELP
};

static bool
is_end(const struct opt *o)
{
	return !o || (!o->name && !o->letter);
}

/* Tables one after the other, --help last; NULL after that. */
static const struct opt *
next_opt(const struct optparse *p, const struct opt *o)
{
	const struct opt *more = p->more;

	if (o == &help_opt)
		return NULL;
	o = o ? o + 1 : p->opts;
	if (!is_end(o))
		return o;
	/* o ends one of the tables; which one? */
	if (!is_end(more)) {
		const struct opt *last = more;

		while (!is_end(last))
			last++;
		if (o != last)
			return more;
	}
	return &help_opt;
}

/* ---- messages ---- */

/* "flux job attach": the program as it is typed, with the subcommand that
 * the usage text begins with. */
static void
command_name(const struct optparse *p, char *buf, size_t size)
{
	const char *u = p->usage ? p->usage : "";
	size_t n = 0;
	char *dash;

	strlcpy(buf, getprogname(), size);
	if ((dash = strchr(buf, '-')))
		*dash = ' ';
	while (islower((unsigned char)u[n])) {
		n += strcspn(u + n, " ");
		n += strspn(u + n, " ");
	}
	while (n > 0 && u[n - 1] == ' ')
		n--;
	if (n > 0 && strlen(buf) + n + 2 < size) {
		strlcat(buf, " ", size);
		strncat(buf, u, n);
	}
}

void
optparse_fail(const struct optparse *p, const char *fmt, ...)
{
	char name[128], text[512];
	va_list ap;

	command_name(p, name, sizeof(name));
	fflush(stdout);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warnx("%s%s%s", p->context ? p->context : "", p->context ? ": " : "",
	    text);
	fprintf(stderr, "Try '%s --help'.\n", name);
	exit(p->fail_status ? p->fail_status : 2);
}

void
tool_fail(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fflush(stdout);
	errx(1, "ERROR: %s", text);
}

int
tool_finish(int code)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		if (errno != EPIPE)
			warn("ERROR: stdout");
		return 1;
	}
	return code;
}

/* Print text from column col on, wrapped, with a newline at the end. */
static void
print_wrapped(const char *text, int col)
{
	int at = col;

	while (*text) {
		int n = strcspn(text, " ");

		if (at > col && at + n + 1 > COLUMNS) {
			printf("\n%*s", col, "");
			at = col;
		}
		at += printf("%s%.*s", at > col ? " " : "", n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_opt(const struct opt *o)
{
	bool is_optional = o->arg && strchr("[?", *o->arg);
	int n = 0;

	if (!o->help)
		return;
	n += o->letter ? printf("  -%c", o->letter) : printf("    ");
	if (o->name)
		n += printf("%s --%s", o->letter ? "," : " ", o->name);
	if (is_optional)
		n += printf("[=%s%s", o->arg + 1, *o->arg == '?' ? "]" : "");
	else if (o->arg)
		n += printf("%s%s", o->name ? "=" : " ", o->arg);
	if (n > HELP_COLUMN - 1) {
		printf("\n");
		n = 0;
	}
	printf("%*s", HELP_COLUMN - n, "");
	print_wrapped(o->help, HELP_COLUMN);
}

static void __attribute__((noreturn)) print_help(const struct optparse *p)
{
	char name[128];

	strlcpy(name, getprogname(), sizeof(name));
	if (strchr(name, '-'))
		*strchr(name, '-') = ' ';
	printf("Usage: %s %s\n", name, p->usage ? p->usage : "[OPTIONS]");
	if (p->summary)
		print_wrapped(p->summary, 0);
	printf("\n");
	for (const struct opt *o = next_opt(p, NULL); o; o = next_opt(p, o))
		print_opt(o);
	if (p->example)
		printf("\nExample:\n  %s\n", p->example);
	exit(fflush(stdout) == EOF);
}

/* ---- for completion ---- */

static bool
asks_to_complete(int argc, char **argv)
{
	return argc == 2 && strcmp(argv[1], "--complete") == 0;
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static void __attribute__((noreturn)) print_complete(const struct optparse *p)
{
	printf("summary\t%s\nusage\t%s\n", or_empty(p->summary),
	    or_empty(p->usage));
	for (const struct opt *o = next_opt(p, NULL); o; o = next_opt(p, o)) {
		char letter[2] = { o->letter, '\0' };

		if (o->help)
			printf("option\t%s\t%s\t%s\t%s\n", or_empty(o->name),
			    letter, or_empty(o->arg), o->help);
	}
	exit(fflush(stdout) == EOF);
}

void
optparse_subcommands(
    const struct subcommand *table, int n, int argc, char **argv)
{
	if (!asks_to_complete(argc, argv))
		return;
	for (int i = 0; i < n; i++)
		if (table[i].summary)
			printf("command\t%s\t%s\n", table[i].name,
			    table[i].summary);
	exit(fflush(stdout) == EOF);
}

/* ---- parsing ---- */

void
optparse_init(struct optparse *p, int argc, char **argv)
{
	if (!p->context && asks_to_complete(argc, argv))
		print_complete(p);
	p->argc = argc;
	p->argv = argv;
	p->index = 1;
	p->pos = 0;
	p->value = NULL;
	p->opt = NULL;
	p->noperands = 0;
	if (!(p->operands = calloc(argc + 1, sizeof(*p->operands))))
		err(1, NULL);
}

void
optparse_fini(struct optparse *p)
{
	free(p->operands);
	p->operands = NULL;
	p->noperands = 0;
}

static int
opt_id(const struct opt *o)
{
	return o->id ? o->id : o->letter;
}

/* A long option by its name or a unique prefix of it. */
static const struct opt *
find_long(const struct optparse *p, const char *name, size_t len)
{
	const struct opt *found = NULL;

	for (const struct opt *o = next_opt(p, NULL); o; o = next_opt(p, o)) {
		if (!o->name || strncmp(o->name, name, len) != 0)
			continue;
		if (strlen(o->name) == len)
			return o;
		if (found && opt_id(found) != opt_id(o))
			optparse_fail(p,
			    "ambiguous option '--%.*s': --%s or --%s", (int)len,
			    name, found->name, o->name);
		found = o;
	}
	if (!found)
		optparse_fail(
		    p, "unrecognized option '--%.*s'", (int)len, name);
	return found;
}

static const struct opt *
find_short(const struct optparse *p, char letter)
{
	for (const struct opt *o = next_opt(p, NULL); o; o = next_opt(p, o))
		if (o->letter == letter)
			return o;
	optparse_fail(p, "unrecognized option '-%c'", letter);
}

static int
found(struct optparse *p, const struct opt *o, const char *value)
{
	if (o == &help_opt)
		print_help(p);
	p->opt = o;
	p->value = value;
	return opt_id(o);
}

static bool
is_number(const char *s)
{
	size_t n = strspn(s, "0123456789"), m = 0;

	if (s[n] == '.' && (m = strspn(s + n + 1, "0123456789")) > 0)
		n += m + 1;
	return n > 0 && !s[n];
}

/* Is the next word there, and can it be a value? */
static bool
has_value(const struct optparse *p, bool dash_is_option)
{
	const char *word = p->index < p->argc ? p->argv[p->index] : NULL;

	if (!word || !dash_is_option || word[0] != '-' || !word[1])
		return word != NULL;
	if (is_number(word + 1))
		return true;
	for (const struct opt *o = next_opt(p, NULL); o; o = next_opt(p, o))
		if (o->letter == word[1])
			return false;
	return strchr(word, ' ') != NULL;
}

static const char *
next_word(struct optparse *p, const struct opt *o, bool is_long)
{
	if (*o->arg == '?')
		return has_value(p, true) ? p->argv[p->index++] : NULL;
	if (has_value(p, p->dash_is_option))
		return p->argv[p->index++];
	if (is_long)
		optparse_fail(p, "'--%s' missing argument", o->name);
	optparse_fail(p, "'-%c' missing argument", o->letter);
}

/* --name, --name=VALUE, --name VALUE */
static int
parse_long(struct optparse *p, const char *name)
{
	size_t len = strcspn(name, "=");
	const struct opt *o = find_long(p, name, len);
	const char *value = name[len] ? name + len + 1 : NULL;

	p->index++;
	if (value && !o->arg)
		optparse_fail(p, "option '--%s' takes no argument", o->name);
	if (!value && o->arg && *o->arg != '[')
		value = next_word(p, o, true);
	return found(p, o, value);
}

/* One letter of -abc, or -xVALUE, -x=VALUE, -x VALUE */
static int
parse_short(struct optparse *p)
{
	const char *word = p->argv[p->index];
	const struct opt *o = find_short(p, word[p->pos]);
	const char *rest = word + p->pos + 1;

	if (!o->arg && *rest) {
		p->pos++;
		return found(p, o, NULL);
	}
	p->index++;
	p->pos = 0;
	if (!o->arg)
		return found(p, o, NULL);
	if (*rest)
		return found(p, o, *rest == '=' ? rest + 1 : rest);
	if (*o->arg == '[')
		return found(p, o, NULL);
	return found(p, o, next_word(p, o, false));
}

static void
take_rest(struct optparse *p)
{
	while (p->index < p->argc)
		p->operands[p->noperands++] = p->argv[p->index++];
}

int
optparse_next(struct optparse *p)
{
	while (p->index < p->argc) {
		char *word = p->argv[p->index];

		if (p->pos > 0)
			return parse_short(p);
		if (strcmp(word, "--") == 0) {
			p->index += !p->keep_dashes;
			take_rest(p);
		} else if (word[0] != '-' || word[1] == '\0') {
			if (p->stop_at_first)
				take_rest(p);
			else
				p->operands[p->noperands++] =
				    p->argv[p->index++];
		} else if (word[1] == '-') {
			return parse_long(p, word + 2);
		} else {
			p->pos = 1;
		}
	}
	return -1;
}
