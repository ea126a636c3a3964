#!/usr/bin/env bats
# flux exec, and the service rexec of the brokers.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

@test "exec runs the command on all ranks, or those that are named" {
	run -0 bash -c 'flux exec -nl flux getattr rank | sort'
	is "$output" $'0: 0\n1: 1'
	is "$(flux exec -n -r 1 flux getattr rank)" 1
	is "$(flux exec -n -x 0 flux getattr rank)" 1
	is "$(flux exec -n -d / pwd)" $'/\n/'
}

@test "standard input goes to all, whole" {
	head -c 9000000 /dev/zero | tr '\0' x >"$TMPDIR/in"
	run -0 bash -c 'flux exec wc -c <"$TMPDIR/in"'
	is "$output" $'9000000\n9000000'
}

@test "the largest exit code is handed on, and each told" {
	run -3 flux exec -n sh -c 'exit 3'
	is "$output" '[0-1]: Exit 3'
	run -1 flux exec -n sh -c 'exit $(flux getattr rank)'
	is "$output" '1: Exit 1'
	run -143 flux exec -n -r 1 sh -c 'kill $$'
	is "$output" '1: Terminated'
	run -5 flux exec -nq sh -c 'exit 5'
	is "$output" ''
}

@test "what cannot be run is told, with the reason" {
	run -127 flux exec -n -r 1 nosuch
	is "$output" 'flux-exec: Error: rank 1: nosuch: error launching process: No such file or directory'
	run -126 flux exec -n -r 1 /tmp
	is "$output" 'flux-exec: Error: rank 1: /tmp: error launching process: Permission denied'
	run -1 flux exec -r 9 true
	is "$output" 'flux-exec: One or more invalid --ranks specified: 9'
	run -1 flux exec -r x true
	is "$output" "flux-exec: failed to decode idset 'x': Invalid argument"
	run -1 flux exec -x 0-1 true
	is "$output" 'flux-exec: No targets specified'
	run -1 flux exec
	is "${lines[0]}" 'flux-exec: a COMMAND is required'
}

@test "the processes of a client that is gone are killed" {
	mkfifo "$TMPDIR/pid"
	flux exec -n -r 1 sh -c 'echo $$ >"$0"; exec sleep 1000' \
	    "$TMPDIR/pid" 3>&- &
	read -rt 10 pid <>"$TMPDIR/pid"
	kill -KILL $!
	is_gone() { ! kill -0 "$pid" 2>/dev/null; }
	retry is_gone
}

@test "the reference's exec runs on our brokers, and ours on its" {
	need_reference
	run -3 "$FLUX_REFERENCE/bin/flux" exec -n sh -c 'echo out; exit 3'
	[[ $output = *'[0-1]: Exit 3'* ]]
	run -0 bash -c 'echo in | "$FLUX_REFERENCE/bin/flux" exec cat'
	is "$output" $'in\nin'
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 2
	run -0 bash -c 'echo in | flux exec cat'
	is "$output" $'in\nin'
	run -127 flux exec -n -r 0 nosuch
}
