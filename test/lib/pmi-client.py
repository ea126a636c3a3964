"""A PMI-1 client for tests: runs the requests given as arguments, in order, on
the socket PMI_FD, and prints each answer.

    pmi-client.py init maxes 'put a.{rank} value {rank}' barrier 'get a.0'

{rank} and {size} stand for PMI_RANK and PMI_SIZE. `raw LINE` sends the line as
it is; `noread LINE` does not wait for the answer.
"""
import os
import socket
import sys

sock = socket.socket(fileno=int(os.environ["PMI_FD"]))
stream = sock.makefile("rw", encoding="utf-8", newline="\n")
rank, size = os.environ["PMI_RANK"], os.environ["PMI_SIZE"]
kvsname = "none"

SIMPLE = {
    "init": "cmd=init pmi_version=1 pmi_subversion=1",
    "maxes": "cmd=get_maxes",
    "universe": "cmd=get_universe_size",
    "appnum": "cmd=get_appnum",
    "kvsname": "cmd=get_my_kvsname",
    "barrier": "cmd=barrier_in",
    "finalize": "cmd=finalize",
}


def line_of(word, rest):
    if word in SIMPLE:
        return SIMPLE[word]
    if word == "get":
        return f"cmd=get kvsname={kvsname} key={rest}"
    if word == "put":
        key, value = rest.split(" ", 1)
        return f"cmd=put kvsname={kvsname} key={key} value={value}"
    return rest  # raw, noread


for arg in sys.argv[1:]:
    arg = arg.replace("{rank}", rank).replace("{size}", size)
    word, _, rest = arg.partition(" ")
    stream.write(line_of(word, rest) + "\n")
    stream.flush()
    if word == "noread":
        continue
    answer = stream.readline().rstrip("\n")
    if word == "kvsname":
        kvsname = answer.rsplit("=", 1)[-1]
    if word != "barrier" or answer != "cmd=barrier_out rc=0":
        print(answer, flush=True)
