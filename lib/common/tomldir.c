/* SPDX-License-Identifier: MIT */
#include <glob.h>
#include <limits.h>
#include <stdio.h>

#include "tomldir.h"

json_t *
tomldir_read(const char *dir,
    json_t *(*read_one)(const char *path, struct errmsg *em), struct errmsg *em)
{
	json_t *all = json_object(), *o;
	char pattern[PATH_MAX];
	glob_t g = { 0 };

	snprintf(pattern, sizeof(pattern), "%s/*.toml", dir);
	if (glob(pattern, 0, NULL, &g) != 0)
		g.gl_pathc = 0;
	for (size_t i = 0; all && i < g.gl_pathc; i++) {
		if (!(o = read_one(g.gl_pathv[i], em)) ||
		    json_object_update_recursive(all, o) < 0) {
			json_decref(all);
			all = NULL;
		}
		json_decref(o);
	}
	globfree(&g);
	return all;
}
