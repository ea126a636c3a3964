/* SPDX-License-Identifier: MIT */
/*
 * The common part is the environment that the job shares with others, under
 * the jobspec's own, with our variables set in that; written out once into one
 * block. A task's variables are put behind
 * it; names that tasks set are taken out of the common part, since getenv
 * finds the first one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "env.h"
#include "pmi_service.h"
#include "shell.h"
#include "tags.h"
#include "task.h"
#include "topo.h"

/* Set for each task, or not for tasks at all */
static const char *const not_common[] = { "FLUX_TASK_RANK",
	"FLUX_TASK_LOCAL_ID", "FLUX_PROXY_REMOTE", "PMI_RANK", "PMI_SIZE",
	"PMI_FD" };

static int
set(json_t *o, const char *name, const char *value)
{
	return json_object_set_new(o, name, json_string(value));
}

static int
set_number(json_t *o, const char *name, long n)
{
	return json_object_set_new(o, name, json_sprintf("%ld", n));
}

/* A TMPDIR that is not there (one more on the login node, say) is made, or
 * replaced. */
static int
set_tmpdir(json_t *o, const struct info *info)
{
	const char *dir = info_getenv(info, "TMPDIR");
	struct stat st;

	if (!dir || (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	if (mkdir(dir, 0700) == 0)
		return 0;
	return set(o, "TMPDIR", "/tmp");
}

static int
set_job(json_t *o, const struct info *info)
{
	const char *slash =
	    info->jobid_path[strlen(info->jobid_path) - 1] == '/' ? "" : "/";
	int rc = 0;

	rc |= set(o, "FLUX_JOB_ID", info->f58);
	rc |= json_object_set_new(o, "FLUX_JOB_ID_PATH",
	    json_sprintf("%s%s%s", info->jobid_path, slash, info->f58));
	rc |= set_number(o, "FLUX_JOB_SIZE", info->ntasks);
	rc |= set_number(o, "FLUX_JOB_NNODES", info->nshells);
	rc |= set(o, "FLUX_JOB_TMPDIR", info->tmpdir);
	rc |= json_object_set_new(o, "FLUX_KVS_NAMESPACE",
	    json_sprintf("job-%llu", (unsigned long long)info->id));
	rc |= set(o, "FLUX_URI", info->uri);
	rc |= set(o, "FLUX_TERMINUS_SESSION", "0");
	if (info_option_is_on(info, "hwloc.xmlfile"))
		rc |= json_object_set_new(o, "HWLOC_XMLFILE",
		    json_sprintf("%s/" HWLOC_FILE, info->tmpdir));
	if (info_getenv(info, "HOSTNAME"))
		rc |= set(o, "HOSTNAME", info->host);
	return rc;
}

static bool
is_common(const char *name)
{
	for (size_t i = 0; i < sizeof(not_common) / sizeof(*not_common); i++)
		if (strcmp(name, not_common[i]) == 0)
			return false;
	return true;
}

/* Call f for each variable of shared that is not in o, then for those of o. */
static void
each_common(json_t *shared, json_t *o,
    void (*f)(struct env *env, const char *name, const json_t *value),
    struct env *env)
{
	const char *name;
	json_t *value;

	json_object_foreach(shared, name, value)
		if (!json_object_get(o, name) && is_common(name))
			f(env, name, value);
	json_object_foreach(o, name, value)
		if (is_common(name))
			f(env, name, value);
}

static void
measure(struct env *env, const char *name, const json_t *value)
{
	env->ncommon++;
	env->size += strlen(name) + json_string_length(value) + 2;
}

static void
write_one(struct env *env, const char *name, const json_t *value)
{
	char *p = env->text + env->size;

	env->common[env->ncommon++] = p;
	p = stpcpy(p, name);
	*p++ = '=';
	p = stpcpy(p, json_string_value(value)) + 1;
	env->size = (size_t)(p - env->text);
}

/* NAME=VALUE for each variable, in one block. */
static int
write_out(struct env *env, json_t *shared, json_t *o)
{
	each_common(shared, o, measure, env);
	env->common = calloc((size_t)env->ncommon + 1, sizeof(char *));
	env->text = malloc(env->size + 1);
	if (!env->common || !env->text)
		return -1;
	env->ncommon = 0;
	env->size = 0;
	each_common(shared, o, write_one, env);
	return 0;
}

int
env_init(struct env *env, struct shell *sh)
{
	json_t *o = json_incref(sh->info.spec->environment);
	int rc = -1;

	*env = (struct env){ 0 };
	if (!o && !(o = json_object()))
		return -1;
	if (set_job(o, &sh->info) == 0 && set_tmpdir(o, &sh->info) == 0 &&
	    gpu_affinity_env(sh, o) == 0)
		rc = write_out(env, sh->info.shared_env, o);
	json_decref(o);
	return rc;
}

static void
drop_own(struct env *env)
{
	for (int i = 0; i < env->nown; i++)
		free(env->own[i]);
	free(env->own);
	free(env->task);
	env->own = env->task = NULL;
	env->nown = 0;
}

void
env_fini(struct env *env)
{
	drop_own(env);
	free(env->common);
	free(env->text);
	*env = (struct env){ 0 };
}

static int
own(struct env *env, const char *name, const char *value)
{
	char *s;

	if (!value)
		return 0;
	if (asprintf(&s, "%s=%s", name, value) < 0)
		return -1;
	env->own[env->nown++] = s;
	return 0;
}

static int
own_number(struct env *env, const char *name, int n)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "%d", n);
	return own(env, name, buf);
}

/* Option env-expand: templates rendered on the node. */
static int
own_expanded(struct env *env, struct task *t, json_t *templates)
{
	const char *name;
	json_t *value;
	char *s;
	int rc = 0;

	json_object_foreach(templates, name, value) {
		if (!json_is_string(value))
			continue;
		s = tags_render(t->sh, t, TAGS_TASK, json_string_value(value));
		if (!s || own(env, name, s) < 0)
			rc = -1;
		free(s);
	}
	return rc;
}

static bool
is_set(const struct env *env, const char *setting)
{
	size_t n = strcspn(setting, "=") + 1;

	for (int i = 0; i < env->nown; i++)
		if (strncmp(env->own[i], setting, n) == 0)
			return true;
	return false;
}

/* Behind the common variables those of the task, which replace them. */
static char **
join(struct env *env)
{
	int n = 0;

	env->task = calloc(env->ncommon + env->nown + 1, sizeof(char *));
	if (!env->task)
		return NULL;
	for (int i = 0; i < env->ncommon; i++)
		if (!is_set(env, env->common[i]))
			env->task[n++] = env->common[i];
	memcpy(env->task + n, env->own, env->nown * sizeof(char *));
	return env->task;
}

char **
env_task(struct env *env, struct task *t)
{
	json_t *templates = info_option(&t->sh->info, "env-expand");
	char gpus[256];
	int rc = 0;

	drop_own(env);
	env->own = calloc(json_object_size(templates) + 6, sizeof(char *));
	if (!env->own)
		return NULL;
	rc |= own_number(env, "FLUX_TASK_RANK", t->rank);
	rc |= own_number(env, "FLUX_TASK_LOCAL_ID", t->index);
	if (t->sh->pmi) {
		rc |= own_number(env, "PMI_RANK", t->rank);
		rc |= own_number(env, "PMI_SIZE", t->sh->info.ntasks);
		rc |= own_number(env, "PMI_FD", PMI_TASK_FD);
	}
	rc |= own(env, "CUDA_VISIBLE_DEVICES",
	    gpu_affinity_task(t, gpus, sizeof(gpus)));
	rc |= own_expanded(env, t, templates);
	return rc == 0 ? join(env) : NULL;
}

const char *
env_get(const struct env *env, const char *name)
{
	size_t n = strlen(name);

	for (int i = 0; i < env->ncommon; i++)
		if (strncmp(env->common[i], name, n) == 0 &&
		    env->common[i][n] == '=')
			return env->common[i] + n + 1;
	return NULL;
}
