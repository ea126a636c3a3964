/* SPDX-License-Identifier: MIT */
/*
 * RFC 3 messages: construction, and the two codecs (parts, and parts in a
 * frame). A message keeps one NUL after its payload that is not counted, so
 * that text can be read in place.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "jsonread.h"
#include "jsontext.h"
#include "msg.h"

enum {
	FRAME_LEN = 8,
	HEADER_LEN = 20,
	HEADER_MAGIC = 0x8e,
	HEADER_VERSION = 1,
	READER_KEEP = 1 << 18,
	ROUTES_MAX = 256, /* a longer route stack is a loop */
};

static const unsigned char frame_magic[4] = { 0x12, 0x00, 0xee, 0xff };

static struct msg *
msg_create(int type, int flags, const char *topic)
{
	struct msg *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->refs = 1;
	m->type = type;
	m->flags = flags & ~(MSG_TOPIC | MSG_PAYLOAD);
	m->userid = USERID_UNKNOWN;
	if (topic) {
		m->flags |= MSG_TOPIC;
		if (!(m->topic = strdup(topic))) {
			msg_unref(m);
			return NULL;
		}
	}
	return m;
}

static struct msg *
with_json(struct msg *m, const json_t *json)
{
	if (m && json && msg_set_json(m, json) < 0) {
		msg_unref(m);
		return NULL;
	}
	return m;
}

struct msg *
msg_request(const char *topic, uint32_t nodeid, int flags, const json_t *json)
{
	struct msg *m = msg_create(MSG_REQUEST, flags | MSG_ROUTE, topic);

	if (m)
		m->nodeid = nodeid;
	return with_json(m, json);
}

struct msg *
msg_event(const char *topic, int flags, const json_t *json)
{
	return with_json(msg_create(MSG_EVENT, flags, topic), json);
}

static int
copy_routes(struct msg *to, const struct msg *from)
{
	for (int i = 0; i < from->nroutes; i++)
		if (msg_route_push(to, from->routes[i]) < 0)
			return -1;
	return 0;
}

static struct msg *
response(const struct msg *req, int errnum)
{
	struct msg *m = msg_create(
	    MSG_RESPONSE, MSG_ROUTE | (req->flags & MSG_STREAMING), req->topic);

	if (!m)
		return NULL;
	m->matchtag = req->matchtag;
	m->errnum = errnum;
	if (copy_routes(m, req) < 0) {
		msg_unref(m);
		return NULL;
	}
	return m;
}

struct msg *
msg_response(const struct msg *req, const json_t *json)
{
	return with_json(response(req, 0), json);
}

struct msg *
msg_response_error(const struct msg *req, int errnum, const char *text)
{
	struct msg *m = response(req, errnum);

	if (m && text && *text &&
	    msg_set_payload(m, text, strlen(text) + 1) < 0) {
		msg_unref(m);
		return NULL;
	}
	return m;
}

struct msg *
msg_dup(const struct msg *m)
{
	struct msg *d = msg_create(m->type, m->flags, m->topic);

	if (!d)
		return NULL;
	d->userid = m->userid;
	d->rolemask = m->rolemask;
	d->aux1 = m->aux1;
	d->matchtag = m->matchtag;
	if (copy_routes(d, m) < 0 ||
	    ((m->flags & MSG_PAYLOAD) &&
		msg_set_payload(d, m->payload, m->payload_len) < 0)) {
		msg_unref(d);
		return NULL;
	}
	return d;
}

struct msg *
msg_ref(struct msg *m)
{
	m->refs++;
	return m;
}

void
msg_unref(struct msg *m)
{
	int saved = errno;

	if (!m || --m->refs > 0)
		return;
	for (int i = 0; i < m->nroutes; i++)
		free(m->routes[i]);
	free(m->routes);
	free(m->topic);
	free(m->payload);
	free(m);
	errno = saved;
}

int
msg_set_payload(struct msg *m, const void *data, size_t len)
{
	char *p = malloc(len + 1);

	if (!p)
		return -1;
	memcpy(p, data, len);
	p[len] = '\0';
	free(m->payload);
	m->payload = p;
	m->payload_len = len;
	m->flags |= MSG_PAYLOAD;
	return 0;
}

int
msg_set_json(struct msg *m, const json_t *json)
{
	char *s = json_text(json, JSONTEXT_COMPACT);

	if (!s) {
		errno = ENOMEM;
		return -1;
	}
	free(m->payload);
	m->payload = s;
	m->payload_len = strlen(s) + 1;
	m->flags |= MSG_PAYLOAD;
	return 0;
}

void
msg_drop_payload(struct msg *m)
{
	if (m->refs > 1)
		return;
	free(m->payload);
	m->payload = NULL;
	m->payload_len = 0;
	m->flags &= (uint8_t)~MSG_PAYLOAD;
}

const char *
msg_get_text(const struct msg *m)
{
	if (!(m->flags & MSG_PAYLOAD) || m->payload_len == 0 ||
	    m->payload[m->payload_len - 1] != '\0')
		return NULL;
	return m->payload;
}

json_t *
msg_get_json(const struct msg *m)
{
	const char *text = msg_get_text(m);
	json_t *o = NULL;

	if (text)
		o = json_read(text, m->payload_len - 1, JSON_ALLOW_NUL);
	if (!json_is_object(o)) {
		json_decref(o);
		errno = EPROTO;
		return NULL;
	}
	return o;
}

const char *
msg_route_top(const struct msg *m)
{
	return m->nroutes > 0 ? m->routes[m->nroutes - 1] : NULL;
}

const char *
msg_sender(const struct msg *m)
{
	return m->nroutes > 0 ? m->routes[0] : "";
}

/* Takes id. The stack grows by doubling: its size is the next power of 2. */
static int
push_taken(struct msg *m, char *id)
{
	int n = m->nroutes;

	if (!id)
		return -1;
	if ((n & (n - 1)) == 0) {
		int size = n ? 2 * n : 1;
		char **p = realloc(m->routes, size * sizeof(*p));
		if (!p) {
			free(id);
			return -1;
		}
		m->routes = p;
	}
	m->routes[m->nroutes++] = id;
	m->flags |= MSG_ROUTE;
	return 0;
}

int
msg_route_push(struct msg *m, const char *id)
{
	return push_taken(m, strdup(id));
}

void
msg_route_pop(struct msg *m)
{
	if (m->nroutes > 0)
		free(m->routes[--m->nroutes]);
}

/* ---- encoding ---- */

static size_t
part_len(size_t len)
{
	return len < 255 ? 1 + len : 5 + len;
}

static char *
put_part(char *p, const void *data, size_t len)
{
	uint32_t be = htonl(len);

	if (len < 255) {
		*p++ = (char)len;
	} else {
		*p++ = (char)255;
		memcpy(p, &be, 4);
		p += 4;
	}
	if (len > 0)
		memcpy(p, data, len);
	return p + len;
}

static void
put_header(unsigned char *h, const struct msg *m)
{
	uint32_t fields[4] = { htonl(m->userid), htonl(m->rolemask),
		htonl(m->aux1), htonl(m->matchtag) };

	h[0] = HEADER_MAGIC;
	h[1] = HEADER_VERSION;
	h[2] = m->type;
	h[3] = m->flags;
	memcpy(h + 4, fields, sizeof(fields));
}

static size_t
parts_len(const struct msg *m)
{
	size_t n = part_len(HEADER_LEN);

	if (m->flags & MSG_ROUTE) {
		for (int i = 0; i < m->nroutes; i++)
			n += part_len(strlen(m->routes[i]));
		n += 1;
	}
	if (m->flags & MSG_TOPIC)
		n += part_len(strlen(m->topic));
	if (m->flags & MSG_PAYLOAD)
		n += part_len(m->payload_len);
	return n;
}

static void
put_parts(char *p, const struct msg *m)
{
	unsigned char header[HEADER_LEN];

	if (m->flags & MSG_ROUTE) {
		for (int i = m->nroutes - 1; i >= 0; i--)
			p = put_part(p, m->routes[i], strlen(m->routes[i]));
		p = put_part(p, NULL, 0);
	}
	if (m->flags & MSG_TOPIC)
		p = put_part(p, m->topic, strlen(m->topic));
	if (m->flags & MSG_PAYLOAD)
		p = put_part(p, m->payload, m->payload_len);
	put_header(header, m);
	put_part(p, header, HEADER_LEN);
}

char *
msg_encode(const struct msg *m, size_t *len)
{
	size_t n = parts_len(m);
	char *buf = malloc(n);

	if (!buf)
		return NULL;
	put_parts(buf, m);
	*len = n;
	return buf;
}

char *
msg_encode_frame(const struct msg *m, size_t *len)
{
	size_t n = parts_len(m);
	uint32_t be = htonl(n);
	char *buf = malloc(FRAME_LEN + n);

	if (!buf)
		return NULL;
	memcpy(buf, frame_magic, 4);
	memcpy(buf + 4, &be, 4);
	put_parts(buf + FRAME_LEN, m);
	*len = FRAME_LEN + n;
	return buf;
}

/* ---- decoding ---- */

struct cursor {
	const unsigned char *p, *end;
};

/* One part; -1 when the bytes do not hold it. */
static int
get_part(struct cursor *c, const char **data, size_t *len)
{
	uint32_t be;

	if (c->p == c->end)
		return -1;
	*len = *c->p++;
	if (*len == 255) {
		if (c->end - c->p < 4)
			return -1;
		memcpy(&be, c->p, 4);
		c->p += 4;
		*len = ntohl(be);
	}
	if ((size_t)(c->end - c->p) < *len)
		return -1;
	*data = (const char *)c->p;
	c->p += *len;
	return 0;
}

static int
get_header(struct msg *m, const unsigned char *h)
{
	uint32_t f[4];

	if (h[0] != HEADER_MAGIC || h[1] != HEADER_VERSION)
		return -1;
	m->type = h[2];
	m->flags = h[3];
	if (m->type != MSG_REQUEST && m->type != MSG_RESPONSE &&
	    m->type != MSG_EVENT && m->type != MSG_CONTROL)
		return -1;
	if ((m->flags & MSG_NORESPONSE) && (m->flags & MSG_STREAMING))
		return -1;
	memcpy(f, h + 4, sizeof(f));
	m->userid = ntohl(f[0]);
	m->rolemask = ntohl(f[1]);
	m->aux1 = ntohl(f[2]);
	m->matchtag = ntohl(f[3]);
	return 0;
}

/* Route ids arrive newest first; the stack wants the oldest first. */
static int
get_routes(struct msg *m, struct cursor *c)
{
	const char *data;
	size_t len;

	for (;;) {
		if (get_part(c, &data, &len) < 0)
			return -1;
		if (len == 0)
			break;
		if (m->nroutes == ROUTES_MAX || memchr(data, 0, len) ||
		    push_taken(m, strndup(data, len)) < 0)
			return -1;
	}
	for (int i = 0, j = m->nroutes - 1; i < j; i++, j--) {
		char *t = m->routes[i];
		m->routes[i] = m->routes[j];
		m->routes[j] = t;
	}
	return 0;
}

static int
get_topic(struct msg *m, struct cursor *c)
{
	const char *data;
	size_t len;

	if (get_part(c, &data, &len) < 0)
		return -1;
	if (len > 0 && data[len - 1] == '\0')
		len--;
	if (memchr(data, 0, len) || !(m->topic = strndup(data, len)))
		return -1;
	return 0;
}

static int
get_parts(struct msg *m, struct cursor *c)
{
	const char *data;
	size_t len;

	if ((m->flags & MSG_ROUTE) && get_routes(m, c) < 0)
		return -1;
	if ((m->flags & MSG_TOPIC) && get_topic(m, c) < 0)
		return -1;
	if (m->flags & MSG_PAYLOAD) {
		if (get_part(c, &data, &len) < 0 ||
		    msg_set_payload(m, data, len) < 0)
			return -1;
	}
	return c->p == c->end ? 0 : -1;
}

struct msg *
msg_decode(const void *data, size_t len)
{
	const unsigned char *p = data;
	struct cursor c;
	struct msg *m;

	/* the header is last and always HEADER_LEN bytes behind its length */
	if (len < HEADER_LEN + 1 || p[len - HEADER_LEN - 1] != HEADER_LEN) {
		errno = EPROTO;
		return NULL;
	}
	if (!(m = calloc(1, sizeof(*m))))
		return NULL;
	m->refs = 1;
	c = (struct cursor){ p, p + len - HEADER_LEN - 1 };
	if (get_header(m, p + len - HEADER_LEN) < 0 || get_parts(m, &c) < 0) {
		msg_unref(m);
		errno = EPROTO;
		return NULL;
	}
	return m;
}

/* ---- stream ---- */

void
msg_reader_init(struct msg_reader *r)
{
	memset(r, 0, sizeof(*r));
}

void
msg_reader_fini(struct msg_reader *r)
{
	free(r->buf);
	msg_reader_init(r);
}

int
msg_reader_feed(struct msg_reader *r, const void *data, size_t len)
{
	if (r->off > 0) {
		memmove(r->buf, r->buf + r->off, r->len - r->off);
		r->len -= r->off;
		r->off = 0;
	}
	if (r->len + len > r->size) {
		size_t size = r->len + len + 1024;
		char *p;
		/* a large message grows by parts of itself: as large as it
		 * says it is, it need not be */
		if (size < 2 * r->size && r->size < (1 << 20))
			size = 2 * r->size;
		else if (size < r->size + r->size / 4)
			size = r->size + r->size / 4;
		if (!(p = realloc(r->buf, size)))
			return -1;
		r->buf = p;
		r->size = size;
	}
	memcpy(r->buf + r->len, data, len);
	r->len += len;
	return 0;
}

/* An idle connection should not keep the buffer of its largest message. */
static void
release_when_empty(struct msg_reader *r)
{
	if (r->off == r->len && r->size > READER_KEEP)
		msg_reader_fini(r);
}

struct msg *
msg_reader_next(struct msg_reader *r)
{
	size_t avail = r->len - r->off;
	const char *p = r->buf + r->off;
	uint32_t be;
	struct msg *m;

	errno = 0;
	if (avail < FRAME_LEN) {
		if (avail > 0 &&
		    memcmp(p, frame_magic, avail < 4 ? avail : 4) != 0)
			errno = EPROTO;
		return NULL;
	}
	memcpy(&be, p + 4, 4);
	if (memcmp(p, frame_magic, 4) != 0 || ntohl(be) > MSG_SIZE_MAX) {
		errno = EPROTO;
		return NULL;
	}
	if (avail - FRAME_LEN < ntohl(be))
		return NULL;
	m = msg_decode(p + FRAME_LEN, ntohl(be));
	r->off += FRAME_LEN + ntohl(be);
	release_when_empty(r);
	return m;
}
