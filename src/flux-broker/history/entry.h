/* SPDX-License-Identifier: MIT */
#ifndef HISTORY_ENTRY_H
#define HISTORY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A history is a text of entries, one after the other:
 *
 *     job PATH SUMMARY LEN LEN LEN LEN LEN\n     a job, its documents in the
 *     TEXT...\n                                  order of entry_keys
 *     cut PATH COUNT\n                           jobs that are not kept
 *
 * PATH: ids of jobs in decimal, each inside the one before, "12/7"; of cut, the
 * job in which they ran, "." being the one that the history is of. SUMMARY: see
 * job-manager/summary.h, in base64. LEN: bytes, 0 = the job has no such
 * document.
 */
enum {
	ENTRY_NKEYS = 5,
	ENTRY_DEPTH_MAX = 32,
};

extern const char *const entry_keys[ENTRY_NKEYS];

struct entry {
	bool is_cut;
	const char *path; /* not ended */
	size_t path_len;
	const char *summary; /* of a job; not ended */
	size_t summary_len;
	const char *texts[ENTRY_NKEYS]; /* not ended */
	size_t lens[ENTRY_NKEYS];
	uint64_t count;   /* of cut */
	const char *rest; /* what follows path, up to the end of the entry */
	size_t rest_len;
};

/* The entry at *p, which is moved behind it. 1; 0: there is none, p is at end;
 * -1 with EPROTO: no entry. */
int entry_next(const char **p, const char *end, struct entry *e);

/* Is the path that of a job directly inside dir ("" = of the history itself),
 * of length len? */
bool entry_is_in(const struct entry *e, const char *dir, size_t len);
/* Is it this one? */
bool entry_is_at(const struct entry *e, const char *path, size_t len);
/* The last id of the path. */
uint64_t entry_id(const struct entry *e);
/* Is text a path? */
bool path_is_valid(const char *text, size_t len);

#endif
