#!/usr/bin/env bats
# flux job, all commands but attach.

setup() {
	load lib/setup
	instance_start -s 2
}

teardown() {
	instance_stop
}

# Submit and wait for the end; prints the id.
done_job() {
	local id
	id=$(flux submit "$@")
	flux job wait-event -q -t 20 "$id" clean
	echo "$id"
}

# The context of the events of a name, one a line.
contexts() {
	flux job eventlog -f json "$1" |
	    jq -c "select(.name == \"$2\") | .context"
}

@test "job without a known command shows the commands and fails" {
	run -1 --separate-stderr flux job
	[ -z "$output" ]
	[[ $stderr == "Usage: flux job COMMAND"* ]]
	run -1 --separate-stderr flux job nosuch
	[[ $stderr == "flux-job: Unknown command 'nosuch'"* ]]
	run -0 flux job --help
	[[ $output == *"attach"*"purge"* ]]
	run -1 flux job eventlog
	is "${lines[0]}" "flux-job: missing argument"
	is "${lines[1]}" "Try 'flux job eventlog --help'."
	run -1 flux job eventlog --nosuch
	is "${lines[0]}" "flux-job: unrecognized option '--nosuch'"
	run -1 flux job eventlog xyz
	is "$output" 'flux-job: error parsing jobid: "xyz"'
}

@test "job id converts between all forms, from operands and stdin" {
	local form out
	while read -r form out; do
		run -0 flux job id --to="$form" 1234567890
		is "$output" "$out" "$form"
		run -0 flux job id "$out"
		is "$output" 1234567890 "$form"
	done <<-'EOF'
	dec 1234567890
	f58 ƒ2t6V2H
	f58plain f2t6V2H
	hex 0x499602d2
	dothex 0000.0000.4996.02d2
	kvs job.0000.0000.4996.02d2
	words glass-snow-mister--academy-academy-academy
	emoji 😉🏠😽😪
	EOF
	is "$(printf '1\nf2\n' | flux job id --to=hex)" $'0x1\n0x1'
	is "$(LC_ALL=C flux job id --to=f58 1)" f2
	is "$(FLUX_F58_FORCE_ASCII=1 flux job id --to=f58 1)" f2
	run -1 flux job id </dev/null
	is "$output" ""
	run -1 --separate-stderr flux job id 1 xyz 2
	is "$output" 1
	is "$stderr" "flux-job: xyz: malformed input"
	run -1 flux job id --to=foo 1
	is "$output" "flux-job: Unknown to=foo"
	run -0 flux job namespace f2
	is "$output" job-1
}

@test "job eventlog prints text, json and times in four ways" {
	local A
	A=$(done_job true)
	run -0 flux job eventlog "$A"
	[[ ${lines[0]} =~ ^[0-9]+\.[0-9]{6}\ submit\ userid=$(id -u)\ urgency=16\ flags=0\ version=1$ ]]
	[[ ${lines[1]} =~ ^[0-9]+\.[0-9]{6}\ validate$ ]]
	[[ ${lines[-1]} =~ \ clean$ ]]
	run -0 flux job eventlog -T offset "$A"
	is "${lines[0]}" "0.000000 submit userid=$(id -u) urgency=16 flags=0 version=1"
	run -0 flux job eventlog -T iso "$A"
	[[ ${lines[0]} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z\ submit ]]
	run -0 flux job eventlog --human "$A"
	[[ ${lines[0]} =~ ^\[[A-Z][a-z]{2}[0-9]{2}\ [0-9]{2}:[0-9]{2}\]\ submit ]]
	[[ ${lines[1]} =~ ^\[\ \ \+0\.[0-9]{6}\]\ validate$ ]]
	run -0 flux job eventlog --color "$A"
	[[ ${lines[1]} == $'\e[32m'*$'\e[0m \e[33mvalidate\e[0m' ]]
	is "$(flux job eventlog -f json "$A" | jq -r .name)" \
	    "$(flux job eventlog "$A" | cut -d' ' -f2)"
	run -0 flux job eventlog -p exec "$A"
	[[ $output == *" shell.init service="* ]]
	is "$(flux job eventlog -F "$A")" "$(flux job eventlog "$A")"
}

@test "job eventlog says what it cannot print" {
	local A
	A=$(done_job true)
	run -1 flux job eventlog -T foo "$A"
	is "$output" "flux-job: invalid time-format type 'foo'"
	run -1 flux job eventlog -f foo "$A"
	is "$output" "flux-job: invalid format type 'foo'"
	run -1 flux job eventlog 999
	is "$output" "flux-job: job 999 not found"
	run -1 flux job eventlog -p foo "$A"
	is "$output" "flux-job: eventlog path foo not found"
}

@test "job wait-event waits for an event, its context and its number" {
	local A
	A=$(flux submit --urgency=hold true)
	flux job raise -s 3 -t one "$A" -- first
	flux job raise -s 4 -t two "$A" -- second
	run -0 flux job wait-event -m type=two "$A" exception
	[[ $output == *' exception type="two" severity=4 note="second"'* ]]
	run -0 flux job wait-event -m 'type="one"' "$A" exception
	[[ $output == *'note="first"'* ]]
	run -0 flux job wait-event -f json -c 2 "$A" exception
	is "$(jq -r .context.type <<<"$output")" two
	run -0 flux job wait-event -q "$A" submit
	is "$output" ""
	run -0 flux job wait-event -v "$A" validate
	is "${#lines[@]}" 2
	run -1 flux job wait-event -t 0.1 "$A" start
	is "$output" "flux-job: wait-event timeout on event 'start'"
	flux cancel "$A"
	run -1 flux job wait-event "$A" start
	is "$output" "flux-job: event 'start' never received"
	run -1 flux job wait-event 999 start
	is "$output" "flux-job: job 999 not found"
	run -1 flux job wait-event -c 0 "$A" start
	is "$output" "flux-job: count must be > 0"
	run -1 flux job wait-event -m foo "$A" start
	is "$output" "flux-job: must specify a context test as key=value"
}

@test "job wait-event returns when the event comes" {
	local A
	A=$(flux submit --urgency=hold true)
	flux job wait-event -t 20 "$A" start >"$BATS_TEST_TMPDIR/out" &
	flux job urgency "$A" default
	wait $!
	[[ $(cat "$BATS_TEST_TMPDIR/out") == *" start" ]]
}

@test "job wait-event prints times and colours as eventlog does" {
	local A
	A=$(done_job true)
	run -0 flux job wait-event --time-format=offset "$A" submit
	[[ $output == "0.000000 submit "* ]]
	run -0 flux job wait-event -T iso "$A" clean
	[[ $output =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z\ clean$ ]]
	run -0 flux job wait-event --human "$A" submit
	[[ $output =~ ^\[[A-Z][a-z]{2}[0-9]{2}\ [0-9]{2}:[0-9]{2}\]\ submit ]]
	run -0 flux job wait-event --color=always "$A" clean
	[[ $output == $'\e[32m'*$'\e[33mclean\e[0m' ]]
	run -1 flux job wait-event -T foo "$A" clean
	is "$output" "flux-job: invalid time-format type 'foo'"
}

@test "job info --base prints the jobspec before its updates" {
	local A
	A=$(flux submit --urgency=hold -t 1m true)
	flux update "$A" duration=2m
	is "$(flux job info "$A" jobspec | jq .attributes.system.duration)" 120
	is "$(flux job info --base "$A" jobspec |
	    jq .attributes.system.duration)" 60
	is "$(flux job info -b "$A" jobspec |
	    jq .attributes.system.duration)" 60
	flux cancel "$A"
}

@test "job raiseall: severity and user; purge: age" {
	local A
	A=$(flux submit --urgency=hold true)
	run -0 flux job raiseall -f --severity=5 --user="$(id -un)" foo
	is "$output" "flux-job: Raised exception on 1 jobs (0 errors)"
	is "$(contexts "$A" exception | jq .severity)" 5
	run -1 flux job raiseall --user=nosuch foo
	is "$output" "flux-job: unknown user nosuch"
	flux cancel "$A"
	flux job wait-event -q -t 20 "$A" clean
	run -0 flux job purge --age-limit=1h
	is "$output" "use --force to purge 0 of 1 inactive jobs"
	run -0 flux job purge --force --age-limit=0s
	is "$output" "purged 1 inactive jobs, 0 remaining"
}

@test "job info prints stored documents" {
	local A
	A=$(done_job --env=FOO=bar echo hi)
	is "$(flux job info "$A" jobspec | jq -c '.tasks[0].command')" \
	    '["echo","hi"]'
	is "$(flux job info "$A" jobspec |
	    jq .attributes.system.environment)" null
	is "$(flux job info -o "$A" jobspec |
	    jq -r .attributes.system.environment.FOO)" bar
	is "$(flux job info "$A" R | jq .version)" 1
	[[ $(flux job info "$A" J) == *.none ]]
	is "$(flux job info "$A" guest.output | jq -r .name | head -1)" header
	run -1 flux job info "$A" nope
	is "$output" "flux-job: nope: key not found"
	run -1 flux job info 999 R
	is "$output" "flux-job: invalid job id"
	run -1 flux job info "$A"
	[[ $output == *"guest.exec.eventlog"* ]]
}

@test "job status exits with the largest code and tells why" {
	local A B C
	A=$(flux submit true)
	B=$(flux submit sh -c 'exit 5')
	C=$(flux submit --urgency=hold true)
	flux cancel -m 'a note' "$C"
	flux job status "$A"
	run -5 flux job status "$A" "$B" "$C"
	is "$output" ""
	run -7 flux job status -v -e 7 "$A" "$B" "$C"
	is "${lines[0]}" "flux-job: $B: exited with exit code 5"
	is "${lines[1]}" "flux-job: $C: exception type=cancel note=a note"
	run -0 flux job status -vv "$A"
	is "$output" "flux-job: $A: exited with exit code 0"
	run -5 --separate-stderr flux job status -j "$B" "$C"
	is "$(jq -c '[.result, .waitstatus, .exception_occurred]' \
	    <<<"${lines[0]}")" '[2,1280,false]'
	is "$(jq -c '[.result, .waitstatus, .exception_note]' \
	    <<<"${lines[1]}")" '[4,null,"a note"]'
	run -1 flux job status 999
	is "$output" "flux-job: 999: No such job"
}

@test "job wait gives each result out once" {
	local A B
	A=$(flux submit --flags=waitable true)
	run -0 flux job wait "$A"
	is "$output" ""
	run -2 flux job wait "$A"
	is "$output" \
	    "flux-job: invalid job id, or job may be inactive and not waitable"
	A=$(flux submit --flags=waitable sh -c 'exit 3')
	run -1 --separate-stderr flux job wait
	is "$output" "$A"
	is "$stderr" "flux-job: task(s) exited with exit code 3"
	run -2 flux job wait
	is "$output" "flux-job: there are no more waitable jobs"
	A=$(flux submit --flags=waitable true)
	B=$(flux submit --flags=waitable --urgency=hold true)
	flux cancel -m why "$B"
	run -1 flux job wait -av
	is "$(sort <<<"$output")" "$(sort <<EOF
$A: job completed successfully
$B: Fatal exception type=cancel why
EOF
)"
	flux job wait --all
	run -1 flux job wait --all "$A"
	is "$output" "flux-job: jobid not supported with --all"
}

@test "job last prints own ids, newest first" {
	local ids
	run -1 flux job last
	is "$output" "flux-job: job history is empty"
	ids=$(flux submit --cc=1-3 true)
	is "$(flux job last)" "$(tail -1 <<<"$ids")"
	is "$(flux job last '[::-1]')" "$ids"
	is "$(flux job last 2)" "$(tail -2 <<<"$ids" | tac)"
	run -1 flux job last '[1]'
	is "$output" \
	    "flux-job: could not parse python-style slice expression"
}

@test "job urgency changes it while the job waits" {
	local A B
	A=$(flux submit --urgency=hold true)
	B=$(flux submit --urgency=hold true)
	run -0 flux job urgency -v "$A" hold
	is "$output" "old urgency: job held"
	run -1 flux job urgency "$A" 40
	is "$output" "flux-job: $A: urgency value is out of range"
	run -1 flux job urgency "$A" abc
	is "$output" 'flux-job: error parsing urgency: "abc"'
	run -1 flux job urgency 999 4
	is "$output" "flux-job: 999: unknown job"
	flux job urgency "$A" expedite
	flux job wait-event -q -t 20 "$A" clean
	is "$(contexts "$A" urgency | jq -c '[.urgency, .userid]')" \
	    "[0,$(id -u)]
[31,$(id -u)]"
	run -1 flux job urgency "$A" 4
	is "$output" "flux-job: $A: job is inactive"
	flux cancel "$B"
}

@test "job kill sends signals to running jobs only" {
	local A B
	A=$(flux submit sleep 60)
	B=$(flux submit --urgency=hold true)
	flux job wait-event -q -t 20 -p exec "$A" shell.start
	run -1 flux job kill "$B"
	is "$output" "flux-job: kill $B: job is not running"
	run -1 flux job kill 999
	is "$output" "flux-job: kill 999: unknown job id"
	run -1 flux job kill xyz
	is "$output" "flux-job: invalid jobid: xyz"
	run -1 flux job kill -s FOO "$A"
	is "$output" "flux-job: kill: Invalid signal FOO"
	run -0 flux job killall
	is "$output" "flux-job: Command matched 1 jobs (-f to confirm)"
	flux job kill -s USR1 "$A"
	run -138 flux job status "$A"
	run -1 flux job kill "$A"
	is "$output" "flux-job: kill $A: job is inactive"
	run -0 flux job killall
	is "$output" "flux-job: Command matched 0 jobs"
	run -1 flux job killall -u nosuch
	is "$output" "flux-job: unknown user nosuch"
	A=$(flux submit sleep 60)
	flux job wait-event -q -t 20 -p exec "$A" shell.start
	run -0 flux job killall -f -s SIGKILL
	is "$output" "flux-job: Killed 1 jobs (0 errors)"
	run -137 flux job status "$A"
	flux cancel "$B"
}

@test "job raise and raiseall raise exceptions with notes" {
	local A uid
	uid=$(id -u)
	A=$(flux submit --urgency=hold true)
	flux job raise -s 3 -t foo "$A" hello world
	flux job raise -s 3 -t foo "$A" -- f1foo
	flux job raise -s 3 -t foo -m 'a note' "$A"
	run -0 flux job raiseall foo
	is "$output" "flux-job: Command matched 1 jobs (-f to confirm)"
	run -0 flux job raiseall -f bar to all
	is "$output" "flux-job: Raised exception on 1 jobs (0 errors)"
	is "$(contexts "$A" exception | jq -r .note)" "hello world
f1foo
a note
to all"
	run -0 flux job raiseall -S run foo
	is "$output" "flux-job: Command matched 0 jobs"
	run -1 flux job raiseall -S bad foo
	is "$output" "flux-job: error parsing --states: bad is unknown"
	run -1 flux job raiseall -S inactive foo
	is "$output" \
	    "flux-job: Exceptions cannot be raised on inactive jobs"
	run -1 flux job raise -t foo -s 9 "$A"
	is "$output" "flux-job: raise $A: invalid exception severity"
	run -1 flux job raise -t 'a b' "$A"
	is "$output" "flux-job: raise $A: invalid exception type"
	run -1 flux job raise -m n "$A" words
	is "$output" \
	    "flux-job: Do not set note on command line and with --message"
	run -1 flux job raise 999 "$A"
	is "$output" "flux-job: raise 999: unknown job id"
	flux job wait-event -q -t 20 "$A" clean
	run -1 flux job raise "$A"
	is "$output" "flux-job: raise $A: job is inactive"
}

@test "job memo attaches values that are JSON or strings" {
	local A
	A=$(flux submit --urgency=hold true)
	flux job memo "$A" a=1 'b.c=x y' d='[1,{"e":null}]' f=
	echo '{"from":"stdin"}' | flux job memo "$A" g=-
	flux job memo --volatile "$A" v=1
	is "$(contexts "$A" memo)" '{"a":1,"b":{"c":"x y"},"d":[1,{"e":null}],"f":""}
{"g":{"from":"stdin"}}'
	is "$(flux jobs -no '{user.b.c} {user.v}' "$A")" "x y 1"
	run -1 flux job memo "$A" b
	is "$output" "flux-job: memo: no value for key=b"
	run -1 flux job memo 999 a=1
	is "$output" "flux-job: memo: unknown job id"
	flux cancel "$A"
	flux job wait-event -q -t 20 "$A" clean
	run -1 flux job memo "$A" a=1
	is "$output" "flux-job: memo: job is inactive"
}

@test "job submit takes a jobspec, and says what is wrong with it" {
	local f=$BATS_TEST_TMPDIR/js.json A
	flux submit --dry-run echo hi >"$f"
	A=$(flux job submit "$f")
	is "$(flux job attach "$A")" hi
	A=$(flux job submit <"$f")
	A=$(flux job submit --flags=debug,waitable - <"$f")
	is "$(contexts "$A" submit | jq .flags)" 6
	A=$(flux job submit --urgency=hold "$f")
	is "$(flux jobs -no '{urgency}' "$A")" 0
	flux cancel "$A"
	run -1 flux job submit /dev/null
	is "$output" "flux-job: required jobspec is empty"
	run -1 flux job submit <<<'{}'
	[[ $output == "flux-job: Missing key ("* ]]
	run -1 flux job submit "$BATS_TEST_TMPDIR/nosuch"
	is "$output" \
	    "flux-job: $BATS_TEST_TMPDIR/nosuch: No such file or directory"
	run -1 flux job submit -f foo "$f"
	is "$output" "flux-job: unknown flag: foo"
	run -1 flux job submit -u 40 "$f"
	is "$output" "flux-job: urgency range is [0:31]"
}

@test "job stats counts, job purge forgets" {
	flux submit --cc=1-4 --quiet --wait true
	is "$(flux job stats | jq -c '[.successful, .job_states.inactive]')" \
	    '[4,4]'
	run -0 flux job purge
	is "$output" "use --force to purge 0 of 4 inactive jobs"
	run -0 flux job purge --num-limit=1
	is "$output" "use --force to purge 3 of 4 inactive jobs"
	run -0 flux job purge --force --num-limit=1 --batch=2
	is "$output" "purged 3 inactive jobs, 1 remaining"
	run -0 flux job purge -f "$(flux jobs -ano '{id}')"
	is "$output" "purged 1 inactive jobs, 0 remaining"
	run -1 flux job purge 999
	is "$output" "flux-job: purge: id not found"
	run -1 flux job purge --batch=0
	is "$output" "flux-job: purge: batch must be >= 1 and <= 100"
}

@test "job timeleft is whole seconds, or a duration" {
	local A B
	A=$(flux submit -t 5m sleep 60)
	B=$(flux submit sleep 60)
	flux job wait-event -q -t 20 "$A" start
	flux job wait-event -q -t 20 "$B" start
	[[ $(flux job timeleft "$A") =~ ^29[5-9]$ ]]
	[[ $(flux job timeleft -H "$A") =~ ^4\.9.*m$ ]]
	is "$(flux job timeleft "$B")" 4294967295
	is "$(flux job timeleft -H "$B")" infinity
	[[ $(FLUX_JOB_ID=$A flux job timeleft) =~ ^29[5-9]$ ]]
	is "$(flux job timeleft)" 4294967295
	flux cancel "$A" "$B"
	flux job wait-event -q -t 20 "$A" clean
	is "$(flux job timeleft "$A")" 0
	is "$(flux job timeleft -H "$A")" 0s
	B=$(flux submit --urgency=hold true)
	run -1 flux job timeleft "$B"
	is "$output" "flux-job: job $B has not started"
	run -1 flux job timeleft 999
	is "$output" "flux-job: 999: no such jobid"
	flux cancel "$B"
}

@test "job taskmap tells tasks, nodes and hosts" {
	local A option out
	A=$(done_job -N2 -n3 true)
	while IFS='|' read -r option out; do
		run -0 flux job taskmap $option "$A"
		is "$output" "$(printf "$out")" "$option"
	done <<-EOF
	|[[0,1,2,1],[1,1,1,1]]
	--taskids=0|0-1
	--ntasks=1|1
	--nodeid=2|1
	--hostname=2|$(uname -n)
	--to=raw|0-1;2
	--to=pmi|(vector,(0,1,2),(1,1,1))
	--to=multiline|0: 0\n1: 0\n2: 1
	--to=hosts|$(uname -n): 0-1\n$(uname -n): 2
	EOF
	is "$(flux job taskmap --to=raw '[[0,4,4,1]]')" "0-3;4-7;8-11;12-15"
	run -1 flux job taskmap --taskids=9 "$A"
	is "$output" "flux-job: No taskids for node 9: No such file or directory"
	run -1 flux job taskmap --nodeid=9 "$A"
	is "$output" \
	    "flux-job: failed to get nodeid for task 9: No such file or directory"
	run -1 flux job taskmap --to=foo "$A"
	is "$output" "flux-job: invalid value --to=foo"
	run -1 flux job taskmap 999
	is "$output" "flux-job: Unable to get job taskmap: no such job"
	run -1 flux job taskmap xyz
	is "$output" \
	    "flux-job: error decoding taskmap: error parsing range 'xyz'"
	run -1 flux job taskmap --hostname=1 '[[0,4,4,1]]'
	is "$output" \
	    "flux-job: taskmap: can't use --hostname without a jobid"
}

@test "job hostpids names the processes of the tasks" {
	local A hosts pids
	A=$(flux submit -N2 -n4 sleep 60)
	pids=$(flux job hostpids -t 20 "$A")
	is "$(tr , '\n' <<<"$pids" | cut -d: -f1 | sort -u)" "$(uname -n)"
	for p in ${pids//,/ }; do
		retry grep -qx sleep "/proc/${p#*:}/comm"
	done
	is "$(flux job hostpids -r 3 "$A")" \
	    "$(flux job hostpids -d ' ' "$A" | cut -d' ' -f4)"
	flux cancel "$A"
	flux job wait-event -q -t 20 "$A" clean
	run -1 flux job hostpids "$A"
	is "$output" "flux-job: hostpids: job $A is inactive"
	run -1 flux job hostpids 999
	is "$output" "flux-job: 999: No such job"
	A=$(flux submit --urgency=hold true)
	run -1 flux job hostpids -t 0.1 "$A"
	is "$output" \
	    "flux-job: hostpids: timeout waiting for shell.start event"
	flux cancel "$A"
}

@test "job list prints one JSON object a job" {
	local A B
	A=$(done_job true)
	B=$(flux submit --urgency=hold true)
	is "$(flux job list | jq .id)" "$(flux job id "$B")"
	is "$(flux job list -a | jq -s length)" 2
	is "$(flux job list-inactive -c 1 | jq .id)" "$(flux job id "$A")"
	is "$(flux job list-ids -W sched "$B" | jq .state)" 8
	run -1 flux job list -s foo
	is "$output" "flux-job: error parsing --states: foo is unknown"
	run -1 flux job list-ids 999
	is "$output" "flux-job: 999: No such file or directory"
	flux cancel "$B"
}

@test "job cancel is flux cancel, as old clients spell it" {
	local A
	A=$(flux submit --urgency=hold true)
	run -0 flux job cancel "$A"
	is "$output" ""
	is "$(contexts "$A" exception | jq -r .type)" cancel
	A=$(flux submit --urgency=hold true)
	run -0 flux job cancelall -f
	is "$output" "flux-job: Canceled 1 jobs (0 errors)"
}

@test "job tells when there is no broker" {
	FLUX_URI=local:///nonexistent run -1 flux job stats
	is "$output" "flux-job: Unable to connect to Flux: broker socket /nonexistent was not found"
}
