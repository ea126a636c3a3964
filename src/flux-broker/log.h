/* SPDX-License-Identifier: MIT */
#ifndef LOG_H
#define LOG_H

struct log;

/*
 * The broker's log: RFC 5424-like records in a ring (flux dmesg), those of
 * level err and above on stderr too. Text without newline; with a jobid or
 * rank. log_err adds strerror(errno), the others do not.
 */
void log_err(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_error(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
