/* SPDX-License-Identifier: MIT */
/* pid:N, the instance of a process: FLUX_URI of its environment. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uri_schemes.h"

static char *
read_proc(const char *pid, const char *file, size_t *len, struct errmsg *em)
{
	char path[PATH_MAX];
	char *buf = NULL;
	size_t size = 0, n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
	if (!(f = fopen(path, "r"))) {
		errmsg_set(em, "%s: '%s'", strerror(errno), path);
		return NULL;
	}
	*len = 0;
	do {
		char *p = realloc(buf, size + 4097);
		if (!p)
			break;
		buf = p;
		size += 4096;
		n = fread(buf + *len, 1, size - *len, f);
		*len += n;
	} while (n > 0);
	fclose(f);
	if (buf)
		buf[*len] = '\0';
	return buf;
}

static char *
uri_in_environment(const char *pid, struct errmsg *em)
{
	size_t len;
	char *environment = read_proc(pid, "environ", &len, em), *uri = NULL;

	if (!environment)
		return NULL;
	for (char *p = environment; p < environment + len; p += strlen(p) + 1)
		if (!uri && strncmp(p, "FLUX_URI=", 9) == 0)
			uri = strdup(p + 9);
	free(environment);
	if (!uri)
		errmsg_set(em, "PID %s doesn't seem to have a FLUX_URI", pid);
	return uri;
}

/* A broker does not have the URI of its own instance; what it starts has. */
static char *
uri_of_children(const char *pid, struct errmsg *em)
{
	char file[64], *list, *rest, *child, *uri = NULL;
	size_t len;

	snprintf(file, sizeof(file), "task/%s/children", pid);
	rest = list = read_proc(pid, file, &len, em);
	if (!list || !isdigit((unsigned char)*list))
		errmsg_set(
		    em, "PID %s is a flux-broker and no child found", pid);
	while (!uri && rest && (child = strsep(&rest, " ")))
		if (*child)
			uri = uri_in_environment(child, em);
	free(list);
	return uri;
}

bool
uri_is_broker(const char *pid)
{
	size_t len;
	char *comm = read_proc(pid, "comm", &len, NULL);
	bool yes = comm && strstr(comm, "flux-broker");

	free(comm);
	return yes;
}

char *
uri_of_pid(const char *pid, struct errmsg *em)
{
	if (!*pid || pid[strspn(pid, "0123456789")]) {
		errmsg_set(em, "invalid PID '%s'", pid);
		return NULL;
	}
	return uri_is_broker(pid) ? uri_of_children(pid, em)
				  : uri_in_environment(pid, em);
}
