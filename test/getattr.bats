#!/usr/bin/env bats
# flux getattr, setattr, lsattr, and the driver that finds them.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

@test "getattr prints the value, and fails for what is unset" {
	run -0 flux getattr size
	is "$output" 2
	run -1 flux getattr nosuch
	is "$output" 'flux-getattr: nosuch: No such file or directory'
	run -1 flux getattr
}

@test "setattr changes what may be changed, and says why not" {
	run -0 flux setattr log-stderr-level 4
	is "$output" ''
	is "$(flux getattr log-stderr-level)" 4
	run -1 flux setattr log-stderr-level 9
	is "$output" 'flux-setattr: log-stderr-level: invalid level'
	run -1 flux setattr size 3
	is "$output" 'flux-setattr: size: attribute may not be updated'
	run -1 flux setattr --force size 3
	is "$output" 'flux-setattr: size: Operation not permitted'
	run -1 flux setattr nosuch x
	is "$output" 'flux-setattr: nosuch: unknown attribute'
	run -0 flux setattr test.mine x
	is "$(flux getattr test.mine)" x
}

@test "lsattr lists names in order, with -v the values" {
	flux lsattr >"$BATS_TEST_TMPDIR/names"
	sort -c "$BATS_TEST_TMPDIR/names"
	grep -qx instance-level "$BATS_TEST_TMPDIR/names"
	run -0 flux lsattr -v
	[[ $output = *$'\nsize                                    2\n'* ]]
}

@test "at the root -p and -r run the command where it is" {
	is "$(flux -pp getattr size)" 2
	is "$(flux --root getattr instance-level)" 0
}

@test "the driver says what is no command, and lists what is one" {
	run -1 flux jbos
	is "${lines[0]}" "flux: \`jbos' is not a flux command.  See 'flux --help'"
	run -1 flux ./nosuch
	is "$output" 'flux: ./nosuch: No such file or directory'
	run -0 flux help
	[[ $output = *'   getattr            get, set and list broker attributes'* ]]
	[[ $output != *' admin '* ]]
	run -1 flux
}
