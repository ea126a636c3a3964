/* SPDX-License-Identifier: MIT */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

/* The terminal, by ncurses. Drawing is declared in top.h. */
enum { PAIR_YELLOW = 1, PAIR_BLUE, PAIR_RED, PAIR_GREEN };

void screen_open(bool colour);
void screen_close(void);

#endif
