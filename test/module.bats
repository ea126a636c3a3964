#!/usr/bin/env bats
# flux module.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

@test "services are listed as modules" {
	run -0 flux module list
	is "${lines[0]}" "Module                    Idle  S Sendq Recvq Service"
	[[ $output =~ $'\n'"job-manager"\ +[0-9]+\ \ R\ +0\ +0\  ]]
	run -0 flux module list -l
	is "${lines[0]}" "Module                    Idle  S Sendq Recvq Service  Path"
	[[ ${lines[1]} =~ ^attr\ .*\ builtin$ ]]
	flux module list --json | jq -e '.version == 1 and
		(.modules | map(.name) | index("kvs")) and
		(.modules | all(.status == 1 and .path == "builtin"))'
	is "$(flux exec -r 1 flux module list | grep -c '^job-manager ')" 0
}

@test "statistics of a module, or one of them" {
	flux module stats job-manager | jq -e .
	[ "$(flux module stats -p rx.request attr)" -gt 0 ]
	is "$(flux module stats -p rx.response -t double attr)" 0.000000
	flux module stats --rusage kvs | jq -e '.maxrss > 0'
	flux module stats --clear feasibility
	[ "$(flux module stats -s 2 -p rx.request feasibility)" -ge 2 ]
	run -1 flux module stats -p nosuch attr
	is "$output" "flux-module: \`nosuch' not found in response"
	run -1 flux module stats nosuch
	is "$output" "flux-module: nosuch.stats-get: No service matching nosuch.stats-get is registered"
	run -1 flux module stats --type=text kvs
	run -1 flux module stats --scale=x kvs
	run -1 flux module stats
}

@test "modules are neither loaded nor unloaded" {
	run -1 flux module load foo
	is "$output" "flux-module: load foo: all services are built into this broker: it loads no modules"
	run -1 flux module remove kvs
	is "$output" "flux-module: remove kvs: built into the broker: cannot be unloaded"
	run -1 flux module remove nosuch
	is "$output" "flux-module: remove nosuch: No such file or directory"
	run -1 flux module reload nosuch
	is "$output" "flux-module: remove nosuch: No such file or directory"
	run -0 flux module remove --force nosuch
	run -1 flux module load
}

@test "bad subcommands and options are refused" {
	run -1 flux module
	is "${lines[0]}" "flux-module: missing subcommand"
	run -1 flux module foo
	is "${lines[0]}" "flux-module: Unknown subcommand: foo"
	run -1 flux module list x
	run -1 flux module list --bogus
	run -1 env FLUX_URI=local:///nonexistent flux module list
	is "$output" "flux-module: Unable to connect to Flux: broker socket /nonexistent was not found"
}
