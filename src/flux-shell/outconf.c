/* SPDX-License-Identifier: MIT */
/*
 * {"output":{"stdout":{"type":"file","path":"o-{{id}}","label":true,
 *  "buffer":{"type":"line"}},"stderr":{...},"mode":"append","limit":"10M"}}
 * Standard error takes over what is said of standard output, but for the
 * buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "fsd.h"
#include "outconf.h"
#include "shell.h"

static int
read_stream(struct shell *sh, const char *name, struct outconf *c)
{
	const char *type = NULL, *path = NULL, *buffer = NULL;
	char option[32] = "output.";
	json_error_t error;
	int label = c->label;
	json_t *o;

	strlcat(option, name, sizeof(option));
	if (!(o = info_option(&sh->info, option)))
		return 0;
	if (json_unpack_ex(o, &error, 0, "{s?s s?s s?b s?{s?s}}", "type", &type,
		"path", &path, "label", &label, "buffer", "type", &buffer) < 0)
		return shell_fatal(sh, 1, "output.config",
		    "failed to read %s output options: %s", name, error.text);
	c->label = label;
	if (type && strcmp(type, "kvs") == 0)
		c->path = NULL;
	else if (path)
		c->path = path;
	if (buffer && strcmp(buffer, "none") == 0)
		c->by_line = false;
	else if (buffer && strcmp(buffer, "line") == 0)
		c->by_line = true;
	else if (buffer)
		shell_log(sh, SHELL_ERROR, "output.config",
		    "invalid buffer type specified: %s", buffer);
	return 0;
}

static void
read_mode(struct shell *sh, struct outopts *o)
{
	json_t *option = info_option(&sh->info, "output.mode");
	const char *mode = json_string_value(option);

	if (!option || (mode && strcmp(mode, "truncate") == 0))
		return;
	o->append = mode && strcmp(mode, "append") == 0;
	if (o->append)
		return;
	o->keep = true;
	shell_log(sh, SHELL_WARN, "output.task",
	    "ignoring invalid output.mode=%s", mode ? mode : "(not a string)");
}

/* "10M", "1g", 4096 */
static int
read_limit(struct shell *sh, struct outopts *o)
{
	static const char units[] = "kmg";
	json_t *option = info_option(&sh->info, "output.limit");
	const char *error = NULL, *unit = NULL;
	char number[sizeof(o->limit_text)];
	size_t len;

	strlcpy(o->limit_text, "1G", sizeof(o->limit_text));
	if (json_is_integer(option))
		snprintf(o->limit_text, sizeof(o->limit_text),
		    "%" JSON_INTEGER_FORMAT, json_integer_value(option));
	else if (option)
		strlcpy(o->limit_text,
		    json_is_string(option) ? json_string_value(option) : "?",
		    sizeof(o->limit_text));
	strlcpy(number, o->limit_text, sizeof(number));
	if ((len = strlen(number)) > 0)
		unit = strchr(units, number[len - 1] | 0x20);
	if (unit)
		number[len - 1] = '\0';
	o->limit = (size_t)strtonum(number, 0, 1ll << 32, &error);
	if (error)
		return shell_fatal(sh, 1, "output.kvs",
		    "Invalid KVS output.limit=%s", o->limit_text);
	if (unit)
		o->limit <<= 10 * (unit - units + 1);
	return 0;
}

static int
read_delay(struct shell *sh, struct outopts *o)
{
	json_t *option = info_option(&sh->info, "output.batch-timeout");
	const char *s = json_string_value(option);

	o->delay = -1;
	if (json_is_number(option))
		o->delay = json_number_value(option);
	else if (s && fsd_parse(s, &o->delay) < 0)
		return shell_fatal(sh, 1, "output.kvs",
		    "output.batch-timeout is not a valid duration: %s", s);
	return 0;
}

int
outconf_read(struct shell *sh, struct outopts *o)
{
	*o = (struct outopts){ 0 };
	o->streams[0].by_line = true;
	if (read_stream(sh, "stdout", &o->streams[0]) < 0)
		return -1;
	o->streams[1] = o->streams[0];
	o->streams[1].by_line = false;
	if (read_stream(sh, "stderr", &o->streams[1]) < 0)
		return -1;
	if (o->streams[0].path || o->streams[1].path)
		read_mode(sh, o);
	if (read_limit(sh, o) < 0)
		return -1;
	return read_delay(sh, o);
}
