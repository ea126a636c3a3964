# SPDX-License-Identifier: MIT
"""
Sends what real tools send, from test/data/wire/tools.json, and compares the
answers key by key. In an expected answer "<int>", "<real>", "<str>", "<bool>"
and "<obj>" stand for any value of that type, "<R>" for a resource set, "$name"
for a value that was saved before; everything else is meant literally.
"""
import sys

from fluxraw import *

TYPES = {"<int>": int, "<real>": float, "<str>": str, "<bool>": bool,
         "<obj>": dict}
R_SHAPE = {"version", "execution"}
EXECUTION = {"R_lite", "starttime", "expiration", "nodelist", "nslots",
             "properties"}
ADDED = {"maxrss", "cputime"}  # of `finish`: what only we say


def is_R(o):
    x = o.get("execution") if isinstance(o, dict) else None
    return (isinstance(x, dict) and R_SHAPE <= set(o) and
            EXECUTION - {"nslots", "properties"} <= set(x) <= EXECUTION)


def differs(got, want, path="answer"):
    """Why got is not of the shape of want, or None."""
    if want == "<R>":
        return None if is_R(got) else f"{path}: no R: {got}"
    if isinstance(want, str) and want in TYPES:
        ok = type(got) is TYPES[want]
        return None if ok else f"{path}: {got!r} is no {want}"
    if type(got) is not type(want):
        return f"{path}: got {got!r}, expected {want!r}"
    if isinstance(want, dict):
        if set(got) - ADDED != set(want) - ADDED:
            return (f"{path}: keys missing: {sorted(set(want) - set(got))}, "
                    f"too many: {sorted(set(got) - set(want))}")
        return next(filter(None, (differs(got[k], want[k], f"{path}.{k}")
                                  for k in want)), None)
    if isinstance(want, list):
        if len(got) != len(want):
            return f"{path}: {len(got)} entries, expected {len(want)}: {got}"
        return next(filter(None, (differs(g, w, f"{path}[{i}]") for i, (g, w)
                                  in enumerate(zip(got, want)))), None)
    return None if got == want else f"{path}: got {got!r}, expected {want!r}"


class Replay:
    def __init__(self):
        self.f = Flux()
        self.vars = {"uid": os.getuid()}

    def fill(self, o):
        if isinstance(o, dict):
            return {k: self.fill(v) for k, v in o.items()}
        if isinstance(o, list):
            return [self.fill(v) for v in o]
        if isinstance(o, str) and o.startswith("$"):
            return self.vars[o[1:]]
        return o

    def compare(self, got, want):
        why = differs(got, self.fill(want))
        if why:
            raise AssertionError(why)

    def call(self, topic, payload, step):
        nodeid = step.get("nodeid", ANY)
        if "fail" in step:
            is_(self.f.error(topic, payload, nodeid), step["fail"])
            return
        got = self.f.rpc(topic, payload, nodeid)
        self.compare(got, step["get"])
        if "save" in step:
            self.vars[step["save"]] = got["id"]

    def submit(self, step):
        args = dict(step["submit"])
        spec = jobspec(args["command"])
        self.call("job-ingest.submit", {"J": wrap(spec), "urgency":
            step.get("urgency", 16), "flags": step.get("flags", 0)}, step)

    def rpc(self, step):
        self.call(step["rpc"], self.fill(step.get("send")), step)

    def stream(self, step):
        tag = self.f.start(step["stream"], self.fill(step["send"]),
                           step.get("nodeid", ANY))
        if step.get("open"):
            got = [self.f.answer(tag) for _ in step["get"]]
        else:
            got = list(self.f.drain(tag))
        self.compare(got, step["get"])

    def log(self, step):
        got = [list(e) for e in self.f.events(self.fill(step["log"]),
                                              step["path"])]
        want = self.fill(step["get"])
        if step.get("any_order"):
            order = lambda e: (e[0] != "header", str(e[1].get("stream")),
                               "eof" in e[1])
            got.sort(key=order)
            want.sort(key=order)
        self.compare(got, want)

    def until(self, step):
        self.f.wait_event(self.fill(step["of"]), step["until"])

    def ended(self, step):
        self.f.wait_event(self.fill(step["ended"]), "clean")

    def step(self, step):
        for kind in ("submit", "rpc", "stream", "log", "until", "ended"):
            if kind in step:
                return getattr(self, kind)(step)
        raise AssertionError(f"no such step: {step}")


def main(path):
    r = Replay()
    failed = 0
    for c in json.load(open(path, encoding="utf-8")):
        for s in c["steps"]:
            try:
                r.step(s)
            except (AssertionError, RpcError, TimeoutError, SystemExit) as e:
                print(f"{c['command']}: {json.dumps(s)[:120]}\n    {e}")
                failed += 1
    sys.exit(failed > 0)


main(sys.argv[1])
