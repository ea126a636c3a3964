/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log.h"
#include "eventlog.h"
#include "startlog.h"
#include "treeobj.h"
#include "version.h"

#define KEY "admin.eventlog"

enum { KEPT = 1 << 18 }; /* bytes of the file that are shown: its end */

/* malloc'd; NULL if there is no statedir. */
static char *
file_path(struct broker *b)
{
	const char *dir = attrs_get(b->attrs, "statedir");
	char *path;

	if (!dir || asprintf(&path, "%s/" KEY, dir) < 0)
		return NULL;
	return path;
}

/* What earlier starts left, from the start of a line. */
static void
read_file(struct broker *b, const char *path, FILE *out)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f && errno != ENOENT)
		log_err(b->log, "%s", path);
	if (!f)
		return;
	if (fseek(f, -KEPT, SEEK_END) == 0 && getline(&line, &size, f) < 0)
		log_err(b->log, "%s", path);
	while ((n = getline(&line, &size, f)) > 0) {
		struct event e;

		if (line[n - 1] != '\n' || event_decode(&e, line) < 0)
			continue;
		event_fini(&e);
		fputs(line, out);
	}
	free(line);
	fclose(f);
}

/* A crash may have left half a line: begin with a new one then. */
static void
append_file(struct broker *b, const char *path, const char *line)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	size_t len = strlen(line);
	char last = '\n';

	if (fd < 0) {
		log_err(b->log, "%s", path);
		return;
	}
	if (lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) == 1 &&
	    last != '\n' && write(fd, "\n", 1) != 1)
		log_err(b->log, "%s", path);
	if (write(fd, line, len) != (ssize_t)len)
		log_err(b->log, "%s", path);
	close(fd);
}

static char *
encode(const char *name)
{
	json_t *context = json_pack("{s:i}", "version", 1);
	char *line;

	if (strcmp(name, "start") == 0)
		json_object_set_new(
		    context, "core_version", json_string(FLUX_VERSION));
	line = event_encode(0, name, context);
	json_decref(context);
	return line;
}

void
startlog_start(struct broker *b, json_t *root)
{
	char *path = file_path(b), *line = encode("start"), *text = NULL;
	json_t *val = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (path && f)
		read_file(b, path, f);
	if (f && line)
		fputs(line, f);
	if (f && fclose(f) == 0 && (val = treeobj_val(text, len)))
		treeobj_put(root, KEY, val);
	if (path && line)
		append_file(b, path, line);
	json_decref(val);
	free(text);
	free(path);
	free(line);
}

void
startlog_finish(struct broker *b)
{
	char *path = file_path(b), *line = encode("finish");

	if (path && line)
		append_file(b, path, line);
	free(path);
	free(line);
}
