/* SPDX-License-Identifier: MIT */
/*
 * The job's own directory on this node, RUNDIR/jobtmp-SHELLRANK-ID, and the
 * files that the job brings along (RFC 37): {"script":{"mode":33216,"data":
 * "#!/bin/sh\n...","encoding":"utf-8"}}. data may be any JSON, then the file
 * holds its text. Names are relative to the directory and stay inside it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "files.h"
#include "shell.h"

struct file {
	char *path;  /* owned */
	mode_t mode; /* with the type */
	char *data;  /* owned */
	size_t len;
};

static int
file_decode_data(struct file *f, json_t *data, const char *encoding)
{
	const char *s = json_string_value(data);

	if (!data || json_is_null(data)) {
		f->data = strdup("");
	} else if (!s) {
		f->data = json_dumps(data, JSON_ENCODE_ANY | JSON_COMPACT);
		f->len = f->data ? strlen(f->data) : 0;
	} else if (encoding && strcmp(encoding, "base64") == 0) {
		f->data = base64_decode(s, &f->len);
	} else if (encoding && strcmp(encoding, "utf-8") != 0) {
		errno = EINVAL;
		return -1;
	} else {
		f->len = json_string_length(data);
		if ((f->data = malloc(f->len + 1)))
			memcpy(f->data, s, f->len + 1);
	}
	return f->data ? 0 : -1;
}

/* No way out of the directory. */
static int
check_name(const char *name)
{
	const char *p = name;

	if (*name == '\0' || *name == '/')
		return -1;
	while (p) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return -1;
		p = p[n] ? p + n + 1 : NULL;
	}
	return 0;
}

/* Make the directories that the name has in it. */
static int
make_parents(const char *path, size_t skip)
{
	char *copy = strdup(path), *p;
	int rc = 0;

	if (!copy)
		return -1;
	for (p = strchr(copy + skip, '/'); p && rc == 0;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			rc = -1;
		*p = '/';
	}
	free(copy);
	return rc;
}

static int
write_regular(const struct file *f)
{
	int fd = open(f->path,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t off = 0;

	if (fd < 0)
		return -1;
	while (off < f->len) {
		ssize_t n = write(fd, f->data + off, f->len - off);

		if (n < 0)
			goto error;
		off += n;
	}
	if (fchmod(fd, f->mode & 07777) < 0)
		goto error;
	return close(fd);
error:
	close(fd);
	return -1;
}

static int
create(const struct file *f)
{
	switch (f->mode & S_IFMT) {
	case S_IFREG:
	case 0:
		return write_regular(f);
	case S_IFDIR:
		if (mkdir(f->path, 0700) < 0 && errno != EEXIST)
			return -1;
		return chmod(f->path, f->mode & 07777);
	case S_IFLNK:
		return symlink(f->data, f->path);
	}
	errno = EINVAL;
	return -1;
}

static int
unpack_file(struct shell *sh, const char *name, json_t *entry)
{
	struct file f = { 0 };
	const char *encoding = NULL;
	json_t *data = NULL;
	json_error_t error;
	int mode = S_IFREG | 0600, rc = -1;

	if (json_unpack_ex(entry, &error, 0, "{s?i s?o s?s}", "mode", &mode,
		"data", &data, "encoding", &encoding) < 0)
		return shell_fatal(sh, 1, "files", "%s: %s", name, error.text);
	if (check_name(name) < 0)
		return shell_fatal(sh, 1, "files",
		    "%s: not a name inside the job's directory", name);
	f.mode = mode;
	if (asprintf(&f.path, "%s/%s", sh->info.tmpdir, name) < 0)
		f.path = NULL;
	else if (file_decode_data(&f, data, encoding) == 0 &&
		 make_parents(f.path, strlen(sh->info.tmpdir) + 1) == 0)
		rc = create(&f);
	if (rc < 0)
		shell_fatal(sh, 1, "files", "%s: %s", name, strerror(errno));
	free(f.path);
	free(f.data);
	return rc;
}

static int
unpack_files(struct shell *sh)
{
	json_t *files = json_object_get(sh->info.spec->system, "files");
	const char *name;
	json_t *entry;

	if (files && !json_is_object(files))
		return shell_fatal(
		    sh, 1, "files", "attributes.system.files is not an object");
	json_object_foreach(files, name, entry)
		if (unpack_file(sh, name, entry) < 0)
			return -1;
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	/* What cannot be listed (mode 0) can be removed once it can */
	if (type == FTW_DNR)
		chmod(path, 0700);
	remove(path);
	return 0;
}

static void
remove_tree(const char *path)
{
	if (rmdir(path) == 0 || errno == ENOENT)
		return;
	for (int i = 0; i < 2; i++) {
		nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		if (access(path, F_OK) < 0)
			return;
	}
}

int
files_init(struct shell *sh)
{
	struct info *info = &sh->info;
	char *path;
	int rc;

	if (asprintf(&path, "%s/jobtmp-%d-%s", info->rundir, info->shell_rank,
		info->f58) < 0)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	rc = mkdir(path, 0700);
	if (rc < 0 && errno == EEXIST) {
		/* Left over from a broker that was killed */
		remove_tree(path);
		rc = mkdir(path, 0700);
	}
	if (rc < 0) {
		shell_fatal(sh, 1, NULL, "mkdir %s: %s", path, strerror(errno));
		free(path);
		return -1;
	}
	info->tmpdir = path;
	return unpack_files(sh);
}

void
files_fini(struct shell *sh)
{
	int saved = errno;

	if (sh->info.tmpdir)
		remove_tree(sh->info.tmpdir);
	errno = saved;
}
