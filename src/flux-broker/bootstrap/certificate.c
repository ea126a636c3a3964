/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../overlay/seal.h"
#include "certificate.h"

enum { Z85_LEN = 40, LINE_SIZE = 256 };

static const char digits[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ".-:+=^!/*?&<>()[]{}@%$#";

/* Five digits of base 85 are four bytes, the first the highest. */
static int
z85_decode(unsigned char key[SEAL_KEY_LEN], const char *text)
{
	for (int i = 0; i < Z85_LEN / 5; i++) {
		uint64_t n = 0;

		for (int k = 0; k < 5; k++) {
			char c = text[5 * i + k];
			const char *d = c ? strchr(digits, c) : NULL;

			if (!d)
				return -1;
			n = 85 * n + (uint64_t)(d - digits);
		}
		if (n > UINT32_MAX)
			return -1;
		for (int k = 0; k < 4; k++)
			key[4 * i + k] = (unsigned char)(n >> (24 - 8 * k));
	}
	return 0;
}

/* The line NAME = "KEY". 1: it is one and was taken. */
static int
take_line(const char *line, const char *name, unsigned char *key)
{
	char word[32], value[Z85_LEN + 2];

	if (sscanf(line, " %31[a-z-] = \"%41[^\"]", word, value) != 2 ||
	    strcmp(word, name) != 0)
		return 0;
	return strlen(value) == Z85_LEN && z85_decode(key, value) == 0;
}

static int
read_keys(struct seal_keys *keys, FILE *f)
{
	char line[LINE_SIZE];
	int found = 0;

	while (fgets(line, sizeof(line), f)) {
		if (take_line(line, "public-key", keys->public))
			found |= 1;
		if (take_line(line, "secret-key", keys->secret))
			found |= 2;
	}
	sodium_memzero(line, sizeof(line));
	return found == 3 ? 0 : -1;
}

int
certificate_read(struct seal_keys *keys, const char *path, struct errmsg *em)
{
	unsigned char public[SEAL_KEY_LEN];
	FILE *f = fopen(path, "re");
	struct stat st;
	int rc = -1;

	if (!f)
		return errmsg_set(
		    em, "curve_cert %s: %s", path, strerror(errno));
	if (fstat(fileno(f), &st) < 0)
		errmsg_set(em, "curve_cert %s: %s", path, strerror(errno));
	else if (st.st_mode & 022)
		errmsg_set(em,
		    "curve_cert %s may be written by others than its owner",
		    path);
	else if (read_keys(keys, f) < 0)
		errmsg_set(
		    em, "curve_cert %s has no public and secret key", path);
	else if (crypto_scalarmult_base(public, keys->secret) < 0 ||
		 memcmp(public, keys->public, sizeof(public)) != 0)
		errmsg_set(em,
		    "the keys of curve_cert %s do not belong together", path);
	else
		rc = 0;
	fclose(f);
	return rc;
}
