#!/usr/bin/env bats
# MPI programs, built with Debian's MPICH, as jobs over several brokers.

setup_file() {
	command -v mpicc.mpich >/dev/null || return 0
	mpicc.mpich -O2 -o "$BATS_FILE_TMPDIR/ring" \
	    "$BATS_TEST_DIRNAME/data/mpi/ring.c"
}

# Four brokers of 8 cores each, so that one node can have all tasks.
setup() {
	load lib/setup
	ring=$BATS_FILE_TMPDIR/ring
	[ -x "$ring" ] || skip "no mpicc.mpich"
	instance_start -s 4 --test-hosts='n[0-3]' --conf='{"resource":
	    {"noverify":true,"config":[{"hosts":"n[0-3]","cores":"0-7"}]}}'
}

teardown() {
	instance_stop
}

# runs NODES TASKS: hello, ring and sum are right.
runs() {
	run -0 timeout 50 flux run -o cpu-affinity=off -N$1 -n$2 "$ring"
	is "$(sort -V <<<"$output")" "$(for ((i = 0; i < $2; i++)); do
		echo "hello from $i of $2"
	done
	echo "ring $2 sum $(($2 * ($2 + 1) / 2))")"
}

@test "hello, a ring and an all-reduce of 2, 4 and 8 ranks on one broker" {
	runs 1 2
	runs 1 4
	runs 1 8
}

@test "hello, a ring and an all-reduce of 2, 4 and 8 ranks over two brokers" {
	runs 2 2
	runs 2 4
	runs 2 8
}

@test "hello, a ring and an all-reduce of 4 and 8 ranks over four brokers" {
	runs 4 4
	runs 4 8
}

@test "ranks follow the task map" {
	run -0 timeout 50 flux run -o cpu-affinity=off -N2 -n4 \
	    --taskmap=cyclic -l "$ring"
	[[ $output =~ 'ring 4 sum 10' ]]
	is "$(flux job taskmap --to=pmi "$(flux job last)")" '(vector,(0,2,1),(0,2,1))'
}

@test "MPI_Abort ends the job, on all brokers" {
	run -143 timeout 50 flux run -o cpu-affinity=off -N2 -n2 "$ring" abort
	[[ $output =~ "job.exception $(flux job last) type=exec severity=0 PMI_Abort: " ]]
}

@test "MPI_Comm_spawn fails, and ends the program" {
	run -15 timeout 50 flux run -o cpu-affinity=off -n1 "$ring" spawn
	[[ $output =~ 'Error in spawn call' ]]
}

@test "an MPI program runs in an instance that is a job" {
	run -0 timeout 50 flux alloc -N2 flux run -o cpu-affinity=off -N2 -n4 "$ring"
	[[ $output =~ 'ring 4 sum 10' ]]
}
