/* SPDX-License-Identifier: MIT */
/* A shell is told about its job: it takes it, or says why not. */
#include <stdlib.h>

#include "../../src/flux-shell/info.h"
#include "fuzz.h"
#include "rset.h"

static void
try_info(json_t *o)
{
	struct info info;
	struct errmsg em = { "" };

	if (info_init(&info, o, NULL, &em) < 0) {
		must(em.text[0]);
	} else {
		must(info.spec && info.R && info.name && info.service);
		must(info.shell_rank >= 0 && info.shell_rank < info.nshells);
		info_broker_rank(&info, info.nshells - 1);
		info_getenv(&info, "PATH");
		info_option_is_on(&info, "output.mode");
	}
	info_fini(&info);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = fuzz_json(data, size);

	if (o)
		try_info(o);
	json_decref(o);
	return 0;
}
