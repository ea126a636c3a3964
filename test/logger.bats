#!/usr/bin/env bats
# flux logger.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

# The records that are not the broker's, without the time.
records() {
	flux dmesg | cut -d' ' -f2- | grep -v '^broker\.'
}

@test "words are one record, of severity notice" {
	flux logger hello   world
	flux logger -- -x
	is "$(records)" "logger.notice[0]: hello world
logger.notice[0]: -x"
}

@test "severity and name can be given" {
	run -0 flux logger -s debug -n app one
	run -0 flux logger --severity=WARNING two
	is "$output" ""
	is "$(records)" "app.debug[0]: one
logger.warning[0]: two"
}

@test "each line of standard input is a record" {
	printf 'a\nb b\nc' | flux logger
	flux logger </dev/null
	is "$(records)" "logger.notice[0]: a
logger.notice[0]: b b
logger.notice[0]: c
logger.notice[0]: "
}

@test "the rank is that of the broker asked" {
	flux exec -r 1 flux logger -s info from one
	is "$(flux exec -r 1 flux dmesg | grep -c 'logger.info\[1\]: from one')" 1
}

@test "bad levels, names and options are refused" {
	run -1 flux logger -s bogus x
	is "$output" "flux-logger: invalid severity: Use emerg|alert|crit|err|warning|notice|info|debug"
	run -1 flux logger -n 'a b' x
	is "$output" "flux-logger: invalid appname 'a b': contains a blank"
	run -1 flux logger -n '' x
	run -1 flux logger --bogus x
	run -1 env FLUX_URI=local:///nonexistent flux logger x
	is "$output" "flux-logger: Unable to connect to Flux: broker socket /nonexistent was not found"
	is "$(records)" ""
}
