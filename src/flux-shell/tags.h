/* SPDX-License-Identifier: MIT */
#ifndef TAGS_H
#define TAGS_H

struct shell;
struct task;

/* What a template is about: tags of a narrower scope stay unrendered. */
enum tag_scope {
	TAGS_JOB,  /* id, name, size, nnodes */
	TAGS_NODE, /* also node.*, tmpdir */
	TAGS_TASK, /* also task.*, taskid */
};

/* Which scope text needs. */
enum tag_scope tags_scope(const char *text);

/* Render text (malloc'd; NULL with ENOMEM). t only for TAGS_TASK. What is
 * wrong with the template is logged. */
char *tags_render(struct shell *sh, const struct task *t, enum tag_scope scope,
    const char *text);

#endif
