#!/usr/bin/env bats
# Terminals of tasks: logged, interactive, attached to and left.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}
teardown() { instance_stop; }

# terminal STEP... -- COMMAND...
terminal() {
	PYTHONDONTWRITEBYTECODE=1 python3 "$top/test/lib/terminal.py" "$@"
}
output_data() {
	flux job eventlog -f json -p output "$(flux job last)" |
	    sed -n 's/.*"name":"data","context":\(.*\)}$/\1/p'
}
shell_init() {
	flux job eventlog -f json -p exec "$(flux job last)" |
	    sed -n 's/.*"name":"shell.init","context":\(.*\)}$/\1/p'
}

@test "a terminal that is logged, as it was written" {
	run -0 flux run -n2 -o pty sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size' </dev/null
	is "$output" $'25 80\r\n25 80\r'
	is "$(output_data | grep '"1"')" '{"stream":"stderr","rank":"1","eof":true}
{"stream":"stdout","rank":"1","data":"25 80\r\n"}
{"stream":"stdout","rank":"1","eof":true}'
	is "$(shell_init | grep -c pty)" 0
	run -0 flux run -n2 -o pty.ranks=1 -l sh -c 'test -t 0 && echo tty || echo none' </dev/null
	is "$(sort <<<"$output" | tr -d '\r')" $'0: none\n1: tty'
}

@test "a logged terminal takes input, and its end" {
	run -0 flux run -o pty cat <<<hello
	is "$output" $'hello\r\nhello\r'
}

@test "interactive: what is typed gets there, the window has its size" {
	run terminal -s 33x77 'expect size' 'expect 33 77' 'type echo a$((1+1))b\n' \
	    'expect a2b' 'resize 44x99' 'expect 44 99' 'type exit\n' -- \
	    flux run -o pty.interactive sh -c 'trap "stty size" WINCH; echo size; stty size; while :; do read -r l || continue; eval "$l"; done'
	[ $status = 0 ] || fail "$output"
	is "$(shell_init | grep -o '"pty.*')" '"pty":"terminus.0"}'
	is "$(output_data)" '{"stream":"stderr","rank":"0","eof":true}
{"stream":"stdout","rank":"0","eof":true}'
}

@test "interactive: ctrl-C is typed, the job's code is returned" {
	run terminal 'expect ready' 'type \x03' -- flux run -o pty.interactive \
	    sh -c 'trap "echo got; exit 3" INT; echo ready; while :; do sleep 0.05; done'
	[[ $output =~ got ]]
	is "$status" 3
}

@test "interactive and captured: both see it" {
	run terminal 'expect tty here' -- flux run -o pty.interactive -o pty.capture echo 'tty here'
	is "$status" 0
	[[ $(output_data) =~ '"data":"tty here\r\n"' ]]
	is "$(shell_init | grep -o '"pty.*')" '"pty":"terminus.0","capture":1}'
}

@test "output waits for the first client, also of a program that has ended" {
	id=$(flux submit -o pty.interactive sh -c 'echo hello; exit 3')
	flux job wait-event -q -t 20 -p exec $id shell.task-exit
	run -1 flux job wait-event -t 0.3 $id finish
	run terminal 'expect hello' -- flux job attach $id
	flux job wait-event -q -t 20 -m status=768 $id finish
}

@test "a terminal that nobody attaches to ends with its job" {
	id=$(flux submit -o pty.interactive sleep 600)
	flux job wait-event -q -t 20 -p exec $id shell.start
	flux cancel $id
	flux job wait-event -q -t 20 $id clean
}

@test "clients by the protocol: modes, errors, detach, disconnect" {
	id=$(flux submit -o pty.interactive sh -c 'stty -echo; while read -r l; do echo "<$l>"; test "$l" != end || exit 2; done')
	flux job wait-event -q -t 20 -p exec $id shell.start
	py <<PY
T = "$(id -u)-shell-$(flux job id --to=f58plain $id).terminus.0"
size = {"winsize": {"rows": 10, "cols": 20}}
attach = {"type": "attach", "mode": "rw", **size}
is_(f.error(T, {}), "71")
is_(f.error(T, attach), "71")
is_(f.error(T, {"type": "data", "data": "x"}), "2")
is_(f.error(T[:-1] + "1", attach), "38")
tag = f.start(T, attach)
is_(f.answer(tag), {"type": "attach"})
is_(f.stream_error(T, attach), "17")
is_(f.error(T, {"type": "nosuch"}), "38")
is_(f.error(T, {"type": "data"}), "71")
f.rpc(T, {"type": "data", "data": ""})
f.rpc(T, {"type": "resize", **size})
f.rpc(T, {"type": "data", "data": "one\n"})
text = ""
while "<one>" not in text:
    text += f.answer(tag).get("data", "")
f.rpc(T, {"type": "detach"})
try:
    f.answer(tag)
except RpcError as e:
    is_(e.errnum, ENODATA)
reader = Flux()
rtag = reader.start(T, {**attach, "mode": "ro"})
is_(reader.answer(rtag), {"type": "attach"})
is_(reader.error(T, {"type": "data", "data": "no"}), "1")
reader.close()
PY
	terminal 'type end\n' 'expect <end>' -- flux job attach $id || true
	flux job wait-event -q -t 20 -m status=512 $id finish
}

@test "malformed options" {
	run -1 flux run -o pty.foo=1 true
	[[ $output =~ "FATAL: pty: invalid shell pty option: 1 object item(s) left unpacked: foo" ]]
	run -1 flux run -o pty.ranks=x true
	[[ $output =~ "FATAL: pty: invalid shell pty.ranks value: x" ]]
	run -0 flux run -o pty=0 sh -c 'test -t 0 || echo none' </dev/null
	is "$output" none
}

@test "flux alloc: a shell in an instance of its own" {
	run terminal 'expect $ ' 'type flux getattr instance-level\n' 'expect 1' \
	    'type exit\n' -- env SHELL=/bin/sh PS1='$ ' flux alloc -n1
	is "$status" 0
}
