/* SPDX-License-Identifier: MIT */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stddef.h>

struct job;

/*
 * What lists need of a job that has ended, in some hundred bytes: numbers in
 * the machine's order, then texts, each with its NUL. This is what is in the
 * store; its first number is the version of the layout.
 */

/* malloc'd; NULL with ENOMEM. */
void *summary_encode(const struct job *job, size_t *len);
/* An inactive job of that id. NULL with EINVAL: not a summary (or of a newer
 * version), or ENOMEM. */
struct job *summary_decode(
    unsigned long long id, const void *summary, size_t len);

#endif
