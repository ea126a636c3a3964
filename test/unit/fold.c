/* SPDX-License-Identifier: MIT */
/*
 * The life cycle of a job: in which state which event may come, where it leads
 * to, and what of its context stays in the job.
 */
#include <string.h>

#include "../../src/flux-broker/job-manager/fold.h"
#include "../../src/flux-broker/job-manager/jm.h"
#include "../lib/tap.h"
#include "jobspec.h"
#include "rset.h"

static const char spec_text[] =
    "{'resources':[{'type':'slot','count':2,'label':'task','with':"
    "[{'type':'core','count':3}]}],'tasks':[{'command':['/bin/sleep','1'],"
    "'slot':'task','count':{'per_slot':1}}],'attributes':{'system':"
    "{'duration':5.0,'cwd':'/tmp','bank':'b','environment':{'A':'1'}}},"
    "'version':1}";

static const char R_text[] =
    "{'version':1,'execution':{'R_lite':[{'rank':'2-3','children':"
    "{'core':'0-2'}}],'starttime':100.0,'expiration':105.0,"
    "'nodelist':['n[2-3]']}}";

/* JSON with ' for ". */
static json_t *
json(const char *text)
{
	char buf[2048];
	char *p;

	if (!text)
		return NULL;
	snprintf(buf, sizeof(buf), "%s", text);
	for (p = buf; *p; p++)
		if (*p == '\'')
			*p = '"';
	return json_loads(buf, 0, NULL);
}

static struct job *
new_job(void)
{
	struct job *job = job_create(77);
	json_t *o = json(spec_text);

	job_take_spec(job, jobspec_decode(o, NULL));
	json_decref(o);
	return job;
}

static void
give_R(struct job *job)
{
	json_t *o = json(R_text);

	job_take_R(job, rset_decode(o, NULL));
	json_decref(o);
}

static double clock_now;

/* Fold an event if it is allowed. */
static bool
post(struct job *job, const char *event, const char *context)
{
	json_t *c = json(context);
	bool may = fold_allows(job, event, c);

	if (may)
		job_fold(job, ++clock_now, event, c);
	json_decref(c);
	return may;
}

/* A job that has gone as far as state by the usual way. */
static struct job *
job_in(enum job_state state)
{
	struct job *job = new_job();

	post(job, "submit", "{'userid':5,'urgency':10,'flags':2,'version':1}");
	if (state >= JOB_DEPEND)
		post(job, "validate", NULL);
	if (state >= JOB_PRIORITY)
		post(job, "depend", NULL);
	if (state >= JOB_SCHED)
		post(job, "priority", "{'priority':10}");
	if (state >= JOB_RUN) {
		give_R(job);
		post(job, "alloc", "{'annotations':{'sched':{'a':1}}}");
		post(job, "start", NULL);
	}
	if (state >= JOB_CLEANUP)
		post(job, "finish", "{'status':0}");
	if (state >= JOB_INACTIVE) {
		post(job, "release", "{'ranks':'all','final':true}");
		post(job, "free", NULL);
		post(job, "clean", NULL);
	}
	return job;
}

#define FATAL "{'type':'cancel','severity':0,'note':'x','userid':5}"
#define LIGHT "{'type':'foo','severity':3,'note':'','userid':5}"
#define NO    0 /* not allowed */

static const enum job_state states[] = { JOB_NEW, JOB_DEPEND, JOB_PRIORITY,
	JOB_SCHED, JOB_RUN, JOB_CLEANUP, JOB_INACTIVE };
static const char letters[] = "NDPSRCI";

/* Where each event leads from NEW, DEPEND, PRIORITY, SCHED, RUN, CLEANUP
 * (finished, with resources), INACTIVE: a letter, or - if it is refused. */
static const struct {
	const char *event, *context, *to;
} transitions[] = {
	{ "submit", "{'userid':5,'urgency':1,'flags':0}", "N------" },
	{ "set-flags", "{'flags':['debug']}", "NDPSRC-" },
	{ "dependency-add", "{'description':'x'}", "N------" },
	{ "dependency-add", "{}", "-------" },
	{ "dependency-remove", "{'description':'x'}", "ND-----" },
	{ "validate", NULL, "D------" },
	{ "depend", NULL, "-P-----" },
	{ "priority", "{'priority':7}", "--SS---" },
	{ "priority", NULL, "-------" },
	{ "priority", "{'priority':'7'}", "-------" },
	{ "urgency", "{'urgency':7,'userid':5}", "NDPP---" },
	{ "jobspec-update", "{'attributes.system.duration':7}", "NDPPRC-" },
	{ "flux-restart", NULL, "NDPPRC-" },
	{ "alloc", NULL, "---R---" },
	{ "prolog-start", "{'description':'p'}", "----RC-" },
	{ "prolog-finish", "{'description':'p','status':0}", "----RC-" },
	{ "start", NULL, "----RC-" },
	{ "resource-update", "{'expiration':9.0}", "----RC-" },
	{ "memo", "{'a':1}", "NDPSRC-" },
	{ "finish", "{'status':0}", "----C--" },
	{ "finish", NULL, "-------" },
	{ "epilog-start", "{'description':'e'}", "-----C-" },
	{ "epilog-finish", "{'description':'e','status':0}", "-----C-" },
	{ "release", "{'ranks':'all','final':true}", "----RC-" },
	{ "free", NULL, "-----C-" },
	{ "clean", NULL, "-------" },
	{ "exception", FATAL, "CCCCCC-" },
	{ "exception", LIGHT, "NDPSRC-" },
	{ "debug.alloc-request", NULL, "NDPSRC-" },
	{ "anything", "{'a':1}", "NDPSRC-" },
};

static char
letter_of(enum job_state state)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (states[i] == state)
			return letters[i];
	return '?';
}

static void
test_transitions(void)
{
	char got[sizeof(letters)];
	struct job *job;
	size_t i, k;

	for (i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		for (k = 0; k < sizeof(letters) - 1; k++) {
			job = job_in(states[k]);
			if (states[k] == JOB_SCHED)
				give_R(job);
			got[k] = post(job, transitions[i].event,
				     transitions[i].context)
				     ? letter_of(job->state)
				     : '-';
			job_unref(job);
		}
		got[k] = '\0';
		is_str(got, transitions[i].to, "%s %s", transitions[i].event,
		    transitions[i].context ? transitions[i].context : "");
	}
}

static void
test_guards(void)
{
	struct job *job = job_in(JOB_NEW);

	ok(post(job, "dependency-add", "{'description':'a'}"), "one");
	ok(post(job, "dependency-add", "{'description':'b'}"), "two");
	is_int(json_array_size(job->dependencies), 2, "two dependencies");
	post(job, "validate", NULL);
	ok(!post(job, "depend", NULL), "no depend while dependencies are left");
	post(job, "dependency-remove", "{'description':'a'}");
	ok(!post(job, "depend", NULL), "no depend while one is left");
	post(job, "dependency-remove", "{'description':'b'}");
	ok(job->dependencies == NULL, "none is left");
	ok(post(job, "depend", NULL), "then depend");
	post(job, "priority", "{'priority':1}");
	ok(!post(job, "alloc", NULL), "no alloc without R");
	job_unref(job);

	job = job_in(JOB_RUN);
	post(job, "exception", FATAL);
	ok(!post(job, "clean", NULL), "no clean while resources are held");
	ok(post(job, "finish", "{'status':15}"), "finish after the exception");
	ok(!post(job, "finish", "{'status':15}"), "only one finish");
	ok(post(job, "free", NULL), "free");
	ok(!post(job, "free", NULL), "only one free");
	ok(post(job, "clean", NULL), "clean");
	ok(!post(job, "memo", "{'a':1}"), "nothing after clean");
	job_unref(job);
}

static void
test_times(void)
{
	struct job *job;

	clock_now = 0;
	job = job_in(JOB_SCHED);
	ok(job->t_submit == 1 && job->t_depend == 2 && job->t_priority == 3 &&
		job->t_sched == 4,
	    "times of submit, validate, depend, priority");
	post(job, "urgency", "{'urgency':0,'userid':5}");
	post(job, "priority", "{'priority':0}");
	ok(job->t_priority == 3 && job->t_sched == 4,
	    "the first time in a state counts");
	ok(job->t_run == 0 && job->t_cleanup == 0 && job->t_inactive == 0,
	    "what was not reached is 0");
	give_R(job);
	post(job, "alloc", NULL);
	post(job, "exception", FATAL);
	ok(job->t_run == 7 && job->t_cleanup == 8,
	    "CLEANUP begins with the exception");
	is_int(job->states,
	    JOB_NEW | JOB_DEPEND | JOB_PRIORITY | JOB_SCHED | JOB_RUN |
		JOB_CLEANUP,
	    "states it has been in");
	job_unref(job);
}

static void
test_fields(void)
{
	struct job *job = job_in(JOB_SCHED);

	is_int(job->userid, 5, "userid");
	is_int(job->flags, JOB_DEBUG, "flags");
	is_str(job->name, "sleep", "name is the base name of the command");
	is_str(job->bank, "b", "bank");
	is_int(job->ncores, 6, "cores asked for");
	is_int(job->nnodes, -1, "nodes are not known before alloc");
	post(job, "jobspec-update",
	    "{'attributes.system.duration':60.0,"
	    "'attributes.system.queue':'q','attributes.system.job.name':'n'}");
	ok(job->duration == 60 && job->spec->duration == 60, "new duration");
	is_str(job->queue, "q", "new queue");
	is_str(job->name, "n", "an object on the way is made");
	post(job, "jobspec-update", "{'resources.x':1}");
	ok(job->spec->nslots == 2 && job->duration == 60,
	    "an update that does not fit changes nothing");
	post(job, "urgency", "{'urgency':31,'userid':5}");
	post(job, "priority", "{'priority':4294967295}");
	ok(job->urgency == 31 && job->priority == 4294967295,
	    "urgency and priority");
	give_R(job);
	post(job, "alloc", "{'annotations':{'sched':{'a':1}}}");
	is_str(job->ranks, "[2-3]", "ranks");
	is_str(job->nodelist, "n[2-3]", "nodelist");
	is_int(job->nnodes, 2, "nodes");
	is_int(job->ncores, 6, "cores");
	ok(job->expiration == 105, "expiration");
	post(job, "resource-update", "{'expiration':200.0}");
	ok(job->expiration == 200 && job->R->expiration == 200,
	    "new expiration");
	job_unref(job);
}

static void
test_annotations(void)
{
	static const struct {
		const char *memo, *user;
	} memos[] = {
		{ "{'a':1,'b':{'c':2}}", "{'a':1,'b':{'c':2}}" },
		{ "{'b':{'d':3}}", "{'a':1,'b':{'c':2,'d':3}}" },
		{ "{'b':{'c':null},'a':null}", "{'b':{'d':3}}" },
		{ "{'b':5}", "{'b':5}" },
		{ "{'b':{'e':{'f':null,'g':1}}}", "{'b':{'e':{'g':1}}}" },
		{ "{'x':null}", "{'b':{'e':{'g':1}}}" },
	};
	struct job *job = job_in(JOB_SCHED);
	json_t *want;
	size_t i;

	for (i = 0; i < sizeof(memos) / sizeof(memos[0]); i++) {
		post(job, "memo", memos[i].memo);
		want = json(memos[i].user);
		ok(json_equal(json_object_get(job->annotations, "user"), want),
		    "memo %s", memos[i].memo);
		json_decref(want);
	}
	post(job, "memo", "{'b':null}");
	ok(job->annotations == NULL, "no annotations are left");
	give_R(job);
	post(job, "alloc", "{'annotations':{'sched':{'s':1}}}");
	post(job, "memo", "{'uri':'u'}");
	want = json("{'sched':{'s':1},'user':{'uri':'u'}}");
	ok(json_equal(job->annotations, want), "sched and user side by side");
	json_decref(want);
	job_unref(job);
}

/* Results by exceptions and status; NULL = no such event. */
static const struct {
	const char *first, *second, *finish;
	enum job_result result;
} results[] = {
	{ NULL, NULL, "{'status':0}", JOB_COMPLETED },
	{ NULL, NULL, "{'status':256}", JOB_FAILED },
	{ LIGHT, NULL, "{'status':0}", JOB_COMPLETED },
	{ FATAL, NULL, "{'status':15}", JOB_CANCELED },
	{ FATAL, NULL, NULL, JOB_CANCELED },
	{ "{'type':'timeout','severity':0,'note':'','userid':1}", FATAL,
	    "{'status':14}", JOB_TIMEOUT },
	{ LIGHT, FATAL, "{'status':15}", JOB_CANCELED },
	{ "{'type':'alloc','severity':0,'note':'','userid':1}", NULL, NULL,
	    JOB_FAILED },
};

static void
test_results(void)
{
	struct job *job;
	size_t i;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		job = job_in(results[i].finish ? JOB_RUN : JOB_SCHED);
		if (results[i].first)
			post(job, "exception", results[i].first);
		if (results[i].second)
			post(job, "exception", results[i].second);
		if (results[i].finish) {
			post(job, "finish", results[i].finish);
			post(job, "free", NULL);
		}
		post(job, "clean", NULL);
		is_int(job->result, results[i].result, "result %zu", i);
		job_unref(job);
	}
	job = job_in(JOB_RUN);
	post(job, "exception", LIGHT);
	post(job, "exception",
	    "{'type':'bar','severity':2,'note':'n','userid':5}");
	post(job, "exception",
	    "{'type':'baz','severity':2,'note':'','userid':5}");
	is_str(job->exception_type, "bar", "most severe, the first of equals");
	is_str(job->exception_note, "n", "its note");
	job_unref(job);
}

/* Folding a log again gives the same job: this is what a restart does. */
static void
test_replay(void)
{
	struct job *a = job_in(JOB_CLEANUP), *b;

	clock_now -= 7;
	b = job_in(JOB_CLEANUP);
	ok(a->state == b->state && a->states == b->states &&
		a->t_run == b->t_run && a->t_cleanup == b->t_cleanup &&
		a->waitstatus == b->waitstatus &&
		json_equal(a->annotations, b->annotations),
	    "the same events make the same job");
	job_unref(a);
	job_unref(b);
}

int
main(void)
{
	test_transitions();
	test_guards();
	test_times();
	test_fields();
	test_annotations();
	test_results();
	test_replay();
	return done_testing();
}
