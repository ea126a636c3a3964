/* SPDX-License-Identifier: MIT */
/*
 * malloc that fails once, when it is told to: instead of libc's, in fuzz
 * targets with a main of their own. Sanitizers bring their own malloc, and
 * there this one is left out.
 */
#include <dlfcn.h>
#include <errno.h>
#include <ev.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "nomem.h"

static unsigned long countdown; /* calls until one fails; 0 = none will */
static bool has_failed;

void
nomem_set(unsigned long n)
{
	countdown = n;
	has_failed = false;
}

bool
nomem_has_failed(void)
{
	return has_failed;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
bool
nomem_is_here(void)
{
	return false;
}
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

/* jansson 2.14 ends the program (an assertion in its lexer) when it gets no
 * memory while it reads: there it always gets some. */
json_t *
json_loadb(const char *text, size_t len, size_t flags, json_error_t *error)
{
	json_t *(*real)(const char *, size_t, size_t, json_error_t *);
	unsigned long saved = countdown;
	json_t *o;

	countdown = 0;
	*(void **)&real = dlsym(RTLD_NEXT, "json_loadb");
	o = real(text, len, flags, error);
	countdown = saved;
	return o;
}

json_t *
json_loads(const char *text, size_t flags, json_error_t *error)
{
	return json_loadb(text, strlen(text), flags, error);
}

/* libev ends the program when it gets none; what it takes is little. */
static void *
ev_alloc(void *p, long size)
{
	if (size > 0)
		return __libc_realloc(p, size);
	free(p);
	return NULL;
}

bool
nomem_is_here(void)
{
	ev_set_allocator(ev_alloc);
	return true;
}

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}
#endif
