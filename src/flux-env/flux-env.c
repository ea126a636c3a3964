/* SPDX-License-Identifier: MIT */
/*
 * flux env and flux python, told apart by the name we are called by. Env
 * prints the environment that flux gives to its commands, or runs a program in
 * it; python runs Python where it finds the bindings of an installed
 * flux-core. The driver has set what does not depend on these.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bindings.h"
#include "optparse.h"

/* The pages of an installation, before those of the system. */
static void
set_manpath(void)
{
	const char *old = getenv("MANPATH");
	char self[PATH_MAX], dir[PATH_MAX + 32], man[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(dir, sizeof(dir), "%s/../../share/man", self);
	if (!realpath(dir, man))
		return;
	/* an empty element stands for the system's */
	if (!old || !*old)
		setenv("MANPATH", ":", 1);
	path_prepend("MANPATH", man);
}

static void __attribute__((noreturn)) run(const char *file, char **argv)
{
	execvp(file, argv);
	err(errno == ENOENT ? 127 : 126, "ERROR: %s", file);
}

/* ---- flux env ---- */

/* As a shell reads it. */
static void
print_variable(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		return;
	printf("export %s=\"", name);
	for (; *value; value++) {
		if (strchr("\"\\$`", *value))
			putchar('\\');
		putchar(*value);
	}
	printf("\"\n");
}

static int
env_main(int argc, char **argv)
{
	static const struct opt options[] = { { 0 } };
	static const char *const names[] = { "FLUX_EXEC_PATH",
		"FLUX_KVS_NAMESPACE", "FLUX_URI", "MANPATH", "PATH",
		"PYTHONPATH" };
	struct optparse p = {
		.usage = "[COMMAND [ARGS...]]",
		.summary = "print the environment of flux commands, or run a "
			   "command in it",
		.example = "eval \"$(flux env)\"",
		.opts = options,
		.stop_at_first = true,
		.fail_status = 1,
	};
	struct bindings b;

	optparse_init(&p, argc, argv);
	while (optparse_next(&p) != -1)
		;
	set_manpath();
	bindings_set_path(bindings_find(&b) ? &b : NULL);
	if (p.noperands > 0)
		run(p.operands[0], p.operands);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		print_variable(names[i]);
	optparse_fini(&p);
	return 0;
}

/* ---- flux python ---- */

/* Compiled modules of the bindings need the Python they were made for, which
 * is the system's; another of the same version may lack what they import. */
static int
python_main(int argc, char **argv)
{
	static const struct opt options[] = { { 0 } };
	struct optparse p = {
		.usage = "[ARGS...]",
		.summary = "run Python with the bindings of flux-core",
		.opts = options,
	};
	struct bindings b;
	char file[64];

	optparse_init(&p, argc, argv); /* answers --complete */
	optparse_fini(&p);
	if (bindings_find(&b)) {
		bindings_set_path(&b);
		snprintf(file, sizeof(file), "/usr/bin/%s", b.version);
		argv[0] = file;
		execv(file, argv);
		argv[0] = b.version;
		execvp(b.version, argv);
	} else {
		bindings_set_path(NULL);
	}
	argv[0] = "python3";
	run("python3", argv);
}

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} commands[] = {
	{ "flux-env", env_main },
	{ "flux-python", python_main },
};

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	setlocale(LC_CTYPE, "");
	name = name ? name + 1 : argv[0];
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const char *full = commands[i].name;

		/* the driver calls us by the name that was typed */
		if (strcmp(full, name) != 0 && strcmp(full + 5, name) != 0)
			continue;
		setprogname(full);
		return tool_finish(commands[i].main(argc, argv));
	}
	errx(1, "unknown name '%s'", argv[0]);
}
