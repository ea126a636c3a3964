#!/usr/bin/env bats
# Queues, limits and defaults of the configuration, as the broker applies them.

setup() {
	load lib/setup
	load lib/py
	cat >"$BATS_TEST_TMPDIR/conf.toml" <<'TOML'
[policy.jobspec.defaults.system]
queue = "batch"
duration = "1m"
[policy.limits]
duration = "2h"
job-size.max.nnodes = 3
job-size.max.ncores = 10
job-size.max.ngpus = 2
[queues.batch]
requires = ["big"]
[queues.debug]
requires = ["small"]
policy.limits.duration = "30m"
policy.limits.job-size.min.nnodes = 2
policy.jobspec.defaults.system.duration = "5m"
[queues.express]
parent = "batch"
policy.limits.duration = "10m"
[queues.free]
policy.limits.job-size.max.ncores = -1
TOML
	instance_start -s 1 --config-path="$BATS_TEST_TMPDIR/conf.toml"
}
teardown() { instance_stop; }

@test "a jobspec is completed by the defaults of policy and queue" {
	py <<'PY'
def system(**k):
    i = f.submit(jobspec("true", **k))
    o = f.rpc("job-info.lookup", {"id": i, "keys": ["jobspec"], "flags": 1})
    s = o["jobspec"]["attributes"]["system"]
    return s.get("queue"), s["duration"], s.get("constraints")
P = lambda *p: {"properties": list(p)}
is_(system(), ("batch", 60.0, P("big")))
is_(system(duration=90.0), ("batch", 90.0, P("big")))
is_(system(queue="debug", nodes=2), ("debug", 300.0, P("small")))
is_(system(queue="express"), ("express", 60.0, P("big")))
is_(system(queue="free"), ("free", 60.0, None))
is_(system(constraints=P("x")), ("batch", 60.0, P("x", "big")))
is_(system(constraints={"or": [P("x"), P("y")]}), ("batch", 60.0,
    {"and": [{"or": [P("x"), P("y")]}, P("big")]}))
PY
}

@test "jobs beyond a limit are refused" {
	py <<'PY'
def bad(**k):
    return f.error("job-ingest.submit", {"J": wrap(jobspec("true", **k)),
                                         "urgency": 16, "flags": 0})
is_(bad(queue="nope"), "1 Invalid queue 'nope' specified")
is_(bad(duration=18000.0),
    "22 requested duration (5h) exceeds policy limit of 2h for queue batch")
is_(bad(queue="debug", nodes=2, duration=3600.0),
    "22 requested duration (1h) exceeds policy limit of 30m for queue debug")
is_(bad(queue="express", duration=1200.0),
    "22 requested duration (20m) exceeds policy limit of 10m for queue express")
is_(bad(queue="debug"),
    "22 requested nnodes (0) is under policy limit of 2 for queue debug")
is_(bad(nodes=4),
    "22 requested nnodes (4) exceeds policy limit of 3 for queue batch")
is_(bad(nslots=12),
    "22 requested ncores (12) exceeds policy limit of 10 for queue batch")
f.submit(jobspec("true", queue="free", nslots=12))
spec = jobspec("true")
spec["resources"][0]["with"].append({"type": "gpu", "count": 3})
is_(f.error("job-ingest.submit", {"J": wrap(spec), "urgency": 16, "flags": 0}),
    "22 requested ngpus (3) exceeds policy limit of 2 for queue batch")
PY
}

@test "named queues are started, stopped and closed one by one" {
	py <<'PY'
M = "job-manager."
S = lambda q: f.rpc(M + "queue-status", {"name": q})
def start(on, q=None, all=False, **k):
    f.rpc(M + "queue-start", {"start": on, "all": all, **k,
                              **({"name": q} if q else {})})
is_(f.rpc(M + "queue-list"),
    {"queues": ["batch", "debug", "express", "free"]})
is_(f.error(M + "queue-status", {}), "22 a named queue is required")
is_(f.error(M + "queue-status", {"name": "x"}), "22 'x' is not a valid queue")
ALL = "22 Use --all to apply this command to all queues"
is_(f.error(M + "queue-start", {"start": True, "all": False}), ALL)
is_(f.error(M + "queue-enable", {"enable": True, "all": False}), ALL)
is_(S("batch"), {"enable": True, "start": False})
is_(S("express"), {"enable": True, "start": False, "parent": "batch"})
start(True, "express")
is_(S("express"), {"enable": True, "start": False, "parent": "batch",
    "blocked": "parent", "stop_reason": "parent queue 'batch' is stopped"})
start(False, "batch", reason="maintenance")
is_(S("batch"), {"enable": True, "start": False,
                 "stop_reason": "maintenance"})
i = f.submit(jobspec("true", queue="express"))
f.wait_event(i, "priority")
is_(f.rpc(M + "alloc-query")["alloc_pending"], 0)
f.rpc(M + "queue-enable", {"enable": False, "all": False, "name": "batch",
                           "reason": "closed"})
is_(f.error("job-ingest.submit", {"J": wrap(jobspec()), "urgency": 16,
    "flags": 0}), "22 job submission to batch is disabled: closed")
start(True, all=True)
is_(S("express"), {"enable": True, "start": True, "parent": "batch"})
is_(S("batch"), {"enable": False, "start": True, "disable_reason": "closed"})
q = f.rpc("job-list.job-stats", {})["queues"]
is_([(s["name"], s["job_states"]["total"]) for s in q],
    [("batch", 0), ("debug", 0), ("express", 1), ("free", 0)])
PY
}

@test "a pending job moves to another queue" {
	py <<'PY'
T = "job-manager.update"
Q, C = "attributes.system.queue", "attributes.system.constraints"
D = "attributes.system.duration"
i = f.submit(jobspec("true"))
def bad(q, i=i):
    return f.error(T, {"id": i, "updates": {Q: q}})
is_(bad("batch"), "22 job queue is already set to batch")
is_(bad("nope"), "22 'nope' is not a valid queue")
is_(bad("debug"),
    "22 requested nnodes (0) is under policy limit of 2 for queue debug")
f.rpc(T, {"id": i, "updates": {Q: "free"}})
is_(f.wait_event(i, "jobspec-update"), {Q: "free", C: {}})
o = f.rpc("job-list.list-id", {"id": i, "attrs": ["queue", "state"]})["job"]
is_(o, {"id": i, "queue": "free", "state": 8})
f.rpc(T, {"id": i, "updates": {D: 99999}})
is_(bad("express"), "22 requested duration (1.1574d) exceeds policy limit "
    "of 10m for queue express")
j = f.submit(jobspec("true", constraints={"properties": ["x"]}))
is_(bad("free", j), "22 job appears to have non-queue constraints, "
    "unable to update queue to free")
PY
}
