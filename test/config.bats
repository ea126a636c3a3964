#!/usr/bin/env bats
# flux config.

setup() {
	load lib/setup
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-'EOF'
	[policy.limits]
	duration = "1.5h"
	[my]
	n = 5
	x = 1.5
	yes = true
	list = ["a"]
	EOF
	instance_start -s 1 -c "$BATS_TEST_TMPDIR/conf"
}

teardown() {
	instance_stop
}

@test "config get prints all, a table, or a value" {
	is "$(flux config get | jq -c .my)" \
	    '{"n":5,"x":1.5,"yes":true,"list":["a"]}'
	is "$(flux config get my)" '{"n":5,"x":1.5,"yes":true,"list":["a"]}'
	is "$(flux config get my.n)" 5
	is "$(flux config get my.list)" '["a"]'
	is "$(flux config get policy.limits.duration)" 1.5h
	is "$(flux config get -t fsd-integer policy.limits.duration)" 5400
	is "$(flux config get -t fsd-real policy.limits.duration)" 5400.000000
	is "$(flux config get -t boolean my.yes)" true
	is "$(flux config get -c "$BATS_TEST_TMPDIR/conf" my.n)" 5
}

@test "config get tells what is not set, or of another type" {
	run -1 flux config get my.nosuch
	is "$output" "flux-config: my.nosuch is not set"
	run -1 flux config get -q my.nosuch
	is "$output" ""
	run -0 flux config get -d 7 my.nosuch
	is "$output" 7
	run -1 flux config get -t integer my.list
	is "$output" "flux-config: my.list does not have the requested type"
	run -1 flux config get -t foo my
	is "$output" "flux-config: Unknown type: foo"
	run -1 flux config get -c /nonexistent
	is "$output" "flux-config: stat: /nonexistent: No such file or directory"
	run -1 flux config
	is "${lines[0]}" "flux-config: missing subcommand"
	run -1 flux config foo
	is "${lines[0]}" "flux-config: Unknown subcommand: foo"
}

@test "config set, unset and load change what the broker has" {
	flux config set my.n 7
	is "$(flux config get my.n)" 7
	run -1 flux config set my.n foo
	is "$output" "flux-config: Error parsing integer value"
	run -1 flux config set new.y 1
	is "$output" "flux-config: Type is unknown, please specify --type"
	flux config set -t fsd new.y 5m
	is "$(flux config get new)" '{"y":"5m"}'
	flux config unset new.y
	is "$(flux config get new)" '{}'
	flux config load <<<'{"b":{"x":1}}'
	is "$(flux config get)" '{"b":{"x":1}}'
	flux config load "$BATS_TEST_TMPDIR/conf/c.toml"
	is "$(flux config get my.n)" 5
	run -1 flux config load /nonexistent
	is "$output" "flux-config: Error parsing config: stat: /nonexistent: No such file or directory"
	run -1 flux config load <<<bad
	[[ $output == "flux-config: TOML parse error: line 1: "* ]]
}

@test "config reload reads the files again" {
	sed -i 's/n = 5/n = 6/' "$BATS_TEST_TMPDIR/conf/c.toml"
	is "$(flux config get my.n)" 5
	flux config reload
	is "$(flux config get my.n)" 6
}

@test "config reload merges the values of --conf again" {
	instance_stop
	echo 'a = 1' >"$TMPDIR/f.toml"
	echo 'b = 1' >"$TMPDIR/more.toml"
	instance_start -c "$TMPDIR/f.toml" --conf=my.x=1 \
	    --conf="$TMPDIR/more.toml" --conf='{"my":{"y":2}}'
	is "$(flux config get)" '{"a":1,"my":{"x":1,"y":2},"b":1}'
	echo 'a = 2' >"$TMPDIR/f.toml"
	echo 'b = 2' >"$TMPDIR/more.toml"
	flux config reload
	is "$(flux config get | jq -cS .)" '{"a":2,"b":2,"my":{"x":1,"y":2}}'
	rm "$TMPDIR/more.toml"
	run -1 flux config reload
	[[ $output == *"--conf: $TMPDIR/more.toml: No such file or directory" ]]
	is "$(flux config get b)" 2
}

@test "config reload --follower-noop succeeds on ranks that cannot" {
	instance_stop
	instance_start -s 2
	FLUX_URI=${FLUX_URI%-0}-1 run -1 flux config reload
	[[ $output == *'only be changed on rank 0' ]]
	FLUX_URI=${FLUX_URI%-0}-1 run -0 flux config reload --follower-noop
}
