#!/usr/bin/env bats
# Instances that MPICH's Hydra starts.

setup() {
	load lib/setup
	command -v mpiexec.hydra >/dev/null || skip "no mpiexec.hydra"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	nothing_left && no_sanitizer_report
}

@test "mpiexec.hydra -n 4 flux start is an instance of four brokers" {
	run -0 timeout 50 mpiexec.hydra -n 4 flux start sh -c \
	    'flux getattr size; flux getattr broker.boot-method
	    flux getattr instance-level; flux run -N4 -n4 flux pmi barrier |
	    sed "s/.*://"'
	is "$output" $'4\nsimple\n0\n completed pmi barrier on 4 tasks'
	run -0 timeout 50 mpiexec.hydra -n 4 flux start flux resource list
	is "${lines[1]}" "      free      4 $(printf %6d $((4 * $(nproc))))     0 $(uname -n),$(uname -n),$(uname -n),$(uname -n)"
}

@test "hosts of Hydra are nodes of the map" {
	run -0 timeout 50 mpiexec.hydra -launcher fork -hosts a,b,c -ppn 1 -n 3 \
	    flux start flux getattr broker.mapping
	is "$output" '[[0,3,1,1]]'
}

@test "mpiexec.hydra ends with the exit code of the initial program" {
	run -3 timeout 50 mpiexec.hydra -n 2 flux start sh -c 'exit 3'
	[[ $output =~ 'Exited (rc=3)' ]]
}

@test "killing mpiexec.hydra ends the brokers" {
	mkfifo up hold
	timeout 50 mpiexec.hydra -n 2 flux start sh -c \
	    'echo up >up; read -r _ <hold' >log 2>&1 3>&- &
	read -rt 30 _ <up
	kill -TERM $!
	wait $! || true
	retry no_processes
}
