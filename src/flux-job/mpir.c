/* SPDX-License-Identifier: MIT */
/*
 * The MPIR process acquisition interface: a parallel debugger that controls
 * this process sets MPIR_being_debugged, stops in MPIR_Breakpoint and reads
 * MPIR_proctable. The names, and that they are global, are the interface.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "proctable.h"

typedef struct {
	char *host_name;
	char *executable_name;
	int pid;
} MPIR_PROCDESC;

enum { MPIR_NULL, MPIR_DEBUG_SPAWNED, MPIR_DEBUG_ABORTING };

extern MPIR_PROCDESC *MPIR_proctable;
extern int MPIR_proctable_size;
extern volatile int MPIR_debug_state;
extern volatile int MPIR_being_debugged;
extern int MPIR_i_am_starter;
void MPIR_Breakpoint(void);

MPIR_PROCDESC *MPIR_proctable;
int MPIR_proctable_size;
volatile int MPIR_debug_state;
volatile int MPIR_being_debugged;
int MPIR_i_am_starter; /* its presence says: no MPI process itself */

void __attribute__((noinline)) MPIR_Breakpoint(void)
{
	__asm__ volatile("" ::: "memory"); /* keep calls to it */
}

static void
fill(const struct proctable *t)
{
	MPIR_proctable = calloc(t->count + 1, sizeof(*MPIR_proctable));
	if (!MPIR_proctable)
		err(1, NULL);
	for (size_t i = 0; i < t->count; i++) {
		MPIR_proctable[i].pid = t->procs[i].pid;
		MPIR_proctable[i].host_name = strdup(t->procs[i].host);
		MPIR_proctable[i].executable_name =
		    strdup(t->procs[i].executable);
	}
	MPIR_proctable_size = t->count;
}

static void
on_table(struct handle *h, const struct reply *r, void *arg)
{
	struct attach *a = arg;
	struct proctable t;

	(void)h;
	if (r->errnum || proctable_decode(&t, r->json) < 0) {
		status_clear(a);
		warnx("proctable: %s", r->errnum ? r->text : strerror(errno));
		return;
	}
	fill(&t);
	proctable_fini(&t);
	MPIR_debug_state = MPIR_DEBUG_SPAWNED;
	MPIR_Breakpoint();
	if (a->stopped_in_exec)
		signals_forward(a, SIGCONT);
}

void
mpir_start(struct attach *a, bool stopped)
{
	char topic[256];

	if (!a->o.debug && !MPIR_being_debugged)
		return;
	a->stopped_in_exec = stopped;
	snprintf(topic, sizeof(topic), "%s.proctable", a->service);
	if (handle_rpc_new(
		a->h, topic, a->leader, 0, json_object(), on_table, a) < 0)
		warn("proctable");
}
