#!/usr/bin/env bats
# flux shutdown: an instance ends, in time, and says what it had to kill.

setup() {
	load lib/setup
	instance_start -s 2
	export LC_ALL=C
}

teardown() {
	instance_stop
}

# A task that no signal but KILL ends.
stubborn='trap "" TERM HUP INT; echo ready >$0; while :; do sleep 100; done'

@test "an instance ends, and what runs in it is canceled" {
	flux submit --quiet sleep inf
	run -0 flux shutdown --quiet
	[[ $output != *killed* ]]
	instance_stop
}

@test "with --background it returns at once" {
	run -0 flux shutdown --background "$FLUX_URI"
	is "$output" ''
	instance_stop
}

@test "after the timeout a job that does not end is killed, and named" {
	mkfifo "$TMPDIR/ready"
	id=$(flux submit sh -c "$stubborn" "$TMPDIR/ready")
	read -rt 10 _ <>"$TMPDIR/ready"
	run -0 flux shutdown --quiet --timeout=0.3s
	is "${lines[-1]}" "broker.warning[0]: killed job ƒ${id#f} (sh)"
	instance_stop
}

@test "bad uses are refused, with the reason" {
	run -1 flux shutdown --gc
	is "$output" 'flux-shutdown: --gc is not supported: there is no content to dump'
	run -1 flux shutdown --dump=auto
	is "$output" 'flux-shutdown: --dump is not supported: there is no content to dump'
	run -1 flux shutdown --timeout=soon
	is "${lines[0]}" "flux-shutdown: invalid Flux standard duration 'soon' for --timeout"
	run -1 flux shutdown a b
	is "${lines[0]}" 'flux-shutdown: only one TARGET may be given'
	run -1 flux shutdown f1234567
	[[ $output = 'flux-shutdown: failed to resolve target f1234567 to a Flux URI: '* ]]
	run -1 env FLUX_URI="${FLUX_URI%-0}-1" flux shutdown
	is "$output" 'flux-shutdown: shutdown may only be initiated on rank 0'
	run -1 env FLUX_URI=local:///nonexistent flux shutdown
	[[ $output = 'flux-shutdown: error connecting to Flux: '* ]]
}

@test "an instance of the reference ends too" {
	need_reference
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 1
	run -0 flux shutdown
	[[ $output = *'finalize->goodbye'* ]]
	instance_stop
}
