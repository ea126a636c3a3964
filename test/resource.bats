#!/usr/bin/env bats
# The service resource: where resources come from, which of them may be used,
# and what it answers. The command flux resource has tests of its own.

setup() {
	load lib/setup
	load lib/py
}
teardown() { instance_stop; }

# Configuration on stdin; start four brokers with it.
with_config() {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml"
	instance_start -s 4 --test-hosts='node[0-3]' \
	    -c "$BATS_TEST_TMPDIR/conf"
}

@test "without configuration each host is asked what it has" {
	instance_start -s 3 --test-hosts='a,b,a' -Stbon.fanout=1
	flux topo >"$BATS_TEST_TMPDIR/topo"
	py <<'PY'
topo = json.load(open(os.environ["BATS_TEST_TMPDIR"] + "/topo"))
children = {"core": topo["cores"]}
if topo["gpus"]:
    children["gpu"] = topo["gpus"]
o = f.rpc("resource.get", nodeid=0)
is_(o["method"], "dynamic-discovery")
is_(o["R"], {"version": 1, "execution": {
    "R_lite": [{"rank": "0-2", "children": children}],
    "starttime": 0.0, "expiration": 0.0, "nodelist": ["a,b,a"]}})
PY
}

@test "a configuration by host: entries add up, excluded ranks do not count" {
	with_config <<-'CONF'
	[resource]
	exclude = "node1"
	[[resource.config]]
	hosts = "node[0-3]"
	cores = "0-3"
	[[resource.config]]
	hosts = "node[2-3]"
	gpus = "0"
	properties = ["big"]
	CONF
	py <<'PY'
o = f.rpc("resource.status", nodeid=0)
is_(o["R"]["execution"]["R_lite"], [
    {"rank": "0-1", "children": {"core": "0-3"}},
    {"rank": "2-3", "children": {"core": "0-3", "gpu": "0"}}])
is_(o["R"]["execution"]["properties"], {"big": "2-3"})
del o["R"]
is_(o, {"drain": {}, "online": "0-3", "offline": "", "exclude": "1",
        "torpid": ""})
is_(f.rpc("resource.get", nodeid=0)["method"], "configuration")
all = f.rpc("resource.sched-status", nodeid=0)["all"]["execution"]
is_(all["nodelist"], ["node[0,2-3]"])
is_(f.error("feasibility.check",
            {"jobspec": jobspec(nodes=4, exclusive=True)}),
    "75 unsatisfiable request: need 4 exclusive node(s), only 3 eligible")
is_(f.error("resource.drain", {"targets": "0-1"}, 0), "22 rank 1 excluded")
PY
}

@test "hosts on which no broker runs are down; several brokers share a host" {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-'CONF'
	[[resource.config]]
	hosts = "a,b,a,z"
	cores = "0-1"
	CONF
	instance_start -s 3 --test-hosts='a,a,b' -c "$BATS_TEST_TMPDIR/conf"
	py <<'PY'
o = f.rpc("resource.sched-status", nodeid=0)
is_(o["all"]["execution"]["R_lite"],
    [{"rank": "0-3", "children": {"core": "0-1"}}])
is_(o["all"]["execution"]["nodelist"], ["a,a,b,z"])
is_(o["down"]["execution"]["nodelist"], ["z"])
PY
}

@test "a configuration that cannot be read ends the broker with a reason" {
	mkdir "$BATS_TEST_TMPDIR/conf"
	printf '[resource]\npath = "%s/nosuch"\n' "$BATS_TEST_TMPDIR" \
	    >"$BATS_TEST_TMPDIR/conf/c.toml"
	run ! flux start -c "$BATS_TEST_TMPDIR/conf" true
	[[ $output =~ "resource configuration: $BATS_TEST_TMPDIR/nosuch" ]]
	printf '[[resource.config]]\nhosts = "a"\ncores = "x"\n' \
	    >"$BATS_TEST_TMPDIR/conf/c.toml"
	run ! flux start -c "$BATS_TEST_TMPDIR/conf" true
	[[ $output =~ "resource.config: a: invalid cores" ]]
}

@test "drain and undrain: modes, targets, what is refused" {
	instance_start -s 4 --test-hosts='node[0-3]'
	py <<'PY'
def drain(targets, **k):
    return f.send("resource.drain", {"targets": targets, **k}, 0)
def bad(targets, **k):
    return f.error("resource.drain", {"targets": targets, **k}, 0)
def drained():
    d = f.rpc("resource.status", nodeid=0)["drain"]
    return {k: v["reason"] for k, v in d.items()}
U = lambda t, **k: f.error("resource.undrain", {"targets": t, **k}, 0)

is_(f.answer(drain("3", reason="bad disk")), None)
is_(bad("3"), "17 rank 3 already drained")
is_(f.answer(drain("2-3", mode="update", reason="new")), None)
is_(drained(), {"2": "new", "3": "bad disk"})
is_(bad("2-3", reason="x"), "17 ranks 2-3 already drained")
is_(f.answer(drain("node[2-3]", mode="overwrite", reason="all")), None)
is_(f.answer(drain("0", reason="all")), None)
is_(set(drained().values()), {"all"})
t = f.rpc("resource.status", nodeid=0)["drain"]
assert all(v["timestamp"] == round(v["timestamp"]) for v in t.values())

is_(bad(""), "22 idset is empty")
is_(bad("4"), "22 idset is out of range")
is_(bad("nosuch"), "22 invalid targets: invalid hosts: nosuch")
is_(bad("node1,nosuch"), "22 invalid targets: invalid hosts: nosuch")
is_(bad("1", mode="foo"), "22 Invalid mode specified")
is_(f.error("resource.drain", {}, 0), "71")
is_(f.error("resource.drain", None, 0), "71")
is_(f.error("resource.drain", {"targets": 1}, 0), "71")

is_(U("1"), "17 rank 1 not drained")
is_(U("0-2"), "17 rank 1 not drained")
is_(U("1", mode="foo"), "22 invalid undrain mode 'foo' specified")
f.rpc("resource.undrain", {"targets": "1-3", "mode": "update"}, 0)
is_(drained(), {"0": "all"})
f.rpc("resource.undrain", {"targets": "node0"}, 0)
is_(drained(), {})
PY
}

@test "what is drained gets no jobs, and they run when it is back" {
	instance_start -s 2
	py <<'PY'
f.rpc("resource.drain", {"targets": "1"}, 0)
down = f.rpc("resource.sched-status", nodeid=0)["down"]["execution"]
is_([r["rank"] for r in down["R_lite"]], ["1"])
id = f.submit(jobspec("true", nodes=2, exclusive=True))
f.wait_event(id, "priority")
is_(f.rpc("job-manager.alloc-query")["alloc_pending"], 1)
f.rpc("resource.undrain", {"targets": "1"}, 0)
is_(f.wait_event(id, "finish")["status"], 0)
PY
}

@test "the journal tells what was and what comes" {
	instance_start -s 2
	py <<'PY'
is_(f.error("resource.journal", {}, 0),
    "71 journal requires streaming RPC flag")
tag = f.start("resource.journal", {}, 0)
seen = []
while True:
    o = f.answer(tag)
    if not o["events"]:
        break
    seen += [e["name"] for e in o["events"]]
    assert ("R" in o) == (seen[-1] == "resource-define")
is_(seen[0], "restart")
is_(sorted(set(seen)), ["online", "resource-define", "restart"])
f.rpc("resource.drain", {"targets": "1", "reason": "x"}, 0)
(e,) = f.answer(tag)["events"]
is_(e["name"], "drain")
host = f.rpc("attr.get", {"name": "hostname"})["value"]
is_(e["context"], {"idset": "1", "nodelist": host, "reason": "x",
                   "overwrite": 0})
f.rpc("resource.undrain", {"targets": "1"}, 0)
is_(f.answer(tag)["events"][0]["name"], "undrain")
f.cancel("resource.journal-cancel", tag)
try:
    f.answer(tag)
except RpcError as e:
    is_(str(e), "61")
v = f.rpc("kvs.lookup", {"key": "resource.eventlog", "namespace": "primary",
                         "flags": 0})["val"]["data"]
names = [json.loads(x)["name"] for x in base64.b64decode(v).splitlines()]
is_(names, ["resource-define", "drain", "undrain"])
PY
}

@test "reload puts another set in place, unless jobs hold some" {
	instance_start -s 2
	cat >"$BATS_TEST_TMPDIR/R" <<-'R'
	{"version":1,"execution":{"R_lite":[{"rank":"0-1","children":
	{"core":"0-7"}}],"nodelist":["a,b"],"starttime":0,"expiration":0}}
	R
	py <<'PY'
tmp = os.environ["BATS_TEST_TMPDIR"]
def reload(path, xml=False, force=False):
    return {"path": path, "xml": xml, "force": force}
assert f.error("resource.reload", reload("/nosuch"), 0).startswith("2 ")
open(tmp + "/bad", "w").write("{}")
assert f.error("resource.reload", reload(tmp + "/bad"), 0).startswith("22 ")
is_(f.error("resource.reload", {}, 0), "71")
id = f.submit(jobspec("sleep 1000"))
f.wait_event(id, "start")
is_(f.error("resource.reload", reload(tmp + "/R"), 0),
    "16 resources are busy (jobs hold some)")
f.rpc("resource.reload", reload(tmp + "/R", force=True), 0)
o = f.rpc("resource.sched-status", nodeid=0)
is_(o["all"]["execution"]["R_lite"],
    [{"rank": "0-1", "children": {"core": "0-7"}}])
is_(o["allocated"]["execution"]["R_lite"],
    [{"rank": "0", "children": {"core": "0"}}])
f.cancel_job(id)
f.wait_event(id, "clean")
id = f.submit(jobspec("true", nslots=16))
f.wait_event(id, "alloc")
f.wait_event(id, "clean")
o = f.rpc("resource.sched-status", nodeid=0)
is_(o["allocated"]["execution"]["R_lite"], [])
PY
}

@test "an instance in a job has the job's resources, and follows its end" {
	instance_start -s 2
	py <<'PY'
id = f.submit(jobspec("flux broker -Sbroker.rc2_none=1", nslots=2,
                      duration=600.0, shell={"options": {
                          "per-resource": {"type": "node"}}}))
f.wait_event(id, "memo")
R = json.loads(f.rpc("job-info.lookup",
                     {"id": id, "keys": ["R"], "flags": 0})["R"])
uri = f.rpc("job-list.list-id", {"id": id, "attrs": ["annotations"]})
uri = uri["job"]["annotations"]["user"]["uri"]
c = Flux("local://" + uri[uri.index("/", len("ssh://")):])
o = c.rpc("resource.get", nodeid=0)
is_(o["method"], "job-info")
is_(o["R"], R)
job = c.submit(jobspec("sleep 1000"))
short = c.submit(jobspec("sleep 1000", duration=60.0))
c.wait_event(job, "start")
c.wait_event(short, "start")
r = json.loads(c.rpc("job-info.lookup",
                     {"id": job, "keys": ["R"], "flags": 0})["R"])
end = R["execution"]["expiration"]
is_(r["execution"]["expiration"], end)
is_(c.error("job-ingest.submit", {"J": wrap(jobspec(duration=700.0)),
                                  "urgency": 16, "flags": 0})[:38],
    "22 job duration (11.6667m) exceeds rem")
f.rpc("job-manager.update",
      {"id": id, "updates": {"attributes.system.duration": 1200.0}})
is_(c.wait_event(job, "resource-update"), {"expiration": end + 600})
is_(c.rpc("resource.get", nodeid=0)["R"]["execution"]["expiration"],
    end + 600)
is_(c.error("resource.expiration-update", {}, 0), "71")
c.rpc("resource.expiration-update", {"expiration": time.time() + 0.5}, 0)
e = c.wait_event(job, "exception")
is_((e["type"], e["note"]), ("timeout", "resource allocation expired"))
c.wait_event(job, "clean")
names = [n for n, _ in c.events(job)]
is_(names.count("resource-update"), 2)
c.cancel_job(short)
is_([n for n, _ in c.events(short)].count("resource-update"), 0)
f.cancel_job(id)
f.wait_event(id, "clean")
PY
}

@test "requests: ranks, roles, waiting for brokers, topology" {
	instance_start -s 2
	py <<'PY'
for t in "status", "sched-status", "get":
    is_(f.error("resource." + t, None, 1), "71 this RPC only works on rank 0")
g = Flux(userid=77777, rolemask=2)
for t in "status", "sched-status":
    g.rpc("resource." + t, nodeid=0)
g.rpc("sched.resource-status")
for t in "get", "drain", "undrain", "reload", "expiration-update":
    is_(g.error("resource." + t, {}, 0),
        "1 Request requires owner credentials")
is_(f.error("resource.monitor-waitup", {"up": 3}, 0),
    "71 up value is out of range")
is_(f.error("resource.monitor-waitup", {"up": -1}, 0),
    "71 up value is out of range")
is_(f.rpc("resource.monitor-waitup", {"up": 2}, 0), None)
f.rpc("resource.monitor-force-down", {"ranks": "1"}, 0)
down = f.rpc("resource.sched-status", nodeid=0)["down"]["execution"]
is_([r["rank"] for r in down["R_lite"]], ["1"])
is_(f.rpc("resource.acquire-mute", nodeid=0), None)
for rank in 0, 1, 1:
    tag = f.send("resource.topo-get", None, rank)
    m = f.take(lambda m: m.tag == tag)
    is_(m.aux1, 0)
    assert m.text().startswith("<?xml")
is_(f.error("resource.discover", {}, 1), "71")
is_(f.error("resource.discover", {"ranks": "x"}, 1), "71")
found = f.rpc("resource.discover", {"ranks": "0-1"}, 0)["found"]
is_([e["ranks"] for e in found], ["0-1"])
is_(f.rpc("resource.discover", {"ranks": ""}, 0), {"found": []})
PY
}
