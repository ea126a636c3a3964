/* SPDX-License-Identifier: MIT */
#ifndef TREEOBJ_H
#define TREEOBJ_H

#include <jansson.h>
#include <stdbool.h>

/*
 * RFC 11 tree objects as JSON: {"ver":1,"type":T,"data":D}
 *   val      D = base64 text          dir  D = {name: tree object}
 *   symlink  D = {"target": key}
 * Keys have dots: "a.b.c"; "." is the root.
 */
enum { KVS_LINKS_MAX = 10 };

json_t *treeobj_dir(void);                         /* an empty one; new */
json_t *treeobj_val(const void *data, size_t len); /* new */
bool treeobj_is(const json_t *o, const char *type);
/* Is it well formed, to any depth? */
bool treeobj_valid(const json_t *o);
json_t *treeobj_data(const json_t *o); /* borrowed */

/* The object at key, borrowed. Symlinks on the way are followed, the last one
 * if follow_last. NULL with ENOENT, ELOOP. */
json_t *treeobj_get(json_t *root, const char *key, bool follow_last);
/* Put, or with value NULL remove. Directories on the way are made; a value on
 * the way is replaced by a directory. Takes a reference. -1 with EINVAL (the
 * root), ELOOP. */
int treeobj_put(json_t *root, const char *key, json_t *value);
/* Append the bytes of a val to the val at key. -1 with EISDIR, EINVAL. */
int treeobj_append(json_t *root, const char *key, json_t *val);

#endif
