#!/usr/bin/env bats
# flux overlay.

setup() {
	load lib/setup
	instance_start -s 7 -Stbon.topo=kary:2 --test-hosts='node[0-6]' \
	    --test-exit-timeout=60s
}

teardown() {
	instance_stop
}

# Without times.
untimed() {
	sed -E 's/for [0-9.e-]+m?s/for N/; s/\([0-9.]+ ms\)/(N ms)/'
}

@test "the tree is drawn, all of it or a part" {
	is "$(flux overlay status)" "0 node0: full
├─ 1 node1: full
│  ├─ 3 node3: full
│  └─ 4 node4: full
└─ 2 node2: full
   ├─ 5 node5: full
   └─ 6 node6: full"
	is "$(flux overlay status -v -r 1 | untimed)" "1 node1: full for N
├─ 3 node3: full for N
└─ 4 node4: full for N"
	is "$(flux overlay status -vv -r 5 | untimed)" "5 node5: full for N (N ms)"
	is "$(flux overlay status -r 2 --no-pretty --highlight=5)" "<<2 node2>>: full
<<5 node5>>: full
6 node6: full"
	is "$(flux overlay status -r 2 --summary)" full
	is "$(flux overlay status --down)" ""
	is "$(flux overlay status -w full --summary --timeout=1s)" full
}

@test "ranks and hosts are translated" {
	is "$(flux overlay lookup 1-3)" 'node[1-3]'
	is "$(flux overlay lookup 'node[2,6]')" 2,6
	is "$(flux overlay parentof 6)" 2
	run -1 flux overlay parentof 0
	is "$output" "flux-overlay: 0 has no parent"
	run -1 flux overlay parentof 9
	is "$output" "flux-overlay: 9 is not a valid rank in this instance"
	run -1 flux overlay lookup 9
	is "$output" "flux-overlay: rank 9 is not in host map"
	run -1 flux overlay lookup nosuch
	is "$output" "flux-overlay: host nosuch not found in host map"
	run -1 flux overlay lookup 'a['
	is "$output" "flux-overlay: target must be a valid idset or hostlist"
	run -1 flux overlay lookup
	is "$output" "flux-overlay: single TARGET argument is required"
}

@test "a branch is cut off, ends, and is told of" {
	run -0 flux overlay disconnect 5
	is "$output" "flux-overlay: asking node2 (rank 2) to disconnect child node5 (rank 5)"
	flux overlay status --wait=degraded --summary
	run -0 flux overlay disconnect node1
	is "$(flux overlay status)" "0 node0: degraded
├─ 1 node1: lost administrative disconnect
│  ├─ 3 node3: lost
│  └─ 4 node4: lost
└─ 2 node2: degraded
   ├─ 5 node5: lost administrative disconnect
   └─ 6 node6: full"
	is "$(flux overlay status --down --no-ghost --color=always)" $'0 node0: degraded
├─ 1 node1: \e[31mlost\e[39m administrative disconnect
└─ 2 node2: degraded
   ├─ 5 node5: \e[31mlost\e[39m administrative disconnect'
	is "$(flux overlay errors)" "node[1,5]: administrative disconnect
node[3-4]: lost parent"
	is "$(flux overlay errors --json)" '{"version":1,"errors":[{"error":"administrative disconnect","ranks":"1,5","nodelist":"node[1,5]"},{"error":"lost parent","ranks":"3-4","nodelist":"node[3-4]"}]}'
	flux overlay status --json | jq -e '.version == 1 and
		(.nodes | map(select(.presumed) | .rank)) == [3, 4] and
		(.nodes[] | select(.rank == 1) | .status == "lost" and
		    .parent == 0 and .error == "administrative disconnect")'
	run -1 flux overlay status -r 3
	is "$output" "flux-overlay: No route to host"
	grep -q 'lost rank 1: disconnected by request' "$instance_log"
}

@test "only a child is cut off, and only by its parent" {
	run -1 flux overlay disconnect -r 0 5
	is "${lines[1]}" "flux-overlay: overlay.disconnect-subtree: requested rank is not this broker's direct child"
	run -1 flux overlay disconnect -r 9 5
	is "${lines[1]}" "flux-overlay: overlay.disconnect-subtree: No route to host"
	run -1 flux overlay disconnect 0
	is "$output" "flux-overlay: 0 has no parent"
	run -1 flux overlay disconnect nosuch
	is "$output" "flux-overlay: TARGET must be a valid rank or hostname"
	is "$(flux overlay status --summary)" full
}

@test "a broker that is stopped does not answer, and is not waited for" {
	pid=$(flux exec -r 2 flux getattr broker.pid)
	kill -STOP "$pid"
	run -0 flux overlay status -t 0.2
	kill -CONT "$pid"
	is "${lines[4]}" "└─ 2 node2: Connection timed out"
	is "${lines[5]}" "   ├─ 5 node5: full"
}

@test "bad states, numbers and subcommands are refused" {
	run -1 flux overlay status --wait=bogus
	is "$output" "flux-overlay: invalid --wait state"
	run -1 flux overlay status -t 0.2s --wait=lost
	is "$output" "flux-overlay: Connection timed out"
	run -1 flux overlay status -r x
	run -1 flux overlay status -t x
	run -1 flux overlay status --color=bogus
	run -1 flux overlay status -H 99
	is "$output" "flux-overlay: --highlight: rank 99 not in set 0-6"
	run -1 flux overlay trace -t bogus
	is "$output" "flux-overlay: valid types: request, response, event, control"
	run -1 flux overlay trace -r x
	is "${lines[0]}" "flux-overlay: Option \"--rank\" requires a rank, not 'x'"
	run -1 flux overlay trace a b
	is "${lines[0]}" "flux-overlay: only one TOPIC-GLOB can be given"
	run -1 flux overlay
	is "${lines[0]}" "flux-overlay: missing subcommand"
	run -1 flux overlay foo
	is "${lines[0]}" "flux-overlay: Unknown subcommand: foo"
}

# tracing NAME ARGS: trace into a file, and wait until it is there.
tracing() {
	flux overlay trace "${@:2}" >"$BATS_TEST_TMPDIR/$1" 2>&1 3>&- &
	tracers+=($!)
	touched() {
		flux ping -c1 1 >/dev/null
		[ -s "$BATS_TEST_TMPDIR/$1" ]
	}
	retry touched $1
}

@test "messages between brokers are traced, by type, topic and neighbour" {
	tracing plain -r 1 -t request 'broker.p*'
	tracing full -f -t response 'broker.*'
	tracing human -H --color=always 'broker.*'
	flux ping -c1 2 >/dev/null
	flux event pub sometopic
	kill ${tracers[*]}
	wait ${tracers[*]} || true
	run -1 grep -vE '^20[-0-9T:]+\.[0-9]{3} tx 1 > broker.ping \[[0-9]+\]$' \
	    "$BATS_TEST_TMPDIR/plain"
	grep -qE '^20[-0-9T:]+\.[0-9]{3} rx 1 < broker.ping \[[0-9]+\] success$' "$BATS_TEST_TMPDIR/full"
	grep -q '^  "seq": 0' "$BATS_TEST_TMPDIR/full"
	grep -qE $'^\e\\[1m\e\\[32m\\[[A-Z][a-z]{2}[0-9 ][0-9] [0-9:]{5}\\]\e\\[0m  \e\\[01;34mtx 1 > broker.ping' \
	    "$BATS_TEST_TMPDIR/human"
}
