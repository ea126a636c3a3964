#!/usr/bin/env bats
# flux pmi, in jobs and alone.

setup() {
	load lib/setup
}

teardown() {
	instance_stop
}

@test "barrier: all tasks meet, rank 0 tells" {
	instance_start -s 2
	run -0 flux run -N2 -n4 flux pmi barrier
	is "$output" "$(flux job last): completed pmi barrier on 4 tasks"
	run -0 flux run -n2 flux pmi barrier --test-count=2 --test-timing
	[[ ${lines[0]} =~ ^ƒ[^:]+': completed pmi barrier on 2 tasks in 0.'[0-9]{3}s\.$ ]]
	is "${#lines[@]}" 2
	run -0 flux run -n1 flux pmi barrier --test-count=0
	is "$output" ''
}

@test "exchange: each gets the values of all, on all nodes" {
	instance_start -s 2
	run -0 flux run -N2 -n4 flux pmi exchange --count=2
	[[ ${lines[0]} =~ ^ƒ[^:]+': completed pmi exchange on 4 tasks in 0.'[0-9]{3}s\.$ ]]
	is "${#lines[@]}" 2
}

@test "get prints values on the ranks that are named" {
	instance_start -s 2
	run -0 flux run -N2 -n4 -l flux pmi get flux.taskmap flux.instance-level
	is "$output" $'0: {"version":1,"map":[[0,2,2,1]]}\n0: 1'
	run -0 flux run -n2 -l flux pmi get --ranks=1 PMI_process_mapping
	is "$output" '1: (vector,(0,1,2))'
	run -0 bash -c 'flux run -n2 -l flux pmi get --ranks=all flux.instance-level | sort'
	is "$output" $'0: 1\n1: 1'
	run -0 flux run -n2 flux pmi get --ranks=5 flux.instance-level
	is "$output" ''
	run -1 --separate-stderr flux run flux pmi get flux.instance-level foo
	is "$output" 1
	[[ $stderr = *'flux-pmi: get foo: invalid key argument'* ]]
	run -1 flux run flux pmi get 'a b'
	[[ $output = *'flux-pmi: get a b: invalid key argument'* ]]
	run -1 flux run flux pmi get $'a\nb'
	[[ $output = *'b: invalid key argument'* ]]
	run -1 flux run flux pmi get "$(printf 'k%.0s' {1..65})"
	[[ $output = *': invalid key length argument'* ]]
}

@test "one task that aborts ends the job, one that does not come the others" {
	instance_start -s 1
	run -143 flux run -n2 flux pmi barrier --test-abort=1
	[[ $output = *'type=exec severity=0 PMI_Abort: flux-pmi: rank 1 is aborting'* ]]
	run -0 flux run -n2 flux pmi barrier --test-abort=9
	mkfifo "$TMPDIR/go"
	run -1 flux run -n2 sh -c '[ $PMI_RANK = 1 ] && exec cat "$0"
	    flux pmi -t 0.2s barrier; rc=$?; echo >"$0"; exit $rc' "$TMPDIR/go"
	[[ $output = *'flux-pmi: timeout expired before PMI operation completed'* ]]
}

@test "verbose tells each operation" {
	instance_start -s 1
	run -0 --separate-stderr flux run flux pmi -v exchange
	id=$(flux job last)
	is "$stderr" "flux-pmi-client: trying 'simple'
simple: selected
simple: initialize: rank=0 size=1 name=$id: success
simple: barrier: success
simple: put key=key.0 value=$id-0-1: success
simple: barrier: success
simple: get key=key.0 value=$id-0-1: success
simple: barrier: success
simple: finalize: success"
	run -0 --separate-stderr flux pmi -v barrier
	is "$stderr" "flux-pmi-client: trying 'simple'
simple: PMI_FD not found in environ
flux-pmi-client: trying 'single'
single: selected
single: initialize: rank=0 size=1 name=single: success
single: barrier: success
single: finalize: success"
}

@test "a job without PMI is as many single ones" {
	instance_start -s 1
	run -0 flux run -n2 -o pmi=off flux pmi barrier
	id=$(flux job last)
	is "$output" "$id: completed pmi barrier on 1 tasks
$id: completed pmi barrier on 1 tasks"
	run -0 flux run -n2 flux pmi --method=single exchange
	is "${#lines[@]}" 2
}

@test "outside a job it is the only one" {
	is "$(flux pmi barrier)" '0: completed pmi barrier on 1 tasks'
	[[ $(flux pmi exchange) = '0: completed pmi exchange on 1 tasks in 0.'???s. ]]
	run -1 flux pmi get foo
	is "$output" 'flux-pmi: get foo: key not found'
	run -1 flux pmi barrier --test-abort=0
	is "$output" 'flux-pmi: rank 0 is aborting'
}

@test "methods that are not there, and an environment that is broken" {
	run -1 flux pmi --method=simple barrier
	is "$output" 'flux-pmi: PMI_FD not found in environ'
	run -1 flux pmi --method=foo barrier
	is "$output" "flux-pmi: plugin matching 'foo' not found"
	run -0 env FLUX_PMI_CLIENT_METHODS='simple single' flux pmi barrier
	run -1 env PMI_FD=x flux pmi barrier
	is "$output" "flux-pmi: invalid PMI_FD 'x'"
	run -1 env PMI_FD=99 PMI_RANK=0 PMI_SIZE=1 flux pmi barrier
	is "$output" 'flux-pmi: PMI: Bad file descriptor'
	run -1 env PMI_FD=0 PMI_RANK=2 PMI_SIZE=2 flux pmi barrier
	is "$output" 'flux-pmi: PMI_RANK 2 is not below PMI_SIZE 2'
	run -1 env PMI_FD=0 flux pmi barrier
	is "$output" 'flux-pmi: PMI_RANK not found in environ'
}

@test "wrong use is told" {
	run -1 flux pmi
	is "${lines[0]}" 'flux-pmi: missing subcommand: barrier, exchange, get'
	run -1 flux pmi nosuch
	is "${lines[0]}" "flux-pmi: unknown subcommand 'nosuch': must be barrier, exchange, get"
	run -1 flux pmi -t x barrier
	is "${lines[0]}" "flux-pmi: invalid argument for option 'timeout': 'x'"
	run -1 flux pmi barrier --test-count=x
	is "${lines[0]}" "flux-pmi: invalid value 'x' for --test-count: must be a number"
	is "${lines[1]}" "Try 'flux pmi barrier --help'."
	run -1 flux pmi exchange --count=-1
	is "${lines[0]}" "flux-pmi: invalid value '-1' for --count: must be a number"
	run -1 flux pmi exchange foo
	is "${lines[0]}" "flux-pmi: unexpected argument 'foo'"
	run -1 flux pmi get
	is "${lines[0]}" 'flux-pmi: a KEY is required'
	run -1 flux pmi get --ranks=x foo
	is "$output" "flux-pmi: could not decode --ranks argument 'x'"
	run -0 flux pmi exchange --help
	is "${lines[0]}" 'Usage: flux pmi exchange [OPTIONS]'
}

@test "the reference's pmi runs in our jobs, ours in its" {
	need_reference
	instance_start -s 2
	run -0 flux run -N2 -n4 "$FLUX_REFERENCE/bin/flux" pmi exchange
	[[ $output = *'completed pmi exchange on 4 tasks in 0.'* ]]
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 2
	run -0 flux run -N2 -n4 "$(command -v flux)" pmi exchange
	[[ $output = *'completed pmi exchange on 4 tasks in 0.'* ]]
	run -0 flux run -n2 -l "$(command -v flux)" pmi get flux.taskmap
	is "$output" '0: {"version":1,"map":[[0,1,2,1]]}'
}
