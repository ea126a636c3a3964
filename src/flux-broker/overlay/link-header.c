/* SPDX-License-Identifier: MIT */
/* The header of a packet between brokers, see link.h. */
#include <arpa/inet.h>
#include <string.h>

#include "link.h"

static void
put64(unsigned char *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint64_t
get64(const unsigned char *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

void
link_put_header(void *header, const struct link_packet *p)
{
	unsigned char *h = header;
	uint32_t be = htonl(p->rank);

	h[0] = 'F';
	h[1] = 'L';
	h[2] = p->type;
	h[3] = 0;
	memcpy(h + 4, &be, 4);
	put64(h + 8, p->epoch);
	put64(h + 16, p->sequence);
}

int
link_get_header(struct link_packet *p, const char *data, size_t len)
{
	const unsigned char *h = (const unsigned char *)data;
	uint32_t be;

	if (len < LINK_HEADER_LEN || h[0] != 'F' || h[1] != 'L' ||
	    h[2] < LINK_HELLO || h[2] > LINK_DISCONNECT)
		return -1;
	memcpy(&be, h + 4, 4);
	p->type = h[2];
	p->rank = ntohl(be);
	p->epoch = get64(h + 8);
	p->sequence = get64(h + 16);
	p->body = data + LINK_HEADER_LEN;
	p->len = len - LINK_HEADER_LEN;
	return 0;
}
