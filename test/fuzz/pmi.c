/* SPDX-License-Identifier: MIT */
/* A PMI server of two clients gets lines of both; all are answered or fatal. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pmi.h"

static void
respond(void *arg, int i, const char *line)
{
	size_t n = strlen(line);

	(void)arg;
	must(i == 0 || i == 1);
	must(n > 0 && strchr(line, '\n') == line + n - 1);
}

static void
barrier(void *arg, const char *puts)
{
	must(pmi_server_barrier_out(*(struct pmi_server **)arg, puts) == 0);
}

static void
on_abort(void *arg, int i, int exitcode, const char *text)
{
	(void)arg;
	(void)exitcode;
	(void)text;
	must(i == 0 || i == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pmi_server_ops ops = {
		.respond = respond,
		.barrier = barrier,
		.abort = on_abort,
	};
	char *text = fuzz_text(data, size), *line, *rest = text;
	struct pmi_server *s;
	int i = 0;

	must((s = pmi_server_create(2, 2, "kvs", &ops, &s)) != NULL);
	pmi_server_preset(s, "PMI_process_mapping", "(vector,(0,2,1))");
	while ((line = strsep(&rest, "\n"))) {
		/* both say the same, one line after the other */
		pmi_server_line(s, i, line);
		i = !i;
	}
	pmi_server_destroy(s);
	free(text);
	return 0;
}
