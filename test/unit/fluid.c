/* SPDX-License-Identifier: MIT */
/* Job ids in all forms, by the table of RFC 19 forms; what is no id; and ids
 * that grow. */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "fluid.h"
#include "tap.h"

static const struct {
	uint64_t id;
	const char *f58, *hex, *dothex, *words, *emoji;
} forms[] = {
	{ 0, "ƒ1", "0x0", "0000.0000.0000.0000",
	    "academy-academy-academy--academy-academy-academy", "😃" },
	{ 1, "ƒ2", "0x1", "0000.0000.0000.0001",
	    "acrobat-academy-academy--academy-academy-academy", "😄" },
	{ 57, "ƒz", "0x39", "0000.0000.0000.0039",
	    "aztec-academy-academy--academy-academy-academy", "🙊" },
	{ 58, "ƒ21", "0x3a", "0000.0000.0000.003a",
	    "balance-academy-academy--academy-academy-academy", "💌" },
	{ 575, "ƒAv", "0x23f", "0000.0000.0000.023f",
	    "plaster-academy-academy--academy-academy-academy", "🎌" },
	{ 576, "ƒAw", "0x240", "0000.0000.0000.0240",
	    "plastic-academy-academy--academy-academy-academy", "😄😃" },
	{ 1024, "ƒJf", "0x400", "0000.0000.0000.0400",
	    "shadow-academy-academy--academy-academy-academy", "😄📓" },
	{ 16777216, "ƒ2UzHM", "0x1000000", "0000.0000.0100.0000",
	    "clean-photo-adrian--academy-academy-academy", "😼🕚💞" },
	{ 1234567890, "ƒ2t6V2H", "0x499602d2", "0000.0000.4996.02d2",
	    "glass-snow-mister--academy-academy-academy", "😉🏠😽😪" },
	{ 15756775391232, "ƒ88uRHX19", "0xe54a9000000", "0000.0e54.a900.0000",
	    "regular-station-carmen--macro-active-academy", "🐶👈📷📓😃" },
	{ 6731191091817518, "ƒuZZybuNNy", "0x17e9fb8df16c2e",
	    "0017.e9fb.8df1.6c2e",
	    "reform-remote-galileo--heart-package-academy", "👩💅📓😸👑🚓" },
	{ 9223372036854775807u, "ƒNQm6nKp8qFC", "0x7fffffffffffffff",
	    "7fff.ffff.ffff.ffff",
	    "natural-analyze-verbal--aurora-little-armada", "🍵🕒🐸📉🚇🏧🚭" },
	{ 18446744073709551615u, "ƒjpXCZedGfVQ", "0xffffffffffffffff",
	    "ffff.ffff.ffff.ffff",
	    "natural-analyze-verbal--natural-analyze-verbal", "🚹💗💧👗😷📷📚" },
};
#define NFORMS (sizeof(forms) / sizeof(forms[0]))

static const struct {
	const char *text;
	uint64_t id;
} good[] = {
	{ "16", 16 },
	{ " 16 ", 16 },
	{ "\t16", 16 },
	{ "00", 0 },
	{ "fH", 16 },
	{ " ƒH", 16 },
	{ "f11111111111H", 16 },
	{ "0x10", 16 },
	{ "0x10 ", 16 },
	{ "0xFF", 255 },
	{ "1.2.3.4", 281483566841860 },
	{ "0001.0002.0003.FFFF", 281483566907391 },
	{ "job.0000.0e54.a900.0000", 15756775391232 },
	{ "job.ƒH", 16 },
	{ "job.16", 16 },
	{ "foo", 2714 },
};

static const char *const bad[] = {
	"",
	" ",
	"f",
	"ƒ",
	"f0",
	"fl",
	"fO",
	"fI",
	"fH ",
	"f1111111111111",
	"fzzzzzzzzzzzz",
	"FH",
	"12x",
	"1 2",
	"-1",
	"+",
	"0x",
	"0xg",
	"0x10000000000000000",
	"18446744073709551616",
	"99999999999999999999999999",
	"1.2.3",
	"1.2.3.4.5",
	"1..3.4",
	"00001.2.3.4",
	"1.2.3.g",
	"1.2.3.4 ",
	"job.",
	"xyz",
	"ƒH😃",
	"😃x",
	"😃😃😃😃😃😃😃😃x",
	"📚📚📚📚📚📚📚📚",
	"\xf0\x9f",
	"\xf0\x9f\x98",
	"\xf0\x9f\xff\xff",
	"\xc6",
	"a-b",
	"-",
	"academy-academy-academy--academy-academy-nosuchword",
	"academy-academy-academy--academy-academy-academy-academy",
	"academy-academy-academy-academy-academy-academy",
	"academy-academy-academy--academy-academy",
	"academy-academy-academy--",
	"verbal-verbal-verbal--academy-academy-academy",
	"académy",
};

static void
test_form(size_t i, const char *text, enum fluid_form form)
{
	char buf[FLUID_STRMAX];
	uint64_t id = 42;

	is_str(fluid_encode(buf, sizeof(buf), forms[i].id, form), text,
	    "%llu is written %s", (unsigned long long)forms[i].id, text);
	ok(fluid_parse(text, &id) == 0 && id == forms[i].id, "%s is read",
	    text);
}

static void
test_forms(void)
{
	char buf[FLUID_STRMAX], dec[FLUID_STRMAX];
	uint64_t id;
	size_t i;

	for (i = 0; i < NFORMS; i++) {
		test_form(i, forms[i].f58, FLUID_F58);
		test_form(i, forms[i].hex, FLUID_HEX);
		test_form(i, forms[i].dothex, FLUID_DOTHEX);
		test_form(i, forms[i].words, FLUID_WORDS);
		test_form(i, forms[i].emoji, FLUID_EMOJI);
		fluid_encode(dec, sizeof(dec), forms[i].id, FLUID_DEC);
		ok(fluid_parse(dec, &id) == 0 && id == forms[i].id,
		    "%s is read", dec);
		fluid_encode(buf, sizeof(buf), forms[i].id, FLUID_F58PLAIN);
		is_str(buf + 1, forms[i].f58 + 2, "%s in plain ASCII", dec);
		fluid_encode(buf, sizeof(buf), forms[i].id, FLUID_KVS);
		is_str(buf + 4, forms[i].dothex, "%s as KVS key", dec);
	}
}

static void
test_texts(void)
{
	uint64_t id;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		id = 42;
		ok(fluid_parse(good[i].text, &id) == 0 && id == good[i].id,
		    "'%s' is %llu", good[i].text,
		    (unsigned long long)good[i].id);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		id = 42;
		errno = 0;
		ok(fluid_parse(bad[i], &id) < 0 && errno == EINVAL && id == 42,
		    "'%s' is no id", bad[i]);
	}
}

static void
test_names(void)
{
	is_int(fluid_form_parse("dec"), FLUID_DEC, "form dec");
	is_int(fluid_form_parse("emoji"), FLUID_EMOJI, "form emoji");
	errno = 0;
	ok(fluid_form_parse("f59") < 0 && errno == EINVAL, "no form f59");
	ok(fluid_form_parse("") < 0 && errno == EINVAL, "no form ''");
	setlocale(LC_ALL, "C.UTF-8");
	unsetenv("FLUX_F58_FORCE_ASCII");
	is_int(fluid_f58_form(), FLUID_F58, "ƒ where the locale is UTF-8");
	setenv("FLUX_F58_FORCE_ASCII", "1", 1);
	is_int(fluid_f58_form(), FLUID_F58PLAIN, "f where ASCII is forced");
	unsetenv("FLUX_F58_FORCE_ASCII");
	setlocale(LC_ALL, "C");
	is_int(fluid_f58_form(), FLUID_F58PLAIN, "f in the C locale");
}

static void
test_generator(void)
{
	struct fluid_generator g = { .generator = 3 };
	uint64_t id, last, growing = 1;
	int i;

	last = fluid_next(&g, 1000);
	is_int((long long)last, 1000LL << 24 | 3 << 10, "first id");
	for (i = 0; i < 3000; i++) {
		id = fluid_next(&g, 1000);
		growing &= id > last;
		last = id;
	}
	ok(growing, "3000 ids of one millisecond grow");
	id = fluid_next(&g, 5);
	ok(id > last, "ids grow when the clock goes back");
	is_int((long long)fluid_next(&g, 2000), 2000LL << 24 | 3 << 10,
	    "the clock is followed again");
	is_int((long long)(fluid_next(&g, 2000) & 1023), 1, "sequence 1");
}

int
main(void)
{
	test_forms();
	test_texts();
	test_names();
	test_generator();
	return done_testing();
}
