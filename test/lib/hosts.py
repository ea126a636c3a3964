#!/usr/bin/env python3
"""Start an instance with a broker on each host of hosts.bash, and be the PMI-1
server of all: what a launcher over several hosts does.

    hosts.py start -s N [BROKER-OPTION...] COMMAND...

HOST_PIDS: processes in the namespaces of the hosts; rank R is on host
R modulo their number. HOSTS_DIR: gets a file RANK with each broker's pid.
Ends with the exit status of rank 0, once all have ended.
"""
import os
import selectors
import socket
import subprocess
import sys
import time


class Server:
    """One for all brokers; knows the bits of PMI-1 that they use."""

    def __init__(self, size):
        self.size, self.kvs, self.waiting = size, {}, []
        self.selector = selectors.DefaultSelector()

    def add(self, sock):
        self.selector.register(sock, selectors.EVENT_READ,
                               sock.makefile("r", encoding="utf-8"))

    def serve(self, timeout):
        for key, _ in self.selector.select(timeout):
            line = key.data.readline()
            if line:
                self.answer(key.fileobj, line)
            else:
                self.selector.unregister(key.fileobj)

    def answer(self, sock, line):
        words = dict(w.split("=", 1) for w in line.split() if "=" in w)
        cmd = words.get("cmd")
        reply = {
            "init": "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0",
            "get_maxes": "cmd=maxes rc=0 kvsname_max=64 keylen_max=64"
                         " vallen_max=1024",
            "get_my_kvsname": "cmd=my_kvsname rc=0 kvsname=hosts",
            "put": "cmd=put_result rc=0",
            "finalize": "cmd=finalize_ack rc=0",
        }.get(cmd)
        if cmd == "put":
            self.kvs[words["key"]] = line.rstrip("\n").split("value=", 1)[1]
        elif cmd == "get":
            value = self.kvs.get(words["key"])
            reply = ("cmd=get_result rc=-1" if value is None
                     else f"cmd=get_result rc=0 value={value}")
        elif cmd == "barrier_in":
            self.waiting.append(sock)
            if len(self.waiting) < self.size:
                return
            for other in self.waiting:
                other.sendall(b"cmd=barrier_out rc=0\n")
            self.waiting = []
            return
        sock.sendall(reply.encode() + b"\n")


def start(server, rank, argv):
    pids = os.environ["HOST_PIDS"].split()
    ours, theirs = socket.socketpair()
    fd = theirs.fileno()
    env = dict(os.environ, PMI_FD=str(fd), PMI_RANK=str(rank),
               PMI_SIZE=str(server.size))
    broker = subprocess.Popen(
        ["nsenter", "-t", pids[rank % len(pids)], "-n", "-u", "-m", "--",
         "flux", "broker", *argv], env=env, pass_fds=[fd])
    theirs.close()
    server.add(ours)
    with open(f"{os.environ['HOSTS_DIR']}/{rank}", "w") as f:
        f.write(f"{broker.pid}\n")
    return broker


def main():
    args = sys.argv[1:]
    assert args[:2] == ["start", "-s"]
    size, args = int(args[2]), args[3:]
    noptions = next(i for i, a in enumerate(args) if not a.startswith("-"))
    server = Server(size)
    brokers = [start(server, r, args if r == 0 else args[:noptions])
               for r in range(size)]
    while brokers[0].poll() is None:
        if server.selector.get_map():
            server.serve(0.2)
        else:
            try:
                brokers[0].wait(0.2)
            except subprocess.TimeoutExpired:
                pass
        for broker in brokers:
            broker.poll()
    end = time.monotonic() + 15
    for rank, broker in enumerate(brokers):
        try:
            broker.wait(max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"hosts.py: rank {rank} did not end", file=sys.stderr)
            broker.kill()
    status = brokers[0].returncode
    sys.exit(128 - status if status < 0 else status)


main()
