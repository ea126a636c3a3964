#!/usr/bin/env bats
# Where the output of tasks goes: the job's log, files, in which form.

setup() {
	load lib/setup
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}
teardown() { instance_stop; }

# The output log of the last job, without timestamps; of NAME events.
output_log() {
	flux job eventlog -f json -p output "$(flux job last)" |
	    sed -n "s/{\"timestamp\":[0-9.]*,\"name\":\"\\($1\\)\",\"context\"/{\"\\1\"/p"
}

@test "the log begins with a header and has an end for each stream and task" {
	flux run -n2 sh -c 'test $FLUX_TASK_RANK = 1 && { echo out; echo err >&2; }; true'
	is "$(output_log header)" '{"header":{"version":1,"encoding":{"stdout":"UTF-8","stderr":"UTF-8"},"count":{"stdout":2,"stderr":2},"options":{}}}'
	is "$(output_log '.*' | head -1)" "$(output_log header)"
	is "$(output_log data | sort)" '{"data":{"stream":"stderr","rank":"0","eof":true}}
{"data":{"stream":"stderr","rank":"1","data":"err\n"}}
{"data":{"stream":"stderr","rank":"1","eof":true}}
{"data":{"stream":"stdout","rank":"0","eof":true}}
{"data":{"stream":"stdout","rank":"1","data":"out\n"}}
{"data":{"stream":"stdout","rank":"1","eof":true}}'
}

@test "a line is an entry, and a last one without its end is kept" {
	flux run printf 'a\nb c\n\nlast'
	is "$(output_log data | grep stdout)" '{"data":{"stream":"stdout","rank":"0","data":"a\n"}}
{"data":{"stream":"stdout","rank":"0","data":"b c\n"}}
{"data":{"stream":"stdout","rank":"0","data":"\n"}}
{"data":{"stream":"stdout","rank":"0","data":"last"}}
{"data":{"stream":"stdout","rank":"0","eof":true}}'
}

@test "stdout waits for the end of a line, stderr and -u do not" {
	mkfifo go
	id=$(flux submit sh -c 'printf err >&2; printf out; read x <go; echo')
	flux job wait-event -qW -t 20 -p output -m 'data="err"' $id data
	echo >go
	flux job wait-event -q -t 20 $id clean
	is "$(output_log data | grep out.n)" '{"data":{"stream":"stdout","rank":"0","data":"out\n"}}'
	id=$(flux submit -u sh -c 'printf out; read x <go')
	flux job wait-event -qW -t 20 -p output -m 'data="out"' $id data
	echo >go
	flux job wait-event -q -t 20 $id clean
}

@test "bytes that are no UTF-8 survive" {
	flux run printf '\377\200abc\n'
	is "$(output_log data | head -1)" '{"data":{"stream":"stdout","rank":"0","encoding":"base64","data":"/4BhYmMK"}}'
	head -c 300000 /dev/urandom >random
	flux run cat random | cmp - random
	flux run -u cat random | cmp - random
	# no character is cut in two
	head -c 90000 /dev/zero | sed 's/\x00/ƒ€/g' >text
	flux run -u cat text | cmp - text
	is "$(output_log data | grep -c base64)" 0
}

@test "much output is complete and in order" {
	seq 1 30000 >numbers
	flux run cat numbers | cmp - numbers
	head -c 1000000 /dev/zero | tr '\0' x >line
	flux run cat line | cmp - line
	flux run -N2 -n2 -l cat numbers >labelled
	sed -n 's/^1: //p' labelled | cmp - numbers
	sed -n 's/^0: //p' labelled | cmp - numbers
}

@test "a file for all tasks is written by the leader" {
	run -0 --separate-stderr flux run -N2 -n4 --output=out sh -c 'echo $FLUX_TASK_RANK; echo err >&2'
	is "$output" ''
	is "$stderr" $'[0-3]: stdout redirected to out\n[0-3]: stderr redirected to out'
	is "$(sort out)" $'0\n1\n2\n3\nerr\nerr\nerr\nerr'
	is "$(output_log 'redirect\|data')" '{"redirect":{"stream":"stdout","rank":"[0-3]","path":"out"}}
{"redirect":{"stream":"stderr","rank":"[0-3]","path":"out"}}'
	seq 1 20000 >numbers
	flux run -N2 -n2 --output=out cat numbers 2>/dev/null
	sort -n out | uniq -c | awk '$1 != 2' | cmp - /dev/null
	head -c 300000 /dev/urandom >random
	flux run --taskmap=manual:'[[1,1,1,1],[0,1,1,1]]' -N2 -n2 --output=out \
	    sh -c 'test $FLUX_TASK_RANK = 1 || cat random' 2>/dev/null
	cmp out random
}

@test "stderr has a file of its own, or is alone in one" {
	flux run --output=out --error=err sh -c 'echo out; echo err >&2' 2>redirects
	is "$(cat out err redirects)" $'out\nerr\n0: stdout redirected to out\n0: stderr redirected to err'
	run -0 --separate-stderr flux run --error=err sh -c 'echo out; echo new >&2'
	is "$output" out
	is "$(cat err)" new
	is "$(output_log data)" '{"data":{"stream":"stdout","rank":"0","data":"out\n"}}
{"data":{"stream":"stdout","rank":"0","eof":true}}'
}

@test "templates in file names: one for the job, each node, each task" {
	flux run -N2 -n2 --output='j-{{id}}' echo x 2>/dev/null
	is "$(cat j-$(flux job last))" $'x\nx'
	flux run -N2 -n4 --output='n-{{node.id}}' echo x 2>/dev/null
	is "$(cat n-0)-$(cat n-1)" $'x\nx-x\nx'
	flux run -N2 -n4 --output='t-{{taskid}}' --error='e-{{task.localid}}-{{node.id}}' \
	    sh -c 'echo $FLUX_TASK_RANK; echo err >&2' 2>/dev/null
	is "$(cat t-0 t-1 t-2 t-3 e-0-0 e-1-0 e-0-1 e-1-1)" $'0\n1\n2\n3\nerr\nerr\nerr\nerr'
	is "$(output_log redirect)" '{"redirect":{"stream":"stdout","rank":"[0-3]","path":"t-{{taskid}}"}}
{"redirect":{"stream":"stderr","rank":"[0-3]","path":"e-{{task.localid}}-{{node.id}}"}}'
}

@test "labels in files, append and truncate" {
	flux run -N2 -n2 -l --output=out sh -c 'echo a; printf b' 2>/dev/null
	[[ $(sed 's/[01]: b//g' out | grep . | sort) = $'0: a\n1: a' ]]
	flux run --output=out echo 1 2>/dev/null
	flux run --output=out -o output.mode=append echo 2 2>/dev/null
	is "$(cat out)" $'1\n2'
	flux run --output=out echo 3 2>/dev/null
	is "$(cat out)" 3
	run -0 flux run --output=out -o output.mode=zzz echo 4
	[[ $output =~ "WARN: output.task: ignoring invalid output.mode=zzz" ]]
}

@test "a file that cannot be opened ends the job with 1" {
	run -1 flux run --output=/nosuch/x true
	[[ $output =~ "ERROR: output.task: open: /nosuch/x: No such file or directory" ]]
	[[ $output =~ "FATAL: shell_init: open: /nosuch/x: No such file or directory" ]]
	run -1 flux run -N2 -n2 --output='/nosuch/{{taskid}}' true
}

@test "messages of the shell follow stderr into its file" {
	run -127 --separate-stderr flux run --error=err nosuch
	is "$(cat err)" "flux-shell[0]: FATAL: task 0 (host $(flux getattr hostname)): start failed: nosuch: No such file or directory"
	! grep -q FATAL <<<"$stderr"
	flux run -N2 -n3 --output=out true 2>/dev/null
	is "$(cat out)" "flux-shell[1]:  WARN: $(flux getattr hostname): adjusted cores from 0-1 to 0"
}

@test "output beyond the limit is cut off and counted" {
	run -0 --separate-stderr flux run -o output.limit=12 printf '123456789\nabcde\nfg\n'
	is "$output" $'123456789\nab'
	is "$(sed 's/.*\]: //' <<<"$stderr")" ' WARN: output.kvs: stdout will be truncated, 12 limit exceeded
 WARN: output.kvs: stdout: 7 of 19 bytes truncated'
	run -0 --separate-stderr flux run -o output.limit=1k head -c 2000 /dev/zero
	[[ $stderr =~ "stdout: 976 of 2000 bytes truncated" ]]
	run -1 flux run -o output.limit=x true
	[[ $output =~ "FATAL: output.kvs: Invalid KVS output.limit=x" ]]
}

@test "malformed output options" {
	run -1 flux run -o output.stdout=3 true
	[[ $output =~ "output.config: failed to read stdout output options" ]]
	run -0 flux run -o output.stdout.buffer.type=foo echo x
	[[ $output =~ "ERROR: output.config: invalid buffer type specified: foo" ]]
	[[ $output =~ x$ ]]
	run -0 flux run --output=kvs echo x
	is "$output" x
}

@test "a batch job writes its file from first to last line" {
	printf '#!/bin/sh\necho start; echo err >&2; flux run -n2 echo task; exit 4\n' >s.sh
	id=$(flux batch -n2 s.sh)
	run -4 flux job status $id
	is "$(grep -v rc2 flux-$id.out)" $'start\nerr\ntask\ntask'
}
