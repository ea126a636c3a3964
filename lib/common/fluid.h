/* SPDX-License-Identifier: MIT */
#ifndef FLUID_H
#define FLUID_H

#include <stddef.h>
#include <stdint.h>

/*
 * Job ids: RFC 19 FLUIDs, 64 bits = milliseconds since the instance started
 * (40) | generator (14) | sequence (10), and their text forms:
 *   dec 15756775391232 · f58 ƒ88uRHX19 · f58plain f88uRHX19 · hex 0xe54a9000000
 *   dothex 0000.0e54.a900.0000 · kvs job.0000.0e54.a900.0000 · words · emoji
 */
enum fluid_form {
	FLUID_DEC,
	FLUID_F58, /* ƒ, or f if the locale is no UTF-8 or
		      FLUX_F58_FORCE_ASCII is set (fluid_init_ascii) */
	FLUID_F58PLAIN,
	FLUID_HEX,
	FLUID_DOTHEX,
	FLUID_KVS,
	FLUID_WORDS,
	FLUID_EMOJI,
};
#define FLUID_STRMAX 96

/* Any text form to id. 0, or -1 with EINVAL. */
int fluid_parse(const char *s, uint64_t *id);
/* id to text. Returns buf. buf has FLUID_STRMAX bytes. FLUID_F58 always
 * prints ƒ; see fluid_f58. */
char *fluid_encode(char *buf, size_t size, uint64_t id, enum fluid_form form);
/* The form named "dec", "f58", ...: -1 with EINVAL if there is none. */
int fluid_form_parse(const char *name);
/* What f58 means for a tool's output here: FLUID_F58 if nl_langinfo(CODESET)
 * is UTF-8 and FLUX_F58_FORCE_ASCII is unset, else FLUID_F58PLAIN.
 * main calls setlocale(LC_ALL, "") first. */
enum fluid_form fluid_f58_form(void);

/* Make ids. ms = milliseconds since the instance started. Ids from one
 * generator grow strictly, whatever ms does. */
struct fluid_generator {
	uint64_t last_ms;
	unsigned sequence;
	unsigned generator;
};
uint64_t fluid_next(struct fluid_generator *g, uint64_t ms);

#endif
