/* SPDX-License-Identifier: MIT */
/*
 * RFC 25 jobspecs. Each case is a good jobspec in which one piece of text is
 * replaced.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobspec.h"
#include "tap.h"

#define TEXT_MAX 2048

/* ' stands for ". */
#define RESOURCES                                                       \
	"[{'type':'slot','count':2,'with':[{'type':'core','count':3}]," \
	"'label':'task'}]"
#define COUNT       "'count':{'per_slot':1}"
#define TASKS       "[{'command':['/bin/sleep','5'],'slot':'task'," COUNT "}]"
#define ENVIRONMENT "'environment':{'A':'1'}"
#define SYSTEM      "{'duration':0," ENVIRONMENT ",'cwd':'/tmp'}"
#define ATTRIBUTES  "{'system':" SYSTEM "}"
#define BASE                                        \
	"{'resources':" RESOURCES ",'tasks':" TASKS \
	",'attributes':" ATTRIBUTES ",'version':1}"

static json_t *
load(const char *find, const char *replace)
{
	char text[TEXT_MAX], *p;
	const char *at = strstr(BASE, find);

	if (!at)
		return NULL;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - BASE), BASE,
	    replace, at + strlen(find));
	for (p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	return json_loads(text, JSON_DECODE_ANY, NULL);
}

static const struct {
	const char *resources;
	int nnodes, nslots, slots_per_node, cores, gpus, exclusive, ntasks;
} shapes[] = {
	{ RESOURCES, 0, 2, 0, 3, 0, 0, 2 },
	{ "[{'type':'slot','count':1,'label':'task','with':"
	  "[{'type':'core','count':2},{'type':'gpu','count':1}]}]",
	    0, 1, 0, 2, 1, 0, 1 },
	{ "[{'type':'node','count':2,'with':[{'type':'slot','count':3,"
	  "'label':'task','with':[{'type':'core','count':2}]}]}]",
	    2, 6, 3, 2, 0, 0, 6 },
	{ "[{'type':'node','count':2,'exclusive':true,'with':[{'type':'slot',"
	  "'count':1,'label':'task','with':[{'type':'core','count':1}]}]}]",
	    2, 2, 1, 1, 0, 1, 2 },
	{ "[{'type':'node','count':3,'exclusive':true,'with':[{'type':'slot',"
	  "'count':1,'label':'task'}]}]",
	    3, 3, 1, 0, 0, 1, 3 },
	{ "[{'type':'slot','count':4,'label':'task','with':[{'type':'node',"
	  "'count':1,'with':[{'type':'core','count':2}]}]}]",
	    4, 4, 1, 2, 0, 0, 4 },
	{ "[{'type':'node','count':1,'with':[{'type':'slot','count':1,"
	  "'label':'task','with':[{'type':'socket','count':2,'with':"
	  "[{'type':'core','count':4}]}]}]}]",
	    1, 1, 1, 8, 0, 0, 1 },
	{ "[{'type':'slot','count':1,'label':'x','unit':'','id':'y','with':"
	  "[{'type':'core','count':1},{'type':'gpu','count':0}]}]",
	    0, 1, 0, 1, 0, 0, 1 },
};

static void
test_shapes(void)
{
	struct jobspec *js;
	struct errmsg em;
	json_t *o;
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		o = load(RESOURCES, shapes[i].resources);
		js = jobspec_decode(o, &em);
		json_decref(o);
		if (!ok(js != NULL, "shape %zu", i)) {
			diag("%s", em.text);
			continue;
		}
		is_int(js->nnodes, shapes[i].nnodes, "nodes");
		is_int(js->nslots, shapes[i].nslots, "slots");
		is_int(js->slots_per_node, shapes[i].slots_per_node,
		    "slots per node");
		is_int(js->cores_per_slot, shapes[i].cores, "cores");
		is_int(js->gpus_per_slot, shapes[i].gpus, "gpus");
		is_int(js->exclusive, shapes[i].exclusive, "exclusive");
		is_int(js->ntasks, shapes[i].ntasks, "tasks");
		jobspec_destroy(js);
	}
}

/* The jobspec with `find` replaced, which must be good. */
static struct jobspec *
good(const char *find, const char *replace)
{
	struct errmsg em;
	json_t *o = load(find, replace);
	struct jobspec *js = jobspec_decode(o, &em);

	json_decref(o);
	if (!ok(js != NULL, "good: %s", replace))
		diag("%s", em.text);
	return js;
}

static void
test_fields(void)
{
	struct jobspec *js = good("", "");
	char *name = jobspec_name(js);

	is_str(name, "sleep", "name of the command");
	is_str(js->cwd, "/tmp", "cwd");
	ok(js->duration == 0 && !js->queue && !js->name && !js->options &&
		!js->constraints && !js->dependencies,
	    "what is not said");
	is_int((long long)json_array_size(js->command), 2, "command");
	is_str(json_string_value(json_object_get(js->environment, "A")), "1",
	    "environment");
	free(name);
	jobspec_destroy(js);
	js = good("'duration':0",
	    "'duration':1.5,'queue':'q','job':{'name':'n','x':1},"
	    "'shell':{'options':{'a':1}},'constraints':{'ranks':['0']},"
	    "'dependencies':[{'scheme':'afterok','value':'ƒ1'}],'more':[]");
	name = jobspec_name(js);
	is_str(name, "n", "job.name");
	is_str(js->queue, "q", "queue");
	ok(js->duration == 1.5, "duration");
	ok(js->options && js->constraints && js->dependencies, "all said");
	free(name);
	jobspec_destroy(js);
	js = good(COUNT, "'count':{'total':5}");
	is_int(js->ntasks, 5, "total tasks");
	jobspec_destroy(js);
	js = good(COUNT, "'count':{'per_slot':3}");
	is_int(js->ntasks, 6, "tasks of all slots");
	jobspec_destroy(js);
	js = good("'/bin/sleep'", "'dir/'");
	name = jobspec_name(js);
	is_str(name, "dir/", "a command that ends in a slash");
	free(name);
	jobspec_destroy(js);
	jobspec_destroy(good("{'system'", "{'user':{},'system'"));
	jobspec_destroy(good("'cwd':'/tmp'", "'cwd':'tmp'"));
	jobspec_destroy(NULL);
}

static const struct {
	const char *find, *replace, *error;
} bad[] = {
	{ BASE, "[]", "jobspec must be a mapping" },
	{ BASE, "1", "jobspec must be a mapping" },
	{ BASE, "{}", "Missing key (resources)" },
	{ "'tasks':" TASKS ",", "", "Missing key (tasks)" },
	{ "'attributes':" ATTRIBUTES ",", "", "Missing key (attributes)" },
	{ ",'version':1", "", "Missing key (version)" },
	{ "'version':1", "'version':2", "version must be 1" },
	{ "'version':1", "'version':'1'", "version must be 1" },
	{ "'version':1", "'version':1,'foo':1", "Extraneous key (foo)" },

	{ RESOURCES, "{}", "resources must be a sequence" },
	{ RESOURCES, "[]", "jobspec has no resources" },
	{ RESOURCES, "[1]", "resource must be a mapping" },
	{ "'type':'slot',", "", "type is a required key for resources" },
	{ "'type':'slot'", "'type':1", "type must be a string" },
	{ "'type':'slot'", "'type':'core'", "Unable to determine slot count" },
	{ "'type':'slot'", "'type':'foo'", "Unable to determine slot count" },
	{ ",'label':'task'", "", "slots must have labels" },
	{ "'label':'task'", "'label':1", "label must be a string" },
	{ "'count':2,", "", "count is a required key for resources" },
	{ "'count':2", "'count':0", "node, slot, or core count must be > 0" },
	{ "'count':2", "'count':-1", "node, slot, or core count must be > 0" },
	{ "'count':3", "'count':0", "node, slot, or core count must be > 0" },
	{ "'count':2", "'count':'2-3'",
	    "resource count must be an integer for type 'slot' (got 'str')" },
	{ "'count':2", "'count':{'min':1}",
	    "resource count must be an integer for type 'slot' (got 'dict')" },
	{ "'count':2", "'count':1.5", "count must be an int or mapping" },
	{ "'count':2", "'count':2000000000",
	    "resource count 2000000000 is too large" },
	{ "{'type':'core','count':3}",
	    "{'type':'x','count':1000000,'with':[{'type':'core','count':"
	    "1000000}"
	    "]}",
	    "resource count of core is too large" },
	{ "{'type':'core','count':3}", "{'type':'gpu','count':-1}",
	    "count must be >= 0" },
	{ "{'type':'core','count':3}", "{'type':'gpu','count':1}",
	    "Unable to determine slot size" },
	{ "{'type':'core','count':3}", "", "Unable to determine slot size" },
	{ "{'type':'core','count':3}", "1", "resource must be a mapping" },
	{ "{'type':'core','count':3}", "{'type':'slot','count':1,'label':'x'}",
	    "Unable to determine slot count" },
	{ "{'type':'core','count':3}",
	    "{'type':'node','count':2,'with':[{'type':'core','count':1}]}",
	    "Unable to determine slot size" },
	{ "[{'type':'core','count':3}]", "{}", "with must be a sequence" },
	{ "'type':'slot'", "'type':'slot','exclusive':1",
	    "exclusive must be a boolean" },
	{ "'type':'slot'", "'type':'slot','unit':1", "unit must be a string" },
	{ "'type':'slot'", "'type':'slot','id':1", "id must be a string" },
	{ RESOURCES,
	    "[{'type':'node','count':1,'with':[{'type':'core','count':1}]}]",
	    "Unable to determine slot count" },
	{ RESOURCES,
	    "[{'type':'foo','count':0,'with':[{'type':'slot','count':1,"
	    "'label':'task','with':[{'type':'core','count':1}]}]}]",
	    "Unable to determine slot count" },

	{ TASKS, "{}", "tasks must be a sequence" },
	{ TASKS, "[]", "tasks must have exactly one task" },
	{ TASKS, "[3]", "task must be a mapping" },
	{ "'command':['/bin/sleep','5'],", "", "Missing key (command)" },
	{ "['/bin/sleep','5']", "[]",
	    "command array cannot have length of zero" },
	{ "['/bin/sleep','5']", "'x'", "command must be a list of strings" },
	{ "'5'", "5", "command must be a list of strings" },
	{ "'slot':'task',", "", "Missing key (slot)" },
	{ "'slot':'task'", "'slot':1", "slot must be a string" },
	{ "," COUNT, "", "Missing key (count)" },
	{ COUNT, "'count':1", "count must be a mapping" },
	{ COUNT, "'count':{}", "count must have exactly one key set" },
	{ COUNT, "'count':{'per_slot':1,'total':1}",
	    "count must have exactly one key set" },
	{ COUNT, "'count':{'foo':1}", "count per_slot or total must be set" },
	{ COUNT, "'count':{'per_slot':0}", "count per_slot must be > 0" },
	{ COUNT, "'count':{'total':-1}", "count total must be > 0" },
	{ COUNT, "'count':{'total':'1'}", "count total must be an int" },
	{ COUNT, "'count':{'per_slot':1000000000}",
	    "count per_slot is too large" },

	{ ATTRIBUTES, "[]", "attributes must be a mapping" },
	{ ATTRIBUTES, "{}", "attributes.system is a required key" },
	{ "{'system'", "{'foo':{},'system'", "Extraneous key (foo)" },
	{ SYSTEM, "1", "attributes.system must be a mapping" },
	{ "'duration':0,", "", "attributes.system.duration is a required key" },
	{ "'duration':0", "'duration':'1h'",
	    "attributes.system.duration must be a number" },
	{ "'duration':0", "'duration':null",
	    "attributes.system.duration must be a number" },
	{ "'duration':0", "'duration':-1",
	    "attributes.system.duration must be >= 0" },
	{ ENVIRONMENT, "'environment':[]",
	    "attributes.system.environment must be a mapping" },
	{ ENVIRONMENT, "'environment':{'A':1}",
	    "attributes.system.environment.A must be a string" },
	{ "'cwd':'/tmp'", "'cwd':1",
	    "attributes.system: Expected string, got integer" },
	{ "'cwd':'/tmp'", "'queue':1",
	    "attributes.system: Expected string, got integer" },
	{ "'cwd':'/tmp'", "'job':1",
	    "attributes.system: Expected object, got integer" },
	{ "'cwd':'/tmp'", "'job':{'name':1}",
	    "attributes.system: Expected string, got integer" },
	{ "'cwd':'/tmp'", "'shell':{'options':1}",
	    "attributes.system.shell.options must be a mapping" },
	{ "'cwd':'/tmp'", "'dependencies':{}",
	    "attributes.system.dependencies must be a list" },
	{ "'cwd':'/tmp'", "'dependencies':[1]",
	    "dependency must be a mapping" },
	{ "'cwd':'/tmp'", "'dependencies':[{'value':'a'}]",
	    "Missing key (scheme)" },
	{ "'cwd':'/tmp'", "'dependencies':[{'scheme':'a'}]",
	    "Missing key (value)" },
	{ "'cwd':'/tmp'", "'dependencies':[{'scheme':'a','value':1}]",
	    "dependency value must be a string" },
	{ "'cwd':'/tmp'", "'constraints':[]", "constraints must be a mapping" },
	{ "'cwd':'/tmp'", "'constraints':{'foo':[]}",
	    "unknown constraint operator 'foo'" },
};

static void
test_bad(void)
{
	struct errmsg em;
	json_t *o;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o = load(bad[i].find, bad[i].replace);
		if (!ok(o != NULL, "case %zu is JSON", i))
			continue;
		errno = 0;
		ok(!jobspec_decode(o, &em) && errno == EINVAL, "refused: %s",
		    bad[i].replace);
		is_str(em.text, bad[i].error, "why");
		json_decref(o);
	}
}

int
main(void)
{
	test_shapes();
	test_fields();
	test_bad();
	return done_testing();
}
