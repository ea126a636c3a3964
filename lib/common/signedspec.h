/* SPDX-License-Identifier: MIT */
#ifndef SIGNEDSPEC_H
#define SIGNEDSPEC_H

#include <stdint.h>

#include "base64.h"
#include "errmsg.h"

/*
 * J, the signed jobspec of job-ingest.submit, with mechanism "none":
 * BASE64(header) "." BASE64(jobspec) ".none".
 */

/* malloc'd J; NULL with ENOMEM. */
char *signedspec_wrap(const char *jobspec, uint32_t userid);
/* A payload of job-ingest.submit with it, malloc'd; NULL with ENOMEM. */
char *signedspec_request(
    const char *jobspec, uint32_t userid, int urgency, int flags);
/* malloc'd jobspec text and the signer's uid; NULL with EINVAL. */
char *signedspec_unwrap(const char *J, uint32_t *userid);
/* The same of a J of n characters, maybe much like one before (NULL = like
 * none): the part of that between its dots. *len: that of the text. */
char *signedspec_unwrap_like(const char *J, size_t n,
    const struct base64_known *known, uint32_t *userid, size_t *len);

#endif
