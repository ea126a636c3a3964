#!/usr/bin/env bats
# flux uri and flux proxy: ways to the instances inside this one.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

# Start a batch job that waits until it is told to end; sets $A to its id.
nested_start() {
	mkfifo "$BATS_TEST_TMPDIR/hold"
	A=$(flux batch -n1 --output="$BATS_TEST_TMPDIR/out" \
	    --wrap sh -c "read x < $BATS_TEST_TMPDIR/hold")
	flux job wait-event -t 30 -q "$A" memo
}

nested_stop() {
	echo > "$BATS_TEST_TMPDIR/hold"
	flux job wait-event -t 30 -q "$A" clean
}

@test "uri prints the enclosing instance for . and for / at the root" {
	run -0 flux uri .
	[ "$output" = "$FLUX_URI" ]
	run -0 flux uri /
	[ "$output" = "$FLUX_URI" ]
	run -0 flux uri ..
	[ "$output" = "$FLUX_URI" ]
}

@test "uri converts between the local and the ssh form" {
	run -0 flux uri --local ssh://ann@example.org:22//a//b?x=y
	[ "$output" = local:///a/b ]
	run -0 flux uri --remote local:///a/b
	[ "$output" = "ssh://$(uname -n)/a/b" ]
	run -1 flux uri 'local:///a?local&remote'
	[ "$output" = "flux-uri: ERROR: Only one of 'local' or 'remote' is allowed" ]
}

@test "uri finds a job's instance, and the way back to its parent" {
	nested_start
	run -0 flux uri "$A"
	[[ $output == "ssh://$(uname -n)/"*/local-0 ]]
	run -0 flux uri --local "$A"
	[[ $output == local:///*/local-0 ]]
	run -0 flux uri "$A/..?local"
	[[ $output == "$(dirname "$FLUX_URI")"/local-* ]]
	run -0 flux proxy "$A" flux uri /
	[ "$output" = "$FLUX_URI" ]
	nested_stop
	run -1 flux uri "$A"
	[ "$output" = "flux-uri: ERROR: jobid $A is not running" ]
}

@test "uri says why it cannot resolve a target" {
	run -1 flux uri 'xyz!'
	[ "$output" = 'flux-uri: ERROR: xyz! is not a valid Flux jobid' ]
	run -1 flux uri 1
	[ "$output" = 'flux-uri: ERROR: jobid 1 not found' ]
	run -1 flux uri nosuch:1
	[ "$output" = 'flux-uri: ERROR: No plugin for URI scheme nosuch' ]
	run -1 flux uri pid:99999999
	[[ $output == "flux-uri: ERROR: No such file or directory: '/proc/99999999/"* ]]
	id=$(flux submit --wait true)
	run -1 flux uri "$id"
	[ "$output" = "flux-uri: ERROR: jobid $id is not running" ]
	run -2 flux uri
	run -2 flux uri a b
}

@test "uri finds the instance of a process" {
	run -0 env FLUX_URI=local:///x/y sh -c 'exec flux uri pid:$$'
	[ "$output" = local:///x/y ]
}

@test "uri without a broker names the socket" {
	run -1 env FLUX_URI=local:///nosuch/local flux uri .
	[[ $output == *'Unable to connect to Flux: broker socket /nosuch/local was not found' ]]
}

@test "proxy runs a command in the instance of a job" {
	nested_start
	run -0 flux proxy "$A" flux getattr instance-level
	[ "$output" = 1 ]
	run -0 flux proxy "$A" flux proxy .. flux getattr instance-level
	[ "$output" = 0 ]
	run -0 flux proxy "$A" flux run echo 'inside'
	[ "$output" = inside ]
	nested_stop
}

@test "proxy ends with the status of its command and removes its socket" {
	run -3 flux proxy "$FLUX_URI" 'exit 3'
	run -137 flux proxy "$FLUX_URI" 'kill -9 $$'
	run -0 flux proxy "$FLUX_URI" 'echo $FLUX_URI'
	[[ $output == local://*/flux-proxy-*/local ]]
	[ ! -e "${output#local://}" ]
}

# An instance whose socket is always the same.
again() {
	flux start -S local-uri="local://$BATS_TEST_TMPDIR/sock" \
	    sh -c 'echo up >"$0/up"; read -r _ <"$0/down"' "$BATS_TEST_TMPDIR"
}

@test "proxy --reconnect finds an instance that comes again" {
	cd "$BATS_TEST_TMPDIR"
	mkfifo up down ready go
	again 3>&- 2>/dev/null &
	first=$!
	read -rt 20 _ <up
	SHELL=$BASH flux proxy --reconnect "local://$PWD/sock" 'flux getattr size
	    flux kvs put k=1
	    flux event sub -c 1 x >events &
	    flux kvs get -w k >watched 2>pending &
	    until [ -s watched ]; do read -rt 0.1 <> <(:); done
	    echo ready >ready; read -r _ <go
	    until flux getattr size 2>/dev/null; do read -rt 0.2 <> <(:); done
	    until [ -s events ]; do flux event pub x y; done
	    wait' >out 2>err 3>&- &
	proxy=$!
	read -rt 20 _ <ready
	kill -KILL "$(FLUX_URI=local://$PWD/sock flux getattr broker.pid)"
	wait $first || rm -rf "$TMPDIR"/flux-?????? sock
	again 3>&- &
	second=$!
	read -rt 20 _ <up
	echo go >go
	wait $proxy
	echo down >down
	wait $second
	is "$(cat pending)" "flux-kvs: k: Connection reset by peer"
	is "$(cat events)" $'x\ty'
	is "$(cat out)" $'1\n1'
	is "$(cat err)" "flux-proxy: broker: Connection reset by peer
flux-proxy: reconnecting
flux-proxy: reconnected"
}

@test "proxy --reconnect ends with its command, whatever is there" {
	cd "$BATS_TEST_TMPDIR"
	mkfifo up down ready go
	again 3>&- &
	first=$!
	read -rt 20 _ <up
	SHELL=$BASH flux proxy --reconnect "local://$PWD/sock" \
	    'echo ready >ready; read -r _ <go; exit 5' 2>err 3>&- &
	proxy=$!
	read -rt 20 _ <ready
	echo down >down
	wait $first
	retry grep -q reconnecting err
	echo go >go
	rc=0
	wait $proxy || rc=$?
	is $rc 5 "status; $(cat err)"
}

@test "proxy refuses what it cannot reach" {
	run -1 flux proxy local:///nosuch true
	[ "$output" = 'flux-proxy: local:///nosuch: broker socket /nosuch was not found' ]
	run -1 flux proxy 1 true
	[[ $output == *'Unable to resolve 1 to a URI' ]]
	run -1 flux proxy
	[[ $output == *'URI argument is required'* ]]
}

@test "proxy delivers events to two clients and output of jobs to one" {
	run -0 flux proxy "$FLUX_URI" \
	    'flux run -n2 echo a & flux run -n2 echo b & wait'
	[ "$(sort <<<"$output" | tr '\n' ' ')" = 'a a b b ' ]
}

@test "relay carries messages over its standard input and output" {
	cat > "$BATS_TEST_TMPDIR/ssh" <<-'EOF'
	#!/bin/sh
	shift
	exec "$@"
	EOF
	chmod +x "$BATS_TEST_TMPDIR/ssh"
	export FLUX_SSH=$BATS_TEST_TMPDIR/ssh
	export FLUX_SSH_RCMD="$(command -v flux)"
	run -0 env FLUX_URI="ssh://elsewhere${FLUX_URI#local://}" flux getattr size
	[ "$output" = 2 ]
	run -0 env FLUX_URI="ssh://elsewhere${FLUX_URI#local://}" flux run echo far
	[ "$output" = far ]
}
