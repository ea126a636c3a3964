#!/usr/bin/env bats
# submit, run, bulksubmit, alloc, batch: what is asked of the broker beside the
# jobspec, and what is shown while jobs run.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	instance_start -s 1
}

teardown() {
	[ -z "$instance_pid" ] || flux cancel --all 2>/dev/null || true
	instance_stop
}

# terminal STEP... -- COMMAND...: its screen without escapes, in $output
terminal() {
	run env PYTHONDONTWRITEBYTECODE=1 python3 "$top/test/lib/terminal.py" "$@"
	[ $status = 0 ] || fail "$output"
}

# Urgency and flags of the last job.
submitted() {
	flux job eventlog -f json "$(flux job last)" |
	    jq -c 'select(.name == "submit").context | [.urgency, .flags]'
}

@test "--urgency and --flags" {
	flux run --urgency=20 --flags=debug,waitable true
	is "$(submitted)" '[20,6]'
	flux submit --quiet --urgency=expedite --flags=debug true
	is "$(submitted)" '[31,2]'
	flux bulksubmit --quiet --urgency=hold --flags=waitable true ::: 1
	is "$(submitted)" '[0,4]'
	flux batch --quiet --urgency=hold --flags=waitable -n1 --wrap true
	is "$(submitted)" '[0,4]'
	flux alloc --bg --quiet --urgency=17 --flags=debug -n1
	is "$(submitted)" '[17,2]'
}

@test "--quiet: no id" {
	local c
	is "$(flux submit --quiet true)" ''
	is "$(flux bulksubmit --quiet true ::: 1 2)" ''
	is "$(flux batch --quiet --urgency=hold -n1 --wrap true)" ''
	is "$(flux run --quiet echo x)" x
	is "$(flux alloc --quiet -n1 echo y </dev/null)" y
	is "$(flux jobs -ano '{id}' | wc -l)" 6
}

@test "--dry-run submits nothing" {
	local c
	flux submit --dry-run true | jq -e .version
	flux run --dry-run true | jq -e .version
	flux alloc --dry-run -n1 true | jq -e .version
	flux batch --dry-run -n1 --wrap true | jq -e .version
	is "$(flux bulksubmit --dry-run true {} ::: 1)" 'bulksubmit: submit true 1'
	is "$(flux jobs -ano '{id}')" ''
}

@test "-v tells how jobs end, -vv all events" {
	local id='ƒ[^:]+: +[0-9.]+s: '
	run -1 flux submit --quiet --wait --verbose false
	[[ $output =~ ^${id}failed:\ status=256$ ]]
	run -0 flux submit --quiet --watch -v true
	[[ $output =~ ^${id}complete:\ status=0$ ]]
	run -0 flux submit --quiet --wait -vv true
	[[ ${lines[0]} =~ ^ƒ[^:]+:\ +0\.000s:\ submit\  ]]
	[[ ${lines[-1]} =~ ^${id}clean ]]
	[[ $output =~ ${id}finish\  ]]
	run -0 flux bulksubmit --quiet --wait -v true {} ::: 1
	is "${lines[0]}" 'bulksubmit: submit true 1'
	[[ ${lines[1]} =~ ^${id}complete:\ status=0$ ]]
	run -0 flux run -v true
	is "$output" "jobid: $(flux job last)"
	run -0 flux run -vv true
	[[ $output == *'job.finish {"status":0'* &&
	    $output != *exec.shell* ]]
	run -0 flux run -vvv true
	[[ $output == *'exec.shell.start'* ]]
	run -0 flux alloc -v -n1 true </dev/null
	is "$output" "jobid: $(flux job last)"
	run -0 --separate-stderr flux alloc --bg --verbose -n1
	[[ $stderr =~ ${id}ready ]]
	is "$output" "$(flux job last)"
}

@test "--wait-event returns when the event comes, or the end" {
	flux submit --quiet --wait-event=start sleep inf
	is "$(flux jobs -no '{state}' "$(flux job last)")" RUN
	flux submit --quiet --wait-event=exec.shell.start sleep inf
	flux job eventlog -p exec "$(flux job last)" | grep -q shell.start
	flux cancel --all 2>/dev/null
	flux bulksubmit --quiet --wait-event=priority --urgency=hold true ::: 1
	run -1 flux bulksubmit --quiet --wait-event=nosuch false ::: 1
	flux cancel --all 2>/dev/null || true
	run -3 flux run --wait-event=start sh -c 'exit 3'
	run -3 flux run --wait-event=nosuch sh -c 'exit 3'
}

@test "--log and --log-stderr, one for each job" {
	flux submit --log=out.{cc} --log-stderr=err.{cc} --watch --cc=1-2 \
	    sh -c 'echo out {cc}; echo err {cc} >&2'
	is "$(cat err.1 err.2)" $'err 1\nerr 2'
	is "$(grep out out.1 out.2)" $'out.1:out 1\nout.2:out 2'
	grep -q '^ƒ' out.1
	flux bulksubmit --log=o.{} --log-stderr=e --watch \
	    sh -c 'echo out $0; echo err $0 >&2' {} ::: 1 2
	is "$(sort e)" $'err 1\nerr 2'
	is "$(grep -h out o.1 o.2)" $'out 1\nout 2'
}

@test "--progress and --jps draw a bar on a terminal" {
	terminal -- flux submit --progress --cc=1-3 true
	[[ $output == *'Submitting 3 jobs: '*'100.0%'* && $output != *job/s* ]]
	terminal -- flux submit --progress --jps --wait --cc=1-3 true
	[[ $output == *'PD:0   R:0   CD:3   F:0 '*'100.0%'*' job/s'* ]]
	terminal -- flux bulksubmit --progress --jps --wait true ::: 1 2
	[[ $output == *'CD:2 '*'100.0%'*' job/s'* ]]
	terminal -- flux watch --progress --jps -A
	[[ $output == *'100.0%'*' job/s'* ]]
	run -0 --separate-stderr flux submit --progress true
	is "$stderr" 'flux: WARNING: stdout is not a tty. Ignoring --progress option'
}

@test "bulksubmit: inputs" {
	local out
	printf 'a b\nc\n' >list
	bulk() { flux bulksubmit --dry-run "$@" | sed 's/^bulksubmit: submit //'; }
	is "$(bulk echo {} <list)" $'echo a b\necho c'
	is "$(bulk --sep=none echo {} :::: list)" $'echo a\necho b\necho c'
	is "$(printf 'x,y' | bulk --sep=, echo {})" $'echo x\necho y'
	is "$(printf 'x\ty' | bulk --sep='\t' echo {} :::: -)" $'echo x\necho y'
	is "$(bulk --shuffle echo {} ::: 1 2 3 4 5 6 7 8 9 | sort)" \
	    "$(bulk echo {} ::: 1 2 3 4 5 6 7 8 9)"
	out=$(bulk --shuffle echo {} ::: {1..50})
	[ "$out" != "$(sort -k2n <<<"$out")" ]
	is "$(bulk --define='up=x.upper()' echo {.up} {} ::: a)" 'echo A a'
	is "$(bulk --cc=1-2 echo {} {cc} ::: a)" '--cc=1-2 echo a {cc}'
	is "$(bulk --bcc=1-2 echo {} ::: a)" '--bcc=1-2 echo a'
	is "$(flux bulksubmit --watch --quiet --cc=1-2 echo {} {cc} \
	    '$FLUX_JOB_CC' ::: a b | sort | tr '\n' ' ')" \
	    'a 1 $FLUX_JOB_CC a 2 $FLUX_JOB_CC b 1 $FLUX_JOB_CC b 2 $FLUX_JOB_CC '
	is "$(flux bulksubmit --watch --quiet --bcc=7 \
	    sh -c 'echo {cc}; printenv FLUX_JOB_CC; true' ::: a)" 7
	run -1 flux bulksubmit --wait --quiet --requires=host:nosuch true ::: 1
	[[ $output == *"host 'nosuch' not found"* ]]
}
