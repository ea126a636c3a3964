#!/usr/bin/env bats
# flux uptime, ping, event and dmesg: small questions to an instance.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

@test "uptime tells state, age, owner, depth and size" {
	run -0 flux uptime
	[[ $output =~ ^\ [0-9]{2}:[0-9]{2}:[0-9]{2}\ run\ [0-9.]+(ms|s),\ \ owner\ $(id -un),\ \ depth\ 0,\ \ size\ 2$ ]]
}

@test "uptime tells of drained nodes and closed queues" {
	flux resource drain 1
	flux queue disable --quiet
	run -0 flux uptime
	[[ ${lines[0]} == *",  size 2,  1 drained" ]]
	is "${lines[1]}" "  submit disabled"
	flux queue stop --quiet
	run -0 flux uptime
	is "${lines[1]}" "  submit disabled,  scheduler stopped"
	flux queue enable --quiet
	run -0 flux uptime
	is "${lines[1]}" "  scheduler stopped"
}

@test "ping prints a line for each answer" {
	run -0 flux ping -c 2 -i 0 broker
	is "${lines[0]}" "flux-ping any!broker"
	[[ ${lines[1]} =~ ^0!broker.ping\ pad=0\ seq=0\ time=[0-9]+\.[0-9]{3}\ ms\ \([0-9a-f!]+\)$ ]]
	[[ ${lines[2]} == "0!broker.ping pad=0 seq=1 "* ]]
	run -0 flux ping -c 1 1
	is "${lines[0]}" "flux-ping 1!broker"
	[[ ${lines[1]} == "1!broker.ping "* ]]
	run -0 flux ping -c 1 -p 10 -u -r 1 broker
	[[ ${lines[1]} == "1!broker.ping pad=10 userid=$(id -u) rolemask=0x"*" seq=0 "* ]]
	run -0 flux ping -b -c 3 "$(uname -n)"
	is "${#lines[@]}" 4
	is "${lines[0]}" "flux-ping $(uname -n)!broker (rank 0)"
}

@test "ping says why there is no answer" {
	run -1 --separate-stderr flux ping -c 1 nosuch
	is "$stderr" "flux-ping: nosuch.ping: Function not implemented"
	run -1 --separate-stderr flux ping -c 1 9
	is "$stderr" "flux-ping: 9!broker.ping: No route to host"
	run -1 --separate-stderr flux ping -c 1 upstream
	is "$stderr" "flux-ping: upstream!broker.ping: No route to host"
	run -1 flux ping -b broker
	is "$output" \
	    "flux-ping: --batch should only be used with --count"
	run -1 flux ping
	is "${lines[0]}" "flux-ping: one target is required"
}

@test "event pub and sub pass events" {
	flux event sub --count=3 foo >"$BATS_TEST_TMPDIR/out" &
	# the subscription has no sign of its own: publish until one came
	retry bash -c 'flux event pub foo.a "{\"b\":2}"
	    grep -q . "$BATS_TEST_TMPDIR/out"'
	flux event pub bar.b
	flux event pub --raw foo.r raw text
	flux event pub -s foo.c
	flux event pub -s foo.d
	wait $!
	is "$(head -1 "$BATS_TEST_TMPDIR/out")" $'foo.a\t{"b":2}'
	is "$(grep -c ^foo "$BATS_TEST_TMPDIR/out")" 3
}

@test "event pub waits if it is asked to" {
	local n
	run -0 flux event pub --synchronous foo
	[[ $output =~ ^seq=[0-9]+$ ]]
	n=${output#seq=}
	run -0 flux event pub -sl foo '{}'
	[ "${output#seq=}" -gt "$n" ]
	run -0 flux event pub --loopback --private foo '{"a":1}'
	is "$output" ""
	run -1 flux event
	[[ ${lines[0]} == "Usage: flux event pub"* ]]
	run -1 flux event foo
	is "${lines[0]}" "flux-event: Unknown subcommand: foo"
	run -1 flux event pub
	is "${lines[0]}" "flux-event: a TOPIC is required"
}

@test "dmesg prints and clears the log" {
	run -0 flux dmesg
	[[ ${lines[0]} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z\ [a-z-]+\.[a-z]+\[[0-9]+\]:\  ]]
	run -0 flux dmesg --human
	[[ ${lines[0]} =~ ^\[[A-Z][a-z]{2}[0-9]{2}\ [0-9]{2}:[0-9]{2}\]\ [a-z-]+\.[a-z]+\[[0-9]+\]:\  ]]
	run -0 flux dmesg --color=always
	[[ ${lines[0]} == $'\e[32m'*$'Z\e[0m \e[33m'*$'\e[0m: '* ]]
	flux dmesg -C
	is "$(flux dmesg)" ""
	run -1 flux dmesg --delta
	is "$output" "flux-dmesg: --delta can only be used with --human"
	run -1 flux dmesg foo
	is "$output" "flux-dmesg: flux-dmesg accepts no free arguments"
}
