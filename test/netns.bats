#!/usr/bin/env bats
# An instance over several hosts, which are network namespaces: what is lost
# with a host, and what goes on.

setup() {
	load lib/setup
	load lib/hosts
	hosts_make 4
}

teardown() {
	hosts_stop
}

start() {
	hosts_start -s 4 -Stbon.topo=kary:2 -Stbon.tcp_user_timeout=2s \
	    -Sbroker.critical-ranks=0 "$@"
}

online_is() {
	[ "$(flux overlay status --json | jq -c '[.nodes[] |
	    select(.status == "lost") | .rank]')" = "$1" ]
}

@test "brokers on four hosts are one instance, over TCP" {
	start
	is "$(flux overlay status)" "0 host0: full
├─ 1 host1: full
│  └─ 3 host3: full
└─ 2 host2: full"
	is "$(flux run -N4 --label-io sh -c 'hostname' | sort)" "0: host0
1: host1
2: host2
3: host3"
	is "$(flux getattr tbon.endpoint | sed 's/:[0-9]*$//')" "tcp://10.77.0.1"
	on 0 ss -Htn state established | grep -q '10.77.0.2'
}

@test "a host that falls silent is noticed in time, its job ends, others go on" {
	start -Stbon.rejoin_timeout=none
	whole=$(flux submit -N4 sleep 300)
	flux job wait-event -t 20 $whole start >/dev/null
	mkfifo "$BATS_TEST_TMPDIR/in"
	python3 "$top/test/lib/wire.py" <"$BATS_TEST_TMPDIR/in" \
	    >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 5>"$BATS_TEST_TMPDIR/in"
	printf '%s\n' 'send config.get nodeid=3 flags=0x40' recv >&5
	retry grep -q 'errnum=0' "$BATS_TEST_TMPDIR/out"
	began=$EPOCHREALTIME
	cut_host 3
	# the answer that never comes
	echo recv >&5
	exec 5>&-
	wait $!
	grep -q '^response config.get flags=49 errnum=113 ' "$BATS_TEST_TMPDIR/out"
	took=$(jq -n "$EPOCHREALTIME - $began")
	jq -en "$took < 6" >/dev/null || fail "noticed after $took s"
	flux job wait-event -t 20 $whole clean >/dev/null
	flux job wait-event $whole exception | grep -q 'note="node failure on host3 (rank 3)"'
	online_is '[3]'
	is "$(flux overlay errors)" "host3: lost connection"
	run -68 flux exec -r 3 true
	is "$(flux run -N3 hostname | sort | xargs)" "host0 host1 host2"
	retry broker_ended 3
}

@test "with an inner broker all below it is lost, and the rest goes on" {
	start
	job=$(flux submit -N2 --requires=host:host[0,2] sleep 300)
	below=$(flux submit -N1 --requires=host:host3 sleep 300)
	for id in $job $below; do
		flux job wait-event -t 20 $id start >/dev/null
	done
	broker_kill 1
	retry online_is '[1,3]'
	flux job wait-event -t 20 $below exception | grep -q 'node failure on host3 (rank 3)'
	is "$(flux overlay status)" "0 host0: degraded
├─ 1 host1: lost lost connection
│  └─ 3 host3: lost
└─ 2 host2: full"
	for rank in 1 3; do
		run -68 flux exec -r $rank true
	done
	retry broker_ended 3
	is "$(flux jobs -no '{status}' $job)" RUN
	flux cancel $job
	flux job wait-event -t 20 $job clean >/dev/null
}

@test "each broker that is killed is lost, and the others go on" {
	start
	for rank in 3 2 1; do
		broker_kill $rank
		retry broker_ended $rank
		run -0 flux run -N1 hostname
	done
	retry online_is '[1,3,2]'
	is "$output" host0
}

@test "when rank 0 is killed all brokers end" {
	start
	broker_kill 0
	for rank in 1 2 3; do
		retry broker_ended $rank
	done
}

@test "a host that was cut off comes back, with those below it" {
	start
	for host in 3 1; do
		job=$(flux submit -N1 --requires=host:host3 sleep 300)
		flux job wait-event -t 20 $job start >/dev/null
		cut_host $host
		flux job wait-event -t 20 $job exception | grep -q 'node failure on host3'
		flux overlay status --wait=degraded --summary
		mend_host $host
		flux overlay status --wait=full --timeout=40s --summary
		is "$(flux run -N4 hostname | sort | xargs)" "host0 host1 host2 host3"
	done
	is "$(flux exec -r 3 flux getattr hostlist)" 'host[0-3]'
}

@test "an instance below this one is on two hosts, too" {
	start
	run -0 flux alloc -N2 --requires=-host:host0,host3 sh -c 'flux overlay status
		flux run -N2 hostname | sort
		flux getattr tbon.endpoint'
	is "${lines[0]}" "0 host1: full"
	is "${lines[1]}" "└─ 1 host2: full"
	is "${lines[2]} ${lines[3]}" "host1 host2"
	[[ ${lines[4]} = tcp://10.77.0.2:* ]]
}
