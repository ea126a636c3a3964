#!/usr/bin/env bats
# The life of an instance: its initial program, its log, its attributes.

setup() {
	load lib/setup
}

teardown() {
	instance_stop
}

start() {
	flux start -s 1 "$@" </dev/null
}

@test "one word is run by the shell, several are run as they are" {
	SHELL=/bin/sh run -0 start 'echo one | tr a-z A-Z'
	is "$output" ONE
	run -0 start echo 'a  b'
	is "$output" 'a  b'
}

@test "the initial program sees its instance, and nothing of what is around it" {
	SLURM_JOB_ID=1 PMIX_RANK=3 FLUX_JOB_ID=x FLUX_KVS_NAMESPACE=y \
	    run -0 start env
	env=$output
	run -1 grep -E \
	    '^(SLURM|PMI|PMIX|FLUX_JOB_ID|FLUX_KVS|FLUX_START|FLUX_ENC)' <<<"$env"
	grep -qE "^FLUX_URI=local://$TMPDIR/flux-[^/]{6}/local-0\$" <<<"$env"
}

@test "a program that a signal ends is reported with 128 and the signal" {
	run -137 start sh -c 'kill -KILL $$'
	[[ $output = *'broker.err[0]: rc2.0: sh -c '*'Killed (rc=137) '* ]]
}

@test "what the program leaves in the background ends with the instance" {
	run -0 start sh -c 'sleep 300 >/dev/null 2>&1 & echo $!'
	gone() { ! kill -0 "$1" 2>/dev/null; }
	retry gone "$output"
}

@test "a broker alone makes and removes its directory" {
	run -0 flux broker flux getattr rundir </dev/null
	[[ $output = "$TMPDIR"/flux-?????? ]]
	[ ! -e "$output" ]
	run -1 flux broker -Stbon.topo=nosuch true </dev/null
	nothing_left
}

@test "a directory that others may write to is refused" {
	mkdir "$BATS_TEST_TMPDIR/open"
	chmod 0775 "$BATS_TEST_TMPDIR/open"
	run -1 flux broker -Srundir="$BATS_TEST_TMPDIR/open" true </dev/null
	[[ $output = *'may be written by others than the instance owner' ]]
	chmod 0755 "$BATS_TEST_TMPDIR/open"
	run -0 flux broker -Srundir="$BATS_TEST_TMPDIR/open" true </dev/null
}

@test "attributes that cannot be used are refused" {
	run -1 start -Sbroker.quorum=2 true
	[[ ${lines[0]} = *'broker.crit[0]: Error parsing broker.quorum attribute' ]]
	run -1 start -Sbroker.shutdown-timeout=x true
	[[ ${lines[0]} = *"Error parsing broker.shutdown-timeout attribute: 'x'" ]]
	run -1 start -Scontent.restore=/dump true
	[[ ${lines[0]} = *'content.restore is not supported' ]]
	run -1 start -Sfoo=1 true
	is "${lines[0]}" 'flux-broker: foo: unknown attribute'
	run -1 start -Srank=1 true
	is "${lines[0]}" 'flux-broker: rank: attribute may not be set on the command line'
}

@test "rank 0 prints and keeps what other ranks log" {
	instance_start -s 2
	line='<24>1 2026-11-23T08:22:53.032381Z 1 tester 7 - - from rank one'
	printf '%s\n' "send log.append $line nodeid=1" recv \
	    'send log.stats-get' recv |
	    python3 "$top/test/lib/wire.py" >"$BATS_TEST_TMPDIR/out"
	grep -q '^response log.append .*errnum=0 ' "$BATS_TEST_TMPDIR/out"
	retry grep -qx 'Nov 23 08:22:53.032381 UTC 2026 tester.err\[1\]: from rank one' \
	    "$instance_log"
	[ "$(grep -c 'from rank one' "$instance_log")" = 1 ]
}

@test "shutdown.start ends the instance with a hangup" {
	instance_start -s 2
	printf '%s\n' 'send shutdown.start {"loglevel":6} nodeid=1' recv \
	    'send shutdown.start {"loglevel":6} nodeid=0' recv |
	    python3 "$top/test/lib/wire.py" >"$BATS_TEST_TMPDIR/out"
	grep -q 'errnum=22 .*shutdown may only be initiated on rank 0' \
	    "$BATS_TEST_TMPDIR/out"
	instance_stop
	is "$instance_status" 129
}
