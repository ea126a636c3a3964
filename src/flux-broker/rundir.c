/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attrs.h"
#include "broker.h"
#include "rundir.h"

static int
failed(const char *dir, struct errmsg *em)
{
	return errmsg_set(em, "rundir %s: %s", dir, strerror(errno));
}

/* Sets b->made_rundir if it was not there before. */
static int
make(struct broker *b, char dir[PATH_MAX], struct errmsg *em)
{
	const char *given = attrs_get(b->attrs, "rundir");
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	b->made_rundir = false;
	if (given) {
		strlcpy(dir, given, PATH_MAX);
		/* other ranks may use it, too: rank 0 is the last to end */
		if (mkdir(dir, 0700) == 0)
			b->made_rundir = b->rank == 0;
		if (stat(dir, &st) < 0)
			return failed(dir, em);
		if (!(st.st_mode & S_ISVTX))
			return 0;
		/* a public directory: take a private one below it */
		tmp = given;
	}
	snprintf(dir, PATH_MAX, "%s/flux-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return failed(dir, em);
	b->made_rundir = true;
	return 0;
}

int
rundir_make(struct broker *b, struct errmsg *em)
{
	const char *cleanup = attrs_get(b->attrs, "rundir-cleanup");
	char dir[PATH_MAX];
	struct stat st;
	const char *starter = getenv("FLUX_START_PID");

	if (make(b, dir, em) < 0)
		return -1;
	if (starter)
		b->starter = (pid_t)strtol(starter, NULL, 10);
	unsetenv("FLUX_START_PID");
	if (stat(dir, &st) < 0)
		return failed(dir, em);
	if (!S_ISDIR(st.st_mode))
		return errmsg_set(em, "rundir %s is not a directory", dir);
	/* one that others may read is as its owner wants it: guests of a
	 * system instance find the socket there */
	if (st.st_uid != b->owner || (st.st_mode & 022))
		return errmsg_set(em,
		    "rundir %s may be written by others than the instance "
		    "owner",
		    dir);
	if (attrs_set(b->attrs, "rundir", dir, 0) < 0 ||
	    (!cleanup && attrs_set(b->attrs, "rundir-cleanup",
			     b->made_rundir ? "1" : "0", ATTR_IMMUTABLE) < 0))
		return errmsg_set(em, "out of memory");
	b->rundir = attrs_get(b->attrs, "rundir");
	return 0;
}

/* flux start says so if it made the directory. Once it is no more our parent
 * it cannot remove it. */
static bool
is_orphaned(const struct broker *b)
{
	return b->rank == 0 && b->starter > 0 && getppid() != b->starter;
}

static bool
is_ours(const struct broker *b)
{
	const char *cleanup = attrs_get(b->attrs, "rundir-cleanup");

	if (!b->rundir)
		return false;
	if (is_orphaned(b))
		return true;
	return cleanup && strcmp(cleanup, "1") == 0 &&
	       (b->made_rundir || b->rank == 0);
}

void
rundir_remove(struct broker *b)
{
	char *const paths[] = { (char *)b->rundir, NULL };
	FTS *fts;
	FTSENT *e;

	if (!is_ours(b) ||
	    !(fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL)))
		return;
	while ((e = fts_read(fts)))
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_accpath);
	fts_close(fts);
}
