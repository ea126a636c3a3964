/* SPDX-License-Identifier: MIT */
#ifndef KVS_TOOL_H
#define KVS_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "handle.h"
#include "optparse.h"

/* The subcommands of flux kvs; each returns the exit status. */
int cmd_get(int argc, char **argv);
int cmd_put(int argc, char **argv);
int cmd_dir(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_unlink(int argc, char **argv);
int cmd_link(int argc, char **argv);
int cmd_readlink(int argc, char **argv);
int cmd_mkdir(int argc, char **argv);
int cmd_copy(int argc, char **argv);
int cmd_move(int argc, char **argv);
int cmd_namespace(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_getroot(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);
int cmd_absent(int argc, char **argv);

/* Run one of a command's own commands; argv[0] is the command's name. usage is
 * printed for --help. The exit status. */
int run_nested(const struct subcommand *table, int n, const char *usage,
    int argc, char **argv);

enum kvs_flag {
	KVS_READDIR = 1,
	KVS_READLINK = 2,
	KVS_WATCH = 4,
	KVS_WAITCREATE = 8,
	KVS_TREEOBJ = 16,
	KVS_APPEND = 32, /* of an operation */
	KVS_WATCH_FULL = 64,
	KVS_WATCH_UNIQ = 128,
	KVS_WATCH_APPEND = 256,
};

/* ---- store.c ---- */

/* FLUX_KVS_NAMESPACE, or "primary". */
const char *kvs_namespace(void);
/* The payload of a lookup (new). */
json_t *kvs_question(const char *ns, const char *key, int flags);
/* The tree object at key (new); NULL with errno and em. */
json_t *kvs_lookup(struct handle *h, json_t *question_new, struct errmsg *em);
/* Type of a tree object: "val", "valref", "dir", "dirref", "symlink", "". */
const char *treeobj_type(const json_t *o);
bool treeobj_is_dir(const json_t *o);
/* The bytes of a val (malloc'd, a NUL after them); ends the program if it is
 * malformed. */
char *treeobj_bytes(const json_t *o, size_t *len);
json_t *treeobj_val(const void *data, size_t len); /* new */
/* "TARGET" or "NAMESPACE::TARGET" of a symlink (malloc'd). */
char *treeobj_target(const json_t *o);

/* Operations to commit together. */
struct commit {
	const char *ns;
	int flags;
	json_t *ops;
};
void commit_init(struct commit *c, const char *ns);
/* dirent_new NULL: remove. */
void commit_add_new(
    struct commit *c, const char *key, int flags, json_t *dirent_new);
/* The answer (new), of rootref and rootseq; ends the program on failure with
 * what before the reason. */
json_t *commit_send(struct commit *c, struct handle *h, const char *what);

/* What to print of a root: -O, -b, -s. */
struct rootview {
	bool treeobj, blobref, sequence;
};
#define ROOTVIEW_OPTIONS                                                       \
	{ "treeobj-root", 'O', NULL, "print the tree object of the root", 0 }, \
	    { "blobref", 'b', NULL, "print the reference of the root", 0 },    \
	{                                                                      \
		"sequence", 's', NULL, "print the version of the root", 0      \
	}
#define NAMESPACE_OPTION                                       \
	{                                                      \
		"namespace", 'N', "NS", "another namespace", 0 \
	}
void rootview_set(struct rootview *v, int c);
void rootview_print(const struct rootview *v, const json_t *root);

/* Print a JSON value on a line of its own. */
void kvs_print_json(const json_t *o);

#endif
