#!/usr/bin/env bats
# What job-ingest, job-manager, job-list, job-info and kvs answer on the wire,
# good and bad, key by key. The client uses no Flux library.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
}
teardown() { instance_stop; }

@test "ingest: submit answers with an id, and refuses what is malformed" {
	py <<'PY'
ok = wrap(jobspec())
T = "job-ingest.submit"
def bad(J=ok, urgency=16, flags=0):
    return f.error(T, {"J": J, "urgency": urgency, "flags": flags})
def spec(change):
    s = jobspec()
    change(s)
    return bad(wrap(s))
DECODE = "71 error decoding job request: Protocol error"
is_(f.error(T), DECODE)
is_(f.error(T, {}), DECODE)
is_(f.error(T, {"J": ok, "urgency": 16}), DECODE)
is_(bad(J=1), DECODE)
is_(bad(J="x"), "22 could not unwrap jobspec: Invalid argument")
is_(bad(J=ok + "x"), "22 could not unwrap jobspec: Invalid argument")
is_(bad(urgency=32), "22 urgency range is [0:31]")
is_(bad(urgency=-1), "22 urgency range is [0:31]")
is_(bad(flags=1), "71 invalid job flags")
is_(bad(flags=16), "71 invalid job flags")
uid = os.getuid()
is_(bad(wrap(jobspec(), uid + 5)), f"1 signer={uid + 5} != requestor={uid}")
is_(bad(wrap("notjson")),
    "22 jobspec: invalid JSON: '[' or '{' expected near 'notjson'")
is_(bad(wrap("")),
    "22 jobspec: invalid JSON: '[' or '{' expected near end of file")
is_(spec(lambda s: s.pop("version")), "1 Missing key (version)")
is_(spec(lambda s: s.update(version=2)), "1 version must be 1")
is_(spec(lambda s: s.update(foo=1)), "1 Extraneous key (foo)")
is_(spec(lambda s: s.pop("resources")), "1 Missing key (resources)")
is_(spec(lambda s: s["attributes"].pop("system")),
    "1 attributes.system is a required key")
is_(spec(lambda s: s["attributes"]["system"].pop("duration")),
    "1 attributes.system.duration is a required key")
def attr(**k):
    return bad(wrap(jobspec(**k)))
is_(attr(duration="1m"), "1 attributes.system.duration must be a number")
is_(attr(queue="foo"), "22 'foo' is not a valid queue")
is_(attr(constraints={"foo": []}), "1 unknown constraint operator 'foo'")
is_(attr(constraints={"hostlist": ["nosuch"]}),
    "1 host constraint contains invalid hosts: host 'nosuch' not found")
is_(attr(dependencies=[{"scheme": "foo", "value": "x"}]),
    '22 dependency scheme "foo" not supported')
a, b = f.submit(jobspec(), 0), f.submit(jobspec(), 0)
assert 0 < a < b < 1 << 63
PY
}

@test "ingest: guests may not submit unsigned jobs, nor ask for much" {
	py <<'PY'
g = Flux(userid=os.getuid() + 7, rolemask=2)
T = "job-ingest.submit"
def bad(urgency=16, flags=0):
    return g.error(T, {"J": wrap(jobspec(), g.userid), "urgency": urgency,
                       "flags": flags})
is_(bad(), "1 only instance owner can use sign-type=none")
is_(bad(urgency=17),
    "22 only the instance owner can submit with urgency >16")
is_(bad(flags=4),
    "22 only the instance owner can submit with FLUX_JOB_WAITABLE")
is_(bad(flags=8),
    "1 only the instance owner can submit with FLUX_JOB_NOVALIDATE")
PY
}

@test "the events of a job that runs, of one that fails, of one cancelled" {
	py <<'PY'
i = f.submit(jobspec("true"))
log = list(f.events(i))
is_([n for n, c in log], ["submit", "validate", "depend", "priority", "alloc",
    "start", "finish", "release", "free", "clean"])
is_(log[0][1], {"userid": os.getuid(), "urgency": 16, "flags": 0,
                "version": 1})
is_(log[3][1], {"priority": 16})
assert "resource_summary" in log[4][1]["annotations"]["sched"]
is_(sorted(log[6][1]), ["cputime", "maxrss", "status"])
is_(log[7][1], {"ranks": "all", "final": True})
is_([c for n, c in log if n in ("validate", "depend", "start", "free",
                                "clean")], [None] * 5)
i = f.submit(jobspec(["sh", "-c", "exit 3"]))
is_(dict(f.events(i))["finish"]["status"], 768)
i = f.submit(jobspec("true"), 0)
f.cancel_job(i, "no longer needed")
is_([n for n, c in f.events(i)], ["submit", "validate", "depend", "priority",
    "exception", "clean"])
is_(dict(f.events(i))["exception"], {"type": "cancel", "severity": 0,
    "note": "no longer needed", "userid": os.getuid()})
i = f.submit(jobspec("true"), 31)
is_(dict(f.events(i))["priority"], {"priority": 4294967295})
i = f.submit(jobspec("true"), 16, 2)
names = [n for n, c in f.events(i)]
is_(names[3:8], ["priority", "debug.alloc-request", "alloc",
    "debug.start-request", "start"])
PY
}

@test "a running job is cancelled, and a job can never run" {
	py <<'PY'
i = f.submit(jobspec("sleep 100"))
f.wait_event(i, "start")
f.subscribe("job-exception")
f.cancel_job(i)
is_(f.event("job-exception"),
    ("job-exception", {"id": i, "type": "cancel", "severity": 0}))
names = [n for n, c in f.events(i)]
is_(names[-5:], ["exception", "finish", "release", "free", "clean"])
o = f.rpc("job-list.list-id", {"id": i, "attrs": ["all"]})["job"]
is_((o["result"], o["success"], o["exception_type"], o["exception_note"],
     o["exception_severity"], o["state"]), (4, False, "cancel", "", 0, 64))
i = f.submit(jobspec("true", nslots=1000000))
log = dict(f.events(i))
is_(log["exception"]["type"], "alloc")
assert "alloc" not in log and "finish" not in log
PY
}

@test "job-manager: raise, kill, urgency, memo and their errors" {
	py <<'PY'
M = "job-manager."
held, run, done = f.submit(jobspec(), 0), f.submit(jobspec("sleep 100")), \
    f.submit(jobspec())
f.wait_event(done, "clean")
f.wait_event(run, "start")

def bad(id, severity=0, type="cancel"):
    return f.error(M + "raise", {"id": id, "severity": severity, "type": type})
is_(bad(held, 8), "71 invalid exception severity")
is_(bad(held, -1), "71 invalid exception severity")
is_(bad(9, 1, ""), "71 invalid exception type")
is_(bad(held, 1, "a b"), "71 invalid exception type")
is_(bad(held, 1, "a=b"), "71 invalid exception type")
is_(bad(9), "2 unknown job id")
is_(bad(done), "2 job is inactive")
is_(f.error(M + "raise", {"id": held, "severity": 1}), "71")
is_(f.rpc(M + "raise", {"id": run, "severity": 2, "type": "foo", "note": "n",
                        "wait_status": 3}), None)
is_(f.wait_event(run, "exception"), {"type": "foo", "severity": 2,
    "note": "n", "userid": os.getuid(), "wait_status": 3})

def kill(id, signum=18):
    return f.error(M + "kill", {"id": id, "signum": signum})
is_(kill(run, 0), "22 Invalid signal number")
is_(kill(9, 200), "22 Invalid signal number")
is_(kill(9), "22 unknown job id")
is_(kill(done), "22 job is inactive")
is_(kill(held), "22 job is not running")
is_(f.rpc(M + "kill", {"id": run, "signum": 18}), None)

def urgency(id, u=5):
    return f.error(M + "urgency", {"id": id, "urgency": u})
is_(urgency(held, 32), "22 urgency value is out of range")
is_(urgency(held, -1), "22 urgency value is out of range")
is_(urgency(9), "22 unknown job")
is_(urgency(done), "22 job is inactive")
is_(urgency(run),
    "22 urgency cannot be changed once resources are allocated")
is_(f.rpc(M + "urgency", {"id": held, "urgency": 0}), {"old_urgency": 0})
is_(f.wait_event(held, "urgency"), {"userid": os.getuid(), "urgency": 0})
is_(f.wait_event(held, "priority", count=2), {"priority": 0})

def memo(id, m={}):
    return f.error(M + "memo", {"id": id, "memo": m})
is_(memo(9), "2 unknown job id")
is_(memo(done), "2 job is inactive")
is_(memo(held, 3), "22")
def user():
    o = f.rpc("job-list.list-id", {"id": held, "attrs": ["annotations"]})
    return o["job"].get("annotations")
f.rpc(M + "memo", {"id": held, "memo": {"a": {"b": 1, "c": 2}, "x": 1}})
f.rpc(M + "memo", {"id": held, "memo": {"a": {"d": 3, "c": None}, "x": None}})
is_(user(), {"user": {"a": {"b": 1, "d": 3}}})
f.rpc(M + "memo", {"id": held, "memo": {"v": 2}, "volatile": True})
is_(user(), {"user": {"a": {"b": 1, "d": 3}, "v": 2}})
f.rpc(M + "memo", {"id": held, "memo": {"a": None, "v": None}})
is_(user(), None)
is_(f.wait_event(held, "memo"), {"a": {"b": 1, "c": 2}, "x": 1})

U = os.getuid()
ra = lambda **k: {"dry_run": True, "userid": U, "states": 62, "severity": 0,
                  "type": "cancel", **k}
is_(f.rpc(M + "raiseall", ra()), {"count": 2, "errors": 0})
is_(f.rpc(M + "raiseall", ra(states=16)), {"count": 1, "errors": 0})
is_(f.rpc(M + "raiseall", ra(states=64)), {"count": 0, "errors": 0})
is_(f.rpc(M + "raiseall", ra(userid=-1)), {"count": 2, "errors": 0})
is_(f.rpc(M + "raiseall", ra(userid=U + 1)), {"count": 0, "errors": 0})
is_(f.error(M + "raiseall", ra(severity=9)), "71 invalid exception severity")
is_(f.error(M + "raiseall", ra(type="")), "71 invalid exception type")
ka = lambda **k: {"dry_run": True, "userid": -1, "signum": 15, **k}
is_(f.rpc(M + "killall", ka()), {"count": 1, "errors": 0})
is_(f.error(M + "killall", ka(signum=0)), "22 Invalid signal number")
is_(f.rpc(M + "raiseall", ra(dry_run=False)), {"count": 2, "errors": 0})
is_(f.rpc(M + "drain"), None)
is_(f.rpc(M + "idle"), {"pending": 0})
PY
}

@test "job-manager: guests may only touch their own jobs" {
	py <<'PY'
M = "job-manager."
i = f.submit(jobspec("true"), 0)
g = Flux(userid=os.getuid() + 7, rolemask=2)
is_(g.error(M + "raise", {"id": i, "severity": 0, "type": "cancel"}),
    "1 guests can only raise exceptions on their own jobs")
is_(g.error(M + "kill", {"id": i, "signum": 15}),
    "1 guests may only send signals to their own jobs")
is_(g.error(M + "urgency", {"id": i, "urgency": 3}),
    "1 guests can only reprioritize their own jobs")
is_(g.error(M + "memo", {"id": i, "memo": {}}),
    "1 guests can only add a memo to their own jobs")
is_(g.error(M + "update", {"id": i, "updates": {}}),
    "1 guests may only update their own jobs")
is_(g.error(M + "killall", {"dry_run": True, "userid": -1, "signum": 15}),
    "1 guests can only kill their own jobs")
is_(g.error(M + "getattr", {"id": i, "attrs": ["R"]}),
    "1 guests can only access their own jobs")
for m in ("wait", "drain", "idle", "list", "purge", "events-journal",
          "queue-start", "queue-enable", "post-event.post"):
    is_(g.error(M + m, {}), "1 Request requires owner credentials", m)
A = "1 access is restricted to job/instance owner"
is_(g.error("job-info.lookup", {"id": i, "keys": ["R"], "flags": 0}), A)
is_(g.stream_error("job-info.eventlog-watch",
    {"id": i, "path": "eventlog", "flags": 0}), A)
is_(g.stream_error("job-info.update-watch",
    {"id": i, "key": "R", "flags": 0}), A)
is_(g.error("kvs.lookup", {"key": "a", "namespace": "primary", "flags": 0}),
    "1")
PY
}

@test "job-manager: wait collects each result once" {
	py <<'PY'
W = "job-manager.wait"
MORE = "10 there are no more waitable jobs"
INVALID = "10 invalid job id, or job may be inactive and not waitable"
is_(f.error(W, {}), "71 malformed wait request")
is_(f.error(W, {"id": -1}), MORE)
is_(f.error(W, {"id": 5}), INVALID)
plain = f.submit(jobspec("sleep 100"))
is_(f.error(W, {"id": plain}), "10 job was not submitted with FLUX_JOB_WAITABLE")
f.cancel_job(plain)
f.wait_event(plain, "clean")
is_(f.error(W, {"id": plain}), INVALID)
def wait(*command, cancel=None, urgency=16):
    i = f.submit(jobspec(command), urgency, 4)
    if cancel is not None:
        f.cancel_job(i, cancel)
    o = f.rpc(W, {"id": i})
    is_(o["id"], i)
    return o["success"], o["errstr"]
is_(wait("true"), (True, ""))
is_(wait("sh", "-c", "exit 3"), (False, "task(s) exited with exit code 3"))
is_(wait("sh", "-c", "kill -9 $$"), (False, "task(s) Killed"))
is_(wait("true", cancel="why", urgency=0),
    (False, "Fatal exception type=cancel why"))
held = f.submit(jobspec("true"), 0, 4)
one = f.send(W, {"id": held})
assert f.quiet(one)
is_(f.error(W, {"id": held}), "10 job id already has a waiter")
is_(f.error(W, {"id": -1}), MORE)
f.cancel_job(held)
is_(f.answer(one)["id"], held)
is_(f.error(W, {"id": held}), INVALID)
a, b = f.submit(jobspec("true"), 0, 4), f.submit(jobspec("true"), 0, 4)
tags = [f.send(W, {"id": -1}) for _ in range(2)]
is_(f.error(W, {"id": -1}), MORE)
f.cancel_job(b)
f.cancel_job(a)
is_([f.answer(t)["id"] for t in tags], [b, a])
# a waiter that goes away frees its place
c = f.submit(jobspec("true"), 0, 4)
g = Flux()
g.send(W, {"id": -1})
g.rpc("attr.get", {"name": "rank"})
is_(f.error(W, {"id": -1}), MORE)
g.close()
tag = f.send(W, {"id": -1})
while not f.quiet(tag, 0.05):
    f.take(lambda m: m.tag == tag)
    tag = f.send(W, {"id": -1})
f.cancel_job(c)
is_(f.answer(tag)["id"], c)
PY
}

@test "job-manager: update changes duration, and nothing else that is not known" {
	py <<'PY'
T = "job-manager.update"
def bad(id, *updates):
    return f.error(T, {"id": id, "updates": dict(updates)})
D, S = "attributes.system.duration", "attributes.system."
held, done = f.submit(jobspec(), 0), f.submit(jobspec())
f.wait_event(done, "clean")
is_(bad(held, (D, -1)), "22 duration must not be negative")
is_(bad(held, ("foo", 1)), "22 one or more jobspec updates are invalid")
is_(bad(held, (S + "foo", 1)), f"22 update of {S}foo not supported")
is_(bad(held, (D, 60), (S + "foo", 1)), f"22 update of {S}foo not supported")
is_(bad(held, ("resources", [])), "22 update of resources not supported")
is_(bad(held, (S + "queue", "x")), "22 'x' is not a valid queue")
is_(bad(done, (D, 60)), "22 job is inactive")
is_(bad(9, (D, 60)), "2 unknown job id")
is_(f.error(T, {"id": held}), "71")
is_(f.rpc(T, {"id": held, "updates": {D: 300.0}}), None)
is_(f.wait_event(held, "jobspec-update"), {D: 300.0})
is_(f.wait_event(held, "priority", count=2), {"priority": 0})
L = lambda i, *a: f.rpc("job-list.list-id", {"id": i, "attrs": a})["job"]
is_(L(held, "duration"), {"id": held, "duration": 300.0})
def spec(flags):
    o = f.rpc("job-info.lookup", {"id": held, "keys": ["jobspec"],
                                  "flags": flags})["jobspec"]
    if isinstance(o, str):
        o = json.loads(o)
    assert "environment" not in o["attributes"]["system"]
    return o["attributes"]["system"]["duration"]
is_((spec(0), spec(1), spec(2), spec(3)), (0.0, 0.0, 300.0, 300.0))
run = f.submit(jobspec("sleep 100", duration=500.0))
f.wait_event(run, "start")
is_(bad(run, (S + "queue", "x")),
    "22 update of queue for running job not supported")
w = f.start("job-info.update-watch", {"id": run, "key": "R", "flags": 0})
x = f.answer(w)["R"]["execution"]
is_(x["expiration"], x["starttime"] + 500)
f.rpc(T, {"id": run, "updates": {D: 600.0}})
is_(f.wait_event(run, "resource-update"), {"expiration": x["starttime"] + 600})
is_(f.answer(w)["R"]["execution"]["expiration"], x["starttime"] + 600)
is_(L(run, "expiration", "duration"), {"id": run,
    "expiration": x["starttime"] + 600, "duration": 600.0})
f.cancel("job-info.update-watch-cancel", w)
is_(list(f.drain(w)), [])
PY
}

@test "job-manager: questions, history, journal, purge" {
	py <<'PY'
M = "job-manager."
is_(f.rpc(M + "history.get", {"slice": "[:1]"}), {"jobs": []})
ids = [f.submit(jobspec("true"), 0) for _ in range(4)]
new = ids[::-1]
H = lambda s: f.rpc(M + "history.get", {"slice": s})["jobs"]
for s in ("[:1]", "[:]", "[::2]", "[-1:]", "[::-1]", "[5:2]", "[1:3]",
          "[-3:-1]", "[3:0:-2]", "[:-2]"):
    is_(H(s), eval(f"new{s}"), s)
for s in ("", "[", "[0]", "x", "[:1", "[a:b]", "[::0]", ":1", "[1:2:3:4]"):
    is_(f.error(M + "history.get", {"slice": s}),
        "22 could not parse python-style slice expression", s)
is_(f.rpc(M + "getinfo"), {"max_jobid": new[0]})
is_(f.rpc(M + "alloc-query"), {"queue_length": 0, "alloc_pending": 0,
                               "running": 0})
is_(f.rpc(M + "jobtap", {"query_only": True}), {"plugins": []})
is_(f.error(M + "jobtap-query", {"name": "x"}), "22 x: plugin not found")
jobs = f.rpc(M + "list", {"max_entries": 2})["jobs"]
is_([j["id"] for j in jobs], ids[:2])
is_(sorted(jobs[0]), ["id", "priority", "state", "t_submit", "urgency",
                      "userid"])
is_(f.error(M + "list", {"max_entries": -1}), "71")
is_(f.error(M + "getattr", {"id": 1, "attrs": []}), "22 unknown job")
is_(f.error(M + "getattr", {"id": ids[0], "attrs": ["x"]}), "2 unknown attr x")
is_(f.error(M + "getattr", {"id": ids[0], "attrs": ["R"]}), "2 R is NULL")
o = f.rpc(M + "getattr", {"id": ids[0], "attrs": ["jobspec", "eventlog"]})
is_(sorted(o["jobspec"]), ["attributes", "resources", "tasks", "version"])
is_([e["name"] for e in o["eventlog"]], ["submit", "validate", "depend",
                                         "priority"])
o = f.rpc(M + "resource-status")["allocated"]
is_(o["version"], 1)

is_(f.error(M + "events-journal", {}),
    "71 job-manager.events requires streaming RPC flag")
is_(f.stream_error(M + "events-journal", {"allow": []}),
    "71 job-manager.events allow should be an object")
tag = f.start(M + "events-journal", {})
for i in ids:
    o = f.answer(tag)
    is_((o["id"], [e["name"] for e in o["events"]]),
        (i, ["submit", "validate", "depend", "priority"]))
    assert "jobspec" in o and "R" not in o
is_(f.answer(tag), {"id": -1, "events": []})
few = f.start(M + "events-journal", {"allow": {"exception": 1}})
is_(f.answer(few), {"id": -1, "events": []})
for i in ids:
    f.cancel_job(i)
seen = [f.answer(tag)["events"][0]["name"] for _ in range(8)]
is_(seen, ["exception", "clean"] * 4)
is_([f.answer(few)["id"] for _ in range(4)], ids)
f.cancel(M + "events-journal-cancel", tag)
is_(list(f.drain(tag)), [])
is_(f.rpc(M + "stats-get")["journal"]["listeners"], 1)
is_(f.error(M + "post-event.post", {"id": 9, "name": "x"}), "2")
is_(f.error(M + "post-event.post", {"id": ids[0], "name": "x"}), "2")

P = lambda force=False, age=-1.0, num=-1, batch=50: f.rpc(M + "purge",
    {"age_limit": age, "num_limit": num, "batch": batch, "force": force})
is_(P(), {"count": 0})
is_(P(num=1), {"count": 3})
is_(P(age=0.0), {"count": 4})
is_(P(age=1000.0), {"count": 0})
for b in (0, 101):
    is_(f.error(M + "purge", {"age_limit": -1.0, "num_limit": 1, "batch": b,
        "force": False}), "22 batch must be >= 1 and <= 100")
f.subscribe("job-purge-inactive")
is_(P(True, num=1, batch=2), {"count": 2})
is_(f.event("job-purge-inactive"), ("job-purge-inactive",
                                    {"jobs": ids[:2]}))
is_(f.rpc("job-list.job-stats", {})["inactive_purged"], 2)
PI = lambda i, force: {"id": i, "force": force}
is_(f.error(M + "purge-id", PI(ids[0], 1)), "2 id not found")
is_(f.rpc(M + "purge-id", PI(ids[2], 0)), {"count": 1})
is_(f.rpc(M + "purge-id", PI(ids[2], 1)), {"count": 1})
is_(f.error(M + "purge-id", PI(ids[2], 1)), "2 id not found")
is_(f.error("job-info.lookup", {"id": ids[2], "keys": ["J"], "flags": 0}),
    "2 invalid job id")
is_(H("[:]"), [ids[3]])
h = f.submit(jobspec("true"), 0)
is_(f.error(M + "purge-id", PI(h, 1)), "22 cannot purge active job")
PY
}

@test "job-manager: the anonymous queue is stopped and closed" {
	py <<'PY'
M = "job-manager."
S = lambda: f.rpc(M + "queue-status", {})
is_(f.rpc(M + "queue-list"), {"queues": []})
is_(S(), {"enable": True, "start": True})
is_(f.error(M + "queue-status"), "71")
is_(f.error(M + "queue-status", {"name": "x"}), "22 'x' is not a valid queue")
is_(f.rpc(M + "queue-start", {"start": False, "all": False,
    "nocheckpoint": False, "reason": "maintenance"}), None)
is_(S(), {"enable": True, "start": False, "stop_reason": "maintenance"})
i = f.submit(jobspec("true"))
f.wait_event(i, "priority")
is_(f.rpc(M + "alloc-query"), {"queue_length": 0, "alloc_pending": 0,
                               "running": 0})
is_(f.rpc(M + "idle"), {"pending": 1})
f.rpc(M + "queue-start", {"start": True, "all": False})
f.wait_event(i, "clean")
is_(S(), {"enable": True, "start": True})
E = lambda on, **k: {"enable": on, "all": False, **k}
is_(f.error(M + "queue-enable", E(False)),
    "22 reason is required for disable")
is_(f.error(M + "queue-enable", E(True, name="x")),
    "22 'x' is not a valid queue")
f.rpc(M + "queue-enable", E(False, reason="closed"))
is_(S(), {"enable": False, "start": True, "disable_reason": "closed"})
is_(f.error("job-ingest.submit", {"J": wrap(jobspec()), "urgency": 16,
    "flags": 0}), "22 job submission is disabled: closed")
f.rpc(M + "queue-enable", E(True))
f.submit(jobspec("true"))
PY
}

@test "job-list: attributes, order, limits, constraints and errors" {
	py <<'PY'
L = "job-list.list"
def ids(constraint=None, **k):
    o = {"max_entries": 0, "attrs": [], **k}
    if constraint is not None:
        o["constraint"] = constraint
    return [j["id"] for j in f.rpc(L, o)["jobs"]]
def bad(**k):
    return f.error(L, {"max_entries": 0, "attrs": [], **k})
is_(ids(), [])
is_(f.stream_error(L, {"max_entries": 0, "attrs": []}), "61")
done = f.submit(jobspec("true"))
f.wait_event(done, "clean")
fail = f.submit(jobspec("false"))
f.wait_event(fail, "clean")
run = f.submit(jobspec("sleep 100", job={"name": "nn"}, bank="B"))
f.wait_event(run, "start")
h1 = f.submit(jobspec("true", duration=5.0), 0)
dep = f.submit(jobspec("true", dependencies=[
    {"scheme": "afterany", "value": f58(run)}]), 20)
h2 = f.submit(jobspec("true"), 0)
is_(ids(), [h1, dep, h2, run, fail, done])
is_(ids(max_entries=2), [h1, dep])
is_(ids({"states": [62]}), [h1, dep, h2, run])
is_(ids({"and": [{"states": ["INACTIVE"]}, {"results": ["CD"]}]}), [done])
is_(ids({"name": ["nn"]}), [run])
t = f.rpc("job-list.list-id", {"id": done, "attrs": ["t_inactive"]})["job"]
is_(ids(since=t["t_inactive"]), [h1, dep, h2, run, fail])
o = list(f.stream(L, {"max_entries": 2, "attrs": ["state"]}))
is_(o, [{"jobs": [{"id": h1, "state": 8}], "version": 1},
        {"jobs": [{"id": dep, "state": 2}]}])
names = f.rpc("job-list.list-attrs")["attrs"]
is_(names, ["userid", "urgency", "priority", "t_submit", "t_depend",
    "t_priority", "t_sched", "t_run", "t_cleanup", "t_inactive", "state",
    "name", "cwd", "queue", "project", "bank", "ntasks", "ncores", "duration",
    "nnodes", "ranks", "nodelist", "success", "exception_occurred",
    "exception_type", "exception_severity", "exception_note", "result",
    "expiration", "annotations", "waitstatus", "dependencies", "maxrss",
    "cputime", "all"])
def job(i, attrs=["all"]):
    return f.rpc("job-list.list-id", {"id": i, "attrs": attrs})["job"]
is_(list(job(done)), ["id", "userid", "urgency", "priority", "t_submit",
    "t_depend", "t_priority", "t_sched", "t_run", "t_cleanup", "t_inactive",
    "state", "name", "cwd", "ntasks", "ncores", "duration", "nnodes", "ranks",
    "nodelist", "success", "exception_occurred", "result", "expiration",
    "annotations", "waitstatus"])
is_(list(job(run)), ["id", "userid", "urgency", "priority", "t_submit",
    "t_depend", "t_priority", "t_sched", "t_run", "state", "name", "cwd",
    "bank", "ntasks", "ncores", "duration", "nnodes", "ranks", "nodelist",
    "expiration", "annotations"])
is_(list(job(dep)), ["id", "userid", "urgency", "t_submit", "t_depend",
    "state", "name", "cwd", "ntasks", "ncores", "duration", "dependencies"])
is_(job(dep, ["dependencies"])["dependencies"], [f"after-finish={f58(run)}"])
is_(job(fail, ["state", "result", "waitstatus", "state"]),
    {"id": fail, "state": 64, "result": 2, "waitstatus": 256})
is_(list(job(done, ["state", "name"])), ["id", "state", "name"])

INV = "71 invalid payload: "
is_(f.error(L), INV + "message does not have a string payload")
is_(f.error(L, {"attrs": []}), INV + "Object item not found: max_entries")
is_(f.error(L, {"max_entries": 0}), INV + "Object item not found: attrs")
is_(bad(max_entries=-1), INV + "max_entries < 0 not allowed")
is_(bad(max_entries="a"), INV + "Expected integer, got string")
is_(bad(since=-1.0), INV + "since < 0.0 not allowed")
is_(bad(attrs="x"), INV + "attrs must be an array")
is_(bad(attrs=["bad"]), "22 bad is not a valid attribute")
is_(bad(attrs=[5]), "22 attr has no string value")
C = INV + "constraint object invalid: "
is_(bad(constraint={"foo": []}), C + "unknown constraint operator: foo")
is_(bad(constraint=[]), C + "constraint must be JSON object")
is_(bad(constraint={"states": [62], "userid": [0]}),
    C + "constraint must only contain 1 element")
is_(bad(constraint={"states": ["bogus"]}),
    C + "invalid states value 'bogus' specified")

I = "job-list.list-id"
is_(f.error(I, {"id": 7, "attrs": []}), "2")
is_(f.error(I, {"id": run, "attrs": ["bad"]}),
    "22 bad is not a valid attribute")
is_(f.error(I, {"id": run}), INV + "Object item not found: attrs")
is_(f.error(I, {"id": run, "attrs": [], "state": 1}),
    INV + "invalid state specified")
is_(f.rpc(I, {"id": run, "attrs": [], "state": 8}), {"job": {"id": run}})
tag = f.send(I, {"id": dep, "attrs": ["state"], "state": 16})
assert f.quiet(tag)
f.cancel_job(run)
is_(f.answer(tag)["job"]["id"], dep)
PY
}

@test "job-list: a long list is sent in portions, each job once" {
	py <<'PY'
J = wrap(jobspec("true"))
tags = [f.send("job-ingest.submit", {"J": J, "urgency": 0, "flags": 0})
        for _ in range(1200)]
ids = [f.answer(t)["id"] for t in tags]
L = {"max_entries": 0, "attrs": ["state"]}
g = Flux()
g.start("job-list.list", L)
g.close()
t = f.start("job-list.list", L)
one = f.start("job-list.list", {**L, "max_entries": 1})
f.rpc("job-manager.raiseall", {"dry_run": False, "userid": -1, "states": 62,
                               "severity": 0, "type": "cancel"})
got = list(f.drain(t))
is_([o["jobs"][0]["id"] for o in got], ids)
is_([o.get("version") for o in got], [1] + [None] * 1199)
is_(len(list(f.drain(one))), 1)
is_(f.rpc("job-list.stats-get")["jobs"], {"pending": 0, "running": 0,
                                          "inactive": 1200})
PY
}

@test "job-list: statistics are streamed when something changes" {
	py <<'PY'
S = "job-list.job-stats"
zero = {"job_states": {"depend": 0, "priority": 0, "sched": 0, "run": 0,
    "cleanup": 0, "inactive": 0, "total": 0}, "successful": 0, "failed": 0,
    "canceled": 0, "timeout": 0, "inactive_purged": 0, "queues": []}
is_(f.rpc(S), zero)
is_(f.rpc(S, {}), zero)
tag = f.start(S, {})
is_(f.answer(tag), zero)
h = [f.submit(jobspec("true"), 0) for _ in range(10)]
# not one by one; how many at once depends on the load
told = [f.answer(tag)["job_states"]["sched"]]
while told[-1] < 10:
    told.append(f.answer(tag)["job_states"]["sched"])
assert len(told) < 10, told
assert f.quiet(tag), "told without a change"
is_(f.rpc("job-list.stats-get"), {"jobs": {"pending": 10, "running": 0,
    "inactive": 0}, "idsync": {"lookups": 0, "waits": 0},
    "stats_watchers": 1})
f.cancel_job(h[0])
o = f.answer(tag)
is_((o["canceled"], o["job_states"]["inactive"], o["job_states"]["total"]),
    (1, 1, 10))
for cmd in ("true", "false"):
    f.wait_event(f.submit(jobspec(cmd)), "clean")
o = f.rpc(S)
is_((o["successful"], o["failed"], o["canceled"], o["timeout"]), (1, 1, 1, 0))
PY
}

@test "job-info: lookup" {
	py <<'PY'
L = "job-info.lookup"
i = f.submit(jobspec("true"))
f.wait_event(i, "clean")
def get(*keys, flags=0):
    o = f.rpc(L, {"id": i, "keys": keys, "flags": flags})
    is_(list(o), ["id", *keys])
    return [o[k] for k in keys]
def bad(id=i, keys=["R"], flags=0):
    return f.error(L, {"id": id, "keys": keys, "flags": flags})
J, R, log = get("J", "R", "eventlog")
assert isinstance(R, str) and J.endswith(".none")
is_(get("R", flags=1), [json.loads(R)])
is_(json.loads(get("R", flags=2)[0]), json.loads(R))
is_(get("J", flags=3), [J])
is_(log.count("\n"), 10)
exec_log = get("guest.exec.eventlog")[0]
is_([json.loads(l)["name"] for l in exec_log.splitlines()][:2],
    ["init", "starting"])
is_(get(), [])
is_(bad(9), "2 invalid job id")
is_(bad(keys=["nope"]), "2 nope: key not found")
is_(bad(keys=["R", "nope"]), "2 nope: key not found")
is_(bad(keys=["guest"]), "21 guest: Is a directory")
is_(bad(flags=4), "71 lookup request rejected with invalid flag")
is_(bad(keys=[1]), "71")
is_(bad(keys="R"), "71")
is_(f.error(L, {"id": i, "flags": 0}), "71")
U = "job-info.update-lookup"
is_(f.rpc(U, {"id": i, "key": "R", "flags": 0}),
    {"id": i, "R": json.loads(R)})
is_(f.error(U, {"id": i, "key": "jobspec", "flags": 0}),
    "22 update-lookup unsupported key specified")
h = f.submit(jobspec("true"), 0)
is_(bad(h), "2 R: key not found")
PY
}

@test "job-info: logs are watched to their end" {
	py <<'PY'
W = "job-info.eventlog-watch"
def bad(id, path="eventlog", flags=0):
    return f.stream_error(W, {"id": id, "path": path, "flags": flags})
done = f.submit(jobspec("true"))
is_([n for n, c in f.events(done)][-1], "clean")
is_(list(f.events(done, "guest.exec.eventlog"))[-1][0], "done")
out = list(f.events(done, "guest.output"))
is_(out[0][0], "header")
o = list(f.stream(W, {"id": done, "path": "eventlog", "flags": 2}))
is_(o[-1], None, "sentinel")
is_(len(o), 11)
assert all(x["event"].endswith("\n") for x in o[:-1])
is_(f.error(W, {"id": done, "path": "eventlog", "flags": 0}),
    "71 eventlog-watch request rejected without streaming RPC flag")
is_(bad(done, flags=8), "71 eventlog-watch request rejected with invalid flag")
is_(bad(9), "2")
is_(bad(done, "nope"), "2")
is_(bad(done, "guest.nope", 1), "2")
is_(bad(done, 1), "71")

held = f.submit(jobspec("true"), 0)
tags = [f.start(W, {"id": held, "path": p, "flags": fl})
        for p in ("guest.output", "guest.exec.eventlog") for fl in (0, 1, 2)]
for t in tags:
    assert f.quiet(t, 0.05)
f.cancel_job(held)
for t in tags:
    is_(list(f.drain(t)), [])
is_(bad(held, "guest.output"), "61")

run = f.submit(jobspec("sleep 100"))
f.wait_event(run, "start")
is_(bad(run, "guest.nope"), "2")
t = f.start(W, {"id": run, "path": "guest.nope", "flags": 1})
assert f.quiet(t, 0.05)
e = f.start(W, {"id": run, "path": "eventlog", "flags": 0})
while '"start"' not in f.answer(e)["event"]:
    pass
many = [f.start(W, {"id": run, "path": "eventlog", "flags": 0})
        for _ in range(20)]
g = Flux()
g.start(W, {"id": run, "path": "eventlog", "flags": 0})
g.close()
f.cancel(W + "-cancel", e)
is_(list(f.drain(e)), [])
f.cancel(W + "-cancel", e)
f.cancel_job(run)
for m in many:
    is_('"clean"' in list(f.drain(m))[-1]["event"], True)
is_(list(f.drain(t)), [])
u = "job-info.update-watch"
is_(f.stream_error(u, {"id": 9, "key": "R", "flags": 0}), "2")
is_(f.stream_error(u, {"id": run, "key": "foo", "flags": 0}),
    "22 update-watch unsupported key specified")
is_(f.error(u, {"id": run, "key": "R", "flags": 0}),
    "71 update-watch request rejected without streaming RPC flag")
o = list(f.stream(u, {"id": run, "key": "R", "flags": 0}))
is_([list(x) for x in o], [["R"]])
is_(o[0]["R"]["version"], 1)
PY
}

@test "kvs: values, directories, links, resource.R and jobs" {
	py <<'PY'
V = lambda s: {"ver": 1, "type": "val",
               "data": base64.b64encode(s.encode()).decode()}
def get(key, flags=0, ns="primary"):
    return f.rpc("kvs.lookup", {"key": key, "namespace": ns,
                                "flags": flags})["val"]
def bad(key, flags=0, ns="primary"):
    return f.error("kvs.lookup", {"key": key, "namespace": ns,
                                  "flags": flags})
def ops(*l):
    return {"namespace": "primary", "flags": 0, "ops":
            [{"key": k, "flags": fl, "dirent": d} for k, fl, d in l]}
def put(*l):
    return f.rpc("kvs.commit", ops(*l))
root = put(("a.b", 0, V("1")))
is_(f.rpc("kvs.getroot", {"namespace": "primary", "flags": 0}),
    {"owner": os.getuid(), "flags": 0, "namespace": "primary", **root})
is_(get("a.b"), V("1"))
is_(get("a", 1)["data"], {"b": V("1")})
put(("a.b", 32, V("2")))
is_(get("a.b"), V("12"))
put(("a.c.d", 0, V("x")))
is_(get("a", 1)["data"]["c"]["type"], "dirref")
put(("l", 0, {"ver": 1, "type": "symlink", "data": {"target": "a.c"}}))
is_(get("l.d"), V("x"))
is_(get("l", 2)["data"], {"target": "a.c"})
put(("a.b", 0, None))
is_(bad("a.b"), "2")
is_(bad("nope"), "2")
is_(bad("a"), "21")
is_(bad("a.c.d", 1), "20")
is_(bad("a.c.d", 2), "22")
is_(bad("a", 0, "nope"), "95")
is_(f.error("kvs.lookup", {"key": "a", "namespace": "primary"}), "71")
put(("loop", 0, {"ver": 1, "type": "symlink", "data": {"target": "loop"}}))
is_(bad("loop"), "40")
is_(f.error("kvs.commit", ops((".", 0, V("1")))), "22")
is_(f.error("kvs.commit", ops(("x", 0, 5))), "22")
is_(f.error("kvs.commit", ops(("y", 0, V("1")), ("a", 32, V("1")))), "21")
is_(bad("y"), "2", "all or nothing")
is_(f.error("kvs.commit", {}), "71")
R = json.loads(base64.b64decode(get("resource.R")["data"]))
is_(R["version"], 1)
assert {"a", "l", "job", "resource"} <= set(get(".", 1)["data"])
i = f.submit(jobspec("true"))
f.wait_event(i, "clean")
h = f"{i:016x}"
k = "job." + ".".join(h[n:n + 4] for n in range(0, 16, 4))
log = base64.b64decode(get(k + ".eventlog")["data"]).decode()
is_(log.count("\n"), 10)
is_(set(get("job", 1)["data"]), {h[0:4]})
is_(set(get("job." + h[0:4] + "." + h[4:8], 1)["data"]), {h[8:12]})
is_(get("job.0000.ffff", 1)["data"], {})
is_(bad("job"), "21")
is_(bad("job.x", 1), "2")
is_(bad("job.00000", 1), "2")
assert {"J", "R", "eventlog", "guest", "jobspec"} <= set(get(k, 1)["data"])
is_(f.rpc("kvs.namespace-list")["namespaces"],
    [{"namespace": "primary", "owner": os.getuid(), "flags": 0}])
w = f.start("kvs-watch.lookup", {"key": "w", "namespace": "primary",
                                 "flags": 12})
assert f.quiet(w, 0.05)
put(("w", 0, V("1")))
is_(f.answer(w), {"val": V("1")})
put(("other", 0, V("1")))
put(("w", 0, V("2")))
is_(f.answer(w), {"val": V("2")})
f.cancel("kvs-watch.cancel", w)
is_(list(f.drain(w)), [])
PY
}

@test "what a client sends does not end the broker" {
	py <<'PY'
import random
random.seed(7)
topics = ["job-ingest.submit", "job-manager.raise", "job-manager.raiseall",
    "job-manager.kill", "job-manager.urgency", "job-manager.memo",
    "job-manager.update", "job-manager.wait", "job-manager.queue-status",
    "job-manager.queue-enable", "job-manager.queue-start", "job-manager.list",
    "job-manager.getattr", "job-manager.history.get", "job-manager.purge",
    "job-manager.purge-id", "job-manager.events-journal",
    "job-manager.post-event.post", "job-manager.jobtap",
    "job-manager.housekeeping-kill", "job-list.list", "job-list.list-id",
    "job-list.job-stats", "job-info.lookup", "job-info.eventlog-watch",
    "job-info.update-watch", "job-info.update-lookup", "kvs.lookup",
    "kvs.commit", "kvs.getroot", "kvs.wait-version", "kvs-watch.lookup"]
i = f.submit(jobspec("true"), 0)
values = [None, 0, -1, 1 << 62, 1.5, "", "x", "ƒ", [], {}, [[]], [{}],
    {"a": None}, True, i, "eventlog", "primary", "a.b.", "..", "[:]", "R",
    [{"key": "a", "flags": 0, "dirent": {}}], ["R"], [5], {"and": [{}]},
    "\u0000", {"attributes.system.duration": 5}, {"attributes..x": 1}]
keys = ["id", "J", "urgency", "flags", "severity", "type", "note", "userid",
    "states", "dry_run", "signum", "memo", "updates", "name", "enable",
    "start", "all", "reason", "max_entries", "attrs", "slice", "age_limit",
    "num_limit", "batch", "force", "full", "allow", "context", "query_only",
    "since", "constraint", "state", "keys", "path", "key", "namespace", "ops",
    "rootseq", "matchtag"]
for n in range(3000):
    t = random.choice(topics)
    p = {k: random.choice(values) for k in random.sample(keys, 12)}
    if random.random() < 0.7:
        p["id"] = i
    flags = random.choice([0, 0, NORESPONSE, STREAMING])
    body = json.dumps(p).encode() + b"\0"
    if random.random() < 0.1:
        body = body[:random.randrange(len(body))]
    f.send(t, body, flags=flags)
    if n % 100 == 0:
        while f.read(0):
            pass
g = Flux()
is_(g.rpc("attr.get", {"name": "rank"})["value"], "0")
PY
}
