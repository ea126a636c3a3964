#!/usr/bin/env bats
# flux cancel and flux update.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

held() {
	flux submit --urgency=hold "$@" true
}

note_of() {
	flux job wait-event -q -t 20 "$1" clean
	flux job eventlog -f json "$1" |
	    jq -r 'select(.name == "exception") | .context.note'
}

@test "cancel ends pending and running jobs without a word" {
	local A B
	A=$(held)
	B=$(flux submit sleep 60)
	flux job wait-event -q -t 20 -p exec "$B" shell.start
	run -0 flux cancel -m 'no budget' "$A" "$B"
	is "$output" ""
	run -143 flux job status "$B"
	run -1 flux job status "$A"
	is "$(note_of "$A")" "no budget"
	is "$(note_of "$B")" "no budget"
	is "$(flux jobs -no '{result}' "$A" "$B")" $'CANCELED\nCANCELED'
}

@test "cancel tries all jobs and tells which it could not end" {
	local A B
	A=$(held)
	B=$(held)
	flux cancel "$A"
	note_of "$A"
	run -1 flux cancel 999 "$A" "$B"
	is "$output" "flux-cancel: ERROR: ƒJE: unknown job id
flux-cancel: ERROR: $A: job is inactive"
	is "$(note_of "$B")" ""
}

@test "cancel selects jobs by state and user" {
	run -0 flux cancel --all
	is "$output" "flux-cancel: Matched 0 jobs"
	run -0 flux cancel --all --quiet
	is "$output" ""
	held --cc=1-3 --quiet
	run -0 flux cancel --states=run
	is "$output" "flux-cancel: Matched 0 jobs"
	run -0 flux cancel --dry-run --states=pending
	is "$output" "flux-cancel: Would cancel 3 jobs"
	run -0 flux cancel --user=12345
	is "$output" "flux-cancel: Matched 0 jobs"
	run -0 flux cancel -q --user="$(id -un)"
	is "$output" "flux-cancel: Canceled 3 jobs (0 errors)"
	held --quiet
	run -0 flux cancel --user=all
	is "$output" "flux-cancel: Canceled 1 job (0 errors)"
}

@test "cancel --dry-run leaves jobs alone" {
	local A
	A=$(held)
	run -0 flux cancel -n "$A" 999
	is "$output" "flux-cancel: Would cancel 2 jobs"
	is "$(flux jobs -no '{state}' "$A")" SCHED
	flux cancel "$A"
}

@test "cancel says how it was used wrongly" {
	run -1 flux cancel
	is "$output" "flux-cancel: ERROR: No target jobs were provided"
	run -1 flux cancel --all 999
	is "$output" "flux-cancel: ERROR: Do not specify a list of jobids with --all,--user,--states options"
	run -2 flux cancel xyz
	is "${lines[0]}" "flux-cancel: invalid JobID value: 'xyz'"
	run -2 flux cancel --nosuch
	is "${lines[0]}" "flux-cancel: unrecognized option '--nosuch'"
	run -1 flux cancel --states=foo
	is "$output" "flux-cancel: ERROR: Invalid state foo specified"
	run -1 flux cancel --states=inactive
	is "$output" "flux-cancel: ERROR: Invalid state inactive specified"
	run -1 flux cancel --user=nosuch
	is "$output" "flux-cancel: ERROR: Invalid user nosuch specified"
	FLUX_URI=local:///nonexistent run -1 flux cancel 1
	is "$output" "flux-cancel: ERROR: Unable to connect to Flux: broker socket /nonexistent was not found"
}

@test "update changes the duration of a pending job" {
	local A
	A=$(held)
	flux update "$A" duration=10m
	run -0 flux update -v "$A" duration=+1m
	is "$output" "flux-update: INFO: updated attributes.system.duration to 660.0"
	run -0 flux update --wait "$A" attributes.system.duration=-30s
	is "$(flux jobs -no '{duration}' "$A")" 630.0
	run -1 flux update "$A" duration=-10h
	is "$output" "flux-update: ERROR: current duration for $A (10.5m) cannot be reduced by 10h"
	flux update "$A" duration=inf
	run -1 flux update "$A" duration=+1m
	is "$output" "flux-update: ERROR: duration for $A is unlimited, can't update by +1m"
	flux cancel "$A"
}

@test "update moves the end of a running job" {
	local A
	A=$(flux submit -t 100s sleep 60)
	flux job wait-event -q -t 20 "$A" start
	flux update --wait "$A" duration=20m
	flux job wait-event -q -t 20 "$A" resource-update
	[ "$(flux job timeleft "$A")" -gt 1100 ]
	flux cancel "$A"
}

@test "update --dry-run prints what it would send" {
	local A
	A=$(held)
	run -0 flux update -n "$A" duration=1.5h name=foo x.y=1 a=b \
	    attributes.user.z='[1]'
	is "$output" '{"attributes.system.duration": 5400.0, "attributes.system.job.name": "foo", "attributes.system.x.y": 1, "attributes.system.a": "b", "attributes.user.z": [1]}'
	flux cancel "$A"
}

@test "update refuses what cannot be changed" {
	local A
	A=$(held)
	run -1 flux update "$A" foo=1
	is "$output" "flux-update: ERROR: update of attributes.system.foo not supported"
	run -1 flux update "$A" queue=foo
	is "$output" "flux-update: ERROR: 'foo' is not a valid queue"
	run -1 flux update "$A" duration=x
	is "$output" "flux-update: ERROR: invalid Flux standard duration"
	run -1 flux update 999 duration=1m
	is "$output" "flux-update: ERROR: unknown job id"
	run -2 flux update xyz duration=1m
	is "${lines[0]}" "flux-update: invalid JobID value: 'xyz'"
	run -2 flux update "$A"
	is "${lines[0]}" "flux-update: JOBID and KEY=VALUE are required"
	run -1 flux update "$A" foo
	is "$output" "flux-update: ERROR: no value for key=foo"
	flux cancel "$A"
	flux job wait-event -q -t 20 "$A" clean
	run -1 flux update "$A" duration=1m
	is "$output" "flux-update: ERROR: job is inactive"
}
