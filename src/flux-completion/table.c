/* SPDX-License-Identifier: MIT */
/*
 * Ask each program what it takes, by --complete (optparse.h): so a completion
 * knows the very options that the program parses.
 */
#include <sys/wait.h>

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "completion.h"

/* Started by other programs, not by people. */
static const char *const hidden[] = { "broker", "shell", "relay", NULL };

const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* ---- what a word stands for ---- */

static bool
is_one_of(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* By the name that the value has in --help. */
static const char *
kind_of_value(const char *name, const char *arg)
{
	static const char *const files[] = { "FILE", "[FILE]", "DIR", "PATH",
		"TEMPLATE", "SCRIPT", "?FILE", NULL };

	if (strcmp(name, "queue") == 0 || strncmp(arg, "QUEUE", 5) == 0)
		return "queues";
	if (strstr(arg, "WHEN") && strcmp(name, "color") == 0)
		return "when";
	if (strcmp(arg, "ID") == 0 || strcmp(arg, "JOBID") == 0)
		return "jobs";
	return is_one_of(files, arg) ? "file" : "none";
}

/* Word by word of a usage: the first operand that we know counts. */
static const char *
kind_of_operands(const char *usage)
{
	static const struct {
		const char *word, *kind;
	} kinds[] = { { "ID", "jobs" }, { "JOBID", "jobs" },
		{ "TARGET", "jobs" }, { "QUEUE", "queues" },
		{ "COMMAND", "command" }, { "INITIAL-PROGRAM", "command" },
		{ "SHELL", "shells" } };

	for (const char *p = usage; *p;) {
		size_t n;

		p += strspn(p, "[] |.");
		n = strcspn(p, "[] |.");
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (strlen(kinds[i].word) == n &&
			    strncmp(kinds[i].word, p, n) == 0)
				return kinds[i].kind;
		p += n;
	}
	return "file";
}

/* ---- asking ---- */

/* Start a program with its standard output to a stream. */
static FILE *
start(const char *file, char **argv, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int p[2], rc;

	if (pipe2(p, O_CLOEXEC) < 0)
		err(1, "ERROR: pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, p[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = posix_spawn(pid, file, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(p[1]);
	if (rc != 0) {
		close(p[0]);
		return NULL;
	}
	return fdopen(p[0], "r");
}

/* One line of an answer into a command. */
static void
take_line(json_t *command, char *line)
{
	char *field[5] = { "", "", "", "", "" };

	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < 5 && line; i++)
		field[i] = strsep(&line, "\t");
	if (strcmp(field[0], "summary") == 0) {
		json_object_set_new(command, "summary", json_string(field[1]));
	} else if (strcmp(field[0], "usage") == 0) {
		json_object_set_new(command, "operands",
		    json_string(kind_of_operands(field[1])));
	} else if (strcmp(field[0], "command") == 0) {
		json_array_append_new(json_object_get(command, "commands"),
		    json_pack(
			"{s:s s:s}", "name", field[1], "summary", field[2]));
	} else if (strcmp(field[0], "option") == 0) {
		json_array_append_new(json_object_get(command, "options"),
		    json_pack("{s:s s:s s:s* s:b s:s}", "name", field[1],
			"letter", field[2], "value",
			*field[3] ? kind_of_value(field[1], field[3]) : NULL,
			"optional", *field[3] == '[', "help", field[4]));
	}
}

static json_t *
new_command(const char *path, const char *summary)
{
	json_t *o = json_pack("{s:s s:s s:s s:[] s:[]}", "path", path,
	    "summary", summary, "operands", "file", "options", "commands");

	if (!o)
		err(1, NULL);
	return o;
}

/* subcommand NULL = the program itself. Appends to the table, and to what flux
 * has if it is that. */
static json_t *
ask(const char *dir, const char *program, const char *subcommand)
{
	char file[PATH_MAX], path[128], *line = NULL;
	char *argv[] = { file, (char *)(subcommand ? subcommand : "--complete"),
		subcommand ? "--complete" : NULL, NULL };
	size_t size = 0;
	json_t *o;
	pid_t pid;
	FILE *f;

	snprintf(file, sizeof(file), "%s/flux-%s", dir, program);
	snprintf(path, sizeof(path), "%s%s%s", program, subcommand ? " " : "",
	    subcommand ? subcommand : "");
	o = new_command(path, "");
	if (!(f = start(file, argv, &pid)))
		return o;
	while (getline(&line, &size, f) > 0)
		take_line(o, line);
	free(line);
	fclose(f);
	waitpid(pid, NULL, 0);
	return o;
}

/* ---- which programs ---- */

static void
own_directory(char *dir, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);

	if (n < 0)
		err(1, "ERROR: /proc/self/exe");
	dir[n] = '\0';
	if (strrchr(dir, '/'))
		*strrchr(dir, '/') = '\0';
}

static int
is_command(const struct dirent *e)
{
	const char *name = e->d_name + 5;

	if (strncmp(e->d_name, "flux-", 5) != 0 || is_one_of(hidden, name))
		return 0;
	while (islower((unsigned char)*name) || *name == '-')
		name++;
	return *name == '\0';
}

/* Options of the driver, which has no table: they stand before the command. */
static void
add_driver(json_t *table)
{
	static const char lines[][64] = { "option\thelp\th\t\tshow help",
		"option\tverbose\tv\t\ttell what is searched and run",
		"option\tversion\tV\t\tshow versions",
		"option\tparent\tp\t\trun in the instance above",
		"option\troot\tr\t\trun in the root instance",
		"command\thelp\tshow the page of a command",
		"command\tenv\tshow or use the environment of commands" };
	json_t *o = new_command("", "");

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char line[64];

		strlcpy(line, lines[i], sizeof(line));
		take_line(o, line);
	}
	json_array_append_new(table, o);
}

/* A program of subcommands has no summary: name the first ones. */
static void
add_summary(json_t *command)
{
	const json_t *list = json_object_get(command, "commands");
	char text[128] = "";
	json_t *o;
	size_t i;

	if (*text_of(command, "summary"))
		return;
	json_array_foreach(list, i, o) {
		if (i == 4) {
			strlcat(text, ", ...", sizeof(text));
			break;
		}
		strlcat(text, i > 0 ? ", " : "", sizeof(text));
		strlcat(text, text_of(o, "name"), sizeof(text));
	}
	json_object_set_new(command, "summary", json_string(text));
}

static void
add_program(json_t *table, const char *dir, const char *name)
{
	json_t *o = ask(dir, name, NULL), *sub;
	size_t i;

	add_summary(o);
	json_array_append_new(table, o);
	json_array_append_new(
	    json_object_get(json_array_get(table, 0), "commands"),
	    json_pack(
		"{s:s s:s}", "name", name, "summary", text_of(o, "summary")));
	json_array_foreach(json_object_get(o, "commands"), i, sub)
		json_array_append_new(
		    table, ask(dir, name, text_of(sub, "name")));
}

json_t *
table_read(void)
{
	json_t *table = json_array();
	struct dirent **list;
	char dir[PATH_MAX];
	int n;

	own_directory(dir, sizeof(dir));
	if ((n = scandir(dir, &list, is_command, alphasort)) < 0)
		err(1, "ERROR: %s", dir);
	add_driver(table);
	for (int i = 0; i < n; i++) {
		add_program(table, dir, list[i]->d_name + 5);
		free(list[i]);
	}
	free(list);
	return table;
}
