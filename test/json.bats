#!/usr/bin/env bats
# --json of the commands that list: in pipes as people write them.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	flux cancel --all 2>/dev/null || true
	instance_stop
}

# An instance with a job that is one, and a job in that: $A, its id.
nested() {
	instance_start -s 2
	A=$(flux batch -n1 --output=none --job-name=outer --wrap \
	    flux run --job-name=inner sleep 300)
	flux job wait-event -q -t 30 "$A" memo
	retry inner_runs
}

inner_runs() {
	flux pstree --json | grep -q '"name":"inner"'
}

@test "pstree --json is the tree, in the shape of jobs --json" {
	nested
	flux pstree --json | jq -e --arg A "$A" '.version == 1 and
		(.jobs | length) == 1 and .jobs[0].jobid == "." and
		(.jobs[0] | has("id") | not) and
		.jobs[0].jobs[0].jobid == $A and
		.jobs[0].jobs[0].jobs[0].name == "inner" and
		(.jobs[0].jobs[0].jobs[0] | has("jobs") | not)'
	is "$(flux pstree --json | jq -r '.. | objects | select(.state == "RUN") | .name')" \
	    $'.\nouter\ninner'
	flux pstree --json "$A" | jq -e --arg A "$A" '.jobs[0].jobid == $A'
	is "$(flux pstree --json "$A" | jq -S '.jobs[0] | del(.jobs, .runtime)')" \
	    "$(flux jobs --json "$A" | jq -S 'del(.runtime)')"
}

@test "uri --json tells all forms" {
	nested
	flux uri --json "$A" | jq -e --arg A "$A" --arg uri "$(flux uri "$A")" '
		.version == 1 and .target == $A and .uri == $uri and
		(.local | startswith("local:///")) and
		(.remote | startswith("ssh://"))'
	is "$(FLUX_URI=$(flux uri --json "$A" | jq -r .local) flux getattr instance-level)" 1
	run -1 flux uri --json 99
	is "$output" "flux-uri: ERROR: jobid 99 not found"
}

@test "top --json is one snapshot, without a terminal" {
	nested
	flux top --json </dev/null | jq -e --arg A "$A" --arg u "$(id -un)" '
		.version == 1 and .path == "" and .level == 0 and .size == 2 and
		.nodes == {"total":2,"used":1,"down":0} and .cores.used == 1 and
		.stats.running == 1 and (.jobs | length) == 1 and
		.jobs[0].jobid == $A and .jobs[0].user == $u and
		.jobs[0].state == "RUN" and (.jobs[0].uri | type) == "string" and
		(has("queue") | not)'
	flux top --json "$A" | jq -e --arg A "$A" '.path == $A and .level == 1 and
		.jobs[0].name == "inner" and (.jobs[0] | has("uri") | not)'
}

@test "queue list and status --json, with queues" {
	cat >c.toml <<-'END'
		[policy]
		jobspec.defaults.system.queue = "batch"
		jobspec.defaults.system.duration = "10m"
		[queues.batch]
		policy.limits.duration = "1h"
		policy.limits.job-size.max.nnodes = 2
		[queues.debug]
	END
	instance_start -s 2 --config-path=c.toml
	flux queue stop -q debug -m 'not now' >/dev/null
	flux queue start -q batch >/dev/null
	flux queue list --json | jq -e '.version == 1 and
		(.queues | map(.name)) == ["batch", "debug"] and
		(.queues[0] | .default and .started and .enabled and
		    .limits.timelimit == 3600 and .defaults.timelimit == 600 and
		    .limits.max == {"nnodes": 2} and .limits.min.nnodes == 0 and
		    .resources.all.nnodes == 2 and
		    .resources.free == .resources.up) and
		(.queues[1] | (.limits | has("timelimit") | not) and
		    .limits.max == {} and .started == false and
		    .default == false)'
	is "$(flux queue list --json -q debug | jq -r '.queues[] | .name')" debug
	is "$(flux queue status --json | jq -r '.queues[] | select(.started | not) | "\(.name): \(.stop_reason)"')" \
	    "debug: not now"
	flux queue status --json -v debug | jq -e '(.queues | length) == 2 and
		.jobs == {"queued":0,"pending":0,"running":0}'
	run -1 flux queue status --json nosuch
	is "$output" "flux-queue: ERROR: status: 'nosuch' is not a valid queue"
}

@test "queue list and status --json of the queue without a name" {
	instance_start -s 2
	is "$(flux queue status --json)" \
	    '{"version":1,"queues":[{"enabled":true,"started":true}]}'
	flux queue disable -m full >/dev/null
	is "$(flux queue status --json)" \
	    '{"version":1,"queues":[{"enabled":false,"disable_reason":"full","started":true}]}'
	flux queue list --json | jq -e '.queues | length == 1 and
		(.[0] | has("name") | not) and .[0].enabled == false'
}

@test "resource list and status --json" {
	local cores host
	instance_start -s 2
	host=$(hostname)
	cores=$(($(flux resource list -s all -no '{ncores}') / 2))
	flux resource drain 1 bad disk
	is "$(flux resource list --json | jq -c '.resources[]')" \
	    '{"state":"free","queues":[],"properties":[],"nnodes":1,"ncores":'$cores',"ngpus":0,"ranks":"0","nodelist":"'"$host"'"}
{"state":"allocated","queues":[],"properties":[],"nnodes":0,"ncores":0,"ngpus":0,"ranks":"","nodelist":""}
{"state":"down","queues":[],"properties":[],"nnodes":1,"ncores":'$cores',"ngpus":0,"ranks":"1","nodelist":"'"$host"'"}'
	is "$(flux resource list --json -s free -i 0 | jq .resources[].ncores)" \
	    $cores
	flux resource status --json | jq -e '.version == 1 and
	    (.nodes | map([.state, .online, .ranks, .reason])) ==
	    [["avail", true, "0", null], ["drained", true, "1", "bad disk"]] and
	    (.nodes[1].timestamp | type) == "number"'
	is "$(flux resource status --json -s drained | jq -r '.nodes[].ranks')" 1
}

@test "uptime, getattr and lsattr --json" {
	instance_start -s 2
	flux uptime --json | jq -e --arg u "$(id -un)" '.version == 1 and
		.state == "run" and .owner == $u and .size == 2 and .level == 0 and
		.drained == 0 and .offline == 0 and
		.queues == {"total":1,"enabled":1,"started":1} and
		.duration >= 0 and .starttime <= now'
	is "$(flux getattr --json size)" \
	    '{"version":1,"attributes":{"size":"2"}}'
	run -1 flux getattr --json nosuch
	is "$output" "flux-getattr: nosuch: No such file or directory"
	is "$(flux lsattr --json | jq -r '.attributes | keys_unsorted[]')" \
	    "$(flux lsattr)"
	is "$(flux lsattr --json | jq -r '.attributes["local-uri"]')" \
	    "$FLUX_URI"
}
