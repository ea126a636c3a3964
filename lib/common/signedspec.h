/* SPDX-License-Identifier: MIT */
#ifndef SIGNEDSPEC_H
#define SIGNEDSPEC_H

#include <stdint.h>

#include "errmsg.h"

/*
 * J, the signed jobspec of job-ingest.submit, with mechanism "none":
 * BASE64(header) "." BASE64(jobspec) ".none".
 */

/* malloc'd J; NULL with ENOMEM. */
char *signedspec_wrap(const char *jobspec, uint32_t userid);
/* malloc'd jobspec text and the signer's uid; NULL with EINVAL. */
char *signedspec_unwrap(const char *J, uint32_t *userid);

#endif
