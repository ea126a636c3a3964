#!/usr/bin/env bats
# The broker answers what real tools send as they expect it, key by key.

setup() {
	load lib/setup
	instance_start -s 2
}
teardown() { instance_stop; }

@test "requests of real tools are answered in their shape" {
	PYTHONPATH=$top/test/lib PYTHONDONTWRITEBYTECODE=1 \
	    timeout $deadline python3 "$top/test/lib/replay.py" \
	    "$top/test/data/wire/tools.json"
}
