/* SPDX-License-Identifier: MIT */
#ifndef COMPLETION_H
#define COMPLETION_H

#include <jansson.h>

/*
 * What there is to complete, as an array of commands. The first one is flux
 * itself, with an empty path; then each command, and after it its subcommands:
 *     {"path":"job attach","summary":TEXT,"operands":KIND,
 *      "options":[{"name":"label-io","letter":"l","value":KIND,"optional":BOOL,
 *                  "help":TEXT}],
 *      "commands":[{"name":"attach","summary":TEXT}]}
 * Name and letter may be "". KIND says what a word stands for:
 *     jobs, queues, command, shells, when   words, see bash.c
 *     file, none
 * value is absent if the option takes none.
 */

/* table.c: ask the programs that lie beside this one. Exits on failure. */
json_t *table_read(void);

/* Print the script. */
void bash_print(const json_t *table);
void zsh_print(const json_t *table);
void fish_print(const json_t *table);

/* Text of a key; "" if there is none. */
const char *text_of(const json_t *o, const char *key);
/* 'TEXT' as a POSIX shell reads it. */
void put_quoted(const char *text);

#endif
