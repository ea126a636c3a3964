#!/usr/bin/env bats
# Somebody on the network between the hosts who is not of the instance: is not
# let in, reads nothing, and disturbs nothing.

setup() {
	load lib/setup
	load lib/hosts
	hosts_make 3
}

teardown() {
	hosts_stop
}

# Host 2 is the stranger's; the instance has a broker on 0 and 1.
start() {
	hosts_start -s 2 -Stbon.tcp_user_timeout=10s "$@"
	port=$(flux getattr tbon.endpoint)
	port=${port##*:}
}

stranger() {
	on 2 timeout 60 python3 "$top/test/lib/stranger.py" "$@"
}

counts() {
	flux module stats overlay | jq -c .strangers
}

count_is() {
	[ "$(counts | jq ".$1")" = "$2" ]
}

@test "who connects and sends garbage is dropped and counted" {
	start
	file=$BATS_TEST_TMPDIR/garbage
	head -c 100000 /dev/urandom >"$file"
	is "$(stranger send 10.77.0.1 $port "$file")" 0
	printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >"$file"
	is "$(stranger send 10.77.0.1 $port "$file")" 0
	# the form of a greeting, but not by a child
	{
		printf 'flux-o>\1\0\0\0\1\0\0\0\0'
		head -c 64 /dev/urandom
	} >"$file"
	is "$(stranger send 10.77.0.1 $port "$file")" 0
	# by one that is no child of rank 0
	{
		printf 'flux-o>\1\0\0\0\7\0\0\0\0'
		head -c 64 /dev/urandom
	} >"$file"
	is "$(stranger send 10.77.0.1 $port "$file")" 0
	is "$(counts)" '{"joined":1,"garbage":2,"refused":2,"silent":0,"crowded":0}'
	is "$(flux overlay status --summary)" full
	is "$(flux run -N2 hostname | sort | xargs)" "host0 host1"
	flux dmesg | grep -q 'dropped 1 connections that are not of this instance, the last one from 10.77.0.3: garbage'
}

@test "who connects and says nothing is dropped, before and after others" {
	start
	is "$(stranger crowd 10.77.0.1 $port 40)" 8
	count_is crowded 32
	retry count_is silent 8
	is "$(flux overlay status --summary)" full
}

@test "a flood does not keep the instance from its work, or the host from coming" {
	start
	stranger flood 10.77.0.1 $port 4 >"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	retry flooded
	is "$(flux run -N2 hostname | sort | xargs)" "host0 host1"
	pid=$(broker_pid 0)
	[ "$(ls /proc/$pid/fd | wc -l)" -lt 100 ]
	wait $flood
	[ "$(cat "$BATS_TEST_TMPDIR/flood")" -gt 100 ]
	is "$(flux overlay status --summary)" full
	# one line for all of them in ten seconds
	[ "$(flux dmesg | grep -c 'not of this instance')" -le 2 ]
}

flooded() {
	[ "$(counts | jq '.garbage + .silent + .crowded')" -gt 50 ]
}

@test "the wire shows nothing of a job, and a recording is worth nothing" {
	rec=$BATS_TEST_TMPDIR/recording
	mkdir "$rec"
	hub env -u TMPDIR timeout 60 python3 "$top/test/lib/stranger.py" sniff port1 "$rec" \
	    >"$BATS_TEST_TMPDIR/sniffer" 3>&- &
	sniffer=$!
	retry grep -q ready "$BATS_TEST_TMPDIR/sniffer"
	start
	SECRET=eYoFTheNeedle run -0 flux run -N2 sh -c 'echo $SECRET; hostname'
	[[ $output = *eYoFTheNeedle* ]]
	hello=$(echo "$rec"/10.77.0.2:*-10.77.0.1:$port)
	answer=$(echo "$rec"/10.77.0.1:$port-10.77.0.2:*)
	[ "$(stat -c %s "$hello")" -gt 1000 ]
	[ "$(stat -c %s "$answer")" -gt 1000 ]
	run -1 grep -qaE 'eYoFTheNeedle|hostname|host1|rexec|jobspec|topic' "$rec"/*
	# entropy: what is sealed cannot be made smaller
	[ $(gzip -c "$answer" | wc -c) -gt $(stat -c %s "$answer") ]
	is "$(stranger send 10.77.0.1 $port "$hello")" 0
	is "$(stranger send 10.77.0.1 $port "$answer")" 0
	is "$(counts)" '{"joined":1,"garbage":1,"refused":1,"silent":0,"crowded":0}'
	is "$(flux overlay status --summary)" full
	kill $sniffer
	wait $sniffer || true
}
