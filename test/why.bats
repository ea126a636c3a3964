#!/usr/bin/env bats
# flux why: what jobs wait for, and how they ended.

setup() {
	load lib/setup
	instance_start -s 2
	host=$(hostname)
}

teardown() {
	flux cancel --all 2>/dev/null || true
	flux queue idle --quiet || true
	instance_stop
}

done_job() {
	local id
	id=$(flux submit "$@")
	flux job wait-event -q -t 20 "$id" clean
	echo "$id"
}

started_job() {
	local id
	id=$(flux submit "$@")
	flux job wait-event -q -t 20 "$id" start
	echo "$id"
}

has_state() {
	[ "$(flux jobs -no '{state}' "$1")" = "$2" ]
}

# pending_job STATE SUBMIT-ARGS
pending_job() {
	local id state=$1
	id=$(flux submit "${@:2}")
	retry has_state "$id" "$state"
	echo "$id"
}

# Without the line that has a time in it.
why() {
	flux why "$@" | grep -v '^    ended '
}

@test "why tells the code, the task, its errors, and how to run it again" {
	local A
	mkfifo "$BATS_TEST_TMPDIR/hold"
	A=$(flux submit -n2 --job-name=it sh -c \
	    "test \$FLUX_TASK_RANK = 0 && read x <$BATS_TEST_TMPDIR/hold && exit 0; echo bad >&2; exit 3")
	flux job wait-event -q -t 20 -p exec "$A" shell.task-exit
	echo >"$BATS_TEST_TMPDIR/hold"
	flux job wait-event -q -t 20 "$A" clean
	run -0 why "$A"
	is "${lines[0]}" "$A it: failed, task(s) exited with exit code 3"
	is "${lines[1]}" "    task      1 on $host: exit code 3"
	is "${lines[2]}" "    stderr    1: bad"
	is "${lines[3]%% sh -c *}" "    again     flux submit -n2 --job-name=it --cwd=$PWD"
	run -0 flux why "$A"
	[[ ${lines[1]} =~ ^\ {4}ended\ {5}[0-9:]{8},\ after\ .*s,\ [0-9.]+s\ CPU,\ [0-9.]+[KM]\ memory$ ]]
}

@test "why tells the node if the task is not known" {
	local A
	A=$(done_job -n2 sh -c \
	    'test $FLUX_TASK_RANK = 0 && exit 0; flux job wait-event -p exec $FLUX_JOB_ID shell.task-exit; exit 3')
	run -0 why "$A"
	is "${lines[0]}" "$A sh: failed, task(s) exited with exit code 3"
	is "${lines[1]}" "    node      $host (rank 0): exit code 3"
}

@test "why tells signals, and the file that stderr went to" {
	local A
	A=$(done_job --error="$BATS_TEST_TMPDIR/err" sh -c 'kill -KILL $$')
	run -0 why "$A"
	is "${lines[0]}" "$A sh: failed, task(s) Killed"
	is "${lines[1]}" "    task      0 on $host: signal 9 (Killed)"
	is "${lines[2]}" "    stderr    is in $BATS_TEST_TMPDIR/err"
}

@test "why keeps the last ten lines of stderr" {
	local A
	A=$(done_job sh -c 'seq 1 40 >&2; printf end >&2; false')
	is "$(flux why --json "$A" | jq -r '.stderr[].text' | tr '\n' ' ')" \
	    "32 33 34 35 36 37 38 39 40 end "
}

@test "why tells exceptions of jobs that could not start" {
	local A
	A=$(done_job nosuchcmd)
	run -0 flux why "$A"
	[[ ${lines[0]} == "$A nosuchcmd: failed, exception exec: task 0 (host $host): start failed: nosuchcmd: No such file or directory" ]]
	A=$(done_job -N9 true)
	run -0 why "$A"
	is "$output" "$A true: failed, exception alloc: unsatisfiable request: need 9 exclusive node(s), only 2 eligible
    again     flux submit -N9 --cwd=$PWD true"
}

@test "the command that runs a job again makes the same jobspec" {
	local id args command
	while read -r args; do
		eval "set -- $args"
		id=$(flux submit --urgency=hold "$@")
		flux job raise -t broken "$id"
		flux job wait-event -q -t 20 "$id" clean
		command=$(flux why --json "$id" | jq -r .command)
		[[ $command == 'flux submit '* ]]
		is "$(eval "${command/submit/submit --dry-run}" | jq -S 'del(.attributes.system.environment)')" \
		    "$(flux job info "$id" jobspec | jq -S .)" "$command"
	done <<-'END'
		true
		-n3 -c2 -g1 sh -c 'echo "$1" && exit'
		-N2 -t 90 --job-name='a b' true
		-N1 -n2 -x -o cpu-affinity=off -o n=1 -o s='"1"' true
		--output=o --error=e --input=/dev/null -l --cwd=/tmp true
		--requires='rank:0 | rank:1' --setattr=a.b=1 --setattr=c=x true
		--bank=b -t 100ms true "it's" '' '{a,b}' ~ '*'
	END
	id=$(flux batch --urgency=hold -N1 --output=none --wrap false)
	flux job raise -t broken "$id"
	flux job wait-event -q -t 20 "$id" clean
	command=$(flux why --json "$id" | jq -r .command)
	is "$command" "flux job info --original $id jobspec | flux job submit"
	id=$(eval "$command")
	flux job wait-event -q -t 20 "$id" clean
	is "$(flux jobs -no '{name} {status}' "$id")" "false FAILED"
}

@test "why tells who holds the resources, and when there will be room" {
	local A B C now
	now=$(date +%s)
	A=$(started_job -N1 -n1 -t 10m sleep 300)
	B=$(started_job -N2 -n2 --job-name=other sleep 300)
	C=$(pending_job SCHED -N2 -x -t 1m true)
	run -0 flux why "$C"
	is "${lines[0]}" "$C true: waits for resources that other jobs hold"
	is "${lines[1]%(*}" "    needs     2 nodes, 2 cores "
	[[ $output == *"    held by   $B $(id -un) other: 2 nodes, 2 cores on $host,$host, no time limit
              $A $(id -un) sleep: 1 node, 1 core on $host, until "* ]]
	is "${lines[-1]}" "    start     unknown: $B has no time limit, or cannot start itself"
	flux cancel "$B"
	flux job wait-event -q -t 20 "$B" clean
	flux why --json "$C" | jq -e --arg now "$now" '
		.version == 1 and .reason == "resources" and .ahead == 0 and
		(.holders | length) == 1 and .start == .holders[0].end and
		.start >= ($now | tonumber) + 600 and .needs.nnodes == 2' 
}

@test "why counts the jobs before it, and adds up their time" {
	local A B C cores
	cores=$(flux resource list -s all -no '{ncores}')
	A=$(started_job -n1 -t 10m sleep 300)
	B=$(pending_job SCHED -n"$cores" -t 5m true)
	C=$(pending_job SCHED -n1 -t 1m true)
	run -0 flux why "$C"
	is "${lines[0]}" "$C true: there is room for it, but 1 job is before it"
	[[ $output == *"    before it 1 job, first $B"* ]]
	flux why --json "$C" | jq -e \
	    '(.start - .holders[0].end) as $d | $d > 299 and $d < 301'
	flux why --json "$B" | jq -e '.start == .holders[0].end'
}

@test "why tells what holds a job back that needs no resources" {
	local A B
	A=$(flux submit --urgency=hold true)
	run -0 flux why "$A"
	is "$output" "$A true: held: its urgency is 0
    let it go flux job urgency $A default"
	B=$(pending_job DEPEND --dependency=afterok:"$A" \
	    --dependency=afterany:"$A" true)
	run -0 flux why "$B"
	is "$output" "$B true: waits for $A (true, pending, held) to succeed
    also      for $A (true, pending, held) to end"
	flux job urgency "$A" 20
	B=$(pending_job DEPEND --begin-time=2099-01-01 true)
	run -0 flux why "$B"
	[[ $output == "$B true: waits until 2099-01-01 "* ]]
	flux queue stop -m maintenance
	B=$(pending_job SCHED true)
	run -0 flux why "$B"
	is "$output" "$B true: waits until scheduling is started: it was stopped: maintenance"
	flux queue start
	flux job wait-event -q -t 20 "$B" clean
	run -0 flux why "$B"
	[[ ${lines[0]} == "$B true: completed after "* ]]
}

@test "why tells who held a job" {
	local A B
	A=$(started_job -N2 -x sleep 300)
	B=$(pending_job SCHED true)
	flux job urgency "$B" 0
	run -0 flux why "$B"
	[[ ${lines[0]} =~ ^$B\ true:\ held:\ its\ urgency\ is\ 0,\ set\ by\ $(id -un)\ at\  ]]
}

@test "why tells of nodes that are not up" {
	local A
	flux resource drain 1 bad disk
	A=$(pending_job SCHED -N2 true)
	run -0 flux why "$A"
	is "$output" "$A true: waits for nodes that are not up
    needs     2 nodes, 2 cores (whole nodes)
    free      1 whole node, $(flux resource list -s free -no '{ncores}') cores
    down      $host (rank 1): drained: bad disk
    start     unknown: nothing that runs will make enough room"
	flux why --json "$A" | jq -e '.reason == "down" and
	    .down == [{"rank":1,"host":"'"$host"'","state":"drained","reason":"bad disk"}]'
}

@test "why has a sentence for jobs that run, were canceled or ran out of time" {
	local A B
	A=$(started_job -t 10m sleep 300)
	run -0 flux why "$A"
	[[ $output =~ ^$A\ sleep:\ running\ for\ .*\ on\ $host,\ may\ run\ for\ another\ (10m00s|9m5.s)$ ]]
	A=$(started_job sleep 300)
	run -0 flux why "$A"
	[[ $output == "$A sleep: running for "*" on $host, without a time limit" ]]
	flux cancel -m 'no more' "$A"
	B=$(flux submit --urgency=hold true)
	flux cancel "$B"
	flux job wait-event -q -t 20 "$A" clean
	flux job wait-event -q -t 20 "$B" clean
	run -0 flux why "$A" "$B"
	is "${lines[0]}" "$A sleep: canceled by $(id -un): no more"
	is "${lines[2]}" "$B true: canceled by $(id -un) before it ran"
	A=$(done_job -t 0.5s sleep 300)
	run -0 flux why "$A"
	[[ ${lines[0]} == "$A sleep: ended at its time limit of "* ]]
}

@test "why takes ids in all forms, and says what is none" {
	local A form
	A=$(done_job true)
	for form in dec hex f58plain dothex kvs words; do
		run -0 flux why "$(flux job id --to=$form "$A")"
		[[ ${lines[0]} == "$A true: completed after "* ]]
	done
	run -1 --separate-stderr flux why 99 "$A"
	is "$stderr" "flux-why: ERROR: 99: no such job"
	[[ ${lines[0]} == "$A true: completed after "* ]]
	run -2 flux why 'x y'
	is "${lines[0]}" "flux-why: invalid JOBID value: 'x y'"
	run -2 flux why
	is "$output" "flux-why: which job? JOBID is missing
Try 'flux why --help'."
	FLUX_URI=local:///nonexistent run -1 flux why 1
}

@test "why does without what the reference's broker does differently" {
	need_reference
	local script=$BATS_TEST_TMPDIR/script
	cat >"$script" <<-'END'
		A=$(flux submit --wait sh -c 'echo bad >&2; exit 3')
		B=$(flux submit -N1 -t 10m sleep 300)
		C=$(flux submit -N1 true)
		D=$(flux submit --dependency=afterok:$C true)
		flux job wait-event -q -t 20 $B start
		"$1" --json $A $B $C $D
		flux cancel --all
	END
	PATH=${PATH#*:} timeout 40 "$FLUX_REFERENCE/bin/flux" start \
	    sh "$script" "$(command -v flux-why)" \
	    >"$BATS_TEST_TMPDIR/out" 2>/dev/null
	is "$(jq -c '[.reason, .exitcode, .stderr, .dependencies[0].text, .ahead]' \
	    "$BATS_TEST_TMPDIR/out" | sed 's/for [^ ]* /for ID /')" \
	    '["exit",3,[{"rank":"0","text":"bad"}],null,null]
["running",null,null,null,null]
["resources",null,null,null,0]
["dependency",null,null,"for ID (true, pending) to succeed",null]'
}
