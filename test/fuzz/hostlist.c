/* SPDX-License-Identifier: MIT */
/* A hostlist is written as a text that lists the same hosts. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hostlist.h"

static void
same_hosts(const struct hostlist *a, const struct hostlist *b)
{
	size_t i;

	must(a && b && hostlist_count(a) == hostlist_count(b));
	for (i = 0; i < hostlist_count(a); i++)
		must(strcmp(hostlist_nth(a, i), hostlist_nth(b, i)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *encoded;
	struct hostlist *hl = hostlist_decode(text), *again;

	if (hl && hostlist_count(hl) < 10000) { /* else it takes long */
		encoded = hostlist_encode(hl);
		must(encoded);
		again = hostlist_decode(encoded);
		same_hosts(hl, again);
		free(encoded);
		/* twice the same is still the same */
		hostlist_uniq(hl);
		hostlist_destroy(again);
		again = hostlist_dup(hl);
		must(again);
		hostlist_uniq(again);
		same_hosts(hl, again);
		hostlist_destroy(again);
	}
	hostlist_destroy(hl);
	free(text);
	return 0;
}
