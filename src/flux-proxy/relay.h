/* SPDX-License-Identifier: MIT */
#ifndef RELAY_H
#define RELAY_H

/* flux relay PATH: speak the socket protocol on stdin and stdout for one peer
 * (at the other end of ssh) with the broker at PATH. Exit status. */
int relay_main(int argc, char **argv);

#endif
