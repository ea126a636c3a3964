/* SPDX-License-Identifier: MIT */
#ifndef FLUX_R_H
#define FLUX_R_H

#include "optparse.h"
#include "rset.h"

struct idset;

/* The commands. Those of rsets take them from stdin and print the result. */
int cmd_encode(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_append(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_intersect(int argc, char **argv);
int cmd_remap(int argc, char **argv);
int cmd_rerank(int argc, char **argv);
int cmd_set_property(int argc, char **argv);
int cmd_verify(int argc, char **argv);

/* Read the options of a command that has none besides help; max = how many
 * words it takes. optparse_fini is the caller's. */
void R_words(struct optparse *p, int argc, char **argv, int max);
/* The next set on standard input; NULL at its end. */
struct rset *R_read(void);
/* The union of all of them. */
struct rset *R_read_all(void);
/* Print it, destroy it; the exit status. */
int R_print(struct rset *r);
struct idset *R_idset(const char *what, const char *text);
/* Give NAME[:RANKS] to ranks of r. */
void R_property(struct rset *r, const char *text);

#endif
