#!/usr/bin/env bats
# flux version, and what the driver does by itself.

setup() {
	load lib/setup
}

@test "version prints three numbers first, also outside an instance" {
	run -0 flux version
	[[ ${lines[0]} =~ ^commands:[[:space:]]+0\.(8[8-9]|9[0-9])\.[0-9]+$ ]]
	[[ $output != *broker:* ]]
	[[ $output == *$'\nflux-toolbox:\t\t'* ]]
	is "$(flux -V)" "$output"
	is "$(flux --version)" "$output"
}

@test "version names the broker inside an instance" {
	instance_start
	run -0 flux version
	[[ $output == *$'\nbroker:  \t\t0.88.'* ]]
	[[ $output == *$'\nFLUX_URI:\t\t'"$FLUX_URI"* ]]
	instance_stop
}

@test "the driver names near commands, and fails" {
	run -1 flux job-s
	[[ ${lines[0]} == "flux: \`job-s' is not a flux command.  See 'flux --help'" ]]
	[[ $output == *$'flux: \tjobs'* ]]
	run -1 flux ./nosuch
	is "$output" 'flux: ./nosuch: No such file or directory'
	run -1 flux
	[[ ${lines[0]} == 'Usage: flux [OPTIONS] COMMAND ARGS' ]]
	run -0 flux help
	[[ ${lines[0]} == 'Usage: flux [OPTIONS] COMMAND ARGS' ]]
}

@test "parent and root climb the hierarchy" {
	instance_start -s 1
	run -0 flux --parent getattr instance-level
	is "$output" 0
	id=$(flux batch -n1 --output="$BATS_TEST_TMPDIR/out" --wrap \
	    "flux run -n1 flux start 'flux getattr instance-level; flux -p getattr instance-level; flux -pp getattr instance-level; flux -r getattr instance-level'")
	run -0 flux job attach "$id"
	is "$(tr '\n' ' ' < "$BATS_TEST_TMPDIR/out")" '2 1 0 0 '
	instance_stop
}
