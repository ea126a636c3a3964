"""Run a program on a terminal of its own and talk to it, for tests.

    terminal.py [-s ROWSxCOLS] STEP... -- COMMAND ARGS...

STEPs in order: `expect TEXT` waits until the program has written TEXT (after
what earlier steps have found), `type TEXT` types it (\\n, \\x03 as in Python),
`resize ROWSxCOLS`. Then the program is waited for. What it wrote is printed,
and its exit status is ours; 99 if something that was expected did not come.
"""
import codecs
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

DEADLINE = 20


def set_size(fd, text):
    rows, cols = map(int, text.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def main():
    args = sys.argv[1:]
    size = "24x80"
    if args[0] == "-s":
        size, args = args[1], args[2:]
    split = args.index("--")
    steps, command = args[:split], args[split + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    set_size(fd, size)
    seen, found, end = b"", 0, time.monotonic() + DEADLINE
    closed = False

    def read():
        nonlocal seen, closed
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        try:
            data = os.read(fd, 4096) if ready else b""
        except OSError:
            data = b""
        closed = not data
        seen += data

    def fail(why):
        sys.stdout.buffer.write(seen)
        sys.stdout.flush()
        print(f"\n{why}", file=sys.stderr)
        os.kill(pid, 9)
        sys.exit(99)

    for step in steps:
        word, _, text = step.partition(" ")
        text = codecs.decode(text.encode("unicode_escape").replace(b"\\\\", b"\\"),
                             "unicode_escape").encode()
        if word == "type":
            os.write(fd, text)
        elif word == "resize":
            set_size(fd, text.decode())
        else:
            while (at := seen.find(text, found)) < 0:
                if closed:
                    fail(f"did not come: {text}")
                read()
            found = at + len(text)
    while not closed:
        read()
    sys.stdout.buffer.write(seen)
    sys.stdout.flush()
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
