#!/usr/bin/env bats
# flux queue.

setup() {
	load lib/setup
}

teardown() {
	instance_stop
}

# An instance with the queues debug and batch, and the virtual queue express.
with_queues() {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-'EOF'
	[resource]
	noverify = true
	[[resource.config]]
	hosts = "node[0-3]"
	cores = "0-3"
	[[resource.config]]
	hosts = "node[0-2]"
	gpus = "0-1"
	[[resource.config]]
	hosts = "node[0-1]"
	properties = ["debug"]
	[[resource.config]]
	hosts = "node[2-3]"
	properties = ["batch"]
	[queues.debug]
	requires = ["debug"]
	policy.limits.duration = "30m"
	policy.jobspec.defaults.system.duration = "10m"
	[queues.batch]
	requires = ["batch"]
	policy.limits.job-size.min.ncores = 1
	[queues.express]
	parent = "batch"
	policy.limits.duration = "5m"
	[policy]
	jobspec.defaults.system.queue = "batch"
	jobspec.defaults.system.duration = "1h"
	EOF
	instance_start -s 4 --test-hosts='node[0-3]' \
	    -c "$BATS_TEST_TMPDIR/conf"
}

status() {
	flux queue status | sort
}

@test "queue status, stop and disable without named queues" {
	instance_start -s 1
	is "$(flux queue status)" "Job submission is enabled
Scheduling is started"
	run -0 flux queue stop -m maintenance
	is "$output" "Scheduling is stopped: maintenance"
	run -0 flux queue stop
	is "$output" "Scheduling is stopped"
	run -0 flux queue disable
	is "$output" \
	    "Job submission is disabled: disabled by administrator"
	run -0 flux queue disable --message='closed for work'
	is "$output" "Job submission is disabled: closed for work"
	is "$(flux queue status)" \
	    "Job submission is disabled: closed for work
Scheduling is stopped"
	run -1 flux submit true
	[[ $output == *"job submission is disabled: closed for work" ]]
	run -0 flux queue enable
	is "$output" "Job submission is enabled"
	run -0 flux queue start --quiet
	is "$output" ""
	run -1 flux queue start nosuch
	is "$output" \
	    "flux-queue: ERROR: start: 'nosuch' is not a valid queue"
}

@test "queue status -v counts jobs" {
	local A
	instance_start -s 1
	A=$(flux submit sleep 60)
	flux job wait-event -q -t 20 "$A" start
	is "$(flux queue status -v)" "Job submission is enabled
Scheduling is started
0 alloc requests queued
0 alloc requests pending to scheduler
1 running jobs"
	flux cancel --all
}

@test "queue commands act on named queues" {
	with_queues
	is "$(status)" "batch: Job submission is enabled
batch: Scheduling is stopped
debug: Job submission is enabled
debug: Scheduling is stopped
express: Job submission is enabled
express: Scheduling is stopped"
	run -0 flux queue start batch
	is "$output" "batch: Scheduling is started"
	run -0 flux queue start -q debug
	is "$output" "debug: Scheduling is started"
	run -0 flux queue stop -m 'a reason' batch
	is "$output" "batch: Scheduling is stopped: a reason"
	run -0 flux queue start express
	is "$output" "express: Scheduling is stopped: parent queue 'batch' is stopped"
	run -0 flux queue disable --all
	is "$(sort <<<"$output")" "batch: Job submission is disabled: disabled by administrator
debug: Job submission is disabled: disabled by administrator
express: Job submission is disabled: disabled by administrator"
	run -0 flux queue enable debug
	is "$output" "debug: Job submission is enabled"
	is "$(flux queue status debug)" "debug: Job submission is enabled
debug: Scheduling is started"
}

@test "queue commands want a name or --all if queues have names" {
	with_queues
	run -1 flux queue stop
	is "$output" "flux-queue: ERROR: Named queues are defined. Specify queues or use --all."
	run -1 flux queue disable
	is "$output" "flux-queue: ERROR: enable: Use --all to apply this command to all queues"
	run -1 flux queue status nosuch
	is "$output" \
	    "flux-queue: ERROR: status: 'nosuch' is not a valid queue"
	run -1 flux queue status -q batch debug
	is "$output" "flux-queue: ERROR: Conflicting queues specified as --queue=batch and debug"
	run -2 flux queue status batch debug
	is "${lines[0]}" "flux-queue: unexpected argument 'debug'"
	run -2 flux queue
	[[ ${lines[0]} == "Usage: flux queue COMMAND"* ]]
	run -2 flux queue nosuch
	is "${lines[0]}" "flux-queue: Unknown command 'nosuch'"
}

@test "queue idle and drain wait for jobs" {
	instance_start -s 1
	run -0 flux queue idle
	is "$output" "0 jobs"
	run -0 flux queue idle --quiet
	is "$output" ""
	run -0 flux queue drain
	is "$output" ""
	flux submit --quiet --cc=1-3 true
	run -0 flux queue idle
	is "$output" "0 jobs"
	flux submit --quiet --urgency=hold true
	run -0 flux queue idle --quiet --timeout=10
	is "$output" "1 jobs"
	run -1 flux queue drain -t 0.1
	is "$output" "flux-queue: ERROR: drain: timeout"
	flux submit --quiet sleep 60
	run -1 flux queue idle -t 0.1
	is "$output" "flux-queue: ERROR: idle: timeout"
	run -1 flux queue idle -t x
	is "$output" \
	    "flux-queue: ERROR: invalid Flux standard duration"
	flux cancel --all
	flux queue drain
}

@test "queue list without named queues" {
	instance_start -s 2
	local cores=$(($(flux resource info | cut -d, -f2 | tr -dc 0-9)))
	is "$(flux queue list)" "$(printf '%s\n%s' \
	    ' EN ST TDEFAULT   TLIMIT     NNODES     NCORES      NGPUS' \
	    "$(printf '  ✔  ✔      inf      inf        0-2 %10s        0-0' "0-$cores")")"
	flux queue stop --quiet
	is "$(flux queue list -no '{started.ascii} {scheduling} {enabled}')" \
	    "n stopped ✔"
}

@test "queue list shows limits and resources of named queues" {
	with_queues
	flux queue start --quiet debug
	flux queue start --quiet express
	is "$(flux queue list)" "QUEUE    PARENT   EN ST TDEFAULT   TLIMIT     NNODES     NCORES      NGPUS
debug              ✔  ✔      10m      30m        0-2        0-8        0-4
batch*             ✔  ✗       1h      inf        0-2        1-8        0-2
express  batch     ✔  ⏸       1h       5m        0-2        1-8        0-2"
	is "$(flux queue list -o nodes -q debug,batch)" "QUEUE    EN ST  NODES   NODES:UP NODES:DOWN NODES:ALLOC NODES:FREE
debug     ✔  ✔      2          2          0           0          2
batch*    ✔  ✗      2          2          0           0          2"
	is "$(flux queue list -o policy -nq batch)" \
	    "batch*    ✔  ✗       1h      inf      0-inf      1-inf      0-inf"
	is "$(flux queue list -no '{queue} {limits.timelimit!H}')" \
	    "debug 0:30:00
batch inf
express 0:05:00"
	is "$(flux queue list --color=always -nq debug \
	    -o '{color_enabled}{enabled:>2}{color_off}')" \
	    $'\e[01;32m ✔\e[0;0m'
}

@test "queue list says what it cannot list" {
	with_queues
	run -1 flux queue list -q nosuch
	is "$output" "flux-queue: ERROR: No such queue: nosuch"
	run -1 flux queue list -o nosuch
	is "$output" "flux-queue: ERROR: --format: No such format nosuch (Did you mean '{nosuch}'?)"
	run -1 flux queue list -o '{foo}'
	is "$output" "flux-queue: ERROR: Unknown format field: foo"
	run -0 flux queue list -o help
	is "$output" "
Configured flux-queue output formats:

  default      Default flux-queue list format string
  policy       flux-queue list with policy limits only
  nodes        Show queue status plus all/up/allocated/free nodes"
}
