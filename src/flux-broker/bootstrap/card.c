/* SPDX-License-Identifier: MIT */
/*
 * Which inboxes a broker has: one for its host unless tbon.prefertcp says no,
 * and one for other hosts if it has children and not all brokers are known to
 * be on one.
 */
#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log.h"
#include "../overlay/address.h"
#include "../overlay/overlay-core.h"
#include "../overlay/seal.h"
#include "card.h"
#include "taskmap.h"

enum { NODE_MAX = 80, URI_MAX = PATH_MAX + 64 };

/* Who runs under the same kernel and has the same mounts sees our socket. */
static void
this_node(char buf[NODE_MAX])
{
	char id[48] = "";
	struct stat st = { 0 };
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f) {
		if (!fgets(id, sizeof(id), f))
			id[0] = '\0';
		fclose(f);
	}
	id[strcspn(id, "\n")] = '\0';
	stat("/proc/self/ns/mnt", &st);
	snprintf(buf, NODE_MAX, "%s.%lu", id, (unsigned long)st.st_ino);
}

static void
ipc_uri(const struct broker *b, char buf[URI_MAX])
{
	snprintf(buf, URI_MAX, "ipc://%s/tbon-%u", b->rundir, b->rank);
}

static bool
has_ipc(const struct broker *b)
{
	const char *s = attrs_get(b->attrs, "tbon.prefertcp");

	return !s || strcmp(s, "0") == 0;
}

static bool
is_one_node(const struct broker *b)
{
	const char *text = attrs_get(b->attrs, "broker.mapping");
	struct taskmap *map = text ? taskmap_decode(text, NULL) : NULL;
	bool yes = map && taskmap_nnodes(map) == 1;

	taskmap_destroy(map);
	return yes;
}

int
card_open(struct broker *b, struct errmsg *em)
{
	char uri[URI_MAX];
	struct errmsg why;

	if (has_ipc(b)) {
		ipc_uri(b, uri);
		if (overlay_bind(b->overlay, uri, em) < 0)
			return -1;
		if (is_one_node(b))
			return 0;
	}
	if (overlay_nchildren(b->overlay) == 0)
		return 0;
	if (overlay_listen(b->overlay, NULL, &why) == 0)
		return 0;
	/* the others may be on this host */
	if (!has_ipc(b))
		return errmsg_set(em, "%s", why.text);
	log_warn(b->log, "no address for other hosts: %s", why.text);
	return 0;
}

json_t *
card_encode(struct broker *b, struct errmsg *em)
{
	char node[NODE_MAX], key[2 * SEAL_KEY_LEN + 1], uri[URI_MAX];
	json_t *uris = json_array(), *card;

	this_node(node);
	seal_key_encode(key, overlay_keys(b->overlay)->public);
	if (has_ipc(b)) {
		ipc_uri(b, uri);
		json_array_append_new(uris, json_string(uri));
	}
	if (overlay_endpoint(b->overlay, uri, sizeof(uri)))
		json_array_append_new(uris, json_string(uri));
	card = json_pack("{s:s s:s s:o s:s}", "host",
	    attrs_get(b->attrs, "hostname"), "node", node, "uri", uris,
	    "pubkey", key);
	if (!card)
		errmsg_set(em, "out of memory");
	return card;
}

static const char *
uri_of(const json_t *uris, const char *scheme)
{
	json_t *uri;
	size_t i;

	json_array_foreach(uris, i, uri) {
		const char *s = json_string_value(uri);

		if (s && strncmp(s, scheme, strlen(scheme)) == 0)
			return s;
	}
	return NULL;
}

/* Both sides come to the same decision: it depends on both cards. */
int
card_connect(
    struct broker *b, uint32_t rank, const json_t *card, struct errmsg *em)
{
	const char *host, *node, *key, *ipc;
	char here[NODE_MAX];
	json_t *uris;

	if (json_unpack((json_t *)card, "{s:s s:s s:o s:s}", "host", &host,
		"node", &node, "uri", &uris, "pubkey", &key) < 0)
		return errmsg_set(
		    em, "malformed business card of rank %u", rank);
	this_node(here);
	ipc = uri_of(uris, "ipc://");
	if (ipc && has_ipc(b) && strcmp(node, here) == 0)
		return overlay_connect(b->overlay, rank, ipc, key, em);
	if (rank < b->rank && !uri_of(uris, "tcp://"))
		return errmsg_set(em,
		    "rank %u (%s) cannot be reached from other hosts", rank,
		    host);
	return overlay_connect(
	    b->overlay, rank, uri_of(uris, "tcp://"), key, em);
}
