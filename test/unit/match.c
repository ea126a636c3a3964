/* SPDX-License-Identifier: MIT */
/*
 * Constraints of job-list.list: what matches, and what is refused why.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/flux-broker/job-list/list.h"
#include "../lib/tap.h"

/* Texts that a test does not change. */
#define TEXT(s) ((char *)(s))

static const struct job pending = {
	.id = 1,
	.userid = 5,
	.state = JOB_SCHED,
	.name = TEXT("a"),
	.t_submit = 10,
};
static const struct job running = {
	.id = 2,
	.userid = 6,
	.state = JOB_RUN,
	.name = TEXT("b"),
	.queue = TEXT("q"),
	.ranks = TEXT("[1-3]"),
	.nodelist = TEXT("n[1-3]"),
	.t_submit = 20,
	.t_run = 30,
};
static const struct job ended = {
	.id = 3,
	.userid = 5,
	.state = JOB_INACTIVE,
	.result = JOB_FAILED,
	.name = TEXT("b"),
	.ranks = TEXT("0"),
	.nodelist = TEXT("n0"),
	.t_submit = 5,
	.t_run = 6,
	.t_inactive = 7,
};

static json_t *
json(const char *text)
{
	char buf[512];
	char *p;

	snprintf(buf, sizeof(buf), "%s", text);
	for (p = buf; *p; p++)
		if (*p == '\'')
			*p = '"';
	return json_loads(buf, JSON_DECODE_ANY, NULL);
}

/* Which of pending, running, ended match: their letters. */
static const struct {
	const char *constraint, *which;
} cases[] = {
	{ "{}", "pre" },
	{ "{'and':[]}", "pre" },
	{ "{'or':[]}", "pre" },
	{ "{'not':[]}", "" },
	{ "{'not':[{'states':[62]}]}", "e" },
	{ "{'not':[{'states':[62]},{'userid':[5]}]}", "re" },
	{ "{'and':[{'userid':[5]},{'states':['inactive']}]}", "e" },
	{ "{'or':[{'userid':[6]},{'states':['I']}]}", "re" },
	{ "{'or':[{'and':[{'name':['b']},{'userid':[6]}]},"
	  "{'not':[{'name':['b']}]}]}",
	    "pr" },
	{ "{'userid':[]}", "" },
	{ "{'userid':[7]}", "" },
	{ "{'userid':[7,6]}", "r" },
	{ "{'userid':[-1]}", "pre" },
	{ "{'userid':[4294967295]}", "pre" },
	{ "{'name':['b']}", "re" },
	{ "{'name':['a','b']}", "pre" },
	{ "{'name':[]}", "" },
	{ "{'queue':['q']}", "r" },
	{ "{'states':[62]}", "pr" },
	{ "{'states':[0]}", "" },
	{ "{'states':[]}", "" },
	{ "{'states':[8,64]}", "pe" },
	{ "{'states':['RUN']}", "r" },
	{ "{'states':['sched','r']}", "pr" },
	{ "{'states':['PENDING']}", "p" },
	{ "{'states':['pd','RU']}", "pr" },
	{ "{'states':['A']}", "pr" },
	{ "{'states':['new']}", "" },
	{ "{'results':['FAILED']}", "e" },
	{ "{'results':['f','cd']}", "e" },
	{ "{'results':[2]}", "e" },
	{ "{'results':[1,4,8]}", "" },
	{ "{'hostlist':['n[0-1]']}", "re" },
	{ "{'hostlist':['x','n3']}", "r" },
	{ "{'hostlist':[]}", "" },
	{ "{'ranks':['0']}", "e" },
	{ "{'ranks':['3','7']}", "r" },
	{ "{'ranks':['0-9']}", "re" },
	{ "{'ranks':['']}", "" },
	{ "{'t_submit':['>5']}", "pr" },
	{ "{'t_submit':['>=5']}", "pre" },
	{ "{'t_submit':['<10']}", "e" },
	{ "{'t_submit':['<=10.0']}", "pe" },
	{ "{'t_submit':['> 1e1']}", "r" },
	{ "{'t_run':['>=0']}", "re" },
	{ "{'t_run':['<1e9']}", "re" },
	{ "{'t_inactive':['>0']}", "e" },
};

static const struct {
	const char *constraint, *error;
} bad[] = {
	{ "5", "constraint must be JSON object" },
	{ "[]", "constraint must be JSON object" },
	{ "{'and':[5]}", "constraint must be JSON object" },
	{ "{'and':{}}", "operator and values not an array" },
	{ "{'states':5}", "operator states values not an array" },
	{ "{'queue':null}", "operator queue values not an array" },
	{ "{'userid':[1],'name':['a']}",
	    "constraint must only contain 1 element" },
	{ "{'foo':[1]}", "unknown constraint operator: foo" },
	{ "{'t_foo':['>1']}", "unknown constraint operator: t_foo" },
	{ "{'or':[{'not':[{'foo':[]}]}]}", "unknown constraint operator: foo" },
	{ "{'userid':['a']}", "userid value must be an integer" },
	{ "{'name':[1]}", "name value must be a string" },
	{ "{'queue':[1]}", "queue value must be a string" },
	{ "{'states':['bogus']}", "invalid states value 'bogus' specified" },
	{ "{'states':['Run']}", "invalid states value 'Run' specified" },
	{ "{'states':['']}", "invalid states value '' specified" },
	{ "{'states':[1000]}", "invalid states value '3E8h' specified" },
	{ "{'states':[-1]}", "invalid states value 'FFFFFFFFh' specified" },
	{ "{'states':[1.5]}", "states value invalid type" },
	{ "{'states':[null]}", "states value invalid type" },
	{ "{'results':['bogus']}", "invalid results value 'bogus' specified" },
	{ "{'results':[16]}", "invalid results value '10h' specified" },
	{ "{'hostlist':['x[']}", "host value not in valid Hostlist format" },
	{ "{'hostlist':[1]}", "host value must be a string" },
	{ "{'ranks':['x']}", "ranks value 'x': error parsing range 'x'" },
	{ "{'ranks':[1]}", "ranks value must be a string" },
	{ "{'t_submit':[]}", "timestamp value not specified" },
	{ "{'t_submit':[5]}", "t_submit value must be a string" },
	{ "{'t_submit':['5']}", "timestamp comparison operator not specified" },
	{ "{'t_submit':['=5']}",
	    "timestamp comparison operator not specified" },
	{ "{'t_submit':['']}", "timestamp comparison operator not specified" },
	{ "{'t_submit':['>x']}", "Invalid timestamp value specified" },
	{ "{'t_submit':['>5x']}", "Invalid timestamp value specified" },
	{ "{'t_submit':['>']}", "Invalid timestamp value specified" },
	{ "{'t_submit':['>-1']}", "timestamp value must be >= 0.0" },
};

/* States that need not be looked at are left out, never too many. */
static const struct {
	const char *constraint;
	int states;
} masks[] = {
	{ "{}", 127 },
	{ "{'states':[62]}", 62 },
	{ "{'and':[{'userid':[0]},{'states':[62]}]}", 62 },
	{ "{'and':[{'states':[62]},{'states':[48]}]}", 48 },
	{ "{'or':[{'states':[48]},{'results':[2]}]}", 112 },
	{ "{'or':[{'states':[48]},{'userid':[2]}]}", 127 },
	{ "{'or':[]}", 127 },
	{ "{'not':[{'states':[62]}]}", 127 },
};

static void
test_case(const char *constraint, const char *which)
{
	json_t *o = json(constraint);
	struct match *m = match_create(o, NULL);
	char got[4], *p = got;

	if (m && match_test(m, &pending))
		*p++ = 'p';
	if (m && match_test(m, &running))
		*p++ = 'r';
	if (m && match_test(m, &ended))
		*p++ = 'e';
	*p = '\0';
	is_str(m ? got : "refused", which, "%s", constraint);
	match_destroy(m);
	json_decref(o);
}

static void
test_bad(const char *constraint, const char *error)
{
	json_t *o = json(constraint);
	struct errmsg em = { .text = "" };
	struct match *m = match_create(o, &em);

	is_str(m ? "accepted" : em.text, error, "%s", constraint);
	match_destroy(m);
	json_decref(o);
}

static void
test_mask(const char *constraint, int states)
{
	json_t *o = json(constraint);
	struct match *m = match_create(o, NULL);

	is_int(match_states(m), states, "states of %s", constraint);
	match_destroy(m);
	json_decref(o);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(cases[i].constraint, cases[i].which);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		test_bad(bad[i].constraint, bad[i].error);
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		test_mask(masks[i].constraint, masks[i].states);
	return done_testing();
}
