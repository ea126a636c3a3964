#!/usr/bin/env bats
# What a statedir keeps over the end of a broker, orderly or not.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	state=$BATS_TEST_TMPDIR/state
}

# with_state COMMAND...: an instance on the statedir that runs it.
with_state() {
	timeout -k 5 50 flux start -S statedir="$state" "$@"
}
# the same, and the broker is killed at the end
with_state_killed() {
	with_state bash -c "$1"'
kill -9 $(flux getattr broker.pid); exec sleep 100' || true
}

@test "jobs that have ended are there after an orderly end" {
	with_state sh -c 'flux submit --quiet --wait --cc=1-3 sh -c "echo {cc}; exit {cc}" || true'
	run -0 with_state flux jobs -a -no '{status} {returncode}' --sort=id
	is "$output" $'FAILED 1\nFAILED 2\nFAILED 3'
	run with_state sh -c 'flux job attach $(flux jobs -f failed -c1 -no "{id}")'
	[[ $output =~ ^[123] ]]
	[ "$status" = "${output:0:1}" ]
	run with_state sh -c 'flux jobs --stats-only || true'
	is "$output" '0 running, 0 completed, 3 failed, 0 pending, 0 inactive purged'
}

@test "a broker that is killed: what was acknowledged is there, once" {
	with_state_killed '
		flux submit --wait --cc=1-4 echo hello {cc} >done
		flux submit --urgency=hold --cc=1-3 sh -c "echo held {cc} >>ran" >held
		flux submit sleep 1000 >lost; flux job wait-event -q $(cat lost) start'
	with_state bash -c '
		for id in $(cat done); do flux job attach $id; done | sort >out
		flux job urgency $(head -1 held) 16
		flux job wait-event -q -t 20 $(head -1 held) clean
		flux jobs -a -no "{id} {status}" >list
		flux job eventlog -f json $(cat lost) | jq -c "[.name,.context.type,.context.note,.context.status]" | tail -6 >log'
	is "$(cat out)" $'hello 1\nhello 2\nhello 3\nhello 4'
	is "$(wc -l <ran)" 1
	is "$(grep -cF -f done list)" 4
	is "$(grep -F -f done list | grep -c COMPLETED)" 4
	is "$(grep -F -f held list | awk '{print $2}' | sort | xargs)" \
	    'COMPLETED SCHED SCHED'
	is "$(grep -F -f lost list | awk '{print $2}')" FAILED
	is "$(cat log)" '["exception","restart","the instance was restarted while the job ran",null]
["finish",null,null,9]
["flux-restart",null,null,null]
["release",null,null,null]
["free",null,null,null]
["clean",null,null,null]'
	run with_state sh -c 'flux jobs --stats-only || true'
	is "$output" '0 running, 5 completed, 1 failed, 2 pending, 0 inactive purged'
}

@test "dependencies, queues and ids go on" {
	with_state_killed '
		flux queue stop
		flux submit --job-name=a true >first
		flux submit --dependency=afterok:$(cat first) --job-name=b true >second
		flux submit --dependency=singleton --job-name=c sleep 0 >third
		flux submit --dependency=singleton --job-name=c sleep 0 >fourth
		flux submit --begin-time=+1h true >later'
	with_state bash -c '
		flux submit true >fifth
		flux jobs -no "{name} {status} {dependencies}" --sort=id >before
		flux queue start
		flux cancel $(cat later)
		flux queue drain
		flux jobs -a -no "{name} {status}" --sort=id >after'
	is "$(sed 's/[=@][^ ]*$//; s/ *$//' before)" 'a SCHED
b DEPEND after-success
c SCHED
c DEPEND singleton
true DEPEND begin
true SCHED'
	is "$(cat after)" 'a COMPLETED
b COMPLETED
c COMPLETED
c COMPLETED
true CANCELED
true COMPLETED'
	[ "$(flux job id --to=dec "$(cat fifth)")" -gt "$(flux job id --to=dec "$(cat later)")" ]
}

@test "purged is purged" {
	with_state sh -c 'flux submit --quiet --wait --cc=1-5 true; flux job purge -f --num-limit=2'
	run -0 with_state flux jobs -a -no '{status}'
	is "$output" $'COMPLETED\nCOMPLETED'
}

@test "one broker for a statedir, and only a store that can be read" {
	run ! with_state timeout 30 flux start -S statedir="$state" true
	[[ $output =~ "another broker is using it" ]]
	echo 'this is no store, whatever its name says' >"$state/jobs.sqlite"
	run ! with_state true
	[[ $output =~ "not a database" ]]
	rm "$state"/jobs.sqlite*
	with_state true
	python3 - "$state/jobs.sqlite" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("pragma user_version = 99")
PY
	run ! with_state true
	[[ $output =~ "is of version 99, this broker reads up to 1" ]]
}

@test "the files are for the owner alone" {
	with_state sh -c "flux submit -q --wait true; stat -c %a $state $state/jobs.sqlite*" >modes
	is "$(sort -u modes | xargs)" '600 700'
}
