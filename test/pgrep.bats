#!/usr/bin/env bats
# flux pgrep and flux pkill: jobs by name or id.

setup() {
	load lib/setup
	instance_start
	a=$(flux submit --job-name=alpha --urgency=hold true)
	b=$(flux submit --job-name=beta --urgency=hold true)
	c=$(flux submit --job-name=gamma1 --urgency=hold true)
}

teardown() {
	instance_stop
}

@test "jobs are found by a regular expression of their name" {
	run -0 flux pgrep a
	is "$output" "$a
$b
$c"
	run -0 flux pgrep '^b|[0-9]$'
	is "$output" "$b
$c"
	run -0 flux pgrep name:alpha
	is "$output" $a
	run -1 flux pgrep ALPHA
	is "$output" ""
	run -0 flux pgrep -c 1 a
	is "$output" $a
	run -0 flux pgrep --max-entries=2 .
	is "$output" "$a
$b"
}

@test "jobs are found by a range of ids" {
	run -0 flux pgrep $b..$c
	is "$output" "$b
$c"
	run -0 flux pgrep 0..$b
	is "$output" "$a
$b"
	run -0 flux pgrep gam $a..$c
	is "$output" $c
	run -1 flux pgrep $c..$a
}

@test "what is found can be shown in any format" {
	run -0 flux pgrep -o '{name} {urgency}' beta
	is "$output" "NAME URG
beta 0"
	run -0 flux pgrep -no full beta
	is "$output" "$(printf %13s $b) $me8 beta        S      1      -        - held"
	FLUX_PGREP_FORMAT_DEFAULT='{name}' run -0 flux pgrep -n beta
	is "$output" beta
}

@test "expressions and options that are wrong are told" {
	run -2 flux pgrep '('
	[[ $output == "flux-pgrep: ERROR: expression error: "* ]]
	run -2 flux pgrep a b
	is "$output" "flux-pgrep: ERROR: expression error: Only one pattern can be provided"
	run -2 flux pgrep
	is "${lines[0]}" "flux-pgrep: the following arguments are required: EXPRESSION"
	run -1 flux pgrep -f nope a
	is "$output" "flux-pgrep: ERROR: Invalid filter specified: nope"
	run -1 flux pgrep -o '{nope}' a
	is "$output" "flux-pgrep: ERROR: Error in user format: Unknown format field: nope"
	run -2 flux pkill -o '{id}' a
}

@test "pkill cancels what it finds" {
	run -0 flux pkill --wait '^[ab]'
	is "$output" "flux-pkill: INFO: Canceled 2 jobs"
	run -0 flux jobs -ano '{name} {status}'
	is "$(sort <<<"$output")" "alpha CANCELED
beta CANCELED
gamma1 SCHED"
	run -1 flux pkill alpha
	is "$output" ""
	run -1 flux pkill -a alpha
	is "$output" "flux-pkill: ERROR: $a: cancel: [Errno 2] job is inactive
flux-pkill: INFO: Canceled 0 jobs"
	run -0 flux pkill gamma
	is "$output" "flux-pkill: INFO: Canceled 1 job"
}
