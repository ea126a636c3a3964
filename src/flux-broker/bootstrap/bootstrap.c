/* SPDX-License-Identifier: MIT */
/*
 * From the configuration (bootconf.h) if it says who the brokers are. Else by
 * PMI-1, in the order that other brokers use: who am I; am I the
 * job of an instance (key flux.instance-level); business cards; barrier; the
 * cards of the neighbours; barrier; on rank 0 those of all, for the host list,
 * which the others get with their parent's welcome.
 */
#include <sys/utsname.h>

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../attrs.h"
#include "../broker.h"
#include "../log-service.h"
#include "../log.h"
#include "../overlay/overlay-core.h"
#include "../overlay/tree.h"
#include "../rundir.h"
#include "bootconf.h"
#include "bootstrap.h"
#include "card.h"
#include "hostlist.h"
#include "idset.h"
#include "pmi.h"
#include "taskmap.h"

#define FANOUT_DEFAULT "32"

enum { VALUE_SIZE = 1100 };

struct boot {
	struct broker *b;
	struct pmi_client pmi;
	bool has_pmi, is_child;
	struct bootconf *conf; /* NULL = by PMI, or alone */
	struct errmsg *em;
};

static int
set_attr(struct boot *bt, const char *name, const char *value)
{
	if (attrs_set(bt->b->attrs, name, value, ATTR_IMMUTABLE) < 0)
		return errmsg_set(bt->em, "out of memory");
	return 0;
}

/* Unless the command line has set it. */
static int
default_attr(struct boot *bt, const char *name, const char *value, int flags)
{
	const char *given = attrs_get(bt->b->attrs, name);
	char *copy = given ? strdup(given) : NULL;
	int rc = attrs_set(bt->b->attrs, name, copy ? copy : value, flags);

	free(copy);
	return rc < 0 ? errmsg_set(bt->em, "out of memory") : 0;
}

static int
env_number(const char *name, int *n, struct errmsg *em)
{
	const char *s = getenv(name), *err;

	if (!s)
		return errmsg_set(em, "%s is not set", name);
	*n = (int)strtonum(s, 0, INT_MAX, &err);
	return err ? errmsg_set(em, "invalid %s '%s'", name, s) : 0;
}

static int
init_pmi(struct boot *bt)
{
	int fd, rank, size;

	if (!getenv("PMI_FD"))
		return 0;
	if (env_number("PMI_FD", &fd, bt->em) < 0 ||
	    env_number("PMI_RANK", &rank, bt->em) < 0 ||
	    env_number("PMI_SIZE", &size, bt->em) < 0)
		return -1;
	if (size < 1 || rank >= size)
		return errmsg_set(
		    bt->em, "PMI rank %d is not below size %d", rank, size);
	if (pmi_client_init(&bt->pmi, fd, rank, size, bt->em) < 0)
		return -1;
	bt->has_pmi = true;
	bt->b->rank = rank;
	bt->b->size = size;
	return 0;
}

/* ---- an instance that is a job ---- */

static int
become_child(struct boot *bt, const char *level)
{
	const char *uri = getenv("FLUX_URI");
	const char *kvsns = getenv("FLUX_KVS_NAMESPACE");
	const char *path = getenv("FLUX_JOB_ID_PATH");

	bt->is_child = true;
	if (set_attr(bt, "instance-level", level) < 0 ||
	    set_attr(bt, "jobid", bt->pmi.kvsname) < 0 ||
	    (uri && set_attr(bt, "parent-uri", uri) < 0) ||
	    (kvsns && set_attr(bt, "parent-kvs-namespace", kvsns) < 0))
		return -1;
	return set_attr(bt, "jobid-path", path ? path : "/");
}

static int
find_level(struct boot *bt)
{
	char level[VALUE_SIZE];
	int rc = 1;

	if (bt->has_pmi && (rc = pmi_client_get(&bt->pmi, "flux.instance-level",
				level, sizeof(level), bt->em)) < 0)
		return -1;
	if (rc == 0 && become_child(bt, level) < 0)
		return -1;
	if (rc == 1 && (set_attr(bt, "instance-level", "0") < 0 ||
			   set_attr(bt, "jobid-path", "/") < 0))
		return -1;
	unsetenv("FLUX_URI");
	unsetenv("FLUX_KVS_NAMESPACE");
	unsetenv("FLUX_JOB_ID_PATH");
	unsetenv("FLUX_PROXY_REMOTE");
	return 0;
}

static int
find_mapping(struct boot *bt)
{
	const char *key = bt->is_child ? "flux.taskmap" : "PMI_process_mapping";
	char value[VALUE_SIZE], *text;
	struct taskmap *map;
	json_t *o;
	int rc;

	if (!bt->has_pmi) {
		snprintf(value, sizeof(value), "[[0,%u,1,1]]", bt->b->size);
		return set_attr(bt, "broker.mapping", value);
	}
	rc = pmi_client_get(&bt->pmi, key, value, sizeof(value), bt->em);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	/* a mapping that cannot be read is none */
	if (!(map = taskmap_decode(value, NULL)))
		return 0;
	o = taskmap_encode(map);
	text = json_dumps(o, JSON_COMPACT);
	rc = text ? set_attr(bt, "broker.mapping", text) : 0;
	free(text);
	json_decref(o);
	taskmap_destroy(map);
	return rc;
}

/* ---- directories and names ---- */

/* How many ranks must be online before the initial program starts. */
static int
check_quorum(struct boot *bt)
{
	const char *s = attrs_get(bt->b->attrs, "broker.quorum"), *err;

	strtonum(s, 1, bt->b->size, &err);
	if (err)
		return errmsg_set(
		    bt->em, "Error parsing broker.quorum attribute");
	return 0;
}

/* Under Slurm a host has the name that squeue and sinfo show. */
static int
set_names(struct boot *bt)
{
	const char *slurm = getenv("SLURMD_NODENAME");
	char buf[PATH_MAX + 64];
	struct utsname u;

	snprintf(buf, sizeof(buf), "%u", bt->b->rank);
	if (set_attr(bt, "rank", buf) < 0)
		return -1;
	snprintf(buf, sizeof(buf), "%u", bt->b->size);
	if (set_attr(bt, "size", buf) < 0 ||
	    default_attr(bt, "broker.quorum", buf, ATTR_IMMUTABLE) < 0 ||
	    check_quorum(bt) < 0)
		return -1;
	snprintf(buf, sizeof(buf), "local://%s/local-%u", bt->b->rundir,
	    bt->b->rank);
	if (default_attr(bt, "local-uri", buf, ATTR_IMMUTABLE) < 0)
		return -1;
	if (slurm && getenv("SLURM_PROCID"))
		return default_attr(bt, "hostname", slurm, ATTR_IMMUTABLE);
	if (uname(&u) < 0)
		return errmsg_set(bt->em, "uname: %s", strerror(errno));
	return default_attr(bt, "hostname", u.nodename, ATTR_IMMUTABLE);
}

/* ---- business cards ---- */

static int
put_card(struct boot *bt)
{
	json_t *card = card_encode(bt->b, bt->em);
	char key[16], *text = card ? json_dumps(card, JSON_COMPACT) : NULL;
	int rc;

	json_decref(card);
	if (!text)
		return -1;
	snprintf(key, sizeof(key), "%u", bt->b->rank);
	rc = pmi_client_put(&bt->pmi, key, text, bt->em);
	free(text);
	return rc;
}

/* New reference. */
static json_t *
get_card(struct boot *bt, uint32_t rank)
{
	char key[16], value[VALUE_SIZE];
	json_t *card;
	int rc;

	snprintf(key, sizeof(key), "%u", rank);
	rc = pmi_client_get(&bt->pmi, key, value, sizeof(value), bt->em);
	if (rc == 1)
		errmsg_set(bt->em, "PMI: no business card of rank %u", rank);
	if (rc != 0)
		return NULL;
	if (!(card = json_loads(value, 0, NULL)))
		errmsg_set(bt->em, "malformed business card of rank %u", rank);
	return card;
}

static int
connect_neighbour(struct boot *bt, uint32_t rank)
{
	json_t *card = get_card(bt, rank);
	int rc;

	if (!card)
		return -1;
	rc = card_connect(bt->b, rank, card, bt->em);
	json_decref(card);
	return rc;
}

static int
connect_all(struct boot *bt)
{
	struct overlay *ov = bt->b->overlay;

	if (bt->b->rank > 0 && connect_neighbour(bt, overlay_parent(ov)) < 0)
		return -1;
	for (int i = 0; i < overlay_nchildren(ov); i++)
		if (connect_neighbour(bt, overlay_child(ov, i)) < 0)
			return -1;
	return 0;
}

static int
collect_hosts(struct boot *bt)
{
	struct hostlist *hl = hostlist_create();
	char *text = NULL;
	int rc = -1;

	if (!hl)
		return errmsg_set(bt->em, "out of memory");
	for (uint32_t r = 0; r < bt->b->size; r++) {
		json_t *card = get_card(bt, r);
		const char *host =
		    json_string_value(json_object_get(card, "host"));
		if (card && (!host || hostlist_append_host(hl, host) < 0))
			errmsg_set(bt->em, "no host in the card of rank %u", r);
		json_decref(card);
		if (!host)
			goto out;
	}
	if ((text = hostlist_encode(hl)))
		rc = default_attr(bt, "hostlist", text, ATTR_IMMUTABLE);
out:
	free(text);
	hostlist_destroy(hl);
	return rc;
}

static int
exchange(struct boot *bt)
{
	if (put_card(bt) < 0 || pmi_client_barrier(&bt->pmi, bt->em) < 0 ||
	    connect_all(bt) < 0 || pmi_client_barrier(&bt->pmi, bt->em) < 0)
		return -1;
	if (bt->b->rank == 0 && collect_hosts(bt) < 0)
		return -1;
	return pmi_client_finalize(&bt->pmi, bt->em);
}

/* ---- overlay ---- */

/* tbon.topo, or the old tbon.fanout = K for kary:K. Becomes tbon.topo. */
static struct tree *
find_tree(struct boot *bt)
{
	struct attrs *a = bt->b->attrs;
	const char *topo = attrs_get(a, "tbon.topo");
	const char *k = attrs_get(a, "tbon.fanout");
	char buf[64];

	if (!topo) {
		snprintf(
		    buf, sizeof(buf), "kary:%.50s", k ? k : FANOUT_DEFAULT);
		attrs_set(a, "tbon.topo", buf, 0);
		topo = buf;
	}
	return tree_make(topo, bt->b->size, bt->b->config, bt->em);
}

/* Ranks with children, and 0: losing one of them ends the instance. */
static int
set_critical(struct boot *bt)
{
	const struct tree *t = overlay_tree(bt->b->overlay);
	struct idset *s = idset_create();
	char *text = NULL;
	int rc = s ? idset_set(s, 0) : -1;

	for (uint32_t r = 0; rc == 0 && r < bt->b->size; r++)
		if (tree_child(t, r) != TREE_NONE)
			rc = idset_set(s, r);
	if (rc == 0 && (text = idset_encode(s, 0)))
		rc = default_attr(
		    bt, "broker.critical-ranks", text, ATTR_IMMUTABLE);
	free(text);
	idset_destroy(s);
	return rc;
}

static int
set_tree_attrs(struct boot *bt)
{
	struct overlay *ov = bt->b->overlay;
	const struct tree *tree = overlay_tree(ov);
	struct attrs *a = bt->b->attrs;
	char buf[64], uri[PATH_MAX + 64];
	size_t below = 0;

	for (int i = 0; i < overlay_nchildren(ov); i++)
		below += idset_count(overlay_subtree(ov, i));
	snprintf(buf, sizeof(buf), "%d", tree_level(tree, bt->b->rank));
	attrs_set(a, "tbon.level", buf, 0);
	snprintf(buf, sizeof(buf), "%d", tree_max_level(tree));
	attrs_set(a, "tbon.maxlevel", buf, 0);
	snprintf(buf, sizeof(buf), "%zu", below);
	attrs_set(a, "tbon.descendants", buf, 0);
	if (!overlay_endpoint(ov, uri, sizeof(uri)))
		snprintf(uri, sizeof(uri), "ipc://%s/tbon-%u", bt->b->rundir,
		    bt->b->rank);
	attrs_set(a, "tbon.endpoint", uri, 0);
	return set_critical(bt);
}

static int
make_overlay(struct boot *bt)
{
	struct tree *tree = find_tree(bt);

	if (!tree)
		return -1;
	if (!(bt->b->overlay = overlay_create(bt->b, tree)))
		return errmsg_set(bt->em, "out of memory");
	if (bt->conf && bootconf_connect(bt->conf, bt->b, bt->em) < 0)
		return -1;
	if (bt->b->size > 1 && !bt->conf && card_open(bt->b, bt->em) < 0)
		return -1;
	if (set_tree_attrs(bt) < 0)
		return -1;
	if (bt->has_pmi)
		return exchange(bt);
	return default_attr(bt, "hostlist", attrs_get(bt->b->attrs, "hostname"),
	    ATTR_IMMUTABLE);
}

/* Who are we: of the configuration, of PMI, or alone. */
static int
find_self(struct boot *bt)
{
	const char *given = attrs_get(bt->b->attrs, "broker.boot-method");

	if (bootconf_exists(bt->b))
		return (bt->conf = bootconf_read(bt->b, bt->em)) ? 0 : -1;
	if (given && strcmp(given, "config") == 0)
		return errmsg_set(
		    bt->em, "the configuration has no [bootstrap] hosts");
	return given && strcmp(given, "single") == 0 ? 0 : init_pmi(bt);
}

/* Launchers that have started several of us, and what makes them one. */
static const struct {
	const char *size, *rank, *advice;
} launchers[] = {
	{ "SLURM_STEP_NUM_TASKS", "SLURM_PROCID",
	    "start them by srun --mpi=pmi2" },
	{ "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
	    "start them by a launcher with PMI-1, as mpiexec.hydra" },
};

/* Nothing says that it is a mistake, so it is not refused. The first one says
 * it for all. */
static void
check_singleton(const struct boot *bt)
{
	if (bt->conf || bt->has_pmi)
		return;
	for (size_t i = 0; i < sizeof(launchers) / sizeof(*launchers); i++) {
		const char *size = getenv(launchers[i].size);
		const char *rank = getenv(launchers[i].rank);

		if (size && rank && strtol(size, NULL, 10) > 1 &&
		    strcmp(rank, "0") == 0)
			log_error(bt->b->log,
			    "this is one of %s brokers without PMI: each is an "
			    "instance of its own. To make them one, %s",
			    size, launchers[i].advice);
	}
}

static int
find_others(struct boot *bt)
{
	const char *method = "single";

	if (find_self(bt) < 0 || find_level(bt) < 0 || find_mapping(bt) < 0 ||
	    rundir_make(bt->b, bt->em) < 0 || set_names(bt) < 0 ||
	    make_overlay(bt) < 0)
		return -1;
	check_singleton(bt);
	if (bt->conf)
		method = "config";
	else if (bt->has_pmi)
		method = "simple";
	return default_attr(bt, "broker.boot-method", method, ATTR_IMMUTABLE);
}

int
bootstrap(struct broker *b, struct errmsg *em)
{
	struct boot bt = { .b = b, .em = em };
	char *answers = NULL;
	size_t len = 0;
	int rc;

	b->rank = 0;
	b->size = 1;
	bt.pmi.record = open_memstream(&answers, &len);
	rc = find_others(&bt);
	bootconf_destroy(bt.conf);
	if (rc < 0)
		return -1;
	if (bt.has_pmi)
		close(bt.pmi.fd);
	unsetenv("PMI_FD");
	if (bt.pmi.record)
		fclose(bt.pmi.record);
	if (bt.has_pmi && b->rank > 0)
		overlay_remember(b->overlay, answers, len);
	else
		free(answers);
	return 0;
}
