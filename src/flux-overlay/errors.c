/* SPDX-License-Identifier: MIT */
/* flux overlay errors: what brokers are lost, by the reason. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fsd.h"
#include "hostlist.h"
#include "idset.h"
#include "overlay.h"

/* Brokers in trouble for the same reason. */
struct reason {
	char text[128];
	struct idset *ranks;
};

struct reasons {
	struct reason *list;
	size_t count;
};

static void
add(struct reasons *r, const char *text, uint32_t rank)
{
	struct reason *list;
	size_t i = 0;

	while (i < r->count && strcmp(r->list[i].text, text) != 0)
		i++;
	if (i == r->count) {
		list = reallocarray(r->list, r->count + 1, sizeof(*list));
		if (!list || !(list[i].ranks = idset_create()))
			err(1, NULL);
		strlcpy(list[i].text, text, sizeof(list[i].text));
		r->list = list;
		r->count++;
	}
	if (idset_set(r->list[i].ranks, rank) < 0)
		err(1, NULL);
}

static void
collect(struct reasons *r, const struct node *n)
{
	if (*n->error)
		add(r, n->error, n->rank);
	else if (n->is_presumed && strcmp(n->status, "offline") != 0)
		add(r, "lost parent", n->rank);
	for (int i = 0; i < n->nchildren; i++)
		collect(r, n->children[i]);
}

/* malloc'd */
static char *
host_text(const struct hostlist *hosts, const struct idset *ranks)
{
	struct hostlist *hl = hostlist_pick(hosts, ranks);
	char *text = hl ? hostlist_encode(hl) : NULL;

	if (!text)
		err(1, NULL);
	hostlist_destroy(hl);
	return text;
}

static json_t *
reason_json(const struct reason *r, const char *nodelist)
{
	char *ranks = idset_encode(r->ranks, 0);
	json_t *o = json_pack("{s:s s:s s:s}", "error", r->text, "ranks", ranks,
	    "nodelist", nodelist);

	free(ranks);
	return o;
}

static void
print(const struct reasons *r, const struct hostlist *hosts, bool as_json)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->count; i++) {
		char *nodelist = host_text(hosts, r->list[i].ranks);

		if (as_json)
			json_array_append_new(
			    list, reason_json(&r->list[i], nodelist));
		else
			printf("%s: %s\n", nodelist, r->list[i].text);
		free(nodelist);
	}
	if (as_json)
		overlay_print_json(
		    json_pack("{s:i s:O}", "version", 1, "errors", list));
	json_decref(list);
}

static void
run(struct query *q, bool as_json)
{
	struct reasons r = { 0 };
	struct hostlist *hosts;
	struct node *root;
	struct errmsg em;

	q->h = tool_open_plain();
	if (!(root = node_read(q, 0, &em)))
		errx(1, "%s", em.text);
	hosts = overlay_hosts(q->h);
	collect(&r, root);
	print(&r, hosts, as_json);
	for (size_t i = 0; i < r.count; i++)
		idset_destroy(r.list[i].ranks);
	free(r.list);
	node_destroy(root);
	hostlist_destroy(hosts);
	handle_close(q->h);
}

int
cmd_errors(int argc, char **argv)
{
	static const struct opt opts[] = {
		{ "timeout", 't', "FSD",
		    "for an answer, 0 = none (default: 0.5s)", 0 },
		{ "json", 'j', NULL, "print a JSON object", 0 },
		{ 0 },
	};
	struct optparse p = {
		.usage = "errors [OPTIONS]",
		.summary = "Show which brokers are lost, and why",
		.opts = opts,
		.fail_status = 1,
	};
	struct query q = { .timeout = 0.5, .ask_leaves = true };
	bool as_json = false;
	int c;

	optparse_init(&p, argc, argv);
	while ((c = optparse_next(&p)) != -1) {
		as_json |= c == 'j';
		if (c == 't' && fsd_parse(p.value, &q.timeout) < 0)
			optparse_fail(&p,
			    "Invalid argument for option 'timeout': '%s'",
			    p.value);
		if (q.timeout > 1e6)
			q.timeout = 0;
	}
	run(&q, as_json);
	optparse_fini(&p);
	return tool_finish(0);
}
