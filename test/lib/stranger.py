"""Somebody on the network who does not belong to the instance.

    stranger.py sniff INTERFACE DIR     write what goes over TCP there: a file
                                        FROM-TO for each direction; until killed
    stranger.py send HOST PORT FILE     send the file; how many bytes came
                                        after the greeting, when it was closed
    stranger.py crowd HOST PORT N       open N connections, say nothing, tell
                                        how many are still open
    stranger.py flood HOST PORT SECONDS connect and send noise all the time
"""
import os
import socket
import struct
import sys
import time


def sniff(interface, directory):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((interface, 0))
    seen = {}
    print("ready", flush=True)
    while True:
        frame = sock.recv(70000)
        if frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        ip = 14 + (frame[14] & 15) * 4
        total = 14 + struct.unpack(">H", frame[16:18])[0]
        data = frame[ip + (frame[ip + 12] >> 4) * 4:total]
        sport, dport, seq = struct.unpack(">HHI", frame[ip:ip + 8])
        key = (f"{socket.inet_ntoa(frame[26:30])}:{sport}-"
               f"{socket.inet_ntoa(frame[30:34])}:{dport}")
        if not data or (seen.get(key) is not None
                        and (seq - seen[key]) % 2**32 > 2**31):
            continue
        seen[key] = (seq + len(data)) % 2**32
        with open(os.path.join(directory, key), "ab") as f:
            f.write(data)


def greeted(host, port):
    sock = socket.create_connection((host, int(port)), timeout=20)
    return sock, sock.recv(40, socket.MSG_WAITALL)


def send(host, port, path):
    sock, greeting = greeted(host, port)
    assert len(greeting) == 40, greeting
    count = 0
    try:
        with open(path, "rb") as f:
            sock.sendall(f.read())
        while data := sock.recv(65536):
            count += len(data)
    except ConnectionError:
        pass
    print(count)


def crowd(host, port, number):
    socks = [socket.create_connection((host, int(port)), timeout=20)
             for _ in range(int(number))]
    is_open = 0
    for sock in socks:
        try:
            sock.recv(40, socket.MSG_WAITALL)
            sock.settimeout(0.2)
            is_open += sock.recv(1) != b""
        except TimeoutError:
            is_open += 1
        except ConnectionError:
            pass
    print(is_open)


def flood(host, port, seconds):
    end = time.monotonic() + float(seconds)
    count = 0
    while time.monotonic() < end:
        try:
            sock = socket.create_connection((host, int(port)), timeout=20)
            sock.sendall(os.urandom(4096))
            sock.close()
        except OSError:
            pass
        count += 1
    print(count)


{"sniff": sniff, "send": send, "crowd": crowd,
 "flood": flood}[sys.argv[1]](*sys.argv[2:])
