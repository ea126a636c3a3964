#!/usr/bin/env bats
# flux startlog, and what the broker remembers of its starts.

setup() {
	load lib/setup
	state=$BATS_TEST_TMPDIR/state
	mkdir "$state"
	date='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}'
}

teardown() {
	instance_stop
}

with_state() {
	timeout -k 5 50 flux start -S statedir="$state" "$@"
}

# matches TEXT REGEX: all of the text.
matches() {
	[[ $1 =~ ^$2$ ]] || fail "got: $1, expected: $2"
}

@test "a start is remembered with its end" {
	matches "$(with_state flux startlog)" "$date - running \(.+s\)"
	matches "$(with_state flux startlog)" "$date - $date \(.+s\)
$date - running \(.+s\)"
	matches "$(with_state flux startlog --show-version --check)" " {19}0\.88\.0  $date - $date .*running \(.+\)"
	with_state flux startlog --json | jq -e '.version == 1 and
		(.starts | map(.status)) ==
		["finished", "finished", "finished", "running"] and
		.starts[0].finish > .starts[0].start and
		.starts[3].core_version == "0.88.0"'
}

@test "a start without an end is a crash" {
	with_state true
	with_state sh -c 'kill -9 $(flux getattr broker.pid)' || true
	rm -rf "$TMPDIR"/flux-*
	run -1 --separate-stderr with_state flux startlog --check
	matches "$output" "$date - $date \(.+\)
$date - crashed
$date - running \(.+\)"
	run -0 with_state flux startlog --check --quiet
	is "$output" ""
}

@test "half a line that a crash left is no reason not to start" {
	with_state true
	printf '{"timest' >>"$state/admin.eventlog"
	with_state true
	is "$(with_state flux startlog | wc -l)" 3
}

@test "without a statedir this start is known, and events can be posted" {
	instance_start -s 1
	is "$(flux startlog | wc -l)" 1
	flux startlog --post-finish-event
	matches "$(flux startlog)" "$date - $date \(.+\)"
	flux startlog --post-start-event
	flux startlog --post-start-event
	run -1 flux startlog --check
	matches "${lines[1]}" "$date - crashed"
	run -1 flux startlog --bogus
	run -1 env FLUX_URI=local:///nonexistent flux startlog
	is "$output" "flux-startlog: Unable to connect to Flux: broker socket /nonexistent was not found"
}
