#!/usr/bin/env bats
# flux job attach: output, input, exit status, signals, terminals.

setup() {
	load lib/setup
	instance_start -s 2
	dir=$BATS_TEST_TMPDIR
}

teardown() {
	instance_stop
}

# attach_start [ARGS] ID: attach in the background, without a terminal; its
# output, with the events, is in $dir/attach. Waits until the job has started.
attach_start() {
	flux job attach --show-events "$@" >"$dir/attach" 2>&1 </dev/null &
	pid=$!
	retry grep -q job.start "$dir/attach"
	flux job wait-event -q -t 20 -p exec "${@: -1}" shell.start
}

# attach_wait STATUS: attach ends with this status.
attach_wait() {
	local rc=0
	wait $pid || rc=$?
	is $rc "$1" "exit status"
}

# On a terminal: keys are written to the descriptor $keys, what is shown is in
# $dir/screen.
terminal_start() {
	[ -p "$dir/keys" ] || mkfifo "$dir/keys"
	exec {keys}<>"$dir/keys"
	script -qefc "stty rows 24 cols 80; $*; echo status=\$?" \
	    "$dir/screen" <"$dir/keys" >/dev/null 3>&- {keys}>&- &
	pid=$!
}

on_screen() {
	grep -qF -- "$1" "$dir/screen"
}

terminal_wait() {
	wait $pid
	exec {keys}>&-
}

@test "attach copies stdout and stderr, and exits as the job does" {
	local A
	A=$(flux submit sh -c 'echo out; echo err >&2; exit 3')
	run -3 --separate-stderr flux job attach "$A"
	is "$output" out
	is "$stderr" "err
flux-job: task(s) exited with exit code 3"
	run -137 --separate-stderr flux job attach \
	    "$(flux submit sh -c 'kill -KILL $$')"
	is "$stderr" "flux-job: task(s) Killed"
	run -0 flux job attach "$(flux submit true)"
	is "$output" ""
}

@test "attach hands bytes on that are not text" {
	local A
	A=$(flux submit printf '\377\000\200abc')
	is "$(flux job attach "$A" | od -An -tx1 | tr -d ' ')" ff0080616263
	A=$(flux submit sh -c 'seq 20000')
	is "$(flux job attach "$A" | md5sum)" "$(seq 20000 | md5sum)"
}

@test "attach labels output by task" {
	local A
	A=$(flux submit -n2 sh -c 'echo $FLUX_TASK_RANK; echo e >&2')
	run -0 --separate-stderr flux job attach --label-io "$A"
	is "$(sort <<<"$output")" $'0: 0\n1: 1'
	is "$(sort <<<"$stderr")" $'0: e\n1: e'
}

@test "attach tells of redirected output, unless it is to be quiet" {
	local A
	A=$(flux submit -n2 --output="$dir/o" --error="$dir/e" true)
	run -0 --separate-stderr flux job attach "$A"
	is "$output" ""
	is "$stderr" "[0-1]: stdout redirected to $dir/o
[0-1]: stderr redirected to $dir/e"
	run -0 flux job attach --quiet "$A"
	is "$output" ""
}

@test "attach shows exceptions and messages of the shell" {
	local A
	A=$(flux submit nosuchcmd)
	run -127 flux job attach "$A"
	is "${#lines[@]}" 3
	[[ $output =~ [0-9.]+s:\ flux-shell\[0\]:\ FATAL:\ task\ 0\ \(host\ .*\):\ start\ failed:\ nosuchcmd:\ No\ such\ file\ or\ directory ]]
	[[ $output =~ [0-9.]+s:\ job.exception\ $A\ type=exec\ severity=0\ task\ 0 ]]
	[[ $output == *"flux-job: task(s) exited with exit code 127"* ]]
	run -1 flux job attach "$(flux submit -N9 true)"
	[[ $output =~ ^[0-9.]+s:\ job.exception\ ƒ.*\ type=alloc\ severity=0\ unsatisfiable ]]
}

@test "attach shows events of the job and of its execution" {
	local A
	A=$(flux submit true)
	run -0 flux job attach --show-events "$A"
	is "${lines[0]}" "0.000s: job.submit {\"userid\":$(id -u),\"urgency\":16,\"flags\":0,\"version\":1}"
	[[ ${lines[-1]} =~ s:\ job.clean$ ]]
	run -0 flux job attach -X "$A"
	[[ $output =~ s:\ exec.shell.start\ \{\"taskmap\":\{\"version\":1,\"map\":\[\[0,1,1,1\]\]\}\} ]]
	[[ $output != *job.submit* ]]
}

@test "attach stops following events at --wait-event" {
	local A
	A=$(flux submit sh -c 'exit 4')
	run -4 flux job attach -E --wait-event=start "$A"
	[[ $output == *job.start* ]]
	[[ $output != *job.clean* ]]
}

@test "attach --tail begins with the last lines" {
	local A
	A=$(flux submit seq 20)
	flux job wait-event -q -t 20 "$A" clean
	is "$(flux job attach --tail "$A")" "$(seq 11 20)"
	is "$(flux job attach --tail=2 "$A")" $'19\n20'
	is "$(flux job attach --tail=100 "$A")" "$(seq 20)"
	run -1 flux job attach --tail=x "$A"
	[[ ${lines[0]} == "flux-job: invalid value 'x' for --tail"* ]]
}

@test "attach feeds stdin to all tasks, or to some" {
	local A
	A=$(flux submit -n2 cat)
	run -0 flux job attach -l "$A" <<<hello
	is "$(sort <<<"$output")" $'0: hello\n1: hello'
	A=$(flux submit -n2 cat)
	run -0 flux job attach -l -i 1 "$A" <<<hello
	is "$output" "1: hello"
	A=$(flux submit -n2 cat)
	run -0 --separate-stderr flux job attach -l -i 1-5 "$A" <<<hello
	is "$output" "1: hello"
	is "$stderr" \
	    "flux-job: warning: adjusting --stdin-ranks from 1-5 to 1"
	run -1 flux job attach -r -i 0 "$A"
	is "$output" \
	    "flux-job: Do not use --stdin-ranks with --read-only"
	run -1 flux job attach -i x "$A"
	is "$output" \
	    "flux-job: Invalid value 'x' for --stdin-ranks: Invalid argument"
}

@test "attach passes the end of stdin on, and more than a pipe holds" {
	local A
	A=$(flux submit wc -c)
	is "$(flux job attach "$A" </dev/null)" 0
	A=$(flux submit wc -c)
	is "$(head -c 2000000 /dev/zero | flux job attach "$A")" 2000000
}

@test "attach complains of input that a job with --input cannot take" {
	local A
	echo file >"$dir/in"
	mkfifo "$dir/hold"
	A=$(flux submit --input="$dir/in" sh -c "cat; read x <$dir/hold")
	flux job wait-event -q -t 20 -p exec "$A" shell.start
	run -1 --separate-stderr flux job attach "$A" <<<text
	is "$stderr" "flux-job: stdin not accepted by job"
	flux job attach "$A" </dev/null >"$dir/out" &
	echo >"$dir/hold"
	wait $!
	is "$(cat "$dir/out")" file
}

@test "attach does not mind input that comes after the end" {
	local A
	A=$(flux submit true)
	flux job wait-event -q -t 20 "$A" clean
	run -0 flux job attach "$A" <<<text
	is "$output" ""
}

@test "attach refuses what is no job" {
	run -1 flux job attach 999
	is "$output" "flux-job: Failed to attach to 999: No such job"
	run -1 flux job attach xyz
	is "$output" 'flux-job: error parsing jobid: "xyz"'
	run -1 flux job attach
	is "${lines[0]}" "flux-job: missing argument"
}

@test "attach reports a full disk" {
	local A
	A=$(flux submit echo hi)
	run -1 bash -c "flux job attach $A >/dev/full"
	is "$output" "flux-job: stdout: No space left on device"
}

@test "attach forwards signals to the job" {
	local A
	A=$(flux submit sleep 60)
	attach_start "$A"
	kill -USR1 $pid
	attach_wait 138
	grep -qx "flux-job: task(s) User defined signal 1" "$dir/attach"
}

@test "attach says that a signal cannot be forwarded to a pending job" {
	local A
	A=$(flux submit --urgency=hold true)
	flux job attach -E "$A" >"$dir/attach" 2>&1 </dev/null &
	pid=$!
	retry grep -q job.priority "$dir/attach"
	kill -TERM $pid
	retry grep -qx "flux-job: kill: job is not running" "$dir/attach"
	flux cancel "$A"
	attach_wait 1
}

@test "two ctrl-C cancel the job" {
	local A
	A=$(flux submit sleep 60)
	attach_start "$A"
	kill -INT $pid
	retry grep -qx "flux-job: one more ctrl-C within 2s to cancel or ctrl-Z to detach" "$dir/attach"
	kill -INT $pid
	attach_wait 143
	[[ $(cat "$dir/attach") =~ job.exception\ $A\ type=cancel\ severity=0\ interrupted\ by\ ctrl-C ]]
}

@test "ctrl-C ctrl-Z detaches and leaves the job alone" {
	local A
	A=$(flux submit sleep 60)
	attach_start "$A"
	kill -INT $pid
	retry grep -q "one more ctrl-C" "$dir/attach"
	kill -TSTP $pid
	attach_wait 0
	is "$(tail -1 "$dir/attach")" "flux-job: detaching..."
	is "$(flux jobs -no '{state}' "$A")" RUN
	flux cancel "$A"
}

@test "attach --read-only leaves signals and stdin alone" {
	local A
	A=$(flux submit cat)
	attach_start --read-only "$A"
	kill -TERM $pid
	attach_wait 143
	is "$(flux jobs -no '{state}' "$A")" RUN
	flux cancel "$A"
}

@test "a terminal shows what the job is waiting for" {
	local A
	flux queue stop --quiet
	A=$(flux submit true)
	terminal_start flux job attach "$A"
	retry on_screen "flux-job: $A waiting for resources"
	retry on_screen "(default queue stopped)"
	flux queue start --quiet
	terminal_wait
	on_screen "status=0"
}

@test "no status line without a terminal, unless it is asked for" {
	local A
	A=$(flux submit true)
	flux job wait-event -q -t 20 "$A" clean
	run -0 flux job attach --show-status "$A"
	[[ $output == *$'\r'"flux-job: $A started"*"00:00:00"* ]]
	run -0 flux job attach "$A"
	is "$output" ""
}

@test "ctrl-C on a terminal" {
	local A
	A=$(flux submit sleep 60)
	terminal_start flux job attach -E "$A"
	retry on_screen job.start
	flux job wait-event -q -t 20 -p exec "$A" shell.start
	printf '\003' >&$keys
	retry on_screen "one more ctrl-C"
	printf '\003' >&$keys
	terminal_wait
	on_screen "interrupted by ctrl-C"
	on_screen "status=143"
}

@test "an interactive job gets the terminal" {
	local A
	A=$(flux submit -o pty.interactive sh -c \
	    'echo ready; read x; stty size; echo "got <$x>"; read x; exit 3')
	terminal_start flux job attach "$A"
	retry on_screen ready
	echo hello >&$keys
	retry on_screen "24 80"
	retry on_screen "got <hello>"
	echo >&$keys
	terminal_wait
	on_screen "flux-job: task(s) exited with exit code 3"
	on_screen "status=3"
}

@test "keys go to an interactive job, ctrl-C too" {
	local A
	A=$(flux submit -o pty.interactive sh -c \
	    'trap "echo caught; exit 5" INT; echo ready; while :; do read x; done')
	terminal_start flux job attach "$A"
	retry on_screen ready
	printf '\003' >&$keys
	terminal_wait
	on_screen caught
	on_screen "status=5"
}

@test "attach works on jobs of the reference, and it on ours" {
	local A
	need_reference
	A=$(flux submit sh -c 'cat; exit 7')
	run -7 "$FLUX_REFERENCE/bin/flux" job attach "$A" <<<hi
	is "${lines[0]}" hi
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 2
	A=$(flux submit sh -c 'cat; exit 7')
	run -7 flux job attach "$A" <<<hi
	is "${lines[0]}" hi
}

@test "attach --debug lets tasks go on that wait for a debugger" {
	local A
	A=$(flux submit -o stop-tasks-in-exec sh -c 'exit 3')
	flux job wait-event -q -t 20 -p exec "$A" shell.start
	run -1 flux job wait-event -qt 0.2 "$A" finish
	run -3 --separate-stderr flux job attach --debug "$A"
}

@test "attach --verbose tells where messages of shells come from" {
	local A
	need_reference # our shells do not say
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 1
	A=$(flux submit nosuch)
	run -127 flux job attach --verbose "$A"
	[[ $output =~ FATAL:\ [a-z/]*shell\.c:[0-9]+: ]]
	run -127 flux job attach "$A"
	[[ $output != *shell.c* ]]
}
