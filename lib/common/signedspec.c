/* SPDX-License-Identifier: MIT */
/*
 * J with mechanism "none". The header is a list of keys and typed values,
 * each ended by a NUL:
 *     version\0i1\0userid\0i0\0mechanism\0snone\0
 * The signature is worth nothing: who sent it is known from the socket, and
 * the broker compares that with the uid in here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "signedspec.h"

#define HEADER_MAX 64

/* What the header holds, as far as it was read. */
struct header {
	unsigned seen; /* bits by index in keys[] */
	uint32_t userid;
};

static const char *const keys[] = { "version", "userid", "mechanism" };

static size_t
header_encode(char *buf, uint32_t userid)
{
	int n = snprintf(buf, HEADER_MAX,
	    "version%ci1%cuserid%ci%u%cmechanism%csnone%c", 0, 0, 0,
	    (unsigned)userid, 0, 0, 0);

	return (size_t)n;
}

/* J at p, where there is room for it; returns its end. */
static char *
put_J(char *p, const char *header, size_t n, const char *jobspec, size_t len)
{
	p = base64_put(p, header, n);
	*p++ = '.';
	p = base64_put(p, jobspec, len);
	memcpy(p, ".none", sizeof(".none"));
	return p + strlen(p);
}

char *
signedspec_wrap(const char *jobspec, uint32_t userid)
{
	char header[HEADER_MAX], *J;
	size_t n = header_encode(header, userid), len = strlen(jobspec);

	J = malloc(
	    base64_encoded_len(n) + base64_encoded_len(len) + sizeof("..none"));
	if (J)
		put_J(J, header, n, jobspec, len);
	return J;
}

/* There is nothing in J that JSON would escape. */
char *
signedspec_request(const char *jobspec, uint32_t userid, int urgency, int flags)
{
	char header[HEADER_MAX], numbers[64], *text, *p;
	size_t n = header_encode(header, userid), len = strlen(jobspec);

	snprintf(numbers, sizeof(numbers), "\",\"urgency\":%d,\"flags\":%d}",
	    urgency, flags);
	text = malloc(base64_encoded_len(n) + base64_encoded_len(len) +
		      sizeof("..none") + sizeof("{\"J\":\"") + sizeof(numbers));
	if (!text)
		return NULL;
	memcpy(text, "{\"J\":\"", 6);
	p = text + 6;
	p = put_J(p, header, n, jobspec, len);
	memcpy(p, numbers, strlen(numbers) + 1);
	return text;
}

static int
userid_decode(uint32_t *userid, const char *digits)
{
	uint64_t n = 0;

	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return -1;
	for (; *digits; digits++) {
		n = n * 10 + (uint64_t)(*digits - '0');
		if (n >= UINT32_MAX) /* (uid_t)-1 is nobody's */
			return -1;
	}
	*userid = (uint32_t)n;
	return 0;
}

static int
header_pair(struct header *h, const char *key, const char *value)
{
	unsigned i;

	for (i = 0; i < 3 && strcmp(keys[i], key) != 0; i++)
		;
	if (i == 3 || (h->seen & 1u << i))
		return -1;
	h->seen |= 1u << i;
	if (i == 0)
		return strcmp(value, "i1") == 0 ? 0 : -1;
	if (i == 2)
		return strcmp(value, "snone") == 0 ? 0 : -1;
	return *value == 'i' ? userid_decode(&h->userid, value + 1) : -1;
}

static int
header_decode(struct header *h, const char *data, size_t len)
{
	const char *end = data + len, *key, *value;

	*h = (struct header){ 0 };
	if (len == 0 || end[-1] != '\0')
		return -1;
	while (data < end) {
		key = data;
		value = key + strlen(key) + 1;
		if (value >= end || header_pair(h, key, value) < 0)
			return -1;
		data = value + strlen(value) + 1;
	}
	return h->seen == 7 ? 0 : -1;
}

/* Up to the next dot, which is moved over; NULL: there is none. */
static char *
part_decode(const char **J, const char *end, const struct base64_known *known,
    size_t *len)
{
	const char *from = *J, *dot = memchr(from, '.', (size_t)(end - from));

	if (!dot)
		return NULL;
	*J = dot + 1;
	return base64_decode_like(from, (size_t)(dot - from), known, len);
}

char *
signedspec_unwrap_like(const char *J, size_t n,
    const struct base64_known *known, uint32_t *userid, size_t *len)
{
	const char *end = J + n;
	struct header h;
	size_t hlen;
	char *header, *jobspec = NULL;

	if (!(header = part_decode(&J, end, NULL, &hlen)))
		goto error;
	if (header_decode(&h, header, hlen) < 0 ||
	    !(jobspec = part_decode(&J, end, known, len)) ||
	    memchr(jobspec, 0, *len) || end - J != 4 ||
	    memcmp(J, "none", 4) != 0)
		goto error;
	free(header);
	*userid = h.userid;
	return jobspec;
error:
	free(header);
	free(jobspec);
	errno = EINVAL;
	return NULL;
}

char *
signedspec_unwrap(const char *J, uint32_t *userid)
{
	size_t len;

	return signedspec_unwrap_like(J, strlen(J), NULL, userid, &len);
}
