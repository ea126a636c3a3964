#!/usr/bin/env bats
# submit, run, batch, alloc, bulksubmit: what a user sees.

setup() {
	load lib/setup
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	instance_stop
}

@test "run ends with the exit code of the job" {
	run -0 flux run echo hello
	is "$output" hello
	run -3 flux run sh -c 'exit 3'
	run -137 flux run sh -c 'kill -9 $$'
	run -127 flux run nosuch
	[[ $output == *'nosuch: No such file or directory'* ]]
	is "$(echo in | flux run cat)" in
	is "$(flux run -N2 -n2 -l echo x | sort)" $'0: x\n1: x'
}

@test "submit prints one id a line and waits when asked to" {
	run -0 flux submit --wait --cc=1-5 true
	is "${#lines[@]}" 5
	[[ ${lines[0]} =~ ^ƒ[1-9A-HJ-NP-Za-km-z]+$ ]]
	run -5 flux submit --wait --quiet --cc=1,5 sh -c 'exit {cc}'
	is "$output" ''
	run -0 flux submit --watch --quiet --cc=7 sh -c 'echo $FLUX_JOB_CC {cc}'
	is "$output" '7 7'
}

@test "options with bad values are refused with a reason and nothing is submitted" {
	while IFS='|' read -r status args text; do
		run "-$status" flux submit $args true
		is "$output" "flux-submit: ERROR: $text" "$args"
	done <<-'EOF'
	1|-n 0|task count must be a integer >= 1
	1|-n x|--ntasks: invalid int value 'x'
	1|-N0|node count must be an integer >= 1 (if set)
	1|-N3 -n2|node count must not be greater than task count
	1|-x|exclusive can only be set with a node count
	1|-c -2|cores per task must be an integer >= 1
	1|--cores=3 -N2|number of cores must be evenly divisible by node count
	1|--tasks-per-node=2|must specify node or core count with per_resource
	1|-t xyz|invalid Flux standard duration
	1|-t -1|duration must not be negative
	1|--signal=foo|--signal=foo: signal 'foo' is invalid
	1|--rlimit=nope|No corresponding rlimit matching "nope"
	1|--env=X=$NOPE_|--env: Variable 'NOPE_' not found in X=$NOPE_
	1|--requires=(a|--requires='(a': Unclosed parenthesis in position 0
	1|--flags=foo|--flags: Unknown flag foo
	1|--cc=1 --bcc=2|specify only one of --cc or --bcc
	1|--add-file=/nonexistent|--add-file=/nonexistent: [Errno 2] No such file or directory: '/nonexistent'
	EOF
	run -1 flux submit
	is "$output" 'flux-submit: ERROR: job command and arguments are missing'
	run -2 flux submit --nosuch true
	is "$(flux jobs -an | wc -l)" 0
	run -1 flux run -N9 true
	[[ $output == *'unsatisfiable request: need 9 exclusive node(s), only 2 eligible'* ]]
}

@test "no broker is one line and exit 1" {
	run -1 env -u FLUX_URI flux submit true
	is "$output" 'flux-submit: ERROR: Unable to connect to Flux: broker socket /run/flux/local was not found'
	run -1 env FLUX_URI=local:///nosuch flux jobs
	is "$output" 'flux-jobs: ERROR: Unable to connect to Flux: broker socket /nosuch was not found'
}

@test "batch runs a script with directives in an instance of its own" {
	cat > job.sh <<-'EOF'
	#!/bin/sh
	# flux: -n2 --job-name=mine
	# flux: --output='out file'
	flux getattr instance-level
	flux run -n2 echo inside
	EOF
	id=$(flux batch job.sh)
	run -0 flux job attach "$id"
	is "$(cat 'out file')" $'1\ninside\ninside'
	is "$(flux jobs -no '{name} {ntasks}' "$id")" 'mine 1'
	run -1 flux batch nosuch.sh
	is "$output" "flux-batch: ERROR: No such file or directory: 'nosuch.sh'"
	run -1 flux batch --wrap true
	is "$output" 'flux-batch: ERROR: Number of slots to allocate must be specified'
}

@test "alloc runs a command and gives its exit code" {
	run -0 flux alloc -n1 flux getattr instance-level </dev/null
	is "$output" 1
	run -7 flux alloc -n1 sh -c 'exit 7' </dev/null
	id=$(flux alloc --bg -n1)
	is "$(flux proxy "$id" flux getattr instance-level)" 1
	flux cancel "$id"
	flux job wait-event -q -t 20 "$id" clean
}

@test "bulksubmit submits each combination of its inputs" {
	run -0 flux bulksubmit --dry-run echo {0} {1} ::: 1 2 ::: a b
	is "$output" 'bulksubmit: submit echo 1 a
bulksubmit: submit echo 1 b
bulksubmit: submit echo 2 a
bulksubmit: submit echo 2 b'
	run -0 flux bulksubmit --dry-run echo {.%} {./} {./%} {.//} {seq} {seq1} {cc} ::: /a/b.txt
	is "$output" 'bulksubmit: submit echo /a/b b.txt b /a 0 1 {cc}'
	run -5 flux bulksubmit --quiet --wait sh -c 'exit {}' ::: 1 5
}

@test "--dry-run=explain says in words what a job asks for" {
	explain() { flux "$1" --dry-run=explain "${@:2}" </dev/null; }
	words() { explain "$@" | head -1; }
	cd /
	run -0 explain submit -N2 -n8 -t10 -q debug ./sim -x "a b"
	is "$output" "2 nodes, 8 tasks, 1 core each, 10 minutes, queue debug
    command   ./sim -x 'a b'
    directory /"
	run -0 explain submit --cc=3-5 --output=out.{cc} --error=err \
	    --input=/dev/null --requires=fast --dependency=afterok:123 \
	    --dependency=singleton --job-name=n --begin-time=+1h \
	    --urgency=hold --retry=1 -t 1.5h ./sim {cc}
	is "$output" "3 jobs, each 1 task, 1 core, 1 hour 30 minutes
    command   ./sim 3
    name      n
    directory /
    input     /dev/null
    output    out.3
    errors    err
    nodes     fast
    waits     afterok:123
              singleton
    begins    not before +1h
    urgency   0: held until it gets another one
    retry     1 time, if it fails"
	none="no time limit of its own"
	is "$(words submit -N2 true)" \
	    "2 whole nodes, 2 tasks, at least 1 core each, $none"
	is "$(words run -n4 -c2 -g1 -t0.5 true)" \
	    "4 tasks, 2 cores and 1 GPU each, 30 seconds"
	is "$(words submit --cores=8 --tasks-per-core=2 true)" \
	    "2 tasks on each core, 8 cores, $none"
	is "$(words submit -N4 --tasks-per-node=2 -t 36h true)" \
	    "4 whole nodes, 2 tasks on each node, all their cores, 1 day 12 hours"
	is "$(words alloc -n4 -c2)" "4 slots, 2 cores each, $none"
	run -0 flux batch --dry-run=explain -q x \
	    <<<$'#!/bin/sh\n#flux: -N2 --retry=2'
	is "${lines[0]}" \
	    "2 whole nodes, 2 slots, at least 1 core each, $none, queue x"
	is "${lines[1]}" "    script    from standard input"
	is "${lines[3]}" "    output    flux-{{id}}.out"
	is "${lines[4]}" "    retry     2 times, if it fails"
	run -0 flux bulksubmit --dry-run=explain -n{} echo {} ::: 1 2
	is "${lines[3]}" "2 tasks, 1 core each, $none"
	is "${lines[4]}" "    command   echo 2"
	run -1 explain submit -S duration=-1 true
	is "$output" "flux-submit: ERROR: it would be refused: attributes.system.duration must be >= 0"
	run -1 flux submit --dry-run=words true
	is "$output" "flux-submit: ERROR: --dry-run: invalid value 'words': must be explain"
	is "$(flux jobs -ano '{id}')" ""
}

@test "--add-file takes the next word, too" {
	echo x >"$BATS_TEST_TMPDIR/f"
	is "$(flux submit --dry-run --add-file "$BATS_TEST_TMPDIR/f" true |
	    jq -r '.attributes.system.files.f.data, .tasks[0].command[0]')" \
	    $'x\n\ntrue'
}

@test "a deprecated scheme is mentioned once, however many jobs there are" {
	run --separate-stderr -0 flux submit --dry-run --cc=1-3 \
	    --dependency=after:1 true
	is "$stderr" "flux-submit: WARNING: dependency scheme 'after' is deprecated, use 'afterstart'"
}

@test "jobs share the file of --log" {
	run -0 flux submit --log=all --watch --cc=1-3 echo out
	is "$(grep -c out all)" 3
	is "$(wc -l <all)" 6
}

@test "bulksubmit --batch submits scripts with their directives" {
	local a b c
	printf '#!/bin/sh\n#flux: -n2 --urgency=17 --output={{name}}.out\n%s\n' \
	    'flux getattr instance-level; flux run -n2 echo "$@"' >a.sh
	printf '#!/bin/sh\n#SBATCH -n1 -o b-%%x.out\necho b "$@"; exit 4\n' >b.sh
	run -0 flux bulksubmit --batch --dry-run -n{} a.sh {} ::: 1 2
	is "$output" $'bulksubmit: batch -n1 a.sh 1\nbulksubmit: batch -n2 a.sh 2'
	read -r a b < <(flux bulksubmit --batch --job-name=j{} a.sh x {} \
	    ::: 1 2 | xargs)
	run -4 --separate-stderr flux bulksubmit --batch --slurm --wait b.sh {} ::: 7
	flux job wait-event -q -t 30 "$a" clean
	flux job wait-event -q -t 30 "$b" clean
	is "$(<j1.out)" $'1\nx 1\nx 1'
	is "$(<j2.out)" $'1\nx 2\nx 2'
	is "$(head -1 b-b.sh.out)" 'b 7'
	is "$(flux jobs -ano '{name} {urgency}' "$a" "$b" | sort)" \
	    $'j1 17\nj2 17'
	# scripts are the inputs, and all of them are read before the first goes
	printf '#!/bin/sh\n#flux: -n1 --nosuch\n' >bad.sh
	run -2 flux bulksubmit --batch --slurm ::: b.sh bad.sh
	is "${lines[0]}" "flux-bulksubmit: ERROR: argument parsing failed at bad.sh line 2: unrecognized option '--nosuch'"
	run -1 flux bulksubmit --slurm ::: b.sh
	is "$output" 'flux-bulksubmit: ERROR: --slurm needs --batch'
	run -1 flux bulksubmit --batch ::: nosuch.sh
	is "$output" "flux-bulksubmit: ERROR: No such file or directory: 'nosuch.sh'"
	is "$(flux jobs -ano '{id}' | wc -l)" 3
}
