/* SPDX-License-Identifier: MIT */
/* A broker that bootstraps is told anything by its PMI server: it goes on or
 * says why not. */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "pmi.h"

static void
use(struct pmi_client *c, int fd)
{
	struct errmsg em = { "" };
	char value[64];

	if (pmi_client_init(c, fd, 0, 2, &em) < 0 ||
	    pmi_client_put(c, "k", "v", &em) < 0 ||
	    pmi_client_barrier(c, &em) < 0 ||
	    pmi_client_get(c, "k", value, sizeof(value), &em) < 0 ||
	    pmi_client_finalize(c, &em) < 0)
		must(em.text[0]);
	must(memchr(c->kvsname, '\0', sizeof(c->kvsname)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pmi_client c = { 0 };
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	must(send(fds[1], data, size, MSG_DONTWAIT) == (ssize_t)size);
	must(shutdown(fds[1], SHUT_WR) == 0);
	use(&c, fds[0]);
	close(fds[0]);
	close(fds[1]);
	return 0;
}
