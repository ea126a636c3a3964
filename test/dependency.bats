#!/usr/bin/env bats
# Dependencies: what each scheme waits for, how it is described, what is
# refused at submit, and how a job ends whose dependency can hold no more.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
}
teardown() { instance_stop; }

@test "after schemes on jobs that have ended" {
	py <<'PY'
done, fail = f.submit(jobspec("true")), f.submit(jobspec("false"))
never = f.submit(jobspec("true"), 0)
f.cancel_job(never)
canc = f.submit(jobspec("sleep 100"))
f.wait_event(canc, "start")
f.cancel_job(canc)
for i in (done, fail, never, canc):
    f.wait_event(i, "clean")
name = {done: "done", fail: "fail", never: "never", canc: "canceled"}

def outcome(scheme, target):
    """The description if it is satisfied at once, or the refusal."""
    spec = jobspec("true", dependencies=[
        {"scheme": scheme, "value": f58(target)}])
    try:
        i = f.submit(spec, 0)
    except RpcError as e:
        return str(e).replace(f58(target), "ID")
    f.wait_event(i, "priority")
    f.cancel_job(i)
    log = [(n, c) for n, c in f.events(i) if n != "exception"]
    is_([n for n, c in log[:5]], ["submit", "dependency-add",
        "dependency-remove", "validate", "depend"])
    is_(log[1][1], log[2][1])
    return log[1][1]["description"].replace(f58(target), "ID")

NEVER = "22 dependency: after: ID never started"
table = {
    "afterstart": ["after-start=ID", "after-start=ID", NEVER,
                   "after-start=ID"],
    "afterany": ["after-finish=ID"] * 4,
    "afterok": ["after-success=ID",
        "22 dependency: afterok: job ID failed or was canceled", NEVER,
        "22 dependency: afterok: job ID failed or was canceled"],
    "afternotok": ["22 dependency: afternotok: job ID succeeded",
        "after-failure=ID", NEVER, "after-failure=ID"],
    "afterexcept": ["22 dependency: afterexcept: job ID: no exception",
        "22 dependency: afterexcept: job ID: no exception", NEVER,
        "after-except=ID"],
}
for scheme, want in table.items():
    for target, w in zip((done, fail, never, canc), want):
        is_(outcome(scheme, target), w, f"{scheme} {name[target]}")
PY
}

@test "after schemes on jobs that have not ended" {
	py <<'PY'
schemes = {"afterstart": "after-start", "afterany": "after-finish",
    "afterok": "after-success", "afternotok": "after-failure",
    "afterexcept": "after-except"}
def depend_on(target):
    return {s: f.submit(jobspec("true", dependencies=[
        {"scheme": s, "value": str(target)}]), 0) for s in schemes}
def fate(jobs, target):
    """go: only held, waits: still there, or the note of the exception."""
    out = {}
    for s, i in jobs.items():
        o = f.rpc("job-list.list-id", {"id": i,
            "attrs": ["state", "dependencies", "exception_note"]})["job"]
        if o["state"] == 2:
            is_(o["dependencies"], [f"{schemes[s]}={f58(target)}"])
        out[s] = {2: "waits", 8: "go"}.get(o["state"]) or \
            o["exception_note"].replace(f58(target), "ID")
    return out

NO = lambda d: f"dependency {d}=ID can never be satisfied"
GO = {s: "go" for s in schemes}

held = f.submit(jobspec("true"), 0)
jobs = depend_on(held)
is_(fate(jobs, held), {s: "waits" for s in schemes})
f.cancel_job(held)
f.wait_event(held, "clean")
is_(fate(jobs, held), {s: f"dependency {d}=ID job never started"
    for s, d in schemes.items()} | {"afterany": "go"})
is_(f.wait_event(jobs["afterok"], "exception")["type"], "dependency")

run = f.submit(jobspec("sleep 100"))
f.wait_event(run, "start")
jobs = depend_on(run)
is_(fate(jobs, run), {s: "waits" for s in schemes} | {"afterstart": "go"})
f.cancel_job(run)
f.wait_event(run, "clean")
is_(fate(jobs, run), GO | {"afterok": NO("after-success")})

for urgency, command, wrong in ((0, "true", {
        "afternotok": NO("after-failure"), "afterexcept": NO("after-except")}),
        (0, "false", {"afterok": NO("after-success"),
                      "afterexcept": NO("after-except")})):
    i = f.submit(jobspec(command), 0)
    jobs = depend_on(i)
    f.rpc("job-manager.urgency", {"id": i, "urgency": 16})
    f.wait_event(i, "clean")
    is_(fate(jobs, i), GO | wrong, command)
PY
}

@test "bad dependencies are refused" {
	py <<'PY'
def bad(**d):
    return f.error("job-ingest.submit", {"urgency": 16, "flags": 0,
        "J": wrap(jobspec("true", dependencies=[d]))})
is_(bad(scheme="foo", value="x"), '22 dependency scheme "foo" not supported')
is_(bad(scheme="", value="x"), '22 dependency scheme "" not supported')
is_(bad(scheme="afterok", value="1234"),
    "22 dependency: afterok: id 1234: job not found")
is_(bad(scheme="afterok", value="xyz"),
    '22 dependency: afterok: "xyz" is not a valid jobid')
is_(bad(scheme="afterany", value=""),
    '22 dependency: afterany: "" is not a valid jobid')
is_(bad(scheme="singleton", value=""), "22 singleton jobs require a job name")
is_(bad(scheme="begin-time", value="xx"), "22 Invalid begin-time=xx")
is_(bad(scheme="begin-time", value="inf"), "22 Invalid begin-time=inf")
# nothing is left of them
is_(f.rpc("job-list.list", {"max_entries": 0, "attrs": []}), {"jobs": []})
PY
}

@test "after is deprecated and says so" {
	py <<'PY'
i = f.submit(jobspec("true"), 0)
j = f.submit(jobspec("true", dependencies=[
    {"scheme": "after", "value": f58(i)}]), 0)
is_(f.wait_event(j, "exception"), {"type": "dependency", "severity": 3,
    "note": "dependency scheme 'after' is deprecated, use 'afterstart'",
    "userid": os.getuid()})
is_(f.wait_event(j, "dependency-add"),
    {"description": f"after-start={f58(i)}"})
PY
}

@test "a dependency that is given twice counts once" {
	py <<'PY'
i = f.submit(jobspec("true"), 0)
d = [{"scheme": s, "value": f58(i)} for s in ("afterok", "afterany",
                                             "afterok")]
j = f.submit(jobspec("true", dependencies=d), 0)
o = f.rpc("job-list.list-id", {"id": j, "attrs": ["dependencies"]})
is_(o["job"]["dependencies"], [f"after-success={f58(i)}",
                               f"after-finish={f58(i)}"])
f.rpc("job-manager.urgency", {"id": i, "urgency": 16})
f.wait_event(j, "depend")
PY
}

@test "begin-time waits for its time" {
	py <<'PY'
t = time.time() + 0.5
i = f.submit(jobspec("true", dependencies=[
    {"scheme": "begin-time", "value": str(t)}]), 0)
d = f"begin-time={t:.3f}"
o = f.rpc("job-list.list-id", {"id": i, "attrs": ["dependencies", "state"]})
is_(o["job"], {"id": i, "dependencies": [d], "state": 2})
is_(f.wait_event(i, "dependency-remove"), {"description": d})
assert time.time() >= t
i = f.submit(jobspec("true", dependencies=[
    {"scheme": "begin-time", "value": "1.5"}]), 0)
is_(f.wait_event(i, "dependency-remove"), {"description": "begin-time=1.500"})
# one that is cancelled before forgets its timer
i = f.submit(jobspec("true", dependencies=[
    {"scheme": "begin-time", "value": str(time.time() + 0.1)}]), 0)
f.cancel_job(i)
names = [n for n, c in f.events(i)]
is_(names, ["submit", "dependency-add", "validate", "exception", "clean"])
PY
}

@test "singleton: one at a time, in order" {
	py <<'PY'
def single(name, more=(), urgency=16, command="sleep 100"):
    return f.submit(jobspec(command, job={"name": name}, dependencies=[
        {"scheme": "singleton", "value": ""}, *more]), urgency)
def state(i):
    return f.rpc("job-list.list-id", {"id": i, "attrs": ["state"]}
                 )["job"]["state"]
a = single("x")
f.wait_event(a, "start")
b, c = single("x"), single("x", urgency=0)
other = single("y")
plain = f.submit(jobspec("sleep 100", job={"name": "x"}), 0)
f.wait_event(other, "depend")
is_((state(b), state(c)), (2, 2))
is_(f.wait_event(b, "dependency-add"), {"description": "singleton"})
f.cancel_job(a)
f.wait_event(a, "clean")
is_(state(b), 2, "a job of that name without singleton counts too")
f.cancel_job(plain)
f.wait_event(b, "depend")
is_(state(c), 2)
f.cancel_job(b)
f.wait_event(c, "depend")
# one that waits for more is let go last
h = f.submit(jobspec("true"), 0)
d = single("x", [{"scheme": "afterany", "value": f58(h)}])
e = single("x", urgency=0)
f.cancel_job(c)
f.wait_event(e, "depend")
f.cancel_job(h)
f.wait_event(h, "clean")
is_(state(d), 2)
f.cancel_job(e)
f.wait_event(d, "depend")
PY
}

@test "a long chain of dependent jobs ends with its first job" {
	py <<'PY'
first = prev = f.submit(jobspec("true"), 0)
for n in range(500):
    prev = f.submit(jobspec("true", dependencies=[
        {"scheme": "afterok", "value": str(prev)}]))
f.cancel_job(first)
is_(f.wait_event(prev, "exception")["type"], "dependency")
f.wait_event(prev, "clean")
is_(f.rpc("job-manager.stats-get")["active_jobs"], 0)
PY
}
