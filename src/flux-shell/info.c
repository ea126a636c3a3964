/* SPDX-License-Identifier: MIT */
/*
 * The broker's "start" message: jobspec, R, and who and where we are. What is
 * missing or malformed in it is an error of the broker, but it is checked all
 * the same: a shell that guesses would run the wrong thing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idset.h"
#include "info.h"
#include "taskmap.h"

static int
unpack(struct info *info, json_t **spec, json_t **R, struct errmsg *em)
{
	json_error_t error;
	json_int_t id, userid, rank;

	if (json_unpack_ex(info->start, &error, 0,
		"{s:I s:I s:o s:o s:I s:i s:i s:s s:s s:i s:s}", "id", &id,
		"userid", &userid, "jobspec", spec, "R", R, "rank", &rank,
		"shell_rank", &info->shell_rank, "nshells", &info->nshells,
		"rundir", &info->rundir, "uri", &info->uri, "instance_level",
		&info->instance_level, "jobid_path", &info->jobid_path) < 0)
		return errmsg_set(em, "start message: %s", error.text);
	info->id = (uint64_t)id;
	info->userid = (uint32_t)userid;
	info->rank = (uint32_t)rank;
	return 0;
}

static int
check_place(const struct info *info, struct errmsg *em)
{
	int i = info->shell_rank;

	if (i < 0 || i >= info->nshells ||
	    (size_t)info->nshells != info->R->nnodes)
		return errmsg_set(em,
		    "shell %d of %d does not fit R with %zu "
		    "nodes",
		    i, info->nshells, info->R->nnodes);
	if (info->R->nodes[i].rank != info->rank)
		return errmsg_set(em, "R has rank %u for shell %d, not %u",
		    info->R->nodes[i].rank, i, info->rank);
	return 0;
}

static void
encode_ids(struct info *info)
{
	fluid_encode(
	    info->plain, sizeof(info->plain), info->id, FLUID_F58PLAIN);
	fluid_encode(info->f58, sizeof(info->f58), info->id,
	    info_getenv(info, "FLUX_F58_FORCE_ASCII") ? FLUID_F58PLAIN
						      : FLUID_F58);
}

int
info_init(
    struct info *info, json_t *start, json_t *shared_env, struct errmsg *em)
{
	json_t *spec, *R;

	*info = (struct info){ .start = json_incref(start),
		.shared_env = shared_env };
	if (unpack(info, &spec, &R, em) < 0)
		return -1;
	if (!(info->spec = jobspec_decode(spec, em)) ||
	    !(info->R = rset_decode(R, em)) || check_place(info, em) < 0)
		return -1;
	info->host = info->R->nodes[info->shell_rank].host;
	info->cores = info->R->nodes[info->shell_rank].cores;
	encode_ids(info);
	if (!(info->name = jobspec_name(info->spec)) ||
	    asprintf(&info->service, "%u-shell-%s", info->userid, info->plain) <
		0)
		return errmsg_set(em, "out of memory");
	return 0;
}

void
info_fini(struct info *info)
{
	taskmap_destroy(info->map);
	idset_destroy(info->taskids);
	free(info->ranks);
	free(info->tmpdir);
	free(info->service);
	free(info->name);
	rset_destroy(info->R);
	jobspec_destroy(info->spec);
	json_decref(info->start);
	*info = (struct info){ 0 };
}

const char *
info_getenv(const struct info *info, const char *name)
{
	const json_t *o = json_object_get(info->spec->environment, name);

	if (!o)
		o = json_object_get(info->shared_env, name);
	return json_string_value(o);
}

uint32_t
info_broker_rank(const struct info *info, int shell_rank)
{
	return info->R->nodes[shell_rank].rank;
}

json_t *
info_option(const struct info *info, const char *name)
{
	json_t *o = info->spec->options;
	char key[64];

	while (o) {
		size_t n = strcspn(name, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, name, n);
		key[n] = '\0';
		o = json_object_get(o, key);
		if (name[n] == '\0')
			return o;
		name += n + 1;
	}
	return NULL;
}

int
info_option_is_on(const struct info *info, const char *name)
{
	const json_t *o = info_option(info, name);

	if (json_is_integer(o))
		return json_integer_value(o) != 0;
	return o && !json_is_false(o) && !json_is_null(o);
}
