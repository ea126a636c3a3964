/* SPDX-License-Identifier: MIT */
/*
 * What the shell has to say goes where the tasks' standard error goes: as an
 * event into the job's output, or as a line into the file.
 */
#include <err.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "guestlog.h"
#include "output.h"
#include "shell.h"
#include "task.h"
#include "utf8.h"

/* Longer messages are cut */
enum { MESSAGE_MAX = 1024 };

static const char *
level_name(enum shell_level level)
{
	switch (level) {
	case SHELL_FATAL:
		return "FATAL: ";
	case SHELL_ERROR:
		return "ERROR: ";
	case SHELL_WARN:
		return " WARN: ";
	case SHELL_DEBUG:
		return "DEBUG: ";
	case SHELL_TRACE:
		return "TRACE: ";
	case SHELL_NOTICE:
		break;
	}
	return "";
}

static void
log_to_file(struct shell *sh, enum shell_level level, const char *component,
    const char *message)
{
	char *line;

	if (asprintf(&line, "flux-shell[%d]: %s%s%s%s\n", sh->info.shell_rank,
		level_name(level), component ? component : "",
		component ? ": " : "", message) < 0)
		return;
	output_shell_line(sh, line);
	free(line);
}

static void
log_to_output(struct shell *sh, enum shell_level level, const char *component,
    const char *message)
{
	guestlog_event(sh, GUEST_OUTPUT, "log",
	    json_pack("{s:i s:i s:s s:s*}", "rank", sh->info.shell_rank,
		"level", (int)level, "message", message, "component",
		component));
}

/* Format into buf, and make it UTF-8 whatever it was: file names need not be,
 * and long text is cut at any byte. */
static void
format(char *buf, size_t size, const char *fmt, va_list ap)
{
	size_t len;

	vsnprintf(buf, size, fmt, ap);
	for (char *s = buf; *s; s += len)
		if (utf8_decode(s, &len) == 0xfffd && len == 1)
			*s = '?';
}

static void
log_message(struct shell *sh, enum shell_level level, const char *component,
    const char *message)
{
	if ((int)level > SHELL_NOTICE + sh->verbose)
		return;
	if (output_has_shell_file(sh))
		log_to_file(sh, level, component, message);
	else
		log_to_output(sh, level, component, message);
}

void
shell_log(struct shell *sh, enum shell_level level, const char *component,
    const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(message, sizeof(message), fmt, ap);
	va_end(ap);
	log_message(sh, level, component, message);
}

static void
on_raised(struct handle *h, const struct reply *r, void *arg)
{
	struct shell *sh = arg;

	(void)h;
	if (r->errnum && r->msg)
		warnx("job %s: exception: %s", sh->info.f58, r->text);
}

void
shell_raise(struct shell *sh, const char *note, int wait_status)
{
	json_t *o =
	    json_pack("{s:I s:s s:i s:s}", "id", (json_int_t)sh->info.id,
		"type", "exec", "severity", 0, "note", note);

	if (o && wait_status >= 0)
		json_object_set_new(
		    o, "wait_status", json_integer(wait_status));
	/* What was said before it comes before it */
	batch_hold(sh->logs, false);
	if (handle_rpc_new(sh->h, "job-manager.raise", NODEID_ANY, 0, o,
		on_raised, sh) < 0)
		warn("job %s: exception", sh->info.f58);
}

int
shell_fatal(
    struct shell *sh, int code, const char *component, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (sh->failed)
		return -1; /* the first reason is the one that counts */
	sh->failed = true;
	log_message(sh, SHELL_FATAL, component, message);
	/* Shells that are ended meanwhile may have a larger code: the one that
	 * counts is ours */
	shell_raise(sh, message, sh->info.nshells > 1 ? code << 8 : -1);
	sh->exit_code = code;
	tasks_kill(sh, SIGKILL);
	shell_check_done(sh);
	return -1;
}
