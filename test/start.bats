#!/usr/bin/env bats
# flux start: instances come, run a program, and leave nothing behind.

setup() {
	load lib/setup
}

# Nothing of an instance is left below TMPDIR; zombies that nobody has reaped
# yet do not count.
brokers_gone() {
	! ps -eo stat=,args= | grep -v '^Z' |
		grep -q "[f]lux-broker.*rundir=$BATS_TEST_TMPDIR" &&
		! compgen -G "$BATS_TEST_TMPDIR/flux-*" >/dev/null
}

@test "the exit status is that of the program" {
	run -0 flux start -s 2 flux getattr size
	is "$output" 2
	run -7 --separate-stderr flux start -s 2 sh -c 'exit 7'
	run -127 --separate-stderr flux start nosuch
	run -143 --separate-stderr flux start sh -c 'kill -TERM $$'
	run -0 flux start 'echo one word with blanks'
	is "$output" 'one word with blanks'
	brokers_gone
}

@test "without a terminal there is no interactive shell" {
	run -1 flux start -s 1 </dev/null
	[[ $output == *"stdin is not a tty - can't run interactive shell"* ]]
}

@test "options with bad values are refused" {
	run -1 flux start -s 0 true
	is "$output" 'flux-start: --test-size argument must be > 0'
	run -1 flux start --test-exit-mode=any true
	is "$output" 'flux-start: --test-exit-mode only works with --test-size'
	run -1 flux start -S foo=bar true
	[[ $output == *'foo: unknown attribute'* ]]
}

@test "64 brokers run a task each and leave nothing" {
	run -0 flux start -s 64 sh -c 'flux run -N64 hostname | wc -l'
	is "$output" 64
	brokers_gone
}

@test "SIGTERM and SIGKILL of flux start end all of it" {
	local sig
	for sig in TERM KILL; do
		mkfifo "$BATS_TEST_TMPDIR/up.$sig"
		flux start -s 3 sh -c "echo up > $BATS_TEST_TMPDIR/up.$sig; sleep 60" \
		    >/dev/null 2>&1 3>&- &
		read -r _ < "$BATS_TEST_TMPDIR/up.$sig"
		kill -$sig $!
		wait $! || true
		retry brokers_gone
	done
}
