#!/usr/bin/env bats
# flux wait, and jobs by name.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	[ -z "$instance_pid" ] || flux cancel --all 2>/dev/null || true
	instance_stop
}

@test "it ends as the worst job did, and tells who failed" {
	local a b c d
	a=$(flux submit true)
	b=$(flux submit sh -c 'exit 3')
	c=$(flux submit sh -c 'kill -KILL $$')
	d=$(flux submit --urgency=hold true)
	flux cancel -m why "$d"
	run -0 flux wait "$a"
	is "$output" ''
	run -3 flux wait "$a" "$(flux job id "$b")"
	is "$output" "flux-wait: $b: task(s) exited with exit code 3"
	run -137 flux wait "$c" "$b"
	is "${#lines[@]}" 2
	run -1 flux wait "$d"
	is "$output" "flux-wait: $d: exception type=cancel note=why"
	run -3 flux wait -q "$b"
	is "$output" ''
	run -0 flux wait --verbose "$a"
	is "$output" "flux-wait: $a: completed"
	run -3 bash -c "printf '%s\n' '$a' '$b' | flux wait --quiet -"
	is "$output" ''
}

@test "it waits for what has not ended" {
	local id
	id=$(flux submit --urgency=hold sh -c 'exit 5')
	flux wait "$id" 2>"$TMPDIR/err" &
	flux job urgency "$id" default
	local rc=0
	wait $! || rc=$?
	is $rc 5
	flux wait --all
}

@test "--any: the first that ends" {
	local a b
	a=$(flux submit sleep inf)
	b=$(flux submit sh -c 'exit 4')
	run -4 --separate-stderr flux wait --any "$a" "$b"
	is "$output" "$b"
	is "$(flux jobs -no '{state}' "$a")" RUN
}

@test "--timeout" {
	local id
	id=$(flux submit sleep inf)
	run -1 flux wait -t 0.1s "$id"
	is "$output" 'flux-wait: ERROR: timeout: 1 of 1 jobs have not ended'
	run -1 flux wait --timeout=0.1s --all
	is "$output" 'flux-wait: ERROR: timeout: 1 of 1 jobs have not ended'
}

@test "--all: the own active jobs, --name: those of a name" {
	flux submit --quiet --cc=1-3 sh -c 'exit {cc}'
	run -1 flux wait --name=nosuch
	is "$output" "flux-wait: ERROR: no job of the name 'nosuch'"
	flux submit --quiet --wait --job-name=prep true
	flux wait --name=prep
	run flux submit --quiet --wait --job-name=prep sh -c 'exit 7'
	run -7 --separate-stderr flux wait --name=prep # the last one
	flux submit --quiet --job-name=prep --cc=4,6 sh -c 'sleep 2; exit {cc}'
	run -6 --separate-stderr flux wait --name=prep
	flux submit --quiet --cc=1-2 sh -c 'sleep 2; exit {cc}'
	run -2 flux wait -aq
	is "$output" ''
	run -0 flux wait --all
	is "$output" ''
}

@test "what is wrong is told" {
	run -2 flux wait
	is "${lines[0]}" 'flux-wait: no jobs: give ids, --name or --all'
	run -2 flux wait --all f1
	is "${lines[0]}" 'flux-wait: give only one of ids, --name and --all'
	run -2 flux wait xyz
	is "${lines[0]}" "flux-wait: invalid JobID value: 'xyz'"
	run -2 flux wait -t x f1
	is "${lines[0]}" "flux-wait: invalid Flux standard duration 'x' for --timeout"
	run -1 flux wait 999 "$(flux submit true)"
	[[ $output == "flux-wait: ERROR: ƒ"*": unknown job id" ]]
}

@test "dependencies by name" {
	local a b c d
	a=$(flux submit --job-name=prep --urgency=hold true)
	b=$(flux submit --job-name=prep --urgency=hold true)
	c=$(flux submit --dependency=afterok:name=prep true)
	is "$(flux jobs -no '{dependencies}' "$c" | tr , '\n' | sort)" \
	    "$(printf 'after-success=%s\n' "$a" "$b" | sort)"
	is "$(flux submit --dry-run --dependency=afterany:name=prep?x=1 true |
	    jq -c '.attributes.system.dependencies[0] | [.scheme, .x]')" \
	    '["afterany",1]'
	flux job urgency "$a" default
	flux cancel "$b"
	run -1 flux wait "$c"
	[[ $output == *"dependency after-success=$b job never started" ]]
	d=$(flux submit --dependency=afterany:name=prep true)
	flux wait "$d"
	run -1 flux submit --dependency=afterok:name=nosuch true
	is "$output" "flux-submit: ERROR: --dependency: no job of the name 'nosuch'"
}

@test "it works on the reference" {
	need_reference
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 1
	run -3 flux wait "$(flux submit sh -c 'exit 3')"
}
