#!/usr/bin/env bats
# flux jobs: which jobs it lists, in which order, and how.

setup() {
	load lib/setup
	instance_start -s 2
	host=$(uname -n)
}

teardown() {
	instance_stop
}

# Running times differ from run to run: N stands for them.
mask() {
	sed -E "s/ +[0-9.]+[smh] ($host)/        N \1/"
}

# submit NAME ARGS: the id of a job of that name.
submit() {
	flux submit --job-name="$@"
}

# ended ID...: wait until the jobs are inactive.
ended() {
	local id
	for id; do
		flux job wait-event -q -t 20 "$id" clean
	done
}

# Jobs that ended in all ways, oldest first, and $held, $dep, $run.
jobs_of_all_kinds() {
	ok=$(submit ok true)
	ended $ok
	exit3=$(submit exit3 -n2 -N2 sh -c 'exit 3')
	ended $exit3
	missing=$(submit missing /nonexistent)
	ended $missing
	killed=$(submit killed sh -c 'kill -KILL $$')
	ended $killed
	held=$(submit held --urgency=hold true)
	canceled=$(submit canceled --urgency=hold true)
	flux cancel -m 'not needed' $canceled
	ended $canceled
	dep=$(submit dep --dependency=afterany:$held true)
	run=$(submit run -t 30m sleep 300)
	flux job wait-event -q -t 20 $run alloc
	flux job wait-event -q -t 20 $dep dependency-add
}

# A row; printf counts bytes, and the first letter of an id has two.
row() {
	printf "%13s $me8 %-10s %2s %6s %6s %8s %s\n" "$@"
}

@test "active jobs of the caller are listed, in the default columns" {
	run -0 flux jobs
	is "$output" \
	    '       JOBID USER     NAME       ST NTASKS NNODES     TIME INFO'
	jobs_of_all_kinds
	run -0 flux jobs
	is "$(mask <<<"$output")" \
	    "       JOBID USER     NAME       ST NTASKS NNODES     TIME INFO
$(row $held held S 1 - - held)
$(row $dep dep D 1 - - depends:after-finish=$held)
$(row $run run R 1 1 N $host)"
	is "$(flux jobs -n -u "$me" | wc -l)" 3
	[ "$(flux jobs -n -u 1)" = "" ]
}

@test "jobs are chosen by state, result, name, count and time" {
	jobs_of_all_kinds
	list() {
		flux jobs -no '{name}' "$@" | xargs
	}
	is "$(list -a)" "held dep run canceled killed missing exit3 ok"
	is "$(list -f failed,pending)" "held dep killed missing exit3"
	is "$(list -f RUNNING -f Completed,canceled)" "run canceled ok"
	is "$(list -f sched)" held
	is "$(list -f depend)" dep
	is "$(list -a -c2)" "held dep"
	is "$(list -ac0 --name=exit3)" exit3
	is "$(list --since=-1h)" \
	    "held dep run canceled killed missing exit3 ok"
	is "$(list --since=now)" "held dep run"
	is "$(list -a -i 1)" exit3
	is "$(list -a -i nohost)" ""
	is "$(list -q nope)" ""
	is "$(list -a --sort=name)" \
	    "canceled dep exit3 held killed missing ok run"
	is "$(list -a --sort=-ntasks,name)" \
	    "exit3 canceled dep held killed missing ok run"
	is "$(list $ok $run $ok)" "ok run ok"
}

@test "a job's end is told by status, reason and code" {
	jobs_of_all_kinds
	run -0 flux jobs -f inactive -no \
	    '{name} {status_abbrev} {returncode} {inactive_reason}'
	is "$output" "canceled CA -128 Canceled: not needed
killed F 137 Killed
missing F 127 command not found
exit3 F 3 Exit 3
ok CD 0 Exit 0"
	id=$(submit late -t 0.2s sleep 100)
	ended $id
	run -0 flux jobs -no '{status} {returncode} {inactive_reason}' $id
	is "$output" "TIMEOUT 142 Timeout"
}

@test "what the tasks of a job used is told, of all nodes" {
	small=$(submit small true)
	held=$(submit held --urgency=hold true)
	large=$(submit large -N2 sh -c \
	    'test $FLUX_TASK_RANK = 0 || exec python3 -c "
x = bytearray(50 << 20)
while __import__(\"time\").process_time() < .2: pass"')
	ended $small
	ended $large
	run -0 flux jobs -no '{maxrss} {cputime}' $small
	[[ $output =~ ^([0-9]+)" "(0|0.0[0-9]*|[0-9.]*e-[0-9]+)$ ]]
	[ ${BASH_REMATCH[1]} -gt 0 ] && [ ${BASH_REMATCH[1]} -lt 40000 ]
	run -0 flux jobs -no '{maxrss} {cputime}' $large
	[[ $output =~ ^([0-9]+)" "(0\.[2-9]|[1-9]) ]]
	[ ${BASH_REMATCH[1]} -gt 50000 ]
	run -0 flux jobs -no '{maxrss!M} {cputime!F}' $large
	[[ $output =~ ^[56789][0-9][0-9.]*M\ [0-9.]+s$ ]]
	run -0 flux jobs -no '[{maxrss}] {maxrss!M:>3h} {cputime!F:>3h}' $held
	is "$output" "[]   -   -"
	run -0 flux jobs -ano '{name}' --sort=maxrss
	is "${lines[2]}" large
	flux jobs --json $large | jq -e 'has("maxrss") or has("cputime") | not'
	flux jobs --json -o '{maxrss}{cputime}' $large |
	    jq -e '.maxrss > 50000 and .cputime >= .2'
	flux job eventlog --format=json $large |
	    jq -se '.[] | select(.name == "finish").context.maxrss > 50000'
}

@test "output that is cut off is told, unless the header is off" {
	jobs_of_all_kinds
	run -0 --separate-stderr flux jobs -a -c 2 -o '{name}'
	is "$output" 'NAME
held
dep'
	is "$stderr" 'warning: output truncated at 2 jobs.
Use --count to increase returned results or use filters to alter results.'
	run -0 --separate-stderr flux jobs -nac2 -o '{name}'
	is "$stderr" ""
	run -0 --separate-stderr flux jobs -a -c 8 -o '{name}'
	is "$stderr" ""
}

@test "unknown and malformed job ids are told apart" {
	ok=$(submit ok true)
	ended $ok
	run -0 --separate-stderr flux jobs -no '{name}' f1234 $ok
	is "$output" ok
	is "$stderr" "JobID f1234 unknown"
	run -1 --separate-stderr flux jobs f1234 0x99
	is "$output" ""
	is "$stderr" "JobID f1234 unknown
JobID 0x99 unknown"
	run -2 flux jobs 'bad!'
	is "${lines[0]}" \
	    "flux-jobs: argument JOBID: invalid JobID value: 'bad!'"
	run -0 --separate-stderr flux jobs -a -no '{name}' $ok
	is "$stderr" "flux-jobs: WARNING: Filtering options ignored with jobid list"
	for form in dec hex dothex kvs f58plain words emoji; do
		id=$(flux jobs -no "{id.$form}" $ok)
		is "$(flux jobs -no '{name}' "$id")" ok "$form"
	done
}

@test "bad options are refused" {
	run -1 flux jobs -f nope
	is "$output" "flux-jobs: ERROR: Invalid filter specified: nope"
	run -1 flux jobs -u nosuchuser
	is "$output" "flux-jobs: ERROR: Invalid user nosuchuser specified"
	run -1 flux jobs -i 'x['
	is "$output" "flux-jobs: ERROR: -i/--include: invalid targets: x["
	run -1 flux jobs --since=+1h
	is "$output" "flux-jobs: ERROR: --since=+1h appears to be in the future"
	run -1 flux jobs --since=junk
	is "$output" "flux-jobs: ERROR: could not convert string to float: 'junk'"
	run -1 flux jobs -n --count=-1
	is "$output" "flux-jobs: ERROR: invalid payload: max_entries < 0 not allowed"
	run -1 flux jobs --json --stats
	is "$output" "flux-jobs: ERROR: --json incompatible with --stats or --stats-only"
	run -2 flux jobs -c x
	run -2 flux jobs --color=sometimes
	run -2 flux jobs --bogus
	FLUX_URI=local:///nonexistent/local run -1 flux jobs
	is "$output" "flux-jobs: ERROR: Unable to connect to Flux: broker socket /nonexistent/local was not found"
}

@test "--json prints objects with the keys of flux-core" {
	jobs_of_all_kinds
	run -0 flux jobs --json $exit3
	is "$(jq -c 'del(.t_depend, .t_priority, .t_sched, .t_run, .t_cleanup,
	    .t_inactive, .t_submit, .runtime, .id, .cwd)' <<<"$output")" \
	    '{"duration":0,"name":"exit3","ntasks":2,"ncores":2,"nnodes":2,"priority":16,"ranks":"[0-1]","nodelist":"'$host,$host'","success":false,"result":"FAILED","waitstatus":768,"state":"INACTIVE","username":"'$me'","userid":'$(id -u)',"urgency":16,"status":"FAILED","returncode":3,"dependencies":[],"jobid":"'$exit3'","annotations":{"sched":{"resource_summary":"rank[0-1]/core0"}},"exception":{"occurred":false}}'
	[[ $output == '{"t_depend": '*', "jobid": "\u0192'* ]]
	run -0 flux jobs --json $held
	is "$(jq -c 'keys' <<<"$output")" '["annotations","cwd","dependencies","duration","exception","id","jobid","name","ncores","ntasks","priority","state","status","t_depend","t_priority","t_sched","t_submit","urgency","userid","username"]'
	run -0 flux jobs --json -a --name=canceled
	is "$(jq -c '.jobs[] | [.result, .returncode, .exception]' <<<"$output")" \
	    '["CANCELED",-128,{"occurred":true,"severity":0,"type":"cancel","note":"not needed"}]'
	run -0 flux jobs --json --name=nope
	is "$output" '{"jobs": []}'
	run -1 --separate-stderr flux jobs --json f1234
	is "$output" ""
}

@test "--stats prints totals, --stats-only tells if any job is active" {
	run -1 flux jobs --stats-only
	is "$output" "0 running, 0 completed, 0 failed, 0 pending, 0 inactive purged"
	jobs_of_all_kinds
	totals="1 running, 1 completed, 4 failed, 2 pending, 0 inactive purged"
	run -0 flux jobs --stats-only
	is "$output" "$totals"
	run -0 flux jobs --stats -o '{name}'
	is "$output" "$totals
NAME
held
dep
run"
	run -1 flux jobs --stats-only -q nope
	is "$output" "flux-jobs: ERROR: error retrieving job stats: no stats available for queue nope"
}

@test "rows are coloured by how jobs ended" {
	jobs_of_all_kinds
	e=$(printf '\033')
	run -0 flux jobs -a --color=always -o '{name}'
	is "$output" "NAME
held
dep
run
$e[37mcanceled
$e[0;0m$e[01;31mkilled
$e[0;0m$e[01;31mmissing
$e[0;0m$e[01;31mexit3
$e[0;0m$e[01;32mok
$e[0;0m"
	run -0 flux jobs -n --color=never -o '{name}' $ok
	is "$output" ok
	run -0 flux jobs -n -o '{name}' $ok
	is "$output" ok
	NO_COLOR=1 run -0 flux jobs -n --color -o '{name}' $ok
	is "$output" "$e[01;32mok
$e[0;0m"
}

# Start an instance that waits in job $outer, with job $inner running in it.
nested_start() {
	mkfifo "$BATS_TEST_TMPDIR/hold" "$BATS_TEST_TMPDIR/id"
	cat > "$BATS_TEST_TMPDIR/outer" <<-'END'
	#!/bin/sh
	flux submit sleep 300 > $BATS_TEST_TMPDIR/id
	flux submit --urgency=hold true
	read x < $BATS_TEST_TMPDIR/hold
	flux cancel --all
	END
	outer=$(flux batch -n1 --job-name=outer --output=none "$BATS_TEST_TMPDIR/outer")
	read -r inner < "$BATS_TEST_TMPDIR/id"
	flux job wait-event -q -t 20 $outer memo
	retry inner_states "SCHED RUN"
}

# The jobs in $outer have these states, in this order.
inner_states() {
	local uri=$(flux uri --local $outer)
	[ "$(FLUX_URI=$uri flux jobs -no '{state}' | xargs)" = "$1" ]
}

nested_stop() {
	echo > "$BATS_TEST_TMPDIR/hold"
	ended $outer
}

@test "-R lists the jobs of instances, however deep" {
	nested_start
	run -0 flux jobs -R -o '{id.f58} {name}'
	is "$(sed -E '5s/^[^ ]+/HELD/' <<<"$output")" "JOBID NAME
$outer outer

$outer:
HELD true
$inner sleep"
	run -0 flux jobs -Rn -f running --stats -o '{name}'
	is "$output" "1 running, 0 completed, 0 failed, 0 pending, 0 inactive purged
outer

$outer:
1 running, 0 completed, 0 failed, 1 pending
sleep"
	run -0 flux jobs -R -L0 -no '{name}'
	is "$output" outer
	run -0 flux jobs -R --json
	is "$(jq -c '.jobs[] | [.name, [.jobs[].name], has("uri"), .annotations.user]' \
	    <<<"$output")" '["outer",["true","sleep"],true,null]'
	run -0 flux jobs -n --color=always -o '{name}'
	is "$output" $'\033[01;34mouter\n\033[0;0m'
	nested_stop
	run -0 flux jobs -Ra -no '{name}'
	is "$output" "outer

$outer:
sleep
true"
}

@test "instance fields tell of what is inside of a job" {
	nested_start
	sleep=$(submit other sleep 300)
	run -0 flux jobs -f running -no '{name} {instance.stats:h} {instance.progress!P:h} {instance.utilization!P:>5h} {instance.gpu_utilization!P:>5h} {instance.resources.all.nnodes} {instance.resources.free.rlist:h} {uri.local}'
	is "${lines[0]%%-*}" "other "
	[[ ${lines[1]} == "outer PD:1 R:1 CD:0 F:0 0% "*" local:///"* ]]
	flux cancel $sleep
	nested_stop
	run -0 flux jobs -no '{name} {instance.stats:h} {instance.utilization:h}' $outer
	is "$output" "outer - -"
}

@test "instances on other hosts are reached by ssh, many at once" {
	cat > "$BATS_TEST_TMPDIR/ssh" <<-'END'
	#!/bin/bash
	# HOST COMMAND...: hosts are this one, and far away
	echo "$1" >> $BATS_TEST_TMPDIR/hosts
	shift
	read -rt 2 <> <(:) || :
	exec "$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/ssh"
	export FLUX_SSH=$BATS_TEST_TMPDIR/ssh FLUX_SSH_RCMD=$(command -v flux)
	for i in 1 2 3 4; do
		id=$(submit far$i sleep 300)
		flux job wait-event -q -t 20 $id start
		flux job memo $id uri=ssh://host$i${FLUX_URI#local://}
	done
	start=$(date +%s%N)
	run -0 flux jobs -n -o 'sort:name {name} {instance.stats}'
	took=$((($(date +%s%N) - start) / 1000000))
	is "$output" "$(printf 'far%d PD:0 R:4 CD:0 F:0\n' 1 2 3 4)"
	is "$(sort "$BATS_TEST_TMPDIR/hosts" | xargs)" \
	    "host1 host2 host3 host4"
	[ $took -lt 6000 ] || [ -n "${SAN:-}" ]
	export FLUX_SSH=/bin/false
	run -0 flux jobs -n -o '{name} {instance.stats:h}' --name=far1
	is "$output" "far1 -"
	flux cancel --all
}

@test "what other programs parse stays as they know it" {
	jobs_of_all_kinds
	# Nextflow: the id and the status of each job, two words a line
	run -0 sh -c 'flux jobs --suppress-header --format="{id.f58} {status_abbrev}" --since="-15m" --user=$(id -un)'
	is "${lines[0]}" "$held S"
	is "${#lines[@]}" 8
	# pysqa: words 1 to 4 are id, user, name, state
	run -0 flux jobs -a --no-header
	read -r id user name state _ <<<"${lines[2]}"
	is "$id $user $name $state" "$run $me run R"
	# AiiDA: a header, times as numbers
	run -0 --separate-stderr flux jobs $ok $held --format '{id}|{status_abbrev}|{annotations}|{username}|{nnodes}|{ncores}|{nodelist}|{queue}|{duration}|{runtime}|{t_run}|{name}|{t_submit}'
	is "${lines[0]}" "JOBID|ST|ANNOTATIONS|USER|NNODES|NCORES|NODELIST|QUEUE|DURATION|RUNTIME|T_RUN|NAME|T_SUBMIT"
	[[ ${lines[2]} =~ ^"$held|S||$me||1|||0.0|0.0|0.0|held|"[0-9]+\.[0-9]+$ ]]
	is "$stderr" ""
	# flux-wrappers
	run -0 flux jobs -n -o '{nnodes}' $exit3
	is "$output" 2
	# completion: which jobs are instances
	run -0 flux jobs -no '{id} {uri}'
	is "${lines[2]}" "$run None"
}

@test "each broker answers, not only the first" {
	ok=$(submit ok true)
	ended $ok
	FLUX_URI=${FLUX_URI%0}1 run -0 flux jobs -a -no '{name}'
	is "$output" ok
}

@test "output and status are those of flux-core" {
	need_reference
	jobs_of_all_kinds
	same() {
		diff <("$@" 2>&1; echo $?) \
		    <("$FLUX_REFERENCE/bin/$1" "${@:2}" 2>&1; echo $?)
	}
	for format in default cute long deps endreason; do
		same flux jobs -f inactive -o $format
		same flux jobs -a -f pending -o $format
	done
	same flux jobs -o '{id.words} {id.emoji} {t_submit} {sched}' -a
	same flux jobs --json -f inactive
	same flux jobs --color=always --sort=name -a -o '{name}'
	same flux jobs -nc3 -a -o '{name}'
	same flux jobs $ok f123 $held -o '{id} {name} {result:>12h}'
}

@test "a list of very many jobs is as that of few" {
	cd "$BATS_TEST_TMPDIR"
	flux submit --quiet --setattr=exec.test.run_duration=0 --cc=1-5100 true
	flux submit --quiet --setattr=exec.test.run_duration=0 \
	    --job-name=a-much-longer-name true
	flux queue drain
	flux jobs -a -c0 | sort >many
	flux jobs -a -c0 --sort=id | sort >sorted
	cmp many sorted
	is "$(grep -c ' CD ' many)" "$(flux jobs -a -c0 --json | jq '.jobs | length')"
	is "$(grep -c ' a-much' many)" 1
}
