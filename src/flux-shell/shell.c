/* SPDX-License-Identifier: MIT */
/*
 * The life of a job in one shell, as steps:
 *
 *     connect, and wait for the broker's "start"
 *     prepare    everything that can fail before a task runs
 *     barrier    of all shells: all services are registered
 *     run        start the tasks
 *     barrier    all tasks run
 *     announce   shell.start, by the leader
 *     wait       until tasks and output are at their end, here and elsewhere
 *     leave      send what is buffered, remove the job's directory
 *
 * A job on one node has no barriers and goes through without a pause. A
 * signal or a fatal error may come at any step; the step that is waited for
 * then never comes, and the shell leaves.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "files.h"
#include "guestlog.h"
#include "input.h"
#include "launch.h"
#include "mapping.h"
#include "output.h"
#include "pmi_service.h"
#include "pty.h"
#include "rexec.h"
#include "service.h"
#include "shell.h"
#include "signals.h"
#include "sigoption.h"
#include "task.h"
#include "taskexit.h"
#include "taskmap.h"

#ifdef __SANITIZE_ADDRESS__
enum { SHELL_FREES = 1 };
#else
enum { SHELL_FREES = 0 };
#endif

/* At the end a broker that takes nothing is waited for so long, in ms */
enum { FLUSH_TIMEOUT = 10000 };

/* ---- the end ---- */

static bool
is_done(const struct shell *sh)
{
	if (sh->lost || sh->failed)
		return true;
	if (!sh->started)
		return sh->killed != 0;
	return sh->ending && taskexit_is_done(sh);
}

void
shell_check_done(struct shell *sh)
{
	if (sh->started && sh->running == 0 && (sh->announced || sh->killed) &&
	    !sh->ending) {
		sh->ending = true;
		output_finish(sh);
		taskexit_finish(sh);
	}
	if (!sh->done && is_done(sh)) {
		sh->done = true;
		if (sh->loop)
			ev_break(sh->loop, EVBREAK_ALL);
	}
}

void
shell_task_complete(struct shell *sh, struct task *t)
{
	pty_task_complete(t);
	sh->running--;
	shell_check_done(sh);
}

static bool
is_to_end(int signum)
{
	return signum == SIGTERM || signum == SIGKILL || signum == SIGALRM ||
	       signum == SIGINT || signum == SIGHUP || signum == SIGQUIT;
}

void
shell_kill(struct shell *sh, int signum)
{
	tasks_kill(sh, signum);
	if (!is_to_end(signum))
		return;
	sh->killed = signum;
	if (!sh->started && sh->exit_code == 0)
		sh->exit_code = 128 + signum;
	if (signum == SIGKILL)
		tasks_close_output(sh);
	if (sh->ending)
		taskexit_lose_patience(sh);
	shell_check_done(sh);
}

/* ---- steps ---- */

/* A directory that is not there is said later, when something can be said. */
static int
change_dir(struct shell *sh)
{
	const char *cwd = sh->info.spec->cwd;
	int errnum;

	if (!cwd || chdir(cwd) == 0)
		return 0;
	errnum = errno;
	if (chdir("/tmp") == 0)
		return errnum;
	return shell_fatal(sh, 1, NULL, "chdir /tmp: %s", strerror(errno));
}

static int
read_verbose(struct shell *sh)
{
	json_t *option = info_option(&sh->info, "verbose");

	if (option && !json_is_integer(option) && !json_is_boolean(option))
		return shell_fatal(sh, 1, NULL,
		    "failed to parse attributes.system.shell.verbose");
	sh->verbose =
	    json_is_true(option) ? 1 : (int)json_integer_value(option);
	return 0;
}

/* What other implementations have and this one does not: a job that asks for
 * it is not run without. */
static int
refuse_options(struct shell *sh)
{
	static const char *const names[] = { "coprocess", "hwloc.restrict",
		"initrc", "oom", "stage-in", "sysmon", "userrc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (info_option_is_on(&sh->info, names[i]))
			return shell_fatal(sh, 1, NULL,
			    "shell_init: shell option '%s' is not supported",
			    names[i]);
	return 0;
}

static int
prepare(struct shell *sh, struct topo *topo)
{
	int dir_error;

	service_init(sh);
	if (read_verbose(sh) < 0 || refuse_options(sh) < 0 ||
	    (dir_error = change_dir(sh)) < 0 || mapping_init(sh) < 0)
		return -1;
	if (tasks_create(sh) < 0)
		return shell_fatal(sh, 1, NULL, "%s", strerror(ENOMEM));
	output_announce(sh);
	if (files_init(sh) < 0 || output_create(sh) < 0)
		return -1;
	mapping_drop_unused_cores(sh);
	if (dir_error > 0)
		shell_log(sh, SHELL_ERROR, NULL,
		    "host %s: Could not change dir to %s: %s. "
		    "Going to /tmp instead",
		    sh->info.host, sh->info.spec->cwd, strerror(dir_error));
	if (input_create(sh) < 0 || taskexit_create(sh) < 0 ||
	    pty_create(sh) < 0 || pmi_create(sh) < 0 ||
	    sigoption_create(sh) < 0)
		return -1;
	return launch_init(sh, topo);
}

static void
post_init(struct shell *sh)
{
	json_t *o;
	const char *pty;
	bool capture;

	if (sh->info.shell_rank > 0)
		return;
	o = json_pack("{s:s s:I s:i}", "service", sh->info.service,
	    "leader-rank", (json_int_t)sh->info.rank, "size", sh->info.nshells);
	if ((pty = pty_service(sh, &capture))) {
		json_object_set_new(o, "pty", json_string(pty));
		if (capture)
			json_object_set_new(o, "capture", json_integer(1));
	}
	guestlog_event(sh, GUEST_EXEC, "shell.init", o);
}

/* All tasks of the job run. */
static void
announce(struct shell *sh)
{
	json_t *o;

	if (sh->info.shell_rank == 0) {
		o = json_pack("{s:o}", "taskmap", taskmap_wrap(sh->info.map));
		if (sh->launch->stop_in_exec)
			json_object_set_new(o, "sync", json_true());
		guestlog_event(sh, GUEST_EXEC, "shell.start", o);
	}
	sh->announced = true;
	if (sh->ptys) /* somebody waits at a terminal */
		batch_flush(sh->logs);
	shell_check_done(sh);
}

static void
on_started(struct handle *h, const struct reply *r, void *arg)
{
	struct shell *sh = arg;

	(void)h;
	if (r->errnum && r->msg)
		shell_fatal(sh, 1, NULL, "barrier: %s", r->text);
	if (!sh->done && !r->errnum)
		announce(sh);
}

/* Wait until all shells are in: then next is called, as the answer comes. */
static void
barrier(struct shell *sh, rpc_f next)
{
	if (handle_rpc_new(sh->h, "exec.barrier", NODEID_ANY, 0,
		json_pack("{s:I}", "id", (json_int_t)sh->info.id), next,
		sh) < 0)
		shell_fatal(sh, 1, NULL, "barrier: %s", strerror(errno));
}

static void
run(struct shell *sh)
{
	post_init(sh);
	if (tasks_start(sh) < 0)
		return;
	if (sh->info.nshells > 1)
		barrier(sh, on_started);
	else
		announce(sh);
}

static void
on_ready(struct handle *h, const struct reply *r, void *arg)
{
	struct shell *sh = arg;

	(void)h;
	if (r->errnum && r->msg)
		shell_fatal(sh, 1, NULL, "barrier: %s", r->text);
	if (r->errnum || sh->done)
		return;
	batch_hold(sh->logs, false);
	run(sh);
}

/* ---- what the broker says ---- */

static void
on_kill(struct shell *sh, const json_t *o)
{
	int signum = (int)json_integer_value(json_object_get(o, "signum"));

	if (signum <= 0 || signum >= NSIG)
		return;
	shell_kill(sh, signum);
}

static void
on_broker(struct handle *h, const struct reply *r, void *arg)
{
	struct shell *sh = arg;
	const char *type = json_string_value(json_object_get(r->json, "type"));

	(void)h;
	if (r->errnum) {
		if (r->msg && !sh->info.start)
			warnx("exec.shell: %s", r->text);
		sh->lost = true;
	} else if (type && strcmp(type, "start") == 0 && !sh->start) {
		sh->start = json_incref(r->json);
	} else if (type && strcmp(type, "kill") == 0) {
		on_kill(sh, r->json);
	} else if (type && strcmp(type, "expiration") == 0) {
		sigoption_update(sh,
		    json_number_value(json_object_get(r->json, "expiration")));
	} else if (type && strcmp(type, "lost") == 0) {
		taskexit_shell_over(sh, (int)json_integer_value(json_object_get(
					    r->json, "shell_rank")));
	}
}

/* The broker has asked for us: the job is probably there already. */
static int
wait_for_start(struct shell *sh)
{
	service_expect(sh);
	if (handle_expect(sh->h, on_broker, sh) != SHELL_MATCHTAG)
		return -1;
	while (!sh->start && !sh->lost)
		if (handle_poll(sh->h, -1) < 0 && errno != EINTR)
			return -1;
	handle_cork(sh->h, true);
	return sh->start ? 0 : -1;
}

/* ---- loop ---- */

static void
lose(struct shell *sh)
{
	sh->lost = true;
	sh->exit_code = 1;
	shell_check_done(sh);
}

static void
on_connection(struct ev_loop *loop, ev_io *w, int revents)
{
	struct shell *sh = w->data;

	(void)loop;
	if ((revents & EV_WRITE) && handle_flush(sh->h) < 0)
		lose(sh);
	else if ((revents & EV_READ) && handle_read(sh->h) < 0)
		lose(sh);
	else if (sh->lost)
		lose(sh);
}

static void
before_poll(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct shell *sh = w->data;
	int events = EV_READ;

	(void)revents;
	handle_flush(sh->h); /* a loss is found by reading */
	if (handle_wants_write(sh->h))
		events |= EV_WRITE;
	if ((sh->conn.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(loop, &sh->conn);
	ev_io_set(&sh->conn, handle_fd(sh->h), events);
	ev_io_start(loop, &sh->conn);
}

static int
start_loop(struct shell *sh)
{
	if (!(sh->loop = ev_loop_new(EVBACKEND_POLL | EVFLAG_NOENV)))
		return -1;
	ev_io_init(&sh->conn, on_connection, handle_fd(sh->h), EV_READ);
	ev_prepare_init(&sh->before_poll, before_poll);
	sh->conn.data = sh->before_poll.data = sh;
	ev_io_start(sh->loop, &sh->conn);
	ev_prepare_start(sh->loop, &sh->before_poll);
	if (signals_init(sh) < 0)
		return -1;
	sh->logs = guestlog_create(sh);
	return sh->logs ? 0 : -1;
}

/* What we sent last may still wait for the socket. */
static void
flush(struct shell *sh)
{
	struct pollfd pfd = { .fd = handle_fd(sh->h), .events = POLLOUT };

	while (handle_wants_write(sh->h) && handle_flush(sh->h) == 0 &&
	       handle_wants_write(sh->h))
		if (poll(&pfd, 1, FLUSH_TIMEOUT) <= 0)
			break;
}

static void
leave(struct shell *sh)
{
	if (sh->lost)
		tasks_kill(sh, SIGKILL);
	tasks_sweep(sh);
	rexec_end(sh);
	files_fini(sh);
	if (sh->failed)
		output_finish(sh);
	shell_log(sh, SHELL_DEBUG, NULL, "exit %d", sh->exit_code);
	guestlog_finish(sh);
	if (!sh->lost)
		flush(sh);
}

/* The process ends with its job, and its memory with it: to free that first
 * would be a good part of a short job's time. A leak checker has it done. */
static void
destroy(struct shell *sh)
{
	pty_destroy(sh);
	if (!SHELL_FREES) {
		handle_close(sh->h); /* what was said last */
		return;
	}
	pmi_destroy(sh);
	input_destroy(sh);
	output_destroy(sh);
	taskexit_destroy(sh);
	sigoption_destroy(sh);
	launch_fini(sh);
	tasks_destroy(sh);
	batch_destroy(sh->logs);
	signals_fini(sh);
	if (sh->loop)
		ev_loop_destroy(sh->loop);
	handle_close(sh->h);
	json_decref(sh->start);
	info_fini(&sh->info);
}

/* What the job shares of its environment: the number of one that we have. */
static json_t *
shared_environment(const struct shell *sh, const struct inherited *from)
{
	json_t *o = json_object_get(sh->start, "environment");
	json_int_t i = json_integer_value(o);

	if (json_is_integer(o))
		o = i >= 0 && i < SHELLSERVER_ENVIRONMENTS
			? from->environments[i]
			: NULL;
	return o;
}

static int
run_job(struct shell *sh, const struct inherited *from)
{
	struct errmsg em;

	if (start_loop(sh) < 0) {
		warn("event loop");
		return 1;
	}
	if (info_init(&sh->info, sh->start, shared_environment(sh, from), &em) <
	    0)
		shell_fatal(sh, 1, NULL, "%s", em.text);
	/* The leader writes first into the job's logs */
	batch_hold(sh->logs, sh->info.shell_rank > 0);
	if (!sh->done && prepare(sh, from->topo) == 0 && !sh->done) {
		if (sh->info.nshells > 1)
			barrier(sh, on_ready);
		else
			run(sh);
	}
	shell_check_done(sh);
	while (!sh->done)
		ev_run(sh->loop, 0);
	leave(sh);
	return sh->exit_code;
}

int
shell_run(int fd, const struct inherited *from)
{
	struct shell sh = { 0 };
	int code;

	if (!(sh.h = handle_open_fd(fd))) {
		warn("connection to the broker");
		return 1;
	}
	code = wait_for_start(&sh) == 0 ? run_job(&sh, from) : 1;
	destroy(&sh);
	return code;
}
