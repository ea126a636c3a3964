/* SPDX-License-Identifier: MIT */
#ifndef OVERLAY_CORE_H
#define OVERLAY_CORE_H

#include "errmsg.h"
#include "overlay.h"

struct seal_keys;
struct tree;

/* Life cycle of overlay.h, for bootstrap and lifecycle. */

/* Takes the tree. NULL with ENOMEM. */
struct overlay *overlay_create(struct broker *b, struct tree *tree);
void overlay_destroy(struct overlay *ov);

/* Bind the inbox for neighbours on this host, "ipc://PATH". */
int overlay_bind(struct overlay *ov, const char *uri, struct errmsg *em);
/* Listen for children on other hosts, at "tcp://HOST:PORT", or, if that is
 * NULL, on a free port of the address that tbon.interface-hint means. */
int overlay_listen(struct overlay *ov, const char *uri, struct errmsg *em);
/* Where children find us, "tcp://HOST:PORT" in buf; NULL: we do not listen. */
const char *overlay_endpoint(const struct overlay *ov, char *buf, size_t size);
/* The keys of this broker, made by overlay_create: what neighbours on other
 * hosts know us by. Set them before the neighbours are connected, from a
 * certificate that all brokers have. */
const struct seal_keys *overlay_keys(const struct overlay *ov);
void overlay_set_keys(struct overlay *ov, const struct seal_keys *keys);
/* What the launcher said (PMI), for coming back; takes the text. */
void overlay_remember(struct overlay *ov, char *answers, size_t len);
struct rejoin_fds;
/* When the life cycle has ended: 0 if this broker is to start anew, and is
 * ready for it (rejoin.h). */
int overlay_prepare_return(struct overlay *ov, struct rejoin_fds *fds);
/* A neighbour's inbox: each child and the parent, once. With "tcp://..." it is
 * on another host, and key is its public key as text; a child connects by
 * itself then, and its uri may be NULL. */
int overlay_connect(struct overlay *ov, uint32_t rank, const char *uri,
    const char *key, struct errmsg *em);
/* Say hello to the parent, and start to watch the links. */
void overlay_start(struct overlay *ov);

/* Tell all children to shut down; ov tells lifecycle when they are gone. */
void overlay_shutdown(struct overlay *ov);
int overlay_children_up(const struct overlay *ov);
void overlay_goodbye(struct overlay *ov);
/* Cut a child and its subtree off: they end. -1 with ENOENT: rank is no child
 * of ours; EHOSTUNREACH: it is not there. */
int overlay_disconnect(struct overlay *ov, uint32_t rank);

/* The shape of the instance. */
const struct tree *overlay_tree(const struct overlay *ov);

/* Topics overlay.* (overlay-topics.c). */
int overlay_register(struct broker *b);

#endif
