/* SPDX-License-Identifier: MIT */
#ifndef ORPHANS_H
#define ORPHANS_H

/*
 * What our children leave behind. With orphans_adopt their orphans become our
 * own children (Linux: child subreaper), so that they can be found at the end.
 */
void orphans_adopt(void);

/* Hang up (SIGHUP) all children that are in our session, and theirs, and give
 * them a moment to go. Those that made a session of their own (daemons) or
 * ignore SIGHUP (nohup) stay. For the very end of a program: it reaps all. */
void orphans_end(void);

#endif
