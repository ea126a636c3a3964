#!/usr/bin/env python3
"""wire.py: talk to a broker in raw bytes, without any library of ours.

Reads a script from standard input, one command a line, and prints what comes:

    open NAME            connect to $FLUX_URI as NAME (first one: "a")
    raw HEX              write bytes
    send TOPIC [JSON] [nodeid=N] [tag=N] [flags=N] [userid=N] [roles=N]
                         write a request (tag 1, any rank unless given)
    event TOPIC [JSON]   write an event message
    reply [JSON]         answer the last request that was received
    recv                 print the next message
    bytes N              print the next N bytes as hex
    eof                  the broker must have closed the connection
    use NAME             speak as that connection
    close                close it
"""
import json
import os
import socket
import struct
import sys

MAGIC = b"\x12\x00\xee\xff"
TOPIC, PAYLOAD, NORESPONSE, ROUTE = 1, 2, 4, 8
ANY = 0xFFFFFFFF
NAMES = {1: "request", 2: "response", 4: "event", 8: "control"}


def part(data):
    if len(data) < 255:
        return bytes([len(data)]) + data
    return b"\xff" + struct.pack(">I", len(data)) + data


def encode(kind, flags, topic, payload, aux, routes=(), user=ANY, roles=0):
    flags |= TOPIC | ROUTE | (PAYLOAD if payload is not None else 0)
    body = b"".join(part(r) for r in routes) + part(b"") + part(topic.encode())
    if payload is not None:
        body += part(payload)
    body += part(
        struct.pack(
            ">BBBBIIII", 0x8E, 1, kind, flags, user, roles, aux[0], aux[1]
        )
    )
    return MAGIC + struct.pack(">I", len(body)) + body


class Connection:
    def __init__(self):
        path = os.environ["FLUX_URI"].split("local://", 1)[1]
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(path)
        self.last = None
        greeting = self.sock.recv(1)
        if greeting != b"\0":
            print("refused", greeting.hex())

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        head = self.exactly(8)
        assert head[:4] == MAGIC, head.hex()
        body = self.exactly(struct.unpack(">I", head[4:])[0])
        parts, at = [], 0
        while at < len(body):
            size, at = body[at], at + 1
            if size == 255:
                size = struct.unpack(">I", body[at : at + 4])[0]
                at += 4
            parts.append(body[at : at + size])
            at += size
        return parts

    def message(self):
        parts = self.receive()
        head = parts.pop()
        _, _, kind, flags, user, roles, aux1, aux2 = struct.unpack(
            ">BBBBIIII", head
        )
        payload = parts.pop() if flags & PAYLOAD else None
        topic = parts.pop().decode() if flags & TOPIC else ""
        routes = parts[:-1] if flags & ROUTE else []
        if kind == 1:
            self.last = (kind, flags, topic, routes, aux1, aux2)
        text = "-" if payload is None else payload.rstrip(b"\0").decode()
        line = f"{NAMES[kind]} {topic} flags={flags:02x}"
        if kind == 1:
            line += f" routes={len(routes)}"
        if kind == 2:
            line += f" errnum={aux1} tag={aux2} routes={len(routes)}"
        print(line, text)

    def reply(self, payload):
        _, flags, topic, routes, _, tag = self.last
        self.sock.sendall(encode(2, flags & 0x40, topic, payload, (0, tag), routes))


def text_payload(words):
    """The words up to the first option are the payload."""
    rest = []
    for word in words:
        if "=" in word and word.split("=", 1)[0].isalpha():
            break
        rest.append(word)
    text = " ".join(rest)
    options = dict(w.split("=", 1) for w in words[len(rest) :])
    data = text.encode().replace(b"\\0", b"\0") if text else None
    if data is not None and not data.endswith(b"\0") and "bare" not in options:
        data += b"\0"
    return data, {k: int(v, 0) for k, v in options.items()}


def main():
    connections = {"a": Connection()}
    c = connections["a"]
    for line in sys.stdin:
        words = line.split()
        if not words or words[0] == "#":
            continue
        verb, words = words[0], words[1:]
        if verb == "open":
            c = connections[words[0]] = Connection()
        elif verb == "use":
            c = connections[words[0]]
        elif verb == "raw":
            c.sock.sendall(bytes.fromhex("".join(words)))
        elif verb in ("send", "event"):
            payload, o = text_payload(words[1:])
            kind = 1 if verb == "send" else 4
            aux = (o.get("nodeid", ANY), o.get("tag", 1))
            c.sock.sendall(
                encode(
                    kind,
                    o.get("flags", 0),
                    words[0],
                    payload,
                    aux if kind == 1 else (0, 0),
                    (),
                    o.get("userid", ANY),
                    o.get("roles", 0),
                )
            )
        elif verb == "reply":
            c.reply(text_payload(words)[0])
        elif verb == "recv":
            c.message()
        elif verb == "bytes":
            print(c.exactly(int(words[0])).hex())
        elif verb == "eof":
            try:
                c.exactly(1)
                print("not closed")
            except (EOFError, ConnectionResetError):
                print("closed")
        elif verb == "close":
            c.sock.close()
        else:
            sys.exit(f"unknown command: {verb}")
        sys.stdout.flush()


main()
