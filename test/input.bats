#!/usr/bin/env bats
# What tasks read: from who is attached, from files.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}
teardown() { instance_stop; }

input_log() {
	flux job eventlog -f json -p input "$(flux job last)" |
	    sed -n 's/{"timestamp":[0-9.]*,"name":"\([a-z]*\)","context"/{"\1"/p'
}

@test "input reaches all tasks on all nodes, and ends" {
	run -0 flux run -N2 -n4 -l cat <<<$'a\nb'
	is "$(sort -s -k1,1 <<<"$output")" $'0: a\n0: b\n1: a\n1: b\n2: a\n2: b\n3: a\n3: b'
	run -0 flux run cat </dev/null
	is "$output" ''
	is "$(input_log)" '{"header":{"version":1,"encoding":{"stdin":"UTF-8"},"count":{"stdin":1},"options":{}}}
{"data":{"stream":"stdin","rank":"all","eof":true}}'
}

@test "input for some tasks: the others are at the end at once" {
	run -0 flux run -N2 -n4 --input=1,2 -l cat <<<x
	is "$(sort <<<"$output")" $'1: x\n2: x'
}

@test "much input is complete, also where tasks read late or not at all" {
	head -c 3000000 /dev/urandom >random
	flux run cat <random | cmp - random
	run -0 flux run -N2 -n2 sh -c 'test $FLUX_TASK_RANK = 0 || cksum' <random
	is "$output" "$(cksum <random)"
	run -0 flux run sh -c 'sleep 0.3; cksum' <random
	is "$output" "$(cksum <random)"
}

@test "input beyond the limit ends the job" {
	run -1 flux run -o input.limit=10 cat <<<01234567890
	[[ $output =~ "FATAL: input.util: stdin exceeds 10 limit." ]]
	run -1 flux run -o input.limit=10x cat </dev/null
	[[ $output =~ "input.util: Invalid input.limit=10x" ]]
}

@test "each task reads the file from its start" {
	seq 1 1000 >numbers
	run -0 flux run -N2 -n4 --input=numbers -l sh -c 'cksum'
	is "$(sort <<<"$output")" "$(for i in 0 1 2 3; do echo "$i: $(cksum <numbers)"; done)"
	is "$(input_log | tail -1)" '{"redirect":{"stream":"stdin","rank":"all","path":"numbers"}}'
	echo task1 >in.1; echo task0 >in.0
	run -0 flux run -n2 --input='in.{{taskid}}' -l cat
	is "$(sort <<<"$output")" $'0: task0\n1: task1'
}

@test "a file that is not there ends the job" {
	run -1 flux run --input=nosuch cat
	[[ $output =~ "FATAL: input.file: error opening input file 'nosuch': No such file or directory" ]]
	run -1 flux run -o input.stdin.type=foo cat
	[[ $output =~ "input.service: input.stdin.type=foo invalid" ]]
	run -1 flux run -o input.stdin.type=file cat
	[[ $output =~ "input.file: path for stdin file is not set" ]]
}

@test "the service: who may send what" {
	id=$(flux submit sh -c 'cat >/dev/null; echo up; exec sleep 600 <&-')
	quick=$(flux submit --input=/dev/null sleep 600)
	flux job wait-event -q -t 20 -p exec $id shell.start
	flux job wait-event -q -t 20 -p exec $quick shell.start
	py <<PY
shell = "$(id -u)-shell-$(flux job id --to=f58plain $id)"
io = {"stream": "stdin", "rank": "all"}
is_(f.error(shell + ".stdin"), "71")
is_(f.error(shell + ".stdin", {"stream": "stdin"}), "71")
is_(f.error(shell + ".stdin", {**io, "data": "%", "encoding": "base64"}), "71")
is_(f.error(shell + ".stdin", {**io, "rank": "1"}), "32")
is_(f.error(shell + ".stdin", {**io, "rank": "x"}), "32")
f.rpc(shell + ".stdin", {**io, "data": "x"})
f.rpc(shell + ".stdin", {**io, "eof": True})
is_(f.error(shell + ".stdin", {**io, "data": "x"}), "32")
is_(f.error(shell + ".nosuch"), "38 Unknown service method '" + shell + ".nosuch'")
other = "$(id -u)-shell-$(flux job id --to=f58plain $quick)"
is_(f.error(other + ".stdin", {**io, "data": "x"}), "38")
PY
	flux cancel --all
	flux job wait-event -q -t 20 $id clean
	py <<PY
is_(f.error("$(id -u)-shell-$(flux job id --to=f58plain $id).stdin", {})[:2], "38")
PY
}
