/* SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

struct shell;

/* Make the job's directory here and unpack attributes.system.files into it.
 * -1: shell_fatal was called. */
int files_init(struct shell *sh);
/* Remove the directory with all that is in it. */
void files_fini(struct shell *sh);

#endif
