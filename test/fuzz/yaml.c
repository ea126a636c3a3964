/* SPDX-License-Identifier: MIT */
/* A YAML file is JSON, or it is said why not. */
#include <sys/mman.h>

#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"
#include "yamljson.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct errmsg em = { "" };
	char path[64];
	json_t *o;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o = yamljson_load(path, &em);
	must(o || em.text[0]);
	json_decref(o);
	close(fd);
	return 0;
}
