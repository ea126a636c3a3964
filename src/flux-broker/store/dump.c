/* SPDX-License-Identifier: MIT */
/*
 * Attribute content.dump: when the instance ends, its jobs go into this file,
 * which flux start --recovery reads once it is in a directory as jobs.sqlite. A
 * name that ends in .tgz, .tar.gz or .tar makes it an archive of that one
 * file. Without a statedir the store then is in rundir from the start: what
 * lists need is written only by a store that all goes to.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log.h"
#include "store-core.h"

/* The name that the store has in a statedir. */
#define FILE_NAME "jobs.sqlite"

extern char **environ;

const char *
dump_path(struct broker *b)
{
	const char *path = attrs_get(b->attrs, "content.dump");

	return path && *path ? path : NULL;
}

int
dump_check(const char *path, struct errmsg *em)
{
	char *copy = strdup(path);
	struct stat sb;
	int r = -1;

	if (!copy)
		errmsg_set(em, "%s", strerror(errno));
	else if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode))
		errmsg_set(em, "%s is no regular file", path);
	else if ((r = access(dirname(copy), W_OK)) < 0)
		errmsg_set(em, "%s: %s", path, strerror(errno));
	free(copy);
	return r;
}

int
store_check_dump(struct broker *b, struct errmsg *em)
{
	struct errmsg why;

	if (!dump_path(b) || dump_check(dump_path(b), &why) == 0)
		return 0;
	return errmsg_set(em, "content.dump: %s", why.text);
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n > e && strcmp(s + n - e, end) == 0;
}

/* How tar is to write it; NULL: it is to be the file alone. */
static const char *
tar_option(const char *path)
{
	if (ends_in(path, ".tgz") || ends_in(path, ".tar.gz"))
		return "-czf";
	return ends_in(path, ".tar") ? "-cf" : NULL;
}

/* -1 with em. */
static int
run_tar(const char *option, const char *to, const char *dir, struct errmsg *em)
{
	const char *argv[] = { "tar", option, "-", "-C", dir, FILE_NAME, NULL };
	posix_spawn_file_actions_t actions;
	int status, rc;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	rc = posix_spawnp(
	    &pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		return errmsg_set(em, "tar: %s", strerror(rc));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errmsg_set(em, "tar: %s", strerror(errno));
	return status == 0 ? 0 : errmsg_set(em, "tar failed");
}

/* An archive is made of a copy in a directory of its own in rundir. */
static int
write_archive(
    struct store *s, const char *option, const char *to, struct errmsg *em)
{
	char dir[PATH_MAX], copy[PATH_MAX + sizeof(FILE_NAME)];
	int r;

	snprintf(dir, sizeof(dir), "%s/dump-XXXXXX", s->b->rundir);
	if (!mkdtemp(dir))
		return errmsg_set(em, "%s: %s", dir, strerror(errno));
	snprintf(copy, sizeof(copy), "%s/" FILE_NAME, dir);
	r = db_copy(s->db, copy, em);
	if (r == 0)
		r = run_tar(option, to, dir, em);
	unlink(copy);
	rmdir(dir);
	return r;
}

/* Under another name until all of it is there. What jobs were given, as their
 * environment, is for the owner alone. */
static int
write_dump(struct store *s, const char *path, struct errmsg *em)
{
	const char *option = tar_option(path);
	mode_t mask = umask(077);
	char *part;
	int r;

	if (asprintf(&part, "%s.part", path) < 0)
		return errmsg_set(em, "%s", strerror(ENOMEM));
	unlink(part);
	r = option ? write_archive(s, option, part, em)
		   : db_copy(s->db, part, em);
	if (r == 0 && rename(part, path) < 0)
		r = errmsg_set(em, "%s", strerror(errno));
	if (r < 0)
		unlink(part);
	free(part);
	umask(mask);
	return r;
}

void
dump_write(struct store *s)
{
	const char *path = dump_path(s->b);
	struct errmsg em = { .text = "" };

	if (!path || s->read_only)
		return;
	if (!s->durable)
		errmsg_set(&em, "it is to be set when the broker starts");
	else if (write_dump(s, path, &em) == 0)
		return;
	log_error(s->b->log, "content.dump %s: %s", path, em.text);
}
