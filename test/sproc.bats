#!/usr/bin/env bats
# flux sproc: the processes of flux exec.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

# background LABEL COMMAND: on rank 1
background() {
	flux exec --bg --waitable -r 1 --label="$1" sh -c "$2" | sed 's/1: //'
}

state_is() {
	[ "$(flux sproc ps -r 1 -no '{label} {state}' | grep "^$1 ")" = "$1 $2" ]
}

@test "ps lists processes with state and label" {
	is "$(flux sproc ps -r 1)" '      PID ST LABEL        COMMAND'
	a=$(background a 'exec sleep 100') b=$(background b 'exit 3')
	flux exec --bg -r 1 sleep 100
	retry state_is b Z
	run -0 bash -c 'flux sproc ps -r 1 | sort -k3'
	[[ $output = *"$(printf '%9d R  a            sh' "$a")"* ]]
	[[ $output = *"$(printf '%9d Z  b            sh' "$b")"* ]]
	[[ $output = *' R  -            sleep'* ]]
	run -0 flux sproc ps -r 1 -n
	[[ $output != *PID* ]]
	run -0 flux sproc ps -r 1 -o '{label} {state} {rank} {cmd}'
	is "${lines[0]}" 'LABEL ST RANK COMMAND'
	[[ $output = *$'\na R 1 sh'* ]]
	is "$(flux sproc ps -r 1 --json | jq -c '[.version, .rank, (.procs[] | select(.label == "b") | .state)]')" '[1,1,"Z"]'
	is "$(flux sproc ps -n)" ''
}

@test "wait ends as the process did, with its output" {
	background a 'echo out; echo err >&2; exit 3'
	background b 'kill -9 $$'
	pid=$(background c 'true')
	run -3 --separate-stderr flux sproc wait -o -r 1 a
	is "$output" out
	is "$stderr" err
	run -137 flux sproc wait -r 1 b
	is "$output" ''
	run -0 flux sproc wait -r 1 "$pid"
	run -1 flux sproc wait -r 1 a
	is "$output" 'flux-sproc: ERROR: wait: label a does not belong to any subprocess'
	flux exec --bg -r 1 --label=d sleep 100
	run -1 flux sproc wait -r 1 d
	is "$output" 'flux-sproc: ERROR: wait: process is not waitable'
}

@test "kill sends a signal, and may wait" {
	background a 'trap "exit 5" USR1; while :; do sleep 0.02; done'
	pid=$(background b 'exec sleep 100')
	run -5 flux sproc kill -w -r 1 10 a
	run -0 flux sproc kill -r 1 15 "$pid"
	is "$output" ''
	run -143 flux sproc wait -r 1 b
	run -1 flux sproc kill -r 1 15 nosuch
	is "$output" 'flux-sproc: ERROR: kill: label nosuch does not belong to any subprocess'
	run -1 flux sproc kill -r 1 15 99999999
	is "$output" 'flux-sproc: ERROR: kill: pid 99999999 does not belong to any subprocess'
	background c 'exec sleep 100'
	run -1 flux sproc kill -r 1 99 c
	is "$output" 'flux-sproc: ERROR: kill: Invalid argument'
	run -1 flux sproc kill -r 1 TERM c
	is "$output" "flux-sproc: ERROR: invalid signal number 'TERM'"
}

@test "those beside the tasks of a job" {
	id=$(flux submit sleep 100)
	flux job wait-event -q -p guest.exec.eventlog "$id" shell.start
	s=$(flux job eventlog -p guest.exec.eventlog --format=json "$id" |
	    jq -r '.context.service // empty')
	flux exec -j "$id" --bg --waitable --label=x sh -c 'echo out; exit 4'
	run -4 flux sproc wait -o -r 0 -s "$s.rexec" x
	is "$output" out
	flux exec -j "$id" --bg --waitable --label=y sleep 100
	run -143 flux sproc kill --wait -r 0 --service="$s.rexec" 15 y
	flux cancel "$id"
}

@test "what is not there, and wrong use" {
	run -1 flux sproc ps -r 9
	is "$output" 'flux-sproc: ERROR: list: No route to host'
	run -1 flux sproc ps -s nosuch
	[[ $output = *'No service matching nosuch.list is registered' ]]
	run -1 flux sproc ps -o '{foo}'
	is "$output" 'flux-sproc: ERROR: Unknown format field: foo'
	run -2 flux sproc ps -r x
	is "${lines[0]}" "flux-sproc: invalid value 'x' for --rank: must be a rank"
	run -2 flux sproc ps foo
	is "${lines[0]}" "flux-sproc: unexpected argument 'foo'"
	run -2 flux sproc kill 9
	is "${lines[0]}" 'flux-sproc: a SIGNUM and one PID or LABEL are required'
	run -2 flux sproc wait
	is "${lines[0]}" 'flux-sproc: one PID or LABEL is required'
	run -2 flux sproc
	is "${lines[0]}" 'flux-sproc: missing subcommand'
	run -2 flux sproc nosuch
	is "${lines[0]}" "flux-sproc: unknown subcommand 'nosuch': must be ps, kill, wait"
	run -0 flux sproc kill --help
	is "${lines[0]}" 'Usage: flux sproc kill [OPTIONS] SIGNUM PID|LABEL'
}
