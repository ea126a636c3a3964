/* SPDX-License-Identifier: MIT */
/*
 * slurm:ID, the instance that runs in a Slurm job. If the job has processes on
 * this host, scontrol knows them. Else the first host of the job is asked, by
 * running flux uri in the job there.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostlist.h"
#include "uri_schemes.h"

static char *
read_all(int fd)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fdopen(fd, "r");

	if (f && getdelim(&text, &size, '\0', f) < 0 && text)
		*text = '\0';
	if (f)
		fclose(f);
	else
		close(fd);
	return text;
}

static void
run_child(char *const argv[], int out)
{
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The first line, rather one of the command than of srun, which may come first
 * or last. */
static void
set_reason(struct errmsg *em, const char *text)
{
	const char *line = text;

	while (strncmp(line, "srun: ", 6) == 0 && strchr(line, '\n'))
		line = strchr(line, '\n') + 1;
	if (!*line)
		line = text;
	errmsg_set(em, "%.*s", (int)strcspn(line, "\n"), line);
}

/* What the command prints (to be freed), on stderr too. NULL if it fails: em
 * then has the first line of that. */
static char *
output_of(char *const argv[], struct errmsg *em)
{
	int fds[2], status = 0;
	char *text;
	pid_t pid;

	if (pipe(fds) < 0 || (pid = fork()) < 0) {
		errmsg_set(em, "%s: %s", argv[0], strerror(errno));
		return NULL;
	}
	if (pid == 0)
		run_child(argv, fds[1]);
	close(fds[1]);
	text = read_all(fds[0]);
	waitpid(pid, &status, 0);
	if (text && status == 0)
		return text;
	if (text)
		set_reason(em, text);
	free(text);
	return NULL;
}

/* Rows of scontrol listpids: "PID JOBID STEPID LOCALID GLOBALID". The brokers
 * of a step have the local id 0; one that a script has started has none. */
static char *
uri_of_row(const char *row, bool want_local_zero)
{
	char pid[32], localid[32];
	bool is_zero;

	if (sscanf(row, "%31s %*s %*s %31s", pid, localid) != 2)
		return NULL;
	is_zero = strcmp(localid, "0") == 0;
	if (is_zero != want_local_zero || (!is_zero && !uri_is_broker(pid)))
		return NULL;
	return uri_of_pid(pid, NULL);
}

static char *
find_here(const char *id)
{
	char *argv[] = { "scontrol", "listpids", (char *)id, NULL };
	struct errmsg em;
	char *text = output_of(argv, &em), *uri = NULL;

	for (int pass = 0; text && pass < 2; pass++) {
		const char *row = text;
		while (!uri && *row) {
			uri = uri_of_row(row, pass == 0);
			row += strcspn(row, "\n");
			row += *row == '\n';
		}
	}
	free(text);
	return uri;
}

static char *
first_host(const char *id, struct errmsg *em)
{
	char *argv[] = { "squeue", "-h", "-j", (char *)id, "-o", "%N", NULL };
	struct errmsg why = { { 0 } };
	char *text = output_of(argv, &why), *host = NULL;
	struct hostlist *hl;

	if (!text) {
		errmsg_set(em, "unable to query nodelist for Slurm job %s%s%s",
		    id, why.text[0] ? ": " : "", why.text);
		return NULL;
	}
	text[strcspn(text, "\n")] = '\0';
	hl = hostlist_decode(text);
	if (hl && hostlist_count(hl) > 0)
		host = strdup(hostlist_nth(hl, 0));
	else
		errmsg_set(em, "Slurm job %s does not run", id);
	hostlist_destroy(hl);
	free(text);
	return host;
}

/* The last line is the answer: srun may have said something before. */
static char *
last_line(char *text)
{
	char *nl;

	while ((nl = strrchr(text, '\n')) && !nl[1])
		*nl = '\0';
	return nl ? nl + 1 : text;
}

static char *
ask_host(const char *id, char *host, struct errmsg *em)
{
	char jobid[64], target[80];
	char *argv[] = { "srun", "--overlap", jobid, "-w", host, "-n1", "-N1",
		"flux", "uri", "--remote", target, NULL };
	struct errmsg why = { { 0 } };
	char *text, *line, *uri = NULL;

	snprintf(jobid, sizeof(jobid), "--jobid=%s", id);
	snprintf(target, sizeof(target), "slurm:%s", id);
	text = output_of(argv, &why);
	if (text) {
		line = last_line(text);
		if (strstr(line, "://"))
			uri = strdup(line);
		free(text);
	}
	if (!uri)
		errmsg_set(em, "no Flux instance in Slurm job %s on %s%s%s", id,
		    host, why.text[0] ? ": " : "", why.text);
	return uri;
}

/* We are what ask_host has started. */
static bool
is_inside(const char *id)
{
	const char *job = getenv("SLURM_JOB_ID");

	return getenv("SLURM_STEP_ID") && job && strcmp(job, id) == 0;
}

char *
uri_of_slurm(const char *id, struct errmsg *em)
{
	char *uri, *host;

	if (!*id || id[strspn(id, "0123456789")]) {
		errmsg_set(em, "invalid Slurm job id '%s'", id);
		return NULL;
	}
	if ((uri = find_here(id)))
		return uri;
	if (is_inside(id)) {
		errmsg_set(em, "no broker among the processes of the job");
		return NULL;
	}
	if (!(host = first_host(id, em)))
		return NULL;
	uri = ask_host(id, host, em);
	free(host);
	return uri;
}
