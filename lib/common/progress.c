/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"

char *
progress_start(const struct progress *p)
{
	char *s;

	/* make room for the line, then let only the others scroll */
	if (asprintf(&s, "\0337\033[r\0338\033D\033M\0337\033[1;%dr\0338",
		p->rows - 1) < 0)
		return NULL;
	return s;
}

/* Eighths of a cell. */
static void
put_bar(FILE *f, int width, double fraction)
{
	static const char *const part[] = { "", "▏", "▎", "▍", "▌", "▋", "▊",
		"▉" };
	int eighths, full;

	if (fraction < 0)
		fraction = 0;
	if (fraction > 1)
		fraction = 1;
	eighths = fraction * width * 8;
	full = eighths / 8;
	for (int i = 0; i < full; i++)
		fputs("█", f);
	fputs(part[eighths % 8], f);
	fprintf(f, "%*s", width - full - (eighths % 8 > 0), "");
}

static void
put_line(FILE *f, const struct progress *p, const char *before, double fraction,
    double rate, double now)
{
	int sec = now - p->started;
	char after[32];
	int width;

	if (rate >= 0)
		snprintf(after, sizeof(after), "%4.1f job/s", rate);
	else
		snprintf(after, sizeof(after), "%d:%02d:%02d", sec / 3600,
		    sec / 60 % 60, sec % 60);
	/* two bars, " 33.3%" and a blank */
	width = p->cols - 9 - (int)strlen(before) - (int)strlen(after);
	fprintf(f, "%s│", before);
	put_bar(f, width > 0 ? width : 0, fraction);
	fprintf(f, "│%5.1f%% %s", 100 * fraction, after);
}

char *
progress_draw(const struct progress *p, const char *before, double fraction,
    double rate, double now)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	if (!f)
		return NULL;
	fprintf(f, "\0337\033[%d;1H\033[2K\033[?7l\033[0m", p->rows);
	put_line(f, p, before, fraction, rate, now);
	fputs("\033[?7h\0338", f);
	if (fclose(f) == EOF) {
		free(s);
		return NULL;
	}
	return s;
}

char *
progress_stop(const struct progress *p, const char *before, double fraction,
    double rate, double now)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	if (!f)
		return NULL;
	fprintf(f, "\0337\033[%d;1H\033[K\033[r\0338", p->rows);
	put_line(f, p, before, fraction, rate, now);
	fputs("\n", f);
	if (fclose(f) == EOF) {
		free(s);
		return NULL;
	}
	return s;
}
