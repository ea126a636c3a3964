#!/usr/bin/env bats
# Bad values of options of submit, run, bulksubmit, alloc and batch: one line
# says why, the exit status is that of the family, and nothing is submitted.

commands='submit run bulksubmit alloc batch'

setup() {
	load lib/setup
	# what each command needs besides the options that are tested
	declare -gA words=([submit]=true [run]=true
		[bulksubmit]='true ::: 1' [alloc]='-n1 true'
		[batch]='-n1 --wrap true')
	instance_start
	cd "$BATS_TEST_TMPDIR"
	printf '{"a":' >bad.json
	printf '{"resources":1}' >object.json
	printf 'a = [\n' >bad.toml
	printf '#!/bin/sh\n' >script
	printf 'a\n' >inputs
	mkdir directory
}

teardown() {
	instance_stop
}

# refused STATUS TEXT COMMAND ARGS...: it ends with STATUS, says TEXT after the
# name of the program, and nothing else (after a usage error, where to look).
# The programs are called without the help of flux: this is a thousand times.
refused() {
	local status_=$1 text=$2 command=$3 rc=0
	shift 3
	"flux-$command" "$@" >out 2>err </dev/null || rc=$?
	is "$rc" "$status_" "exit status of flux $command $*"
	is "$(<out)" '' "stdout of flux $command $*"
	[[ $text == flux:* ]] || text="flux-$command: $text"
	[ "$status_" = 1 ] || text+=$'\n'"Try 'flux $command --help'."
	is "$(<err)" "$text" "flux $command $*"
}

nothing_submitted() {
	is "$(flux jobs -an | wc -l)" 0 "jobs submitted"
}

# The options of a command that take a value, long names.
options() {
	flux "$1" --help | grep -oE '^ .{0,6}--[a-z-]+=' | grep -oE -- '--[a-z-]+'
}

# table COMMANDS: standard input has lines of ARGS|STATUS|TEXT.
table() {
	local args status_ text c kinds=$1
	while IFS='|' read -r args status_ text; do
		for c in $kinds; do
			eval "set -- $args ${words[$c]}"
			refused "$status_" "$text" "$c" "$@"
		done
	done
	nothing_submitted
}

@test "an option without its value" {
	for c in $commands; do
		for o in $(options $c); do
			refused 2 "'$o' missing argument" $c $o
		done
	done
	refused 2 "'-n' missing argument" submit -n -c2 true
	refused 2 "'--job-name' missing argument" submit --job-name -- true
	nothing_submitted
}

@test "a value that is not UTF-8" {
	for c in submit batch; do
		for o in $(options $c); do
			refused 1 "ERROR: $o: value is not UTF-8" \
			    $c $o=$'a\xff' ${words[$c]}
		done
	done
	nothing_submitted
}

@test "counts of tasks" {
	for o in ntasks cores-per-task gpus-per-task nodes cores \
	    tasks-per-node tasks-per-core gpus-per-node; do
		for v in x 1.5 0x4 1k 1__0 99999999999 '1 2'; do
			refused 1 "ERROR: --$o: invalid int value '$v'" \
			    submit --$o="$v" true
		done
	done
	table 'submit run bulksubmit' <<'END'
-n0|1|ERROR: task count must be a integer >= 1
-n-1|1|ERROR: task count must be a integer >= 1
-n -1|1|ERROR: task count must be a integer >= 1
-c-1|1|ERROR: cores per task must be an integer >= 1
-g-1|1|ERROR: gpus per task must be an integer >= 0
-N0|1|ERROR: node count must be an integer >= 1 (if set)
-N3 -n2|1|ERROR: node count must not be greater than task count
-x|1|ERROR: exclusive can only be set with a node count
--cores=0|1|ERROR: ncores must be an integer >= 1
--cores=3 -N2|1|ERROR: number of cores must be evenly divisible by node count
--cores=1 -N2|1|ERROR: number of cores cannot be less than nnodes
--cores=1 --tasks-per-node=0|1|ERROR: --tasks-per-node must be >= 1
--cores=1 --tasks-per-core=0|1|ERROR: --tasks-per-core must be >= 1
--gpus-per-node=1|1|ERROR: --gpus-per-node requires --nodes
-N1 --gpus-per-node=-1|1|ERROR: gpus_per_node must be an integer >= 0
END
}

@test "counts of slots" {
	for o in nslots cores-per-slot gpus-per-slot nodes add-brokers; do
		for v in x 1.5 ''; do
			for c in alloc batch; do
				refused 2 "--$o: invalid int value '$v'" \
				    $c --$o="$v" ${words[$c]}
			done
		done
	done
	table 'alloc batch' <<'END'
-c0|1|ERROR: cores per task must be an integer >= 1
-g-1|1|ERROR: gpus per task must be an integer >= 0
-N0|1|ERROR: node count must be an integer >= 1 (if set)
-N2|1|ERROR: node count must not be greater than task count
--add-brokers=1|1|ERROR: --add-brokers may only be specified with -N
-N1 --add-brokers=-1|1|ERROR: --add-brokers: must be 0 to 100000
--cores=2|2|unrecognized option '--cores'
END
	refused 1 'ERROR: Number of slots to allocate must be specified' alloc
	refused 1 'ERROR: Number of slots to allocate must be specified' \
	    batch script
}

@test "resources by shape and by JSON" {
	table "$commands" <<'END'
--resources-shape=slot|1|ERROR: --resources-shape: Unexpected end of input in 'slot'
--resources-shape=slot=0/core|1|ERROR: --resources-shape: Illegal character '0' at position 5
--resources-shape='slot=2/[core'|1|ERROR: --resources-shape: Unclosed bracket in position 7
--resources-shape='slot=2/core]'|1|ERROR: --resources-shape: Mismatched brackets starting at position 11.
--resources-shape=slot/node/slot/core|1|ERROR: --resources-shape: Multiple slots require labels
--resources-shape='slot/core{a:}'|1|ERROR: --resources-shape: Invalid token '}' at position 12
--resources-json=object.json|1|ERROR: --resources-json: object.json: no array of resources
END
	run -1 flux submit --resources-json=nosuch true
	is "${#lines[@]}" 1
	run -1 flux submit --resources-json=bad.json true
	is "${#lines[@]}" 1
	nothing_submitted
}

@test "times, signals, limits" {
	table "$commands" <<'END'
-t x|1|ERROR: invalid Flux standard duration
-t ''|1|ERROR: invalid Flux standard duration
-t 0x5|1|ERROR: invalid Flux standard duration
-t 1h30m|1|ERROR: invalid Flux standard duration
-t -1|1|ERROR: duration must not be negative
-t inf|1|ERROR: duration must be a normal, finite value
-t nan|1|ERROR: duration must be a normal, finite value
-t -1h|2|'-t' missing argument
--begin-time=nonsense|1|ERROR: Invalid datetime: "nonsense"
--begin-time=|1|ERROR: Invalid datetime: ""
--begin-time=+x|1|ERROR: invalid Flux standard duration
--signal=foo|1|ERROR: --signal=foo: signal 'foo' is invalid
--signal=usr1|1|ERROR: --signal=usr1: signal 'usr1' is invalid
--signal=0|1|ERROR: --signal=0: signal must be > 0
--signal=USR1@x|1|ERROR: --signal=USR1@x: invalid Flux standard duration
--signal=USR1@-1|1|ERROR: --signal=USR1@-1: invalid Flux standard duration
--rlimit=nope|1|ERROR: No corresponding rlimit matching "nope"
--rlimit=|1|ERROR: No corresponding rlimit matching ""
--rlimit=core,,cpu|1|ERROR: No corresponding rlimit matching ""
--rlimit=nope=1|1|ERROR: Invalid rlimit "nope"
--rlimit=core=x|1|ERROR: Invalid value in core=x
--rlimit=core=-2|1|ERROR: Invalid value in core=-2
--rlimit=core=99999999999999999999|1|ERROR: Invalid value in core=99999999999999999999
END
}

@test "dependencies, task maps, constraints" {
	table "$commands" <<'END'
--dependency=|1|ERROR: Invalid dependency URI ":"
--dependency='a b'|1|ERROR: Invalid dependency URI "a b:"
--dependency=1a:b|1|ERROR: Invalid dependency URI "1a:b"
--dependency='a?b=1'|1|ERROR: Invalid dependency URI "a?b=1:"
--requires='(a'|1|ERROR: --requires='(a': Unclosed parenthesis in position 0
--requires='a &'|1|ERROR: --requires='a &': Unexpected end of input in 'a &'
--requires=a:|1|ERROR: --requires='a:': Missing argument to token 'a:'
--requires=|1|ERROR: --requires='': Unexpected end of input in ''
END
	table 'submit run bulksubmit' <<'END'
--taskmap=|1|ERROR: Invalid taskmap URI ":"
--taskmap=:x|1|ERROR: Invalid taskmap URI ":x"
--taskmap='a b:c'|1|ERROR: Invalid taskmap URI "a b:c"
END
	table alloc <<<"--taskmap=block|2|unrecognized option '--taskmap'"
}

@test "shell options and attributes" {
	table "$commands" <<'END'
-o ''|1|ERROR: --setopt: no key in ''
-o =1|1|ERROR: --setopt: no key in '=1'
-o ^a|1|ERROR: --setopt: no file in '^a'
-o a=1 -o a.b=2|1|ERROR: failed to set a.b: what it is in is no object
-S ''|1|ERROR: --setattr: no key in ''
-S =1|1|ERROR: --setattr: no key in '=1'
-S ^a|1|ERROR: --setattr: no file in '^a'
-S a=1 -S a.b=2|1|ERROR: failed to set attributes.system.a.b: what it is in is no object
END
	for c in $commands; do
		for o in "-o ^a=nosuch" "-o ^a=bad.json" "-S ^a=directory"; do
			run -1 flux $c $o ${words[$c]}
			is "${#lines[@]}" 1 "$c $o"
		done
	done
	nothing_submitted
}

@test "environment, files, input" {
	table "$commands" <<'END'
--env='X=$NOPE_'|1|ERROR: --env: Variable 'NOPE_' not found in X=$NOPE_
--env='X=$1'|1|ERROR: --env: Unable to substitute X=$1
--env='X=$'|1|ERROR: --env: Unable to substitute X=$
--env=^nosuch|1|ERROR: --env: [Errno 2] No such file or directory: 'nosuch'
--env-file=nosuch|1|ERROR: --env: [Errno 2] No such file or directory: 'nosuch'
--env-file=directory|1|ERROR: --env: [Errno 21] Is a directory: 'directory'
--env='-/[/'|1|ERROR: --env: invalid regular expression '/[/'
--env-remove='/['|1|ERROR: --env: invalid regular expression '/['
--add-file=nosuch|1|ERROR: --add-file=nosuch: [Errno 2] No such file or directory: 'nosuch'
--add-file=directory|1|ERROR: --add-file=directory: not a regular file
--add-file=|1|ERROR: --add-file: file name missing
--add-file='a\nb'|1|ERROR: --add-file: file name missing
--add-file='=a\nb'|1|ERROR: --add-file: file name missing
END
	table submit <<<'--input=0-1|1|ERROR: per-task input not supported for submit'
	table 'bulksubmit alloc batch' \
	    <<<'--input=0-1|1|ERROR: per-task input not supported for this command'
}

@test "urgency and flags" {
	table "$commands" <<'END'
--flags=foo|1|ERROR: --flags: Unknown flag foo
--flags=debug,foo|1|ERROR: --flags: Unknown flag foo
--urgency=x|1|ERROR: invalid urgency 'x': must be 0 to 31, hold, default, expedite
--urgency=|1|ERROR: invalid urgency '': must be 0 to 31, hold, default, expedite
--urgency=1.5|1|ERROR: invalid urgency '1.5': must be 0 to 31, hold, default, expedite
END
	table 'run alloc batch' <<'END'
--urgency=32|1|ERROR: urgency range is [0:31]
--urgency=-1|1|ERROR: urgency range is [0:31]
-q nosuch|1|ERROR: 'nosuch' is not a valid queue
END
	run -1 flux submit --urgency=32 true
	is "$output" '[Errno 22] urgency range is [0:31]'
	run -1 flux submit --cc=7 -q nosuch true
	is "$output" "cc=7: [Errno 22] 'nosuch' is not a valid queue"
	nothing_submitted
}

@test "copies and replacement fields" {
	table 'submit bulksubmit' <<'END'
--cc=x|1|ERROR: IDset(): Invalid argument: x
--bcc=3-1|1|ERROR: IDset(): Invalid argument: 3-1
--cc=1 --bcc=2|1|ERROR: specify only one of --cc or --bcc
--cc=1 --job-name='{'|1|ERROR: Single '{' encountered in format string
--cc=1 --job-name='}'|1|ERROR: Single '}' encountered in format string
--cc=1 --job-name='{foo}'|1|flux: ERROR: Invalid replacement string in command: '{foo}'
END
	refused 1 "ERROR: Precision not allowed in integer format specifier in '{cc:.1}'" \
	    submit --cc=1 true {cc:.1}
	# the first two would be good
	refused 1 'ERROR: node count must not be greater than task count' \
	    submit --cc=1-3 -N{cc} -n2 true
	refused 1 "ERROR: --ntasks: invalid int value 'x'" \
	    bulksubmit -n{} true ::: 1 2 x
	refused 1 "ERROR: [Errno 2] No such file or directory: '/nosuch/x'" \
	    submit --log=/nosuch/x true
	nothing_submitted
}

@test "inputs of bulksubmit" {
	while IFS='|' read -r args text; do
		eval "refused 1 \"\$text\" bulksubmit $args"
	done <<'END'
true|ERROR: no jobs provided for bulk submission
true :::|ERROR: no jobs provided for bulk submission
true :::: nosuch|ERROR: [Errno 2] No such file or directory: 'nosuch'
true :::: inputs b|ERROR: Multiple args not allowed after ::::
true ::::|ERROR: no file after ::::
--sep= true :::: inputs|ERROR: empty separator
'{1}' ::: 1|flux: ERROR: Invalid replacement string in command: '{1}'
'{x}' ::: 1|flux: ERROR: Invalid replacement string in command: '{x}'
'{.x}' ::: 1|ERROR: Unknown input string method '.x'
'{' ::: 1|ERROR: Single '{' encountered in format string
'{}{0}' ::: 1|ERROR: '{}{0}' has fields with and without a number
--define=a true ::: 1|ERROR: --define=a: not NAME=CODE
--define='a=(x' '{.a}' ::: 1|ERROR: --define=a=(x: it is not complete
--define='a=y' '{.a}' ::: 1|ERROR: --define=a=y: name 'y' is not defined
--define='a=int(x)' '{.a}' ::: b|ERROR: --define=a=int(x): 'b' is no whole number
--define='a=1//0' '{.a}' ::: b|ERROR: --define=a=1//0: division by zero
--define='a=9**99' '{.a}' ::: b|ERROR: --define=a=9**99: the number is too large
--define='a=x*99999999' '{.a}' ::: b|ERROR: --define=a=x*99999999: the text is too long
--define='a=x.system()' '{.a}' ::: b|ERROR: --define=a=x.system(): 'system' is not known here
END
	nothing_submitted
}

@test "configuration of an instance" {
	table 'alloc batch' <<'END'
--conf=nosuch.toml|1|ERROR: --conf: [Errno 2] No such file or directory: 'nosuch.toml'
--conf=nosuch|1|ERROR: --conf: named config 'nosuch' not found
--conf=$'not\nparsable'|1|ERROR: --conf: failed to parse multiline as TOML or JSON
--conf=a=1 --conf=a.b=2|1|ERROR: failed to set a.b: what it is in is no object
END
	for c in alloc batch; do
		for f in bad.toml bad.json; do
			run -1 flux $c --conf=$f ${words[$c]}
			is "${#lines[@]}" 1 "$c $f"
		done
	done
	nothing_submitted
}

@test "scripts and their directives" {
	refused 1 "ERROR: No such file or directory: 'nosuch'" batch -n1 nosuch
	refused 1 "ERROR: bad.toml does not appear to start with '#!'" \
	    batch -n1 bad.toml
	while IFS='|' read -r text status_ expected; do
		printf "#!/bin/sh\n$text" >s
		refused "$status_" "ERROR: $expected" batch -n1 s
	done <<'END'
#flux: --nosuch|2|argument parsing failed at s line 2: unrecognized option '--nosuch'
#flux: -n x|2|argument parsing failed at s line 2: --nslots: invalid int value 'x'
\n#flux: --job-name\n#flux: -t1|2|argument parsing failed at s line 3: '--job-name' missing argument
#flux: -t1 foo|2|argument parsing failed at s line 2: unrecognized arguments: foo
#flux: foo|1|s: line 2: Unknown directive:  foo
#flux: -t1\ntrue\n#flux: -t2|1|s: line 4: orphan 'flux:' detected: directives disabled after line 2
#flux: -t1\n##flux: -t2|1|s: line 3: sentinel changed from '#flux:' to '##flux:'
#flux: -t "1|1|s: line 2:  -t "1: No closing quotation
#flux: -t 1\\|1|s: line 2:  -t 1\: No escaped character
#flux: -S user.x=""" a|1|s: line 2: unclosed triple quote:  -S user.x=""" a
#flux: -S user.x="""\n#flux: a\ntrue|1|s: line 4: unterminated multi-line quote at line 2: `-S user.x="""'
#flux: -t x|1|invalid Flux standard duration
END
	nothing_submitted
}
