/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sharedenv.h"

struct shared_env *
shared_env_ref(struct shared_env *e)
{
	if (e)
		e->refs++;
	return e;
}

void
shared_env_unref(struct shared_env *e)
{
	int saved = errno;

	if (!e || --e->refs > 0)
		return;
	json_decref(e->variables);
	free(e);
	errno = saved;
}

static bool
are_strings(const json_t *variables)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)variables, name, value)
		if (!json_is_string(value))
			return false;
	return json_is_object(variables);
}

struct shared_env *
shared_env_create(const char *text, size_t len)
{
	struct shared_env *e = malloc(sizeof(*e) + len + 2);

	if (!e)
		return NULL;
	*e = (struct shared_env){ .refs = 1, .len = len };
	memcpy(e->text, text, len);
	memcpy(e->text + len, "}", 2);
	e->variables = json_loadb(e->text, len + 1, 0, NULL);
	e->text[len] = '\0';
	if (!are_strings(e->variables)) {
		shared_env_unref(e);
		return NULL;
	}
	return e;
}
