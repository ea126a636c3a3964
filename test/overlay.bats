#!/usr/bin/env bats
# The tree of brokers: routing by rank, and what is said of a broker that died.

setup() {
	load lib/setup
	instance_start -s 6 -Stbon.fanout=2 --test-exit-timeout=30s
}

teardown() {
	instance_stop
}

wire() {
	printf '%s\n' "$@" | python3 "$top/test/lib/wire.py"
}

# The pid of a rank's broker.
pid_of() {
	wire "send attr.get {\"name\":\"broker.pid\"} nodeid=$1" recv |
	    sed 's/.*"value":"\([0-9]*\)".*/\1/'
}

online_is() {
	[[ $(wire 'send groups.get {"name":"broker.online"} nodeid=0' recv) = \
	    *"{\"members\":\"$1\"}" ]]
}

@test "each rank of a tree answers for itself" {
	for rank in 0 1 2 3 4 5; do
		run -0 wire "send attr.get {\"name\":\"rank\"} nodeid=$rank" recv
		[[ $output = *"{\"value\":\"$rank\",\"flags\":1}" ]]
	done
}

@test "the topology is that of the tree, seen from its rank" {
	run -0 wire 'send overlay.topology {"rank":1} nodeid=0' recv
	[[ $output = *'{"rank":1,"size":3,"children":[{"rank":3,"size":1,"children":[]},{"rank":4,"size":1,"children":[]}]}' ]]
	run -0 wire 'send overlay.topology {"rank":3} nodeid=0' recv
	[[ $output = *'errnum=2 '*'requested rank is not this broker or its direct child' ]]
}

@test "a leaf that dies is unreachable, lost, and offline to rank 0" {
	kill -KILL "$(pid_of 4)"
	retry online_is 0-3,5
	run -0 wire 'send attr.get {"name":"rank"} nodeid=4' recv \
	    'send overlay.health nodeid=1' recv \
	    'send overlay.health nodeid=0' recv
	[[ ${lines[0]} = 'response attr.get flags=09 errnum=113 tag=1 routes=0 -' ]]
	[[ ${lines[1]} = *'"rank":1,"status":"degraded"'*'"rank":4,"status":"lost"'*'"error":"lost connection"'* ]]
	[[ ${lines[2]} = *'"rank":0,"status":"degraded"'*'"rank":2,"status":"full"'* ]]
	grep -q 'broker.err\[1\]: lost rank 4: ' "$instance_log"
}

@test "a request that a dead rank owes is answered EHOSTUNREACH" {
	pid=$(pid_of 4)
	mkfifo "$BATS_TEST_TMPDIR/in"
	python3 "$top/test/lib/wire.py" <"$BATS_TEST_TMPDIR/in" \
	    >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 5>"$BATS_TEST_TMPDIR/in"
	# config.get with STREAMING is never done; its first answer shows that
	# rank 4 has the request
	printf '%s\n' 'send config.get nodeid=4 flags=0x40' recv >&5
	retry grep -q 'errnum=0' "$BATS_TEST_TMPDIR/out"
	kill -KILL "$pid"
	echo recv >&5
	exec 5>&-
	wait $!
	grep -q '^response config.get flags=49 errnum=113 ' "$BATS_TEST_TMPDIR/out"
}

@test "groups are joined on any rank and left with the client" {
	uri=${FLUX_URI%-0}-5
	mkfifo "$BATS_TEST_TMPDIR/in"
	FLUX_URI=$uri python3 "$top/test/lib/wire.py" <"$BATS_TEST_TMPDIR/in" \
	    >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 5>"$BATS_TEST_TMPDIR/in"
	printf '%s\n' 'send groups.join {"name":"g"}' recv >&5
	retry grep -q 'groups.join' "$BATS_TEST_TMPDIR/out"
	g_is() {
		[[ $(wire 'send groups.get {"name":"g"} nodeid=0' recv) = \
		    *"{\"members\":\"$1\"}" ]]
	}
	retry g_is 5
	exec 5>&-
	wait $!
	retry g_is ''
}

@test "the tree has the shape that the configuration gives it" {
	cat >"$BATS_TEST_TMPDIR/custom.toml" <<-'END'
		[bootstrap]
		hosts = [
		    { host = "a0" },
		    { host = "a[1-2]", parent = "a0" },
		    { host = "a[3-4]", parent = "a2" },
		]
	END
	run -0 env -u FLUX_URI flux start -s 5 --test-hosts='a[0-4]' \
	    --config-path="$BATS_TEST_TMPDIR/custom.toml" -Stbon.topo=custom \
	    -Sbroker.boot-method=simple \
	    flux overlay status
	is "$output" "0 a0: full
├─ 1 a1: full
└─ 2 a2: full
   ├─ 3 a3: full
   └─ 4 a4: full"
}

@test "all brokers of a deep tree know all hosts" {
	run -0 env -u FLUX_URI flux start -s 5 --test-hosts='a[0-4]' \
	    -Stbon.topo=kary:1 flux exec -r 1-4 sh -c 'until flux getattr hostlist; do :; done'
	is "$output" "$(printf 'a[0-4]\n%.0s' 1 2 3 4)"
}

@test "a bad shape of the tree is refused, with the reason" {
	for topo in kary:x mincrit:-1 binomial:2 star; do
		run ! env -u FLUX_URI flux start -s 1 -Stbon.topo=$topo true
		[[ $output = *"error creating '$topo' topology: "* ]]
	done
}
