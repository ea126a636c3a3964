#!/usr/bin/env bats
# --retry: jobs that are run again when they fail.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	echo 0 >count
	# try N: fails N times
	cat >try <<-'X'
		#!/bin/bash
		n=$(cat count)
		echo $((n + 1)) >count
		echo "try $n"
		[ $n -ge $1 ] || exit 3
	X
	chmod +x try
}

teardown() {
	[ -z "${FLUX_URI:-}" ] || instance_stop
}

lineage() {
	flux jobs -ano '{status} {user.retry.count} {user.retry.max} {user.retry.of} {user.retry.first} {user.retry.next}' --sort=id
}

@test "a job that fails is run again, and not more often than it may" {
	instance_start -s 1
	A=$(flux submit --retry=2 --env=X=y --urgency=17 sh -c 'echo $X; exit 3')
	flux queue drain
	ids=($(flux jobs -ano '{id}' --sort=id))
	is "${#ids[@]}" 3
	is "${ids[0]}" "$A"
	is "$(lineage)" "FAILED     ${ids[1]}
FAILED 1 2 $A $A ${ids[2]}
FAILED 2 2 ${ids[1]} $A "
	for id in "${ids[@]}"; do
		run -3 flux job attach $id
		is "${lines[0]}" y
		is "$(flux jobs -no '{urgency} {name}' $id)" "17 sh"
	done
	run -0 flux why "$A"
	[[ $output == *"    retry     run again as ${ids[1]}"* ]]
	[[ $output == *"flux submit --cwd=$PWD --retry=2 "* ]]
	run -0 flux why "${ids[1]}"
	[[ $output == *"    retry     1 of 2 of $A, run again as ${ids[2]}"* ]]
	run -0 flux why "${ids[2]}"
	[[ $output == *"    retry     2 of 2 of $A, after ${ids[1]}"* ]]
	flux why --json "${ids[2]}" | jq -e '.retry.count == 2'
	is "$(flux job info "${ids[2]}" jobspec |
	    jq -c '.attributes.system.retry')" \
	    '{"max":2,"count":2,"of":"'${ids[1]}'","first":"'$A'"}'
}

@test "run, submit and bulksubmit wait for the last one" {
	instance_start -s 1
	run -0 --separate-stderr flux run --retry=3 ./try 2
	is "$output" $'try 0\ntry 1\ntry 2'
	[[ $stderr =~ "exited with exit code 3"$'\n'"flux-job: run again as ƒ" ]]
	echo 0 >count
	run -3 --separate-stderr flux run --retry=1 ./try 5
	is "$output" $'try 0\ntry 1'
	echo 0 >count
	run -0 --separate-stderr flux submit --quiet --watch --retry=3 ./try 2
	is "$output" $'try 0\ntry 1\ntry 2'
	echo 0 >count
	run -3 flux submit --quiet --wait --retry=1 ./try 2
	echo 0 >count
	run -0 --separate-stderr flux bulksubmit -v --wait --retry=9 ./try {} ::: 4
	is "$(grep -c 'run again as' <<<"$stderr")" 4
	[[ $stderr =~ "failed: status=768, run again as ƒ" ]]
	is "$(flux jobs -ano '{id}' | wc -l)" 15
}

@test "a batch job is run again with its script" {
	instance_start -s 1
	A=$(flux batch --retry=1 --output=out.{{id}} -n1 --wrap ./try 1)
	flux queue drain
	run -0 flux jobs -ano '{status} {name}' --sort=id
	is "$output" $'FAILED ./try\nCOMPLETED ./try'
	cat out.* | grep -c "^try" | grep -qx 2
}

@test "what was cancelled, timed out, did not run, or needs none is not run again" {
	instance_start -s 1
	A=$(flux submit --retry=2 sleep 100)
	flux job wait-event -q -t 20 "$A" start
	flux cancel "$A"
	flux submit --retry=2 -t 0.1s sleep 100
	flux submit --retry=2 true
	flux submit --retry=0 false
	flux submit -S retry='"x"' false
	flux submit -S retry.max=-1 false
	flux submit -S retry.max=1 -S retry.count=-5 false
	B=$(flux submit --urgency=hold true)
	flux submit --retry=2 --dependency=afterok:$B true
	flux cancel "$B"
	flux queue drain
	is "$(flux jobs -ano '{id}' | wc -l)" 9
	is "$(flux job info "$(flux submit --retry=0 true)" jobspec |
	    jq '.attributes.system.retry')" null
}

@test "dependencies are met, but a singleton stays one; refusals are told" {
	instance_start -s 1
	B=$(flux submit true)
	A=$(flux submit --retry=1 --dependency=afterok:$B --dependency=singleton \
	    --job-name=one ./try 1)
	flux queue drain
	id=$(flux jobs -ano '{user.retry.next}' "$A")
	is "$(flux jobs -no '{status}' "$id")" COMPLETED
	is "$(flux job info "$id" jobspec |
	    jq -c '[.attributes.system.dependencies[].scheme]')" '["singleton"]'
	mkfifo hold
	A=$(flux submit --retry=1 sh -c 'read x <hold; exit 1')
	flux job wait-event -q -t 20 "$A" start
	flux queue disable -m 'for a while'
	echo >hold
	flux job wait-event -q -t 20 "$A" clean
	run -0 flux why "$A"
	[[ $output == *"    retry     not run again: job submission to queue is disabled: for a while"* ||
	    $output == *"    retry     not run again: "*"for a while"* ]]
	flux queue enable
}

@test "a job that is lost with its broker is run again, once" {
	state=$PWD/state
	timeout -k 5 50 flux start -S statedir="$state" bash -c '
		flux submit --retry=3 bash -c "echo \$FLUX_JOB_ID >>ran; [ \$(wc -l <ran) -gt 1 ] || sleep 1000" >id
		flux job wait-event -q -t 20 $(cat id) start
		while ! [ -s ran ]; do flux job wait-event -q $(cat id) start; done
		kill -9 $(flux getattr broker.pid); exec sleep 100' || true
	for i in 1 2; do
		timeout -k 5 50 flux start -S statedir="$state" bash -c '
			flux queue drain
			flux jobs -ano "{id} {status} {user.retry.of} {user.retry.next}" --sort=id >list'
		is "$(wc -l <ran)" 2
		is "$(wc -l <list)" 2
		read -r id status next <list
		is "$status" FAILED
		is "$(tail -1 list)" "$next COMPLETED $id "
	done
}

@test "bad numbers are refused, and alloc has no --retry" {
	for n in x -1 1001 1.5 ""; do
		run -1 flux submit --retry="$n" true
		is "$output" "flux-submit: ERROR: --retry: invalid value '$n': must be 0 to 1000"
	done
	run ! flux alloc --retry=1 true
	run -0 flux submit --dry-run --retry=5 true
	is "$(jq -c .attributes.system.retry <<<"$output")" '{"max":5}'
}
