/* SPDX-License-Identifier: MIT */
#ifndef TAP_H
#define TAP_H

/*
 * Unit tests print TAP. A test program calls these and ends main with
 *     return done_testing();
 */

/* One test, named by fmt. Returns whether it passed. */
#define ok(cond, ...) tap_ok((cond) ? 1 : 0, __FILE__, __LINE__, __VA_ARGS__)
/* Equal texts (NULL is a text of its own), shown when they differ. */
#define is_str(got, expected, ...) \
	tap_is_str(got, expected, __FILE__, __LINE__, __VA_ARGS__)
/* Equal numbers. */
#define is_int(got, expected, ...) \
	tap_is_int(got, expected, __FILE__, __LINE__, __VA_ARGS__)

int tap_ok(int passed, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int tap_is_str(const char *got, const char *expected, const char *file,
    int line, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int tap_is_int(long long got, long long expected, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A comment line. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The next test counts as skipped, for this reason. */
void skip(const char *reason);
/* Print the plan; the exit status: 1 if a test failed. */
int done_testing(void);

#endif
