/* SPDX-License-Identifier: MIT */
#ifndef JSONCUT_H
#define JSONCUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Find the one large member of a JSON text without reading it as JSON, so that
 * the rest, which is small, can be read without it. What is found is found by
 * its looks: who uses it puts a mark in its place and looks, in the result,
 * whether the mark is where the member should have been.
 */
struct jsoncut {
	size_t from, to; /* bytes [from, to) of the text */
};

/* The first member of this name whose value is a string without escapes: what
 * is between its quotes. */
bool jsoncut_string(
    const char *text, size_t len, const char *name, struct jsoncut *cut);
/* Where the value of the first member of this name begins, if that is an
 * object: at its brace. Otherwise len. */
size_t jsoncut_object(const char *text, size_t len, const char *name);
/* From at, which is inside an object but in none of its strings, to the brace
 * that closes it; len if there is none, or objects or arrays inside. */
size_t jsoncut_flat_end(const char *text, size_t len, size_t at);
/* The first byte from at on that is no white space; len if there is none. */
size_t jsoncut_skip_space(const char *text, size_t len, size_t at);

#endif
