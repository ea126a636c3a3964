/* SPDX-License-Identifier: MIT */
/* R is written as the same R; less itself it is nothing. */
#include <stdlib.h>

#include "fuzz.h"
#include "rset.h"

static void
check(const struct rset *r)
{
	json_t *o = rset_encode(r), *o2;
	struct errmsg em;
	struct rset *again = rset_decode(o, &em), *dup;
	char *summary = rset_summary(r);

	must(o && again && summary);
	must(again->nnodes == r->nnodes);
	must(rset_ncores(again) == rset_ncores(r));
	must(rset_ngpus(again) == rset_ngpus(r));
	o2 = rset_encode(again);
	must(json_equal(o, o2));
	must((dup = rset_dup(r)) != NULL);
	must(rset_subtract(dup, r) == 0 && dup->nnodes == 0);
	must(rset_add(dup, r) == 0 && dup->nnodes == r->nnodes);
	rset_destroy(dup);
	rset_destroy(again);
	json_decref(o);
	json_decref(o2);
	free(summary);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = fuzz_json(data, size);
	struct errmsg em;
	struct rset *r = rset_decode(o, &em);

	if (r && r->nnodes < 10000) /* else it takes long */
		check(r);
	rset_destroy(r);
	json_decref(o);
	return 0;
}
