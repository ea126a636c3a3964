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

@test "with --dump the jobs are in a file, also those that memory had" {
	local id pending
	cd "$BATS_TEST_TMPDIR"
	id=$(flux submit --wait --cc=1-20 --env=BIG="$(printf %300s x)" \
	    echo hi | tail -1)
	flux run false || true
	pending=$(flux submit --urgency=hold --job-name=held hostname)
	run -0 flux shutdown --quiet --dump=old.tgz
	instance_stop
	is "$(stat -c %a old.tgz)" 600
	mkdir old && tar -xzf old.tgz -C old
	look() { timeout -k 5 50 flux start --recovery=old "$@"; }
	run -0 look flux jobs -a -no '{name} {status}' --sort=id
	is "$(sort <<<"$output" | uniq -c | awk '{ $1 = $1; print }')" \
	    $'20 echo COMPLETED\n1 false FAILED\n1 held SCHED'
	run -0 look flux job attach "$id"
	is "$output" hi
	run -0 look flux job info -o "$id" jobspec
	is "$(jq -r '.attributes.system.environment.BIG | length' \
	    <<<"$output")" 300
	# the instance goes on where it was
	run -0 timeout -k 5 50 flux start -S statedir=old sh -c \
	    "flux job urgency $pending default; flux job attach $pending"
	is "$output" "$(uname -n)"
}

@test "with --dump=auto the file is in the statedir" {
	instance_stop
	mkdir "$TMPDIR/state"
	instance_start -S statedir="$TMPDIR/state"
	flux run true
	run -0 flux shutdown --quiet --dump=auto
	instance_stop
	compgen -G "$TMPDIR/state/dump-2*.tgz" >/dev/null
}

@test "-v shows more, -y, -n and --skip-gc change nothing" {
	run -0 flux shutdown -y --no --skip-gc
	[[ $output != *'cleanup->'* ]]
	instance_stop
	instance_start
	run -0 flux shutdown --yes -n --verbose
	[[ $output == *broker.debug*'cleanup->'* ]]
	instance_stop
}

@test "bad uses are refused, with the reason" {
	run -1 flux shutdown --gc
	is "$output" 'flux-shutdown: --gc is not supported: there is no garbage'
	run -1 flux shutdown --dump=auto
	is "$output" 'flux-shutdown: --dump=auto: the instance has no statedir'
	run -1 flux shutdown --dump=/no/where
	is "$output" 'flux-shutdown: content.dump: /no/where: No such file or directory'
	run -1 flux shutdown --dump=
	is "${lines[0]}" 'flux-shutdown: no file after --dump'
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
