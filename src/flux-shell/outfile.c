/* SPDX-License-Identifier: MIT */
/*
 * A list is enough: more than a few files only come from one file for each
 * task, and tasks of one node are not many.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outconf.h"
#include "outfile.h"
#include "shell.h"

struct outfile {
	struct outfile *next;
	int fd;
	bool failed; /* a write failed and was reported */
	char path[]; /* relative to the job's directory, as it was given */
};

static int
open_path(const char *path, const struct outopts *opts)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC;

	if (opts->append)
		flags |= O_APPEND;
	else if (!opts->keep)
		flags |= O_TRUNC;
	return open(path, flags, 0644);
}

struct outfile *
outfile_open(struct shell *sh, struct outfile **list,
    const struct outopts *opts, const char *path)
{
	size_t len = strlen(path);
	struct outfile *f;

	for (f = *list; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	if (!(f = calloc(1, sizeof(*f) + len + 1)) ||
	    (f->fd = open_path(path, opts)) < 0) {
		shell_log(sh, SHELL_ERROR, "output.task", "open: %s: %s", path,
		    strerror(errno));
		shell_fatal(sh, 1, NULL, "shell_init: open: %s: %s", path,
		    strerror(errno));
		free(f);
		return NULL;
	}
	memcpy(f->path, path, len + 1);
	f->next = *list;
	*list = f;
	return f;
}

void
outfile_close_all(struct outfile **list)
{
	struct outfile *f;

	while ((f = *list)) {
		*list = f->next;
		close(f->fd);
		free(f);
	}
}

int
outfile_write(struct outfile *f, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(f->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (f->failed)
				return 0;
			f->failed = true;
			return -1;
		}
		data += n;
		len -= n;
	}
	return 0;
}

const char *
outfile_path(const struct outfile *f)
{
	return f->path;
}
