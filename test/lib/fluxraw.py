# SPDX-License-Identifier: MIT
"""
A client of the broker that uses no Flux library: frames over the Unix socket
that FLUX_URI names (or the one given), JSON payloads. For tests of the
protocol. What it knows of the wire is all in this file, on purpose apart from
lib/common/msg.c, so that one can check the other.

    f = Flux()
    f.rpc("attr.get", {"name": "rank"})          -> {"value": "0", ...}
    f.rpc("foo.bar")                             raises RpcError(errnum, text)
    for o in f.stream("job-info.eventlog-watch", {...}): ...
    f.error("foo.bar")                           -> "38 No service ..."
"""
import base64
import json
import os
import select
import socket
import struct
import time

TOPIC, PAYLOAD, NORESPONSE, ROUTE, STREAMING = 1, 2, 4, 8, 0x40
REQUEST, RESPONSE, EVENT = 1, 2, 4
ANY = 0xFFFFFFFF
ENODATA = 61


class RpcError(Exception):
    def __init__(self, errnum, text):
        super().__init__(f"{errnum} {text or ''}".strip())
        self.errnum = errnum
        self.text = text


def parts(data):
    """The length-prefixed parts of a message."""
    out, i = [], 0
    while i < len(data):
        n = data[i]
        i += 1
        if n == 255:
            (n,) = struct.unpack(">I", data[i : i + 4])
            i += 4
        out.append(data[i : i + n])
        i += n
    return out


def part(b):
    if len(b) < 255:
        return bytes([len(b)]) + b
    return b"\xff" + struct.pack(">I", len(b)) + b


class Message:
    def __init__(self, data):
        p = parts(data)
        h = p.pop()
        (magic, version, self.type, self.flags, self.userid, self.rolemask,
         self.aux1, self.tag) = struct.unpack(">BBBBIIII", h)
        assert magic == 0x8E and version == 1
        self.routes = []
        if self.flags & ROUTE:
            while p[0]:
                self.routes.append(p.pop(0))
            p.pop(0)
        self.topic = p.pop(0).decode() if self.flags & TOPIC else ""
        self.payload = p.pop(0) if self.flags & PAYLOAD else None

    def text(self):
        if self.payload is None:
            return None
        return self.payload.rstrip(b"\0").decode()

    def json(self):
        if self.payload is None:
            return None
        assert self.payload.endswith(b"\0"), "payload without NUL"
        return json.loads(self.payload[:-1])


class Flux:
    def __init__(self, uri=None, userid=ANY, rolemask=0, timeout=20):
        uri = uri or os.environ["FLUX_URI"]
        assert uri.startswith("local://")
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.s.connect(uri[len("local://"):].strip())
        self.userid, self.rolemask = userid, rolemask
        self.timeout = timeout
        self.buf = b""
        self.tag = 0
        self.waiting = []  # messages nobody asked for yet
        hello = self.s.recv(1)
        assert hello == b"\0", f"refused: {hello!r}"

    def close(self):
        self.s.close()

    def send(self, topic, payload=None, nodeid=ANY, flags=0, tag=None):
        """Send a request, return its matchtag."""
        if tag is None:
            if flags & NORESPONSE:
                tag = 0
            else:
                self.tag += 1
                tag = self.tag
        body = b"\0" + part(topic.encode())
        flags |= TOPIC | ROUTE
        if payload is not None:
            if not isinstance(payload, bytes):
                payload = json.dumps(payload).encode() + b"\0"
            flags |= PAYLOAD
            body += part(payload)
        body += part(struct.pack(">BBBBIIII", 0x8E, 1, REQUEST, flags,
                                 self.userid, self.rolemask, nodeid, tag))
        self.s.sendall(b"\x12\x00\xee\xff" + struct.pack(">I", len(body)) + body)
        return tag

    def read(self, timeout):
        """One message from the socket, or None after timeout seconds."""
        end = time.monotonic() + timeout
        while True:
            if len(self.buf) >= 8:
                assert self.buf[:4] == b"\x12\x00\xee\xff"
                (n,) = struct.unpack(">I", self.buf[4:8])
                if len(self.buf) >= 8 + n:
                    data = self.buf[8 : 8 + n]
                    self.buf = self.buf[8 + n :]
                    return Message(data)
            left = end - time.monotonic()
            if left < 0 or not select.select([self.s], [], [], left)[0]:
                return None
            d = self.s.recv(1 << 16)
            if not d:
                raise ConnectionResetError("broker closed the connection")
            self.buf += d

    def take(self, want, timeout=None):
        """The next message for which want(m) holds; None after timeout."""
        for i, m in enumerate(self.waiting):
            if want(m):
                return self.waiting.pop(i)
        end = time.monotonic() + (self.timeout if timeout is None else timeout)
        while (left := end - time.monotonic()) >= 0:
            m = self.read(left)
            if m is None:
                return None
            if want(m):
                return m
            self.waiting.append(m)
        return None

    def answer(self, tag, timeout=None):
        """The next response to tag: its JSON. Raises RpcError."""
        m = self.take(lambda m: m.type == RESPONSE and m.tag == tag, timeout)
        if m is None:
            raise TimeoutError(f"no response with tag {tag}")
        if m.aux1:
            raise RpcError(m.aux1, m.text())
        return m.json()

    def quiet(self, tag, timeout=0.3):
        """True if no response to tag comes within timeout."""
        m = self.take(lambda m: m.type == RESPONSE and m.tag == tag, timeout)
        if m is not None:
            self.waiting.insert(0, m)
        return m is None

    def rpc(self, topic, payload=None, nodeid=ANY):
        return self.answer(self.send(topic, payload, nodeid))

    def error(self, topic, payload=None, nodeid=ANY):
        """What an RPC that must fail says: "22 text", or "22"."""
        try:
            answer = self.rpc(topic, payload, nodeid)
        except RpcError as e:
            return str(e)
        raise AssertionError(f"{topic} {payload}: no error, but {answer}")

    def stream_error(self, topic, payload=None, nodeid=ANY):
        """The same of a streaming RPC; "61" is its normal end."""
        tag = self.start(topic, payload, nodeid)
        while True:
            try:
                self.answer(tag)
            except RpcError as e:
                return str(e)

    def start(self, topic, payload=None, nodeid=ANY):
        """Begin a stream: its matchtag."""
        return self.send(topic, payload, nodeid, STREAMING)

    def drain(self, tag):
        """The answers of a stream up to ENODATA."""
        while True:
            try:
                o = self.answer(tag)
            except RpcError as e:
                if e.errnum != ENODATA:
                    raise
                return
            yield o

    def stream(self, topic, payload=None, nodeid=ANY):
        return self.drain(self.start(topic, payload, nodeid))

    def cancel(self, topic, tag):
        self.send(topic, {"matchtag": tag}, flags=NORESPONSE)

    def subscribe(self, prefix):
        self.rpc("event.subscribe", {"topic": prefix})

    def event(self, prefix, timeout=None):
        m = self.take(
            lambda m: m.type == EVENT and m.topic.startswith(prefix), timeout)
        return m and (m.topic, m.json())

    # -- jobs -------------------------------------------------------------
    def submit(self, spec, urgency=16, flags=0, uid=None):
        return self.rpc("job-ingest.submit", {
            "J": wrap(spec, uid), "urgency": urgency, "flags": flags})["id"]

    def events(self, jobid, path="eventlog", flags=0):
        """Whole log, up to its end, as (name, context)."""
        for o in self.stream("job-info.eventlog-watch",
                             {"id": jobid, "path": path, "flags": flags}):
            e = json.loads(o["event"])
            yield e["name"], e.get("context")

    def wait_event(self, jobid, name, path="eventlog", flags=0, count=1):
        """Context of the count-th event of that name."""
        tag = self.start("job-info.eventlog-watch",
                         {"id": jobid, "path": path, "flags": flags})
        seen = []
        try:
            while True:
                e = json.loads(self.answer(tag)["event"])
                seen.append(e["name"])
                if e["name"] == name:
                    count -= 1
                    if count == 0:
                        return e.get("context")
        except RpcError as x:
            raise AssertionError(
                f"log ended ({x}) before {name}: {seen}") from None
        finally:
            self.cancel("job-info.eventlog-watch-cancel", tag)

    def cancel_job(self, jobid, note=None):
        o = {"id": jobid, "type": "cancel", "severity": 0}
        if note is not None:
            o["note"] = note
        self.rpc("job-manager.raise", o)


def is_(got, expected, name=""):
    """Equal, or the test ends here."""
    if got != expected:
        raise SystemExit(f"{name}\n     got: {got!r}\nexpected: {expected!r}")


def wrap(spec, uid=None):
    """J: a jobspec (object or text) signed with mechanism none."""
    text = spec if isinstance(spec, str) else json.dumps(spec)
    uid = os.getuid() if uid is None else uid
    head = f"version\0i1\0userid\0i{uid}\0mechanism\0snone\0".encode()
    b64 = lambda b: base64.b64encode(b).decode()
    return f"{b64(head)}.{b64(text.encode())}.none"


def jobspec(command=("true",), nslots=1, cores=1, nodes=0, duration=0.0,
            exclusive=False, **system):
    """A version 1 jobspec; further keywords go to attributes.system."""
    if isinstance(command, str):
        command = command.split()
    slot = {"type": "slot", "count": nslots, "label": "task",
            "with": [{"type": "core", "count": cores}]}
    res = slot
    if nodes:
        res = {"type": "node", "count": nodes, "with": [slot]}
        if exclusive:
            res["exclusive"] = True
    return {
        "resources": [res],
        "tasks": [{"command": list(command), "slot": "task",
                   "count": {"per_slot": 1}}],
        "attributes": {"system": {
            "duration": duration, "environment": dict(os.environ),
            "cwd": os.getcwd(), **system}},
        "version": 1,
    }


def f58(n):
    """Job id in its usual form."""
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    s = ""
    while True:
        n, r = divmod(n, 58)
        s = digits[r] + s
        if not n:
            return "ƒ" + s
