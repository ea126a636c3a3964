/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the fuzz targets, test/fuzz/NAME.c, are made of. A target is one
 * function, which libFuzzer calls too:
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a string (malloc'd), up to its first NUL. */
char *fuzz_text(const uint8_t *data, size_t size);
/* The input as JSON: a new reference, or NULL if it is none. */
json_t *fuzz_json(const uint8_t *data, size_t size);
/* Abort, saying what was expected, unless it holds. */
#define must(cond) fuzz_must(!!(cond), #cond, __FILE__, __LINE__)
void fuzz_must(int holds, const char *cond, const char *file, int line);

#endif
