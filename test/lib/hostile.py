# SPDX-License-Identifier: MIT
"""
A client that means harm, and another one beside it that must not notice.

    with Harm() as h:        # measures before, and checks after
        ... do harm ...

While the block runs, a victim in a process of its own asks the broker again
and again. At the end: the broker is the same process, the victim got all its
answers, its median latency was within 3x of what it was alone (and 20 ms,
since the machine has other work), and the broker has its memory back.
"""
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import time

from fluxraw import *

MB = 1 << 20
SLACK = 0.02  # seconds

VICTIM = """
import sys, time
from fluxraw import Flux
f = Flux(timeout=30)
while True:
    t = time.monotonic()
    f.rpc("attr.get", {"name": "rank"})
    print(time.monotonic() - t, flush=True)
    time.sleep(0.002)
"""


def need(cond, text):
    if not cond:
        raise SystemExit(text)


def broker_pid():
    f = Flux()
    pid = int(f.rpc("attr.get", {"name": "broker.pid"})["value"])
    f.close()
    return pid


def rss(pid):
    """Bytes that the process has in memory."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"broker {pid} is gone")


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def wait_for(cond, text, timeout=30):
    end = time.monotonic() + timeout
    while not cond():
        need(time.monotonic() < end, f"never came true: {text}")
        time.sleep(0.05)


class Victim:
    """Another client: latencies in seconds."""

    def __init__(self):
        self.p = subprocess.Popen([sys.executable, "-c", VICTIM],
                                  stdout=subprocess.PIPE, text=True)
        os.set_blocking(self.p.stdout.fileno(), False)
        self.buf = ""

    def take(self):
        """Those since the last call."""
        while True:
            try:
                d = os.read(self.p.stdout.fileno(), 1 << 16)
            except BlockingIOError:
                break
            need(d, "the victim has ended")
            self.buf += d.decode()
        lines = self.buf.split("\n")
        self.buf = lines.pop()
        return [float(x) for x in lines]

    def sample(self, n=100, timeout=30):
        got, end = [], time.monotonic() + timeout
        while len(got) < n and time.monotonic() < end:
            got += self.take()
            time.sleep(0.01)
        need(len(got) >= n, f"the victim got {len(got)} answers of {n}")
        return got

    def close(self):
        self.p.kill()
        self.p.wait()


class Harm(contextlib.AbstractContextManager):
    def __init__(self, memory=24 * MB):
        self.pid = broker_pid()
        self.memory = memory  # what may stay
        self.victim = Victim()

    def __enter__(self):
        self.before = statistics.median(self.victim.sample())
        self.rss, self.fds = rss(self.pid), fds(self.pid)
        self.peak = self.rss
        return self

    def look(self):
        """Call it when the broker is to hold much: its memory."""
        self.peak = max(self.peak, rss(self.pid))
        return self.peak - self.rss

    def __exit__(self, kind, value, tb):
        if kind:
            self.victim.close()
            return False
        during = self.victim.take()
        during += self.victim.sample(20)
        self.look()
        median = statistics.median(during)
        need(broker_pid() == self.pid, "the broker is another one")
        wait_for(lambda: fds(self.pid) <= self.fds, "descriptors are back")
        try:
            wait_for(lambda: rss(self.pid) <= self.rss + self.memory,
                     "memory is back", 10)
        finally:
            print(f"latency {self.before * 1e3:.2f} ms, then "
                  f"{median * 1e3:.2f} ms, worst {max(during) * 1e3:.0f} ms; "
                  f"memory {self.rss // MB} MB, at most {self.peak // MB}, "
                  f"then {rss(self.pid) // MB}")
        need(median <= max(3 * self.before, self.before + SLACK),
             f"latency was {self.before}, and is {median}")
        self.victim.close()
        return False


def frame(kind, topic, payload=None, tag=1, flags=0, nodeid=ANY):
    body = b"\0" + part(topic.encode())
    flags |= TOPIC | ROUTE
    if payload is not None:
        flags |= PAYLOAD
        body += part(payload)
    body += part(struct.pack(">BBBBIIII", 0x8E, 1, kind, flags, ANY, 0,
                             nodeid, tag))
    return b"\x12\x00\xee\xff" + struct.pack(">I", len(body)) + body


def topics():
    """All that the broker serves, from the seeds of its fuzz target."""
    here = os.path.dirname(__file__)
    found = set()
    for line in open(f"{here}/../data/fuzz/broker"):
        for l in line.split("\\n"):
            w = l.split(" ", 2)
            if len(w) > 1 and w[0] in "-+!":
                found.add((w[0], w[1], w[2].strip() if len(w) > 2 else "{}"))
    return sorted(found)
