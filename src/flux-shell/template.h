/* SPDX-License-Identifier: MIT */
#ifndef TEMPLATE_H
#define TEMPLATE_H

/*
 * Mustache templates: text with {{tag}} in it. A tag that nobody knows and a
 * brace without its partner stay as they are.
 */

/* The value of a tag (malloc'd), or NULL: leave the tag as it is. */
typedef char *(*template_f)(void *arg, const char *tag);

/*
 * Render text: malloc'd, NULL with ENOMEM. *open (may be NULL) gets the
 * offset after "{{" if it is never closed, else -1.
 */
char *template_render(
    const char *text, template_f value, void *arg, long *open);

/* Does text have a tag whose name starts with prefix ("task.")? */
int template_has(const char *text, const char *prefix);

#endif
