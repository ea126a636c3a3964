/* SPDX-License-Identifier: MIT */
#ifndef CLIMB_H
#define CLIMB_H

/* Point FLUX_URI at the instance `levels` above (-1 = the root). Stops at the
 * root; exits if there is no broker. */
void climb(int levels);

#endif
