/* SPDX-License-Identifier: MIT */
/*
 * RFC 19 FLUIDs and their text forms. Which form a text has is told by its
 * look, in this order: a dot is dothex, a dash is words, ƒ or f is base58,
 * the first bytes of an emoji, 0x, else decimal.
 */
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "words.h"

#define SEQUENCE_MAX 1022u /* RFC 19; 1023 is not used */
#define TS_MASK      ((UINT64_C(1) << 40) - 1)
#define GEN_MASK     ((1u << 14) - 1)
#define F58_DIGITS   12 /* 58^11 > 2^64, and one for leading zeros */

#define EMOJI_BASE  576
#define EMOJI_BYTES 4 /* each of them in UTF-8, beginning with F0 9F */

static const char base58[] =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* digits 0 to 575 */
/* clang-format off */
static const char emoji[] =
	"😃😄😁😆😅😂😉😊😍😘😚😋😜😝😏😒"
	"😌😔😪😷😵😲😳😨😰😥😢😭😱😖😣😞"
	"😓😩😫😤😡😠👿💀💩👹👺👻👽👾😺😸"
	"😹😻😼😽🙀😿😾🙈🙉🙊💌💘💝💖💗💓"
	"💞💕💟💔💛💚💙💜💋💯💢💥💫💦💨💬"
	"💤👋👌👈👉👆👇👍👎👊👏🙌👐🙏💅💪"
	"👂👃👀👅👄👶👦👧👱👨👩👴👵🙍🙎🙅"
	"🙆💁🙋🙇👮💂👷👸👳👲👰👼🎅💆💇🚶"
	"🏃💃👯🏂🏄🏊🛀👫💏💑👪👤👣🐵🐒🐶"
	"🐩🐺🐱🐯🐴🐎🐮🐷🐗🐽🐑🐫🐘🐭🐹🐰"
	"🐻🐨🐼🐾🐔🐣🐤🐥🐦🐧🐸🐢🐍🐲🐳🐬"
	"🐟🐠🐡🐙🐚🐌🐛🐜🐝🐞💐🌸💮🌹🌺🌻"
	"🌼🌷🌱🌴🌵🌾🌿🍀🍁🍂🍃🍄🍇🍈🍉🍊"
	"🍌🍍🍎🍏🍑🍒🍓🍅🍆🌽🌰🍞🍖🍗🍔🍟"
	"🍕🍳🍲🍱🍘🍙🍚🍛🍜🍝🍠🍢🍣🍤🍥🍡"
	"🍦🍧🍨🍩🍪🎂🍰🍫🍬🍭🍮🍯🍵🍶🍷🍸"
	"🍹🍺🍻🍴🔪🌏🗾🌋🗻🏠🏡🏢🏣🏥🏦🏨"
	"🏩🏪🏫🏬🏭🏯🏰💒🗼🗽🌁🌃🌄🌅🌆🌇"
	"🌉🎠🎡🎢💈🎪🚃🚄🚅🚇🚉🚌🚑🚒🚓🚕"
	"🚗🚙🚚🚲🚏🚨🚥🚧🚤🚢💺🚀🕛🕐🕑🕒"
	"🕓🕔🕕🕖🕗🕘🕙🕚🌑🌓🌔🌕🌙🌛🌟🌠"
	"🌌🌀🌈🌂🔥💧🌊🎃🎄🎆🎇🎈🎉🎊🎋🎍"
	"🎎🎏🎐🎑🎀🎁🎫🏆🏀🏈🎾🎳🎣🎽🎿🎯"
	"🔫🎱🔮🎮🎰🎲🃏🀄🎴🎭🎨👓👔👕👖👗"
	"👘👙👚👛👜👝🎒👞👟👠👡👢👑👒🎩🎓"
	"💄💍💎🔊📢📣🔔🎼🎵🎶🎤🎧📻🎷🎸🎹"
	"🎺🎻📱📲📞📟📠🔋🔌💻💽💾💿📀🎥🎬"
	"📺📷📹📼🔍🔎💡🔦🏮📔📕📖📗📘📙📚"
	"📓📒📃📜📄📰📑🔖💰💴💵💸💳💹📧📨"
	"📩📤📥📦📫📪📮📝💼📁📂📅📆📇📈📉"
	"📊📋📌📍📎📏📐🔒🔓🔏🔐🔑🔨💣🔧🔩"
	"🔗📡💉💊🚪🚽🚬🗿🏧🚹🚺🚻🚼🚾🚫🚭"
	"🔞🔃🔙🔚🔛🔜🔝🔯🔼🔽🎦📶📳📴💱💲"
	"🔱📛🔰🔟🔠🔡🔢🔣🔤🆎🆑🆒🆓🆔🆕🆖"
	"🆗🆘🆙🆚🈁🈶🈯🉐🈹🈚🈲🉑🈸🈴🈳🈺"
	"🈵🔴🔵🔶🔷🔸🔹🔺🔻💠🔘🔳🔲🏁🚩🎌";
/* clang-format on */

static const char *const form_names[] = {
	[FLUID_DEC] = "dec",
	[FLUID_F58] = "f58",
	[FLUID_F58PLAIN] = "f58plain",
	[FLUID_HEX] = "hex",
	[FLUID_DOTHEX] = "dothex",
	[FLUID_KVS] = "kvs",
	[FLUID_WORDS] = "words",
	[FLUID_EMOJI] = "emoji",
};
#define NFORMS ((int)(sizeof(form_names) / sizeof(form_names[0])))

/* id = id * base + digit; -1 if it does not fit 64 bits. */
static int
push_digit(uint64_t *id, unsigned base, unsigned digit)
{
	if (__builtin_mul_overflow(*id, (uint64_t)base, id) ||
	    __builtin_add_overflow(*id, (uint64_t)digit, id))
		return -1;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits, at least one, then nothing but blanks. */
static int
parse_number(const char *s, unsigned base, uint64_t *id)
{
	uint64_t n = 0;
	int digit, count = 0;

	for (; (digit = hex_digit(*s)) >= 0 && (unsigned)digit < base; s++) {
		if (push_digit(&n, base, (unsigned)digit) < 0)
			return -1;
		count++;
	}
	if (count == 0 || s[strspn(s, " \t\n")] != '\0')
		return -1;
	*id = n;
	return 0;
}

static int
parse_dothex(const char *s, uint64_t *id)
{
	uint64_t n = 0;
	unsigned group;
	int i, digits, d;

	for (i = 0; i < 4; i++) {
		group = 0;
		for (digits = 0; (d = hex_digit(*s)) >= 0; s++, digits++)
			group = group << 4 | (unsigned)d;
		if (digits < 1 || digits > 4 || *s != (i < 3 ? '.' : '\0'))
			return -1;
		n = n << 16 | group;
		s++;
	}
	*id = n;
	return 0;
}

static int
parse_f58(const char *s, uint64_t *id)
{
	uint64_t n = 0;
	const char *digit;
	size_t len = strlen(s);

	if (len < 1 || len > F58_DIGITS)
		return -1;
	for (; *s; s++) {
		if (!(digit = strchr(base58, *s)) ||
		    push_digit(&n, 58, (unsigned)(digit - base58)) < 0)
			return -1;
	}
	*id = n;
	return 0;
}

static int
emoji_digit(const char *s)
{
	int i;

	for (i = 0; i < EMOJI_BASE; i++)
		if (strncmp(s, emoji + i * EMOJI_BYTES, EMOJI_BYTES) == 0)
			return i;
	return -1;
}

static int
parse_emoji(const char *s, uint64_t *id)
{
	uint64_t n = 0;
	int digit;

	for (; *s; s += EMOJI_BYTES) {
		if ((digit = emoji_digit(s)) < 0 ||
		    push_digit(&n, EMOJI_BASE, (unsigned)digit) < 0)
			return -1;
	}
	*id = n;
	return 0;
}

/* Three words of one half, the least significant one first. */
static int
parse_half(const char **s, uint64_t *half)
{
	uint64_t n = 0, weight = 1;
	size_t len;
	int i, digit;

	for (i = 0; i < 3; i++, weight *= WORDS_COUNT) {
		len = strcspn(*s, "-");
		if (i < 2 && (*s)[len] != '-')
			return -1;
		if ((digit = words_find(*s, (unsigned)len)) < 0)
			return -1;
		n += (uint64_t)digit * weight;
		*s += len + (i < 2);
	}
	*half = n;
	return n <= UINT32_MAX ? 0 : -1;
}

/* Six words, the low half first: a-b-c--d-e-f */
static int
parse_words(const char *s, uint64_t *id)
{
	uint64_t low, high;

	if (parse_half(&s, &low) < 0 || strncmp(s, "--", 2) != 0)
		return -1;
	s += 2;
	if (parse_half(&s, &high) < 0 || *s)
		return -1;
	*id = high << 32 | low;
	return 0;
}

static int
parse(const char *s, uint64_t *id)
{
	s += strspn(s, " \t\n");
	if (strncmp(s, "job.", 4) == 0)
		s += 4;
	if (strchr(s, '.'))
		return parse_dothex(s, id);
	if (strchr(s, '-'))
		return parse_words(s, id);
	if (strncmp(s, "ƒ", 2) == 0)
		return parse_f58(s + 2, id);
	if (*s == 'f')
		return parse_f58(s + 1, id);
	if (strncmp(s, "\xf0\x9f", 2) == 0)
		return parse_emoji(s, id);
	if (strncmp(s, "0x", 2) == 0)
		return parse_number(s + 2, 16, id);
	return parse_number(s, 10, id);
}

int
fluid_parse(const char *s, uint64_t *id)
{
	if (parse(s, id) < 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

static void
encode_f58(char *buf, size_t size, uint64_t id, const char *prefix)
{
	char digits[F58_DIGITS + 1];
	char *p = digits + F58_DIGITS;

	*p = '\0';
	do {
		*--p = base58[id % 58];
		id /= 58;
	} while (id);
	snprintf(buf, size, "%s%s", prefix, p);
}

static void
encode_emoji(char *buf, size_t size, uint64_t id)
{
	char digits[7 * EMOJI_BYTES + 1]; /* 576^7 > 2^64 */
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		p -= EMOJI_BYTES;
		memcpy(p, emoji + id % EMOJI_BASE * EMOJI_BYTES, EMOJI_BYTES);
		id /= EMOJI_BASE;
	} while (id);
	snprintf(buf, size, "%s", p);
}

static void
encode_words(char *buf, size_t size, uint64_t id)
{
	unsigned halves[2] = { (unsigned)id, (unsigned)(id >> 32) };
	const char *w[6];
	int i;

	for (i = 0; i < 6; i++) {
		w[i] = words_nth(halves[i / 3] % WORDS_COUNT);
		halves[i / 3] /= WORDS_COUNT;
	}
	snprintf(buf, size, "%s-%s-%s--%s-%s-%s", w[0], w[1], w[2], w[3], w[4],
	    w[5]);
}

static void
encode_dothex(char *buf, size_t size, uint64_t id, const char *prefix)
{
	snprintf(buf, size, "%s%04x.%04x.%04x.%04x", prefix,
	    (unsigned)(id >> 48), (unsigned)(id >> 32) & 0xffff,
	    (unsigned)(id >> 16) & 0xffff, (unsigned)id & 0xffff);
}

char *
fluid_encode(char *buf, size_t size, uint64_t id, enum fluid_form form)
{
	switch (form) {
	case FLUID_F58:
		encode_f58(buf, size, id, "ƒ");
		break;
	case FLUID_F58PLAIN:
		encode_f58(buf, size, id, "f");
		break;
	case FLUID_HEX:
		snprintf(buf, size, "0x%" PRIx64, id);
		break;
	case FLUID_DOTHEX:
		encode_dothex(buf, size, id, "");
		break;
	case FLUID_KVS:
		encode_dothex(buf, size, id, "job.");
		break;
	case FLUID_EMOJI:
		encode_emoji(buf, size, id);
		break;
	case FLUID_WORDS:
		encode_words(buf, size, id);
		break;
	case FLUID_DEC:
		snprintf(buf, size, "%" PRIu64, id);
		break;
	}
	return buf;
}

int
fluid_form_parse(const char *name)
{
	int i;

	for (i = 0; i < NFORMS; i++)
		if (strcmp(name, form_names[i]) == 0)
			return i;
	errno = EINVAL;
	return -1;
}

enum fluid_form
fluid_f58_form(void)
{
	if (getenv("FLUX_F58_FORCE_ASCII") ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return FLUID_F58PLAIN;
	return FLUID_F58;
}

uint64_t
fluid_next(struct fluid_generator *g, uint64_t ms)
{
	if (ms > g->last_ms) {
		g->last_ms = ms;
		g->sequence = 0;
	} else if (g->sequence < SEQUENCE_MAX) {
		g->sequence++;
	} else { /* borrow from the next millisecond */
		g->last_ms++;
		g->sequence = 0;
	}
	return (g->last_ms & TS_MASK) << 24 |
	       (uint64_t)(g->generator & GEN_MASK) << 10 | g->sequence;
}
