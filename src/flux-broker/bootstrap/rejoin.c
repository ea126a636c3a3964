/* SPDX-License-Identifier: MIT */
/*
 * What has to last is handed on in two descriptors: a file in memory, and a
 * socket that holds all answers of PMI. Its client asks a question and reads
 * an answer, and the questions are always the same.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "rejoin.h"

#define VARIABLE "FLUX_BROKER_REJOIN"

/* What the file holds. */
struct saved {
	bool is_patient;
	int other;
	struct seal_keys keys;
	char endpoint[ADDRESS_STRMAX];
};

static int
number(const char *name)
{
	const char *s = getenv(name), *err = NULL;
	int n = s ? (int)strtonum(s, 3, 1 << 20, &err) : -1;

	return err ? -1 : n;
}

void
rejoin_read(struct rejoin *r)
{
	struct saved saved;
	int fd = number(VARIABLE);

	memset(r, 0, sizeof(*r));
	r->other = -1;
	unsetenv(VARIABLE);
	if (fd < 0)
		return;
	if (pread(fd, &saved, sizeof(saved), 0) == sizeof(saved)) {
		r->is_again = true;
		r->is_patient = saved.is_patient;
		r->keys = saved.keys;
		r->other = saved.other;
		fcntl(r->other, F_SETFD, FD_CLOEXEC);
		strlcpy(r->endpoint, saved.endpoint, sizeof(r->endpoint));
	}
	close(fd);
	explicit_bzero(&saved, sizeof(saved));
}

void
rejoin_fini(struct rejoin *r)
{
	explicit_bzero(&r->keys, sizeof(r->keys));
	free(r->answers);
	r->answers = NULL;
	if (r->other >= 0)
		close(r->other);
	r->other = -1;
}

static void
set_number(const char *name, unsigned n)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "%u", n);
	setenv(name, buf, 1);
}

static void
set_from_attr(const struct broker *b, const char *name, const char *attr)
{
	const char *value = attrs_get(b->attrs, attr);

	if (value)
		setenv(name, value, 1);
}

/* As it was when the launcher started us. */
static void
set_environment(const struct broker *b, const struct rejoin_fds *fds)
{
	set_number(VARIABLE, (unsigned)fds->file);
	set_number("PMI_FD", (unsigned)fds->pmi);
	set_number("PMI_RANK", b->rank);
	set_number("PMI_SIZE", b->size);
	if (b->starter > 0)
		set_number("FLUX_START_PID", (unsigned)b->starter);
	set_from_attr(b, "FLUX_URI", "parent-uri");
	set_from_attr(b, "FLUX_KVS_NAMESPACE", "parent-kvs-namespace");
	set_from_attr(b, "FLUX_JOB_ID_PATH", "jobid-path");
}

/* The other end stays open, or the client could not ask. */
static int
make_pmi(const struct rejoin *r, struct rejoin_fds *fds)
{
	int pair[2];

	if (!r->answers ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	fds->pmi = pair[0];
	fds->other = pair[1];
	if (send(pair[1], r->answers, r->len, MSG_DONTWAIT) == (ssize_t)r->len)
		return 0;
	close(pair[0]);
	close(pair[1]);
	return -1;
}

static int
make_file(const struct rejoin *r, struct rejoin_fds *fds)
{
	struct saved saved = { .is_patient = r->is_patient,
		.other = fds->other,
		.keys = r->keys };
	bool ok;

	strlcpy(saved.endpoint, r->endpoint, sizeof(saved.endpoint));
	fds->file = memfd_create("flux-broker", MFD_CLOEXEC);
	ok = fds->file >= 0 &&
	     write(fds->file, &saved, sizeof(saved)) == sizeof(saved);
	explicit_bzero(&saved, sizeof(saved));
	return ok ? 0 : -1;
}

int
rejoin_prepare(
    const struct broker *b, const struct rejoin *r, struct rejoin_fds *fds)
{
	if (make_pmi(r, fds) < 0)
		return -1;
	if (make_file(r, fds) < 0) {
		close(fds->pmi);
		close(fds->other);
		return -1;
	}
	set_environment(b, fds);
	return 0;
}

void
rejoin_exec(const struct rejoin_fds *fds, char **argv)
{
	/* some libraries leave theirs open */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	fcntl(fds->file, F_SETFD, 0);
	fcntl(fds->pmi, F_SETFD, 0);
	fcntl(fds->other, F_SETFD, 0);
	execv("/proc/self/exe", argv);
}
