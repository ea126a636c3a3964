#!/usr/bin/env bats
# flux watch.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

done_job() {
	local id
	id=$(flux submit "$@")
	flux job wait-event -q -t 20 "$id" clean
	echo "$id"
}

@test "watch copies the output of jobs and exits with the largest code" {
	local A B
	A=$(done_job sh -c 'echo out; echo err >&2; exit 3')
	B=$(done_job sh -c 'kill -KILL $$')
	run -3 --separate-stderr flux watch "$A"
	is "$output" out
	is "$stderr" err
	run -137 flux watch "$A" "$B"
	run -0 flux watch "$(done_job true)"
	is "$output" ""
}

@test "watch follows running jobs to their end" {
	local A
	mkfifo "$BATS_TEST_TMPDIR/hold"
	A=$(flux submit sh -c "echo a; read x <$BATS_TEST_TMPDIR/hold; echo b")
	flux watch --active --label-io >"$BATS_TEST_TMPDIR/out" &
	retry grep -q a "$BATS_TEST_TMPDIR/out"
	is "$(cat "$BATS_TEST_TMPDIR/out")" "$A: 0: a"
	echo >"$BATS_TEST_TMPDIR/hold"
	wait $!
	is "$(cat "$BATS_TEST_TMPDIR/out")" "$A: 0: a
$A: 0: b"
}

@test "watch labels lines and ends those that have no newline" {
	local A
	A=$(done_job printf 'one\ntwo')
	is "$(flux watch -l "$A")" "$A: 0: one
$A: 0: two"
	is "$(flux watch "$A")" $'one\ntwo'
}

@test "watch shows exceptions and messages of shells" {
	local A
	A=$(done_job nosuchcmd)
	run -127 --separate-stderr flux watch "$A"
	is "$output" ""
	[[ $stderr == *"job.exception: type=exec severity=0 task 0 (host "*"start failed: nosuchcmd: No such file or directory"* ]]
	[[ $stderr == *"flux-shell[0]: FATAL: task 0"* ]]
	A=$(flux submit --urgency=hold true)
	flux cancel -m why "$A"
	run -1 flux watch "$A"
	is "$output" "job.exception: type=cancel severity=0 why"
}

@test "watch tells of redirected output" {
	local A
	A=$(done_job -n3 --output="$BATS_TEST_TMPDIR/o" true)
	run -0 flux watch -l "$A"
	is "${lines[0]}" \
	    "$A: 0-2: stdout redirected to $BATS_TEST_TMPDIR/o"
}

@test "watch -v tells how jobs end, -vv all events" {
	local A
	A=$(done_job false)
	run -1 flux watch -v "$A"
	is "${lines[0]}" "flux-watch: INFO: Watching 1 jobs"
	[[ ${lines[1]} =~ ^$A:\ [0-9]+\.[0-9]{3}s:\ failed:\ status=256$ ]]
	run -1 flux watch -vv "$A"
	is "${lines[1]}" "$A: 0.000s: submit {\"flags\":0,\"urgency\":16,\"userid\":$(id -u),\"version\":1}"
	[[ $output == *"exec.shell.init {\"leader-rank\":"* ]]
}

@test "watch selects jobs" {
	local A B
	A=$(done_job sh -c 'echo one')
	B=$(done_job sh -c 'echo two; false')
	run -1 flux watch --all
	is "$(sort <<<"$output")" $'one\ntwo'
	run -0 flux watch --filter=completed
	is "$output" one
	run -1 flux watch -f failed,canceled
	is "$output" two
	run -1 flux watch -A -c 1
	is "$output" two
	run -1 flux watch --since=-1h
	is "$(sort <<<"$output")" $'one\ntwo'
	run -0 flux watch --active
	is "$output" "flux-watch: INFO: No matching jobs"
	run -0 flux watch -A "$A"
	is "${lines[0]}" "flux-watch: WARNING: Filtering options ignored with jobid list"
	is "${lines[1]}" one
}

@test "watch says what it cannot watch" {
	run -1 flux watch
	is "$output" "flux-watch: ERROR: At least one job selection option is required
Try 'flux watch --help' for more information."
	run -0 flux watch 999
	is "$output" "flux-watch: ERROR: JobID 999 unknown
flux-watch: INFO: No matching jobs"
	run -2 flux watch xyz
	is "${lines[0]}" "flux-watch: invalid JobID value: 'xyz'"
	run -1 flux watch --filter=bad
	is "$output" "flux-watch: ERROR: Invalid filter specified: bad"
	run -2 flux watch --since=junk
	is "${lines[0]}" "flux-watch: ERROR: --since: invalid value 'junk'"
	run -1 flux watch --since=+1h
	is "$output" \
	    "flux-watch: ERROR: --since=+1h appears to be in the future"
}

@test "watch --progress draws a bar on a terminal" {
	local A
	A=$(done_job true)
	script -qec "stty rows 24 cols 60; flux watch --progress $A" \
	    /dev/null </dev/null >"$BATS_TEST_TMPDIR/screen" 3>&-
	grep -qF "PD:0   R:0   CD:1   F:0   │██████████████████│100.0% 0:00:0" \
	    "$BATS_TEST_TMPDIR/screen"
	run -0 flux watch --progress "$A"
	is "$output" "flux-watch: WARNING: stdout is not a tty. Ignoring --progress option"
}
