/* SPDX-License-Identifier: MIT */
/* Options with a language of their own: URIs, signals, and shapes (RFC 46). */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-submit/joburi.h"
#include "../../src/flux-submit/shapetext.h"
#include "tap.h"

/* NULL = it is refused. */
struct sample {
	const char *text, *json;
};

static const struct sample uris[] = {
	{ "a", "{'scheme':'a','value':''}" },
	{ "A-b+c.1:X", "{'scheme':'a-b+c.1','value':'X'}" },
	{ " a:b", "{'scheme':'a','value':'b'}" },
	{ "a:b:c", "{'scheme':'a','value':'b:c'}" },
	{ "a://h/p", "{'scheme':'a','value':'//h/p'}" },
	{ "a:b#c", "{'scheme':'a','value':'b'}" },
	{ "a:b\tc\n", "{'scheme':'a','value':'bc'}" },
	{ "a:b?c=1&d=x", "{'c':1,'d':'x','scheme':'a','value':'b'}" },
	{ "a:b?c=1&c=2&c=x", "{'c':[1,2,'x'],'scheme':'a','value':'b'}" },
	{ "a:b?c=1.5&d=007&e=1e3",
	    "{'c':1.5,'d':7,'e':1000.0,'scheme':'a','value':'b'}" },
	{ "a:b?c=nan&d=0x1", "{'c':'nan','d':'0x1','scheme':'a','value':'b'}" },
	{ "a:b?c=%20x+y&%64=1", "{'c':' x y','d':1,'scheme':'a','value':'b'}" },
	{ "a:b?c=%&d=%4", "{'c':'%','d':'%4','scheme':'a','value':'b'}" },
	{ "a:b?c&d=&e=1#f", "{'e':1,'scheme':'a','value':'b'}" },
	{ "a:b?value=3&scheme=x", "{'scheme':'x','value':3}" },
	{ "", NULL },
	{ ":", NULL },
	{ ":x", NULL },
	{ "1a:b", NULL },
	{ "a b", NULL },
	{ "a_b:c", NULL },
	{ "a?b=1", NULL },
	{ "-a:b", NULL },
	{ "a:\xff", NULL },
};

static const struct sample signals[] = {
	{ "USR2", "{'signum':12,'timeleft':60}" },
	{ "SIGUSR2", "{'signum':12,'timeleft':60}" },
	{ "@5m", "{'signum':10,'timeleft':300.0}" },
	{ "@", "{'signum':10,'timeleft':60}" },
	{ "TERM@", "{'signum':15,'timeleft':60}" },
	{ "10@60", "{'signum':10,'timeleft':60.0}" },
	{ "KILL@100ms", "{'signum':9,'timeleft':0.1}" },
	{ "99", "{'signum':99,'timeleft':60}" },
	{ "CLD", "{'signum':17,'timeleft':60}" },
	{ "RTMIN", "{'signum':34,'timeleft':60}" },
	{ "usr1", NULL },
	{ "SIG", NULL },
	{ "SIGSIGTERM", NULL },
	{ "0", NULL },
	{ "-1", NULL },
	{ "99999999999", NULL },
	{ "USR1@x", NULL },
	{ "USR1@-1", NULL },
	{ "USR1@inf", NULL },
	{ "USR1@1@2", NULL },
};

static const struct sample shapes[] = {
	{ "core", "[{'count':1,'type':'core'}]" },
	{ "slot=2/core=4",
	    "[{'count':2,'label':'task','type':'slot','with':[{'count':4,"
	    "'type':'core'}]}]" },
	{ " SLOT { a } / core",
	    "[{'count':1,'label':'a','type':'slot','with':[{'count':1,"
	    "'type':'core'}]}]" },
	{ "[a;b=2]", "[{'count':1,'type':'a'},{'count':2,'type':'b'}]" },
	{ "a=2+", "[{'count':'2+','type':'a'}]" },
	{ "a=[1-4]", "[{'count':'1-4','type':'a'}]" },
	{ "a=2-16:2:*", "[{'count':'2-16:2:*','type':'a'}]" },
	{ "a=1,3,5", "[{'count':'1,3,5','type':'a'}]" },
	{ "a{x,-b,+c,d:1,e:'f g',h:[1,i],j:{k:null}}",
	    "[{'b':false,'c':true,'count':1,'d':1,'e':'f g','exclusive':true,"
	    "'h':[1,'i'],'j':{'k':null},'type':'a'}]" },
	{ "[a/slot{s}/b;slot{t}/b]",
	    "[{'count':1,'type':'a','with':[{'count':1,'label':'s','type':"
	    "'slot','with':[{'count':1,'type':'b'}]}]},{'count':1,'label':'t',"
	    "'type':'slot','with':[{'count':1,'type':'b'}]}]" },
	{ "", NULL },
	{ "slot", NULL },
	{ "slot/a/slot/b", NULL },
	{ "a=0", NULL },
	{ "a=-1", NULL },
	{ "a=x", NULL },
	{ "a=", NULL },
	{ "a=2+:2:?", NULL },
	{ "a=[2", NULL },
	{ "[a", NULL },
	{ "a]", NULL },
	{ "a;b", NULL },
	{ "a{", NULL },
	{ "a{b:}", NULL },
	{ "a{b:'c}", NULL },
	{ "a{b:[c}", NULL },
	{ "a/", NULL },
	{ "/a", NULL },
	{ "a b", NULL },
};

static json_t *
parse_uri(const char *text, struct errmsg *em)
{
	return joburi_parse(text, "dependency", em);
}

static void
check(const struct sample *s, size_t n,
    json_t *(*parse)(const char *text, struct errmsg *em))
{
	for (; n > 0; n--, s++) {
		struct errmsg em;
		json_t *o = parse(s->text, &em);
		char *json = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS |
						   JSON_REAL_PRECISION(15))
			       : NULL;

		/* written with the other quotes in the table */
		for (char *c = json; c && *c; c++)
			if (*c == '"')
				*c = '\'';
		is_str(json, s->json, "'%s'", s->text);
		free(json);
		json_decref(o);
	}
}

static json_t *
shape_of(char c)
{
	struct errmsg em;
	char deep[4000];

	memset(deep, c, sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	return shapetext_parse(deep, &em);
}

int
main(void)
{
	check(uris, sizeof(uris) / sizeof(*uris), parse_uri);
	check(signals, sizeof(signals) / sizeof(*signals), joburi_signal);
	check(shapes, sizeof(shapes) / sizeof(*shapes), shapetext_parse);
	ok(!shape_of('['), "no depth is too much for shapes");
	ok(!shape_of('{'), "nor any number of braces");
	return done_testing();
}
