/* SPDX-License-Identifier: MIT */
/*
 * Drawing: a summary of 6 rows, a header, and the jobs. The layout is that of
 * 80 columns, whatever the width of the terminal.
 */
#include <math.h>
#include <ncurses.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fluid.h"
#include "fsd.h"
#include "screen.h"
#include "top.h"

enum {
	BAR_COL = 4,
	BAR_WIDTH = 36,
	JOBS_ROW = 6,
	TITLE_COL = 6,
	TITLE_WIDTH = 73,
	JOB_WIDTH = 80,
};

#define HEART_SECONDS   0.5
#define MESSAGE_SECONDS 4

static double
wall_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void
put(int row, int col, attr_t attr, const char *text)
{
	attron(attr);
	mvaddstr(row, col, text);
	attroff(attr);
}

static void
draw_title(const struct top *t)
{
	const char *title = t->title;
	char cut[TITLE_WIDTH + 8];
	size_t len = strlen(title);

	if (len > TITLE_WIDTH) {
		const char *tail = title + len - (TITLE_WIDTH - 3);
		while ((*tail & 0xc0) == 0x80)
			tail++;
		snprintf(cut, sizeof(cut), "…%s", tail);
		title = cut;
		len = strlen(title);
	}
	put(0, 0, COLOR_PAIR(PAIR_YELLOW),
	    fluid_f58_form() == FLUID_F58 ? "ƒ" : "f");
	put(0, TITLE_COL + (TITLE_WIDTH - (int)len) / 2,
	    COLOR_PAIR(PAIR_BLUE) | A_BOLD, title);
}

static void
draw_expiration(const struct top *t)
{
	char buf[32], text[64];
	double left = t->expiration - wall_now();

	if (t->expiration > 0)
		snprintf(text, sizeof(text), "%8s⌚",
		    fsd_format_short(buf, sizeof(buf), left > 0 ? left : 0));
	else
		snprintf(text, sizeof(text), "%8s∞", "");
	put(0, 70, 0, text);
}

static int
share(int n, int total, int slots)
{
	return total > 0 ? (int)ceil((double)n / total * slots) : 0;
}

static void
draw_bar(int row, const char *name, const struct top_bar *bar)
{
	char count[32];
	int slots, used, down;

	snprintf(count, sizeof(count), "%d/%d]", bar->used, bar->total);
	slots = BAR_WIDTH - 7 - (int)strlen(count) - 1;
	used = share(bar->used, bar->total, slots);
	down = share(bar->down, bar->total, slots);
	mvprintw(row, BAR_COL, "%5s [", name);
	for (int i = 0; i < slots; i++) {
		attr_t attr =
		    i < used ? COLOR_PAIR(PAIR_YELLOW) : COLOR_PAIR(PAIR_RED);
		bool on = i < used || i >= slots - down;
		put(row, BAR_COL + 7 + i, on ? attr : 0, on ? "|" : " ");
	}
	put(row, BAR_COL + 7 + slots, 0, count);
}

static void
draw_number(int row, int col, int n, attr_t attr, const char *what)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "%6d", n);
	put(row, col, n > 0 ? attr : 0, buf);
	addstr(what);
}

static void
draw_stats(const struct top *t)
{
	const struct top_stats *s = &t->stats;

	mvprintw(1, 60, "%5d pending", s->pending);
	mvprintw(2, 60, "%5d running", s->running);
	if (t->details) {
		draw_number(3, 42, s->successful,
		    COLOR_PAIR(PAIR_GREEN) | A_BOLD, " complete, ");
		draw_number(3, 59, s->unsuccessful,
		    COLOR_PAIR(PAIR_RED) | A_BOLD, " failed");
	} else {
		mvprintw(3, 60, "%5d inactive", s->inactive);
	}
	if (mono_now() - t->t_beat < HEART_SECONDS)
		put(3, 77, 0, "♡");
}

static void
draw_info(const struct top *t)
{
	char buf[32];
	int len = t->version ? (int)strlen(t->version) : 0;

	attron(A_DIM);
	mvprintw(5, 1, "size: %d", t->size);
	if (t->level > 0)
		mvprintw(5, 11, "depth: %d", t->level);
	mvprintw(5, 31, "uptime: %s",
	    fsd_format_short(buf, sizeof(buf), wall_now() - t->t_start));
	if (len > 0 && len < 40)
		mvaddstr(5, 80 - len, t->version);
	attroff(A_DIM);
}

static const char *
user_name(uid_t uid, char *buf, size_t size)
{
	struct passwd *pw = getpwuid(uid);

	if (pw)
		strlcpy(buf, pw->pw_name, size);
	else
		snprintf(buf, size, "%u", (unsigned)uid);
	return buf;
}

/* Right-align text of several bytes a character in width columns. */
static void
put_id(const char *id, int width)
{
	int columns = 0;

	for (const char *p = id; *p; p++)
		columns += (*p & 0xc0) != 0x80;
	printw("%*s%s", width > columns ? width - columns : 0, "", id);
}

static void
draw_job(const struct top *t, const struct top_job *job, int row)
{
	char id[FLUID_STRMAX], user[9], run[32];
	double runtime = job->t_run > 0 ? wall_now() - job->t_run : 0;
	int width = t->queues ? 25 : 33;
	attr_t attr = job->uri ? COLOR_PAIR(PAIR_BLUE) | A_BOLD : 0;

	if (job->id == t->selected)
		attr |= A_REVERSE;
	attron(attr);
	mvhline(row, 0, ' ', JOB_WIDTH);
	move(row, 0);
	put_id(fluid_encode(id, sizeof(id), job->id, fluid_f58_form()), 12);
	if (t->queues)
		printw(" %8.8s", job->queue ? job->queue : "");
	printw(" %8.8s %2s %6d %6d %7s %-*.*s",
	    user_name(job->uid, user, sizeof(user)),
	    job->state == 32 ? "C" : "R", job->ntasks, job->nnodes,
	    fsd_format_short(run, sizeof(run), runtime), width, width,
	    job->name ? job->name : "");
	attroff(attr);
}

static void
draw_jobs(const struct top *t)
{
	int row = JOBS_ROW;

	attron(A_REVERSE);
	mvprintw(row++, 0, "%12s", "JOBID");
	if (t->queues)
		printw(" %8s", "QUEUE");
	printw(" %8s %2s %6s %6s %7s %-*s", "USER", "ST", "NTASKS", "NNODES",
	    "RUNTIME", t->queues ? 25 : 33, "NAME");
	attroff(A_REVERSE);
	for (int i = 0; i < t->njobs && row < LINES; i++)
		if (top_shows(t, &t->jobs[i]))
			draw_job(t, &t->jobs[i], row++);
	if (row == JOBS_ROW + 1 && t->queue)
		mvprintw(JOBS_ROW + 5, 25, "No jobs to display in queue %s",
		    t->queue);
}

void
screen_draw(const struct top *t)
{
	erase();
	draw_title(t);
	draw_expiration(t);
	draw_bar(1, "nodes", &t->nodes);
	draw_bar(2, "cores", &t->cores);
	draw_bar(3, "gpus", &t->gpus);
	draw_stats(t);
	draw_info(t);
	draw_jobs(t);
	refresh();
}

void
screen_message(const char *text)
{
	WINDOW *w = newwin(6, 78, LINES > 21 ? 15 : LINES / 3, 2);

	if (!w)
		return;
	box(w, 0, 0);
	mvwprintw(w, 2, 2, "%.74s", text);
	wtimeout(w, MESSAGE_SECONDS * 1000);
	wrefresh(w);
	wgetch(w);
	delwin(w);
	clearok(stdscr, TRUE);
}

void
screen_open(bool colour)
{
	initscr();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (!colour || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
	init_pair(PAIR_BLUE, COLOR_BLUE, -1);
	init_pair(PAIR_RED, COLOR_RED, -1);
	init_pair(PAIR_GREEN, COLOR_GREEN, -1);
}

void
screen_close(void)
{
	endwin();
}
