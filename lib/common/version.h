/* SPDX-License-Identifier: MIT */
#ifndef VERSION_H
#define VERSION_H

/*
 * The release of flux-core that this toolbox speaks like: clients compare
 * its first two parts. Our own version stands beside it in `flux version`.
 */
#define FLUX_VERSION    "0.88.0"
#define TOOLBOX_VERSION "0.1.0"

#endif
