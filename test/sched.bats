#!/usr/bin/env bats
# The scheduler: order of jobs, placement, what can never run.

setup() {
	load lib/setup
	load lib/py
}
teardown() { instance_stop; }

# Four nodes of four cores and two GPUs.
with_nodes() {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-'CONF'
	[[resource.config]]
	hosts = "node[0-3]"
	cores = "0-3"
	gpus = "0-1"
	[[resource.config]]
	hosts = "node[0-1]"
	properties = ["fast", "+local"]
	[[resource.config]]
	hosts = "node[2-3]"
	properties = ["big"]
	[queues.debug]
	requires = ["fast"]
	[queues.batch]
	requires = ["big"]
	CONF
	instance_start -s 4 --test-hosts='node[0-3]' \
	    -c "$BATS_TEST_TMPDIR/conf"
	flux queue start --quiet --all
}

@test "R and its annotation: cores, gpus, hosts, properties, times" {
	with_nodes
	py <<'PY'
def alloc(**k):
    id = f.submit(jobspec(queue=k.pop("queue", "debug"), **k))
    a = f.wait_event(id, "alloc")["annotations"]["sched"]
    is_(f.wait_event(id, "finish")["status"], 0)
    f.wait_event(id, "clean")
    R = json.loads(f.rpc("job-info.lookup",
                         {"id": id, "keys": ["R"], "flags": 0})["R"])
    is_(R["version"], 1)
    return a["resource_summary"], R["execution"]
t = time.time()
a, R = alloc()
is_(a, "rank0/core0")
assert t - 1 < R.pop("starttime") < time.time() + 1
is_(R, {"R_lite": [{"rank": "0", "children": {"core": "0"}}],
        "expiration": 0.0, "nslots": 1, "nodelist": ["node0"],
        "properties": {"fast": "0"}})
a, R = alloc(queue="batch", nodes=2, nslots=2, duration=60.0)
is_(a, "rank[2-3]/core[0-1]")
is_(R["expiration"], R["starttime"] + 60)
is_((R["nslots"], R["nodelist"], R["properties"]),
    (4, ["node[2-3]"], {"big": "2-3"}))
a, R = alloc(nslots=5)
is_(a, "rank0/core[0-3] rank1/core0")
a, R = alloc(nodes=2, exclusive=True)
is_(a, "rank[0-1]/core[0-3],gpu[0-1]")
a, R = alloc(queue="batch", constraints={"ranks": ["3"]})
is_(a, "rank3/core0")
a, R = alloc(queue="batch", constraints={"not": [{"hostlist": ["node2"]}]})
is_(a, "rank3/core0")
PY
}

@test "what can never run is refused with a reason, wherever it waits" {
	with_nodes
	py <<'PY'
def never(**k):
    id = f.submit(jobspec(queue=k.pop("queue", "debug"), **k))
    e = f.wait_event(id, "exception")
    is_((e["type"], e["severity"]), ("alloc", 0))
    is_([n for n, _ in f.events(id)][-2:], ["exception", "clean"])
    return e["note"].replace("unsatisfiable request: ", "")
# one that fills the queue's nodes, and one that waits for them
run = f.submit(jobspec("sleep 1000", nodes=2, exclusive=True, queue="debug"))
f.wait_event(run, "start")
head = f.submit(jobspec("true", nodes=2, exclusive=True, queue="debug"))
is_(never(nodes=3, exclusive=True),
    "need 3 exclusive node(s), only 2 eligible")
is_(never(nslots=9),
    "need 9 slot(s) of 1 core(s), only 8 such slot(s) available "
    "(total cores: 8)")
is_(never(nodes=2, cores=5),
    "need 2 node(s) with 5 cores each, only 0 eligible")
is_(never(constraints={"properties": ["big"]}),
    "need 1 slot(s) of 1 core(s), only 0 such slot(s) available "
    "(total cores: 0)")
f.cancel_job(run)
is_(f.wait_event(head, "finish")["status"], 0)
C = "feasibility.check"
is_(f.rpc(C, {"jobspec": jobspec(queue="debug")}), None)
is_(f.error(C, {"jobspec": jobspec(nslots=100, queue="batch")}),
    "75 unsatisfiable request: need 100 slot(s) of 1 core(s), only 8 such "
    "slot(s) available (total cores: 8)")
for o in {}, {"jobspec": {}}, {"jobspec": {"resources": []}}, {"jobspec": 1}:
    is_(f.error(C, o), "22 jobspec has no resources")
is_(f.error(C, {"jobspec": {"resources": [1]}}).split()[0], "22")
PY
}

@test "the first job that does not fit blocks those behind it" {
	instance_start -s 2
	py <<'PY'
run = f.submit(jobspec("sleep 1000"))
f.wait_event(run, "start")
head = f.submit(jobspec("true", nodes=2, exclusive=True))
small = f.submit(jobspec("true"))
f.wait_event(small, "priority")
q = f.rpc("job-manager.alloc-query")
is_((q["queue_length"], q["alloc_pending"], q["running"]), (0, 2, 1))
# one of higher priority goes before the head
first = f.submit(jobspec("true"), 20)
is_(f.wait_event(first, "finish")["status"], 0)
state = f.rpc("job-list.list-id", {"id": small, "attrs": ["state"]})
is_(state["job"]["state"], 8)
# the head gives way when it becomes unimportant
f.rpc("job-manager.urgency", {"id": head, "urgency": 1})
is_(f.wait_event(small, "finish")["status"], 0)
f.rpc("job-manager.urgency", {"id": head, "urgency": 16})
again = f.submit(jobspec("true"))
f.wait_event(again, "priority")
f.cancel_job(head)
is_(f.wait_event(again, "finish")["status"], 0)
f.cancel_job(run)
f.wait_event(run, "clean")
o = f.rpc("sched.resource-status")
is_(o["allocated"]["execution"]["R_lite"], [])
PY
}

@test "jobs run in order of priority, then of submission" {
	instance_start -s 1
	py <<'PY'
run = f.submit(jobspec("sleep 1000", nodes=1, exclusive=True))
f.wait_event(run, "start")
ids = [f.submit(jobspec(nodes=1, exclusive=True), u)
       for u in (16, 16, 20, 10, 16)]
f.wait_event(ids[-1], "priority")
f.cancel_job(run)
for id in ids:
    f.wait_event(id, "clean")
def t_run(id):
    o = f.rpc("job-list.list-id", {"id": id, "attrs": ["t_run"]})
    return o["job"]["t_run"]
order = sorted(range(5), key=lambda i: t_run(ids[i]))
is_(order, [2, 0, 1, 4, 3])
PY
}

@test "what jobs hold is known, and comes back whatever they end by" {
	with_nodes
	py <<'PY'
a = f.submit(jobspec("sleep 1000", nslots=3, queue="debug"))
b = f.submit(jobspec("sleep 1000", nodes=1, exclusive=True, queue="batch"))
for id in a, b:
    f.wait_event(id, "start")
for topic in "resource.sched-status", "sched.resource-status":
    o = f.rpc(topic)
    is_(o["allocated"]["execution"]["R_lite"], [
        {"rank": "0", "children": {"core": "0-2"}},
        {"rank": "2", "children": {"core": "0-3", "gpu": "0-1"}}])
    is_(o["allocated"]["execution"]["properties"], {"big": "2", "fast": "0"})
    is_(o["all"]["execution"]["properties"],
        {"+local": "0-1", "big": "2-3", "fast": "0-1"})
o = f.rpc("job-manager.resource-status")["allocated"]["execution"]
is_(o["nodelist"], ["node[0,2]"])
f.cancel_job(a)
f.wait_event(a, "clean")
f.rpc("job-manager.kill", {"id": b, "signum": 9})
f.wait_event(b, "clean")
o = f.rpc("sched.resource-status")
is_(o["allocated"]["execution"]["R_lite"], [])
PY
}

@test "many jobs at once: none is lost, no core is used twice" {
	instance_start -s 2
	py <<'PY'
tags = [f.send("job-ingest.submit", {
    "J": wrap(jobspec("true", exec={"test": {"run_duration": "0.01s"}})),
    "urgency": 16, "flags": 4}) for _ in range(200)]
ids = [f.answer(t)["id"] for t in tags]
for _ in ids:
    is_(f.rpc("job-manager.wait", {"id": -1})["success"], True)
busy = {}
for id in ids:
    R = json.loads(f.rpc("job-info.lookup", {
        "id": id, "keys": ["R"], "flags": 0})["R"])["execution"]
    (r,) = R["R_lite"]
    o = f.rpc("job-list.list-id", {
        "id": id, "attrs": ["t_run", "t_inactive"]})["job"]
    busy.setdefault((r["rank"], r["children"]["core"]), []).append(
        (o["t_run"], o["t_inactive"]))
for times in busy.values():
    times.sort()
    for (_, end), (begin, _) in zip(times, times[1:]):
        assert end <= begin
is_(f.rpc("sched.resource-status")["allocated"]["execution"]["R_lite"], [])
PY
}

# with_policy POLICY N: N nodes of four cores, on which jobs without processes
# run.
with_policy() {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-CONF
	[sched]
	policy = "$1"
	[resource]
	monitor-force-up = true
	[[resource.config]]
	hosts = "node[0-$(($2 - 1))]"
	cores = "0-3"
	CONF
	instance_start -s 1 -c "$BATS_TEST_TMPDIR/conf"
}

# For py: jobs that just take their time, and where they are.
mock='
def mock(takes=1000, **k):
    return f.submit(jobspec("true", exec={"test": {"run_duration": str(takes)}}, **k))
def place(id):
    a = f.wait_event(id, "alloc")["annotations"]["sched"]
    return a["resource_summary"]
def waits(id):
    f.wait_event(id, "priority")
    f.rpc("job-manager.alloc-query")
    o = f.rpc("job-list.list-id", {"id": id, "attrs": ["state"]})
    return o["job"]["state"] == 8
def annotations(id):
    o = f.rpc("job-list.list-id", {"id": id, "attrs": ["annotations"]})
    return o["job"].get("annotations", {}).get("sched", {})
'

@test "best fit takes the fullest nodes that have enough" {
	with_policy best-fit 4
	py <<PY
$mock
is_(place(mock(nslots=1, constraints={"ranks": ["1"]})), "rank1/core0")
is_(place(mock(nslots=3, constraints={"ranks": ["2"]})), "rank2/core[0-2]")
is_(place(mock()), "rank2/core3")
is_(place(mock(nslots=2)), "rank1/core[1-2]")
is_(place(mock(nodes=1, nslots=3)), "rank0/core[0-2]")
is_(place(mock(nodes=1, exclusive=True)), "rank3/core[0-3]")
# slots without a node count fill what is left, the fullest first
is_(place(mock(nslots=2)), "rank[0-1]/core3")
PY
}

@test "easy: a job passes the head if it will be back by then" {
	with_policy easy 2
	py <<PY
$mock
run = mock(nodes=1, exclusive=True, duration=600.0)
is_(place(run), "rank0/core[0-3]")
head = mock(nodes=2, exclusive=True, duration=60.0)
long = mock(duration=6000.0)
endless = mock()
short = mock(duration=60.0)
is_(place(short), "rank1/core0")
is_([waits(id) for id in (head, long, endless)], [True] * 3)
# the head begins when the one that runs has ended at the latest
t = f.rpc("job-list.list-id", {"id": run, "attrs": ["expiration"]})["job"]
is_(annotations(head), {"t_estimate": t["expiration"]})
is_(annotations(long), {})
f.cancel_job(short)
f.cancel_job(run)
is_(place(head), "rank[0-1]/core[0-3]")
is_(annotations(head), {"resource_summary": "rank[0-1]/core[0-3]"})
f.cancel_job(head)
is_((place(long), place(endless)), ("rank0/core0", "rank0/core1"))
PY
}

@test "easy: a job passes the head if it needs nothing that the head does" {
	with_policy easy 3
	py <<PY
$mock
run = mock(nodes=1, exclusive=True, duration=600.0)
part = mock(duration=6000.0, constraints={"ranks": ["1"]})
is_((place(run), place(part)), ("rank0/core[0-3]", "rank1/core0"))
# it fits on the nodes 0 and 2 once run has ended
head = mock(nodes=2, exclusive=True)
is_(place(mock(nslots=3)), "rank1/core[1-3]")
long = mock()
is_((waits(head), waits(long)), (True, True))
# without a head nobody is in the way
f.cancel_job(head)
is_(place(long), "rank2/core0")
PY
}

@test "easy: the estimate follows the limits of what runs" {
	with_policy easy 1
	py <<PY
$mock
run = mock(nodes=1, exclusive=True, duration=600.0)
place(run)
head = mock(nodes=1, exclusive=True)
f.wait_event(head, "priority")
def estimate():
    for _ in range(200):
        if annotations(head).get("t_estimate") == expected():
            return True
        time.sleep(0.02)
def expected():
    o = f.rpc("job-list.list-id", {"id": run, "attrs": ["expiration"]})
    return o["job"]["expiration"]
assert estimate()
before = expected()
f.rpc("job-manager.update", {
    "id": run, "updates": {"attributes.system.duration": 1200.0}})
assert estimate()
is_(expected(), before + 600)
# another head: this one has no estimate any more
first = f.submit(jobspec("true", nodes=1, exclusive=True), 20)
f.wait_event(first, "priority")
while annotations(head):
    time.sleep(0.02)
assert annotations(first)["t_estimate"] == expected()
# held: it is not the head
f.rpc("job-manager.urgency", {"id": first, "urgency": 0})
is_(annotations(first), {})
assert estimate()
PY
}

@test "a policy that is none is refused" {
	mkdir "$BATS_TEST_TMPDIR/conf"
	echo 'sched.policy = "fair"' >"$BATS_TEST_TMPDIR/conf/c.toml"
	run ! flux start -c "$BATS_TEST_TMPDIR/conf" true
	[[ $output == *"sched.policy: 'fair' is none of first-fit, best-fit, easy"* ]]
}
