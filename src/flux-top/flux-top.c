/* SPDX-License-Identifier: MIT */
/*
 * flux top [TARGET]: a live view of one instance. Enter on a job that is an
 * instance opens a view of it on top of this one; q goes back.
 */
#include <err.h>
#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "handle.h"
#include "jobinfo.h"
#include "jobpath.h"
#include "optparse.h"
#include "screen.h"
#include "top.h"
#include "uri.h"

enum { CTRL_L = 'L' & 0x1f, TICK_MS = 600 };

struct options {
	const char *queue, *target;
	bool colour, json;
};

static const struct opt option_table[] = {
	{ "color", 0, "[WHEN]", "colour: auto, always or never", 'C' },
	{ "queue", 'q', "NAME", "show only the jobs of a queue", 0 },
	{ "json", 'j', NULL, "print what there is now as JSON, and end", 0 },
	{ 0 },
};

static struct top_job *
selected_job(struct top *t)
{
	for (int i = 0; i < t->njobs; i++)
		if (t->jobs[i].id == t->selected)
			return &t->jobs[i];
	return NULL;
}

/* The next shown job in direction step, round the ends. */
static void
move_selection(struct top *t, int step)
{
	int at = -1, n = t->njobs;

	for (int i = 0; i < n; i++)
		if (t->jobs[i].id == t->selected)
			at = i;
	if (at < 0)
		at = step > 0 ? -1 : n;
	for (int i = 0; i < n; i++) {
		at = (at + step + n) % n;
		if (top_shows(t, &t->jobs[at])) {
			t->selected = t->jobs[at].id;
			break;
		}
	}
	t->dirty = true;
}

static void run_top(struct top *t);

static void
enter(struct top *t)
{
	struct top_job *job = selected_job(t);
	struct top child;
	char why[300], *uri;

	if (!job || !job->uri || !(uri = uri_reachable(job->uri)))
		return;
	if (top_open(&child, uri, t->title, why, sizeof(why)) < 0) {
		screen_message(why);
	} else {
		run_top(&child);
		if (child.lost[0])
			screen_message(child.lost);
		top_close(&child);
	}
	free(uri);
	top_refresh(t);
	t->dirty = true;
}

/* true: leave this view. */
static bool
key(struct top *t, int c)
{
	switch (c) {
	case 'q':
		return true;
	case 'j':
	case KEY_DOWN:
		move_selection(t, 1);
		break;
	case 'k':
	case KEY_UP:
		move_selection(t, -1);
		break;
	case 'h':
	case KEY_LEFT:
		top_cycle_queue(t, -1);
		break;
	case 'l':
	case KEY_RIGHT:
		top_cycle_queue(t, 1);
		break;
	case 'd':
		t->details = !t->details;
		t->dirty = true;
		break;
	case '\n':
	case '\r':
	case KEY_ENTER:
		enter(t);
		break;
	case CTRL_L:
	case KEY_RESIZE:
		clearok(stdscr, TRUE);
		t->dirty = true;
		break;
	}
	return false;
}

static void
run_top(struct top *t)
{
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = handle_fd(t->h), .events = POLLIN },
	};
	int c;

	for (;;) {
		if (t->dirty)
			screen_draw(t);
		/* one more redraw after a heartbeat, to take the heart away */
		t->dirty = mono_now() - t->t_beat < 1.0;
		poll(fds, 2, t->dirty ? TICK_MS : -1);
		if (handle_flush(t->h) < 0 || handle_read(t->h) < 0) {
			snprintf(t->lost, sizeof(t->lost),
			    "lost connection to Flux: %s", strerror(errno));
			return;
		}
		while ((c = getch()) != ERR)
			if (key(t, c))
				return;
		if (fds[0].revents & (POLLHUP | POLLERR))
			return;
	}
}

static void
check_terminal(void)
{
	int status;

	if (!isatty(STDIN_FILENO))
		errx(1, "stdin is not a terminal");
	if (setupterm(NULL, STDOUT_FILENO, &status) == ERR ||
	    !tigetstr("cup") || tigetstr("cup") == (char *)-1)
		errx(1, "terminal does not support required capabilities");
	del_curterm(cur_term);
}

/* There is nothing to watch any more. */
static void
say_if_ended(const char *target)
{
	struct jobpath p;
	struct errmsg em;
	json_t *o;
	int state = 0;

	if (jobpath_open(&p, target, &em) < 0)
		return;
	if (jobpath_call_new(&p, "job-list.list-id",
		json_pack("{s:[s]}", "attrs", "state"), &o, &em) == 0) {
		json_unpack(o, "{s:{s:i}}", "job", "state", &state);
		json_decref(o);
	}
	if (state == JOB_INACTIVE)
		fprintf(stderr,
		    "%s has ended: flux pstree -a and flux jobs -aR show what "
		    "ran in it.\n",
		    target);
	jobpath_close(&p);
}

static char *
target_uri(const char *target)
{
	struct errmsg em;
	char *uri, *reachable;

	if (!target)
		return strdup(uri_default());
	if (!(uri = uri_resolve(target, &em))) {
		warnx("failed to resolve target to a Flux URI");
		fprintf(stderr, "flux-uri: ERROR: %s\n", em.text);
		say_if_ended(target);
		exit(1);
	}
	reachable = uri_reachable(uri);
	free(uri);
	return reachable;
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	struct optparse p = {
		.usage = "[OPTIONS] [TARGET]",
		.summary = "watch the jobs of an instance, and of those in it",
		.example = "flux top ƒA/ƒB\n\n"
			   "Keys: j k up down select, enter opens an instance, "
			   "q goes back,\n"
			   "      h l left right change the queue, d details, "
			   "^L redraws",
		.opts = option_table,
	};
	const char *when = "auto";
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		if (c == 'q')
			o->queue = p.value;
		else if (c == 'j')
			o->json = true;
		else
			when = p.value ? p.value : "always";
	}
	if (strcmp(when, "auto") && strcmp(when, "always") &&
	    strcmp(when, "never"))
		optparse_fail(&p, "invalid argument for --color: '%s'", when);
	if (p.noperands > 1)
		optparse_fail(&p, "only one TARGET can be watched");
	o->target = p.noperands ? p.operands[0] : NULL;
	o->colour = strcmp(when, "always") == 0 ||
		    (strcmp(when, "auto") == 0 && !getenv("NO_COLOR"));
	optparse_fini(&p);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct top t;
	char why[300], *uri;

	setlocale(LC_CTYPE, "");
	setprogname("flux-top");
	parse_options(&o, argc, argv);
	if (!o.json)
		check_terminal();
	if (!(uri = target_uri(o.target)))
		err(1, NULL);
	if (top_open(&t, uri, NULL, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (o.queue && top_set_queue(&t, o.queue) < 0)
		errx(1, "queue %s not configured", o.queue);
	if (o.json) {
		top_print_json(&t);
	} else {
		screen_open(o.colour);
		run_top(&t);
		screen_close();
	}
	if (t.lost[0])
		errx(1, "%s", t.lost);
	top_close(&t);
	free(uri);
	return fflush(stdout) == 0 ? 0 : 1;
}
