/* SPDX-License-Identifier: MIT */
/*
 * A broker of one rank, within this process, and a client that sends what it
 * likes. An input is a line for each message, FLAGS TOPIC PAYLOAD:
 *
 *     - attr.get {"name":"rank"}      a request
 *     + job-info.eventlog-watch {...} a stream
 *     ! log.cancel {...}              no answer is wanted
 *     = some.topic {...}              a response that nobody asked for
 *     * some.topic {...}              an event
 *     J {jobspec}                     job-ingest.submit, with the jobspec
 * signed
 *
 * A request is answered once at most, a stream ends once at most; and after
 * the client has left, the broker is alive and answers another one. Nothing
 * is run: there are no children here.
 */
#include <sys/socket.h>

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../src/flux-broker/attrs-service.h"
#include "../../src/flux-broker/attrs.h"
#include "../../src/flux-broker/broker.h"
#include "../../src/flux-broker/lifecycle-core.h"
#include "../../src/flux-broker/local.h"
#include "../../src/flux-broker/log-service.h"
#include "../../src/flux-broker/options.h"
#include "../../src/flux-broker/parts.h"
#include "base64.h"
#include "fuzz.h"
#include "msg.h"
#include "optparse.h"

enum {
	LINES_MAX = 32,
	INPUTS_PER_BROKER = 500, /* or jobs and values would pile up */
};

/* instead of those of libc */
pid_t
fork(void)
{
	errno = EAGAIN;
	return -1;
}

int
posix_spawn(pid_t *pid, const char *path,
    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
    char *const argv[], char *const envp[])
{
	(void)pid;
	(void)path;
	(void)actions;
	(void)attr;
	(void)argv;
	(void)envp;
	return EAGAIN;
}

int
kill(pid_t pid, int signum)
{
	(void)pid;
	(void)signum;
	errno = ESRCH;
	return -1;
}

/* ---- the broker ---- */

static struct broker b;
static struct optparse options;

static void
run_loop(void)
{
	for (int i = 0; i < 20; i++)
		ev_run(b.loop, EVRUN_NOWAIT);
}

static void
stop(void)
{
	parts_destroy(&b);
	optparse_fini(&options);
}

/* Only the requests are to be short of memory. */
void nomem_set(unsigned long n) __attribute__((weak));

static void
start(void)
{
	static char *argv[] = { "flux-broker", "-Sbroker.rc2_none=1",
		"-Slog-stderr-level=2", "--conf",
		"{\"resource\":{\"noverify\":true,\"norestrict\":true,"
		"\"config\":[{\"hosts\":\"h\",\"cores\":\"0-3\"}]},"
		"\"queues\":{\"a\":{\"policy\":{\"limits\":"
		"{\"duration\":\"1h\"}}},\"b\":{}}}",
		NULL };

	options = (struct optparse){ .usage = "",
		.summary = "",
		.example = "",
		.opts = broker_options,
		.stop_at_first = true };
	b = (struct broker){ .owner = getuid(), .t_start = time(NULL) };
	if (nomem_set)
		nomem_set(0);
	signal(SIGPIPE, SIG_IGN);
	b.loop = ev_default_loop(EVFLAG_AUTO);
	b.attrs = attrs_create();
	b.log = log_create(&b);
	must(b.loop && b.attrs && b.log);
	options_read(&b, &options, 5, argv);
	parts_create(&b);
	lifecycle_start(&b, options.operands);
	run_loop();
}

/* ---- the client ---- */

struct client {
	int fd;
	struct msg_reader reader;
	uint32_t sent;            /* tags 1 to sent are in use */
	bool done[LINES_MAX + 2]; /* its last answer came */
};

static void
take_answers(struct client *c)
{
	char buf[65536];
	struct msg *m;
	ssize_t n;

	while ((n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		must(msg_reader_feed(&c->reader, buf, n) == 0);
		while ((m = msg_reader_next(&c->reader))) {
			if (m->type == MSG_RESPONSE) {
				must(m->matchtag > 0 && m->matchtag <= c->sent);
				must(!c->done[m->matchtag]);
				c->done[m->matchtag] =
				    !(m->flags & MSG_STREAMING) || m->errnum;
			}
			msg_unref(m);
		}
		must(errno == 0);
	}
}

static void
send_msg(struct client *c, struct msg *m)
{
	size_t len;
	char *frame = msg_encode_frame(m, &len);

	must(frame);
	if (send(c->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) !=
	    (ssize_t)len)
		fprintf(stderr, "%zu bytes were too many\n", len);
	free(frame);
	msg_unref(m);
	ev_run(b.loop, EVRUN_NOWAIT);
	take_answers(c);
}

static struct msg *
make_msg(struct client *c, char kind, const char *topic, const char *payload)
{
	int flags = kind == '+' ? MSG_STREAMING : 0;
	struct msg *m;

	if (kind == '!')
		flags = MSG_NORESPONSE;
	m = kind == '*' ? msg_event(topic, 0, NULL)
			: msg_request(topic, NODEID_ANY, flags, NULL);
	must(m);
	if (payload)
		must(msg_set_payload(m, payload, strlen(payload) + 1) == 0);
	if (kind == '=')
		m->type = MSG_RESPONSE;
	else if (kind != '*' && kind != '!')
		m->matchtag = ++c->sent;
	return m;
}

static void
submit(struct client *c, const char *jobspec)
{
	char *text = base64_encode(jobspec, strlen(jobspec)), *J, head[80];
	int n = snprintf(head, sizeof(head),
	    "version%ci1%cuserid%ci%u%cmechanism%csnone%c", 0, 0, 0, getuid(),
	    0, 0, 0);
	char *head64 = base64_encode(head, n), *payload;

	must(text && head64);
	must(asprintf(&J, "%s.%s.none", head64, text) > 0);
	must(asprintf(
		 &payload, "{\"J\":\"%s\",\"urgency\":16,\"flags\":0}", J) > 0);
	send_msg(c, make_msg(c, '-', "job-ingest.submit", payload));
	free(payload);
	free(J);
	free(head64);
	free(text);
}

/* A topic that would end the broker, as it should. */
static bool
is_wanted(const char *topic)
{
	return strncmp(topic, "shutdown.", 9) != 0 &&
	       strncmp(topic, "overlay.disconnect-", 19) != 0;
}

static void
take_line(struct client *c, char *line)
{
	char *topic, *payload;

	if (line[0] == 'J' && line[1] == ' ') {
		submit(c, line + 2);
		return;
	}
	if (!line[0] || !strchr("-+!=*", line[0]) || line[1] != ' ')
		return;
	topic = line + 2;
	if ((payload = strchr(topic, ' ')))
		*payload++ = '\0';
	if (is_wanted(topic))
		send_msg(c, make_msg(c, line[0], topic, payload));
}

static void
client_close(struct client *c)
{
	close(c->fd);
	c->fd = 0;
	msg_reader_fini(&c->reader);
	ev_run(b.loop, EVRUN_NOWAIT);
}

static void
client_open(struct client *c)
{
	int fds[2], size = 1 << 20;

	if (c->fd > 0) /* the last one had no memory to leave */
		client_close(c);
	memset(c, 0, sizeof(*c));
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	must(local_adopt(&b, fds[1]));
	c->fd = fds[0];
	msg_reader_init(&c->reader);
}

static void
must_be_alive(void)
{
	static struct client c;

	client_open(&c);
	send_msg(&c, make_msg(&c, '-', "attr.get", "{\"name\":\"rank\"}"));
	ev_run(b.loop, EVRUN_NOWAIT);
	take_answers(&c);
	must(c.done[1]);
	client_close(&c);
}

static void
all_lines(char *text)
{
	static struct client c;
	char *line, *rest = text;

	client_open(&c);
	for (int i = 0; i < LINES_MAX && (line = strsep(&rest, "\n")); i++)
		take_line(&c, line);
	run_loop();
	take_answers(&c);
	client_close(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int inputs;
	char *text = fuzz_text(data, size);

	if (size < 100000) {
		if (inputs++ % INPUTS_PER_BROKER == 0) {
			if (inputs > 1)
				stop();
			else
				atexit(stop);
			start();
		}
		all_lines(text);
		must_be_alive();
	}
	free(text);
	return 0;
}
