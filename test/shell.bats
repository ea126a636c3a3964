#!/usr/bin/env bats
# The shell: where tasks run, what they find, and how a job ends.

setup() {
	load lib/setup
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}
teardown() { instance_stop; }

# The event NAME of the last job's exec log, its context as JSON.
exec_event() {
	flux job eventlog -f json -p exec "$(flux job last)" |
	    sed -n "s/.*\"name\":\"$1\",\"context\":\\(.*\\)}\$/\\1/p"
}
# Tasks of each node, RFC 34 raw, of the last job.
taskmap() {
	flux job taskmap --to=raw "$(flux job last)"
}
# Wait until all tasks of the job run.
started() {
	flux job wait-event -q -t 20 -p exec "$1" shell.start
}
processes() {
	pgrep -f "^$1\$" || true
}

@test "tasks fill the nodes in the order of their ranks" {
	run -0 flux run -N2 -n4 -l sh -c 'echo $FLUX_TASK_LOCAL_ID'
	is "$(sort <<<"$output")" $'0: 0\n1: 1\n2: 0\n3: 1'
	is "$(taskmap)" '0-1;2-3'
	run -0 flux run -n3 true
	is "$(taskmap)" '0-1;2'
}

@test "a slot that no task is in gives its cores back" {
	run -0 flux run -N2 -n3 true
	is "$(taskmap)" '0-1;2'
	[[ $output =~ "flux-shell[1]:  WARN: "[^:]+": adjusted cores from 0-1 to 0"$ ]]
}

@test "tasks by node and by core" {
	flux run -N2 --tasks-per-node=3 true
	is "$(taskmap)" '0-2;3-5'
	flux run --cores=3 --tasks-per-core=2 true
	is "$(taskmap)" '0-3;4-5'
	flux run --cores=3 --tasks-per-node=2 true
	is "$(taskmap)" '0-1;2-3'
	run -1 flux run -o per-resource.type=foo true
	[[ $output =~ "FATAL: error distributing tasks per-foo over R" ]]
}

@test "task maps: cyclic, manual, hostfile" {
	flux run -N2 -n4 --taskmap=cyclic true
	is "$(taskmap)" '0,2;1,3'
	flux run -N2 -n4 --taskmap=cyclic:2 true
	is "$(taskmap)" '0-1;2-3'
	flux run -N2 -n4 --taskmap='manual:[[1,1,2,1],[0,1,2,1]]' true
	is "$(taskmap)" '2-3;0-1'
	run -0 flux run -N2 -n4 -l --taskmap=manual:'2-3;0-1' \
	    sh -c 'echo $FLUX_TASK_LOCAL_ID'
	is "$(sort <<<"$output")" $'0: 0\n1: 1\n2: 0\n3: 1'
	hostname >hosts
	flux run -n2 --taskmap=hostfile:hosts true
	is "$(taskmap)" 0-1
}

@test "a task map that does not fit ends the job with 1" {
	bad() {
		run -1 flux run -N2 -n4 --taskmap="$1" true
		[[ $output =~ "FATAL: $2" ]] || fail "$output"
	}
	bad foo 'failed to map tasks with scheme=foo'
	bad block:2 'block taskmap does not accept a value (got 2)'
	bad cyclic:x 'taskmap.cyclic: invalid cyclic stride: x'
	bad 'manual:[[0,1,4,1]]' 'invalid taskmap: got 1 nodes, expected 2'
	bad 'manual:[[0,2,1,1]]' 'invalid taskmap: got 2 total tasks, expected 4'
	bad manual:x "taskmap=x: error parsing range 'x'"
	bad hostfile:nosuch 'taskmap.hostfile: failed to open hostfile: nosuch: No such file or directory'
	echo nosuchhost >hosts
	bad hostfile:hosts 'taskmap.hostfile: host nosuchhost not found in job nodelist'
	: >hosts
	bad hostfile:hosts 'taskmap.hostfile: no hosts found in hosts'
}

@test "the environment of a task is that of the job and what the shell adds" {
	run -0 flux run --env=-* --env=FOO=bar --env=HOSTNAME=x --env=TMPDIR=/nosuch/x \
	    --env=FLUX_PROXY_REMOTE=x /usr/bin/env
	id=$(flux job last)
	is "$(sort <<<"$output")" "CUDA_DEVICE_ORDER=PCI_BUS_ID
CUDA_VISIBLE_DEVICES=-1
FLUX_JOB_ID=$id
FLUX_JOB_ID_PATH=/$id
FLUX_JOB_NNODES=1
FLUX_JOB_SIZE=1
FLUX_JOB_TMPDIR=$(flux getattr rundir)/jobtmp-0-$id
FLUX_KVS_NAMESPACE=$(flux job namespace $id)
FLUX_TASK_LOCAL_ID=0
FLUX_TASK_RANK=0
FLUX_TERMINUS_SESSION=0
FLUX_URI=$FLUX_URI
FOO=bar
HOSTNAME=$(flux getattr hostname)
PMI_FD=3
PMI_RANK=0
PMI_SIZE=1
TMPDIR=/tmp"
	run -0 flux run --env=FLUX_F58_FORCE_ASCII=1 sh -c 'echo $FLUX_JOB_ID'
	is "$output" "$(flux job id --to=f58plain $(flux job last))"
}

@test "templates in words and in the environment are rendered for each task" {
	run -0 flux run -n2 --env='X={{task.index}}-{{size}}' -l \
	    sh -c 'echo $X $0' '{{taskid}}.{{node.id}}.{{name}}'
	is "$(sort <<<"$output")" $'0: 0-2 0.0.sh\n1: 1-2 1.0.sh'
	run -0 flux run --job-name=x echo '{{id}} {{jobid.dec}} {{name}}' \
	    '{{nnodes}} {{node.ncores}} {{node.cores}} {{node.resources}}'
	id=$(flux job last)
	is "$output" "$id $(flux job id $id) x 1 1 0 {\"ncores\":1,\"cores\":\"0\",\"gpus\":\"\"}"
	run -0 --separate-stderr flux run echo '{{nope}} {{ id }} {{}} {{id.foo}} {{open'
	is "$output" '{{nope}} {{ id }} {{}} {{id.foo}} {{open'
	is "$(sed 's/.*\]: //' <<<"$stderr")" "ERROR: Invalid jobid encoding 'id.foo' specified
ERROR: mustache template error at pos=36"
}

@test "a task has its own process group, no signal is blocked or ignored" {
	run -0 flux run sh -c 'ps -o pid=,pgid= -p $$; grep Sig[BI] /proc/self/status'
	[[ $output =~ ^\ *([0-9]+)\ +([0-9]+)$'\n' ]]
	is "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	# 32 and 33 are the C library's own
	[[ $output =~ SigBlk:$'\t'0{16}$'\n'SigIgn:$'\t'0{7}(0|18)0{7,8}$ ]]
	run -0 flux run -o nosetpgrp sh -c 'ps -o pgid= -p $$; ps -o pgid= -p $PPID'
	is "${lines[0]}" "${lines[1]}"
	run -0 flux run sh -c 'ls /proc/self/fd'
	is "$output" $'0\n1\n2\n3\n4'
}

@test "a job without its directory goes to /tmp and says so" {
	run -0 --separate-stderr flux run --cwd=/nosuch pwd
	is "$output" /tmp
	[[ $stderr =~ "flux-shell[0]: ERROR: host $(flux getattr hostname): Could not change dir to /nosuch: No such file or directory. Going to /tmp instead"$ ]]
}

@test "the job's directory is private, has the job's files, and is removed" {
	printf 'echo hi\n' >script
	chmod 755 script
	run -0 flux run --add-file=script --add-file=d/x=$'one\n' sh -c \
	    'stat -c "%A %n" $FLUX_JOB_TMPDIR; cd $FLUX_JOB_TMPDIR; stat -c "%a %n" script d/x; ./script; cat d/x; echo $PWD >&2; mkdir -p a/b; touch a/b/c; chmod 0 a' 2>dir
	dir=$(flux getattr rundir)/jobtmp-0-$(flux job last)
	is "$output" "drwx------ $dir
755 script
600 d/x
hi
one
$dir"
	[ ! -e "$dir" ]
	run -1 flux run -S 'files={"../x":{"data":"x"}}' true
	[[ $output =~ "FATAL: files: ../x: not a name inside the job's directory" ]]
	run -0 flux run -S 'files={"j":{"data":{"a":[1]}},"b":{"data":"//4=","encoding":"base64"}}' \
	    sh -c 'cd $FLUX_JOB_TMPDIR; cat j; echo; od -An -tx1 b'
	is "$output" $'{"a":[1]}\n ff fe'
}

@test "commands that cannot be started: 127 and 126" {
	host=$(flux getattr hostname)
	run -127 flux run nosuch
	[[ $output =~ "flux-shell[0]: FATAL: task 0 (host $host): start failed: nosuch: No such file or directory" ]]
	[[ $output =~ "type=exec severity=0 task 0 (host $host): start failed: nosuch: No such file or directory" ]]
	run -126 flux run /tmp
	[[ $output =~ "start failed: /tmp: Permission denied" ]]
	run -127 flux run -N2 -n2 ./nosuch
	printf 'echo no magic $1\n' >plain
	chmod 755 plain
	run -0 flux run ./plain x
	is "$output" 'no magic x'
	mkdir d
	printf '#!/bin/sh\necho found\n' >d/cmd
	chmod 755 d/cmd
	run -0 flux run --env=PATH=/nosuch:d cmd
	is "$output" found
}

@test "the job ends with the largest code of its tasks, 128+signal" {
	run -3 flux run -n2 sh -c 'exit $((FLUX_TASK_RANK * 3))'
	run -137 flux run -n2 sh -c 'test $FLUX_TASK_RANK = 0 || kill -9 $$'
	run -3 flux run -N2 -n2 sh -c 'exit $((3 - FLUX_TASK_RANK * 2))'
	run -0 flux run -o per-resource.type=node -o per-resource.count=20 true
}

@test "events: shell.init, shell.start, the first task to exit" {
	run -3 flux run -N2 -n2 sh -c 'exit 3'
	is "$(exec_event shell.init)" "{\"service\":\"$(id -u)-shell-$(flux job id \
	    --to=f58plain $(flux job last))\",\"leader-rank\":0,\"size\":2}"
	is "$(exec_event shell.start)" '{"taskmap":{"version":1,"map":[[0,2,1,1]]}}'
	[[ $(exec_event shell.task-exit) =~ ^'{"localid":0,"rank":'[01]',"state":"Exited","pid":'[0-9]+',"wait_status":768,"signaled":0,"exitcode":3}'$ ]]
	run -137 flux run sh -c 'kill -9 $$'
	[[ $(exec_event shell.task-exit) =~ '"wait_status":9,"signaled":9,"exitcode":137}' ]]
}

@test "exit-timeout ends a job whose first task has ended" {
	run -3 flux run -n2 -o exit-timeout=100ms \
	    sh -c 'test $FLUX_TASK_RANK = 1 && exit 3; exec sleep 60'
	[[ $output =~ "FATAL: task-exit: sh: task rank 1 on host $(flux getattr hostname) exited (Exit 3) and exit-timeout=0.1s has expired" ]]
	run -3 flux run -N2 -n2 -o exit-timeout=0.1 \
	    sh -c 'test $FLUX_TASK_RANK = 1 && exit 3; exec sleep 60'
	run -0 flux run -n2 -o exit-timeout=none true
	run -1 flux run -o exit-timeout=x true
	[[ $output =~ "ERROR: task-exit: exit-timeout is not a valid Flux Standard Duration" ]]
}

@test "exit-on-error ends a job whose task fails" {
	run -137 flux run -N2 -n2 -o exit-on-error \
	    sh -c 'test $FLUX_TASK_RANK = 1 && kill -9 $$; exec sleep 60'
	[[ $output =~ "sh: task rank 1 on host $(flux getattr hostname) failed (Killed) and exit-on-error is set" ]]
	run -4 flux run -n2 -o exit-on-error \
	    sh -c 'test $FLUX_TASK_RANK = 0 || exit 4; exec sleep 60'
}

@test "limits are set for tasks, up to the hard limit" {
	run -0 flux run --rlimit='-*,nofile=77' sh -c 'ulimit -Sn'
	is "$output" 77
	run -0 flux run -o rlimit.core=-1 sh -c 'ulimit -Hc; ulimit -Sc'
	is "${lines[-1]}" "${lines[-2]}"
	hard=$(ulimit -Hn)
	run -0 flux run -o rlimit.nofile=999999999 sh -c 'ulimit -Sn'
	is "${lines[-1]}" "$hard"
	[[ $output =~ "WARN: rlimit: nofile exceeds current max, raising value to hard limit" ]]
	run -1 flux run -o rlimit.foo=1 true
	[[ $output =~ "rlimit: invalid shell option rlimit.foo=1" ]]
	run -1 flux run -o rlimit.core=x true
	[[ $output =~ 'rlimit: invalid shell option rlimit.core="x"' ]]
}

@test "unknown shell options do no harm, those that are left out are refused" {
	run -0 flux run -o foo.bar=1 -o mpi=none -o baz true
	is "$output" ''
	run -1 flux run -o stage-in true
	[[ $output =~ "shell option 'stage-in' is not supported" ]]
	run -1 flux run -o verbose=x true
	[[ $output =~ "failed to parse attributes.system.shell.verbose" ]]
	run -0 flux run -o verbose true
	[[ $output =~ "DEBUG: task 0 complete status=0" ]]
}

@test "signals reach tasks and what they have started" {
	id=$(flux submit sh -c 'trap "echo got; exit 5" USR1; sleep 600 & echo up >&2; wait')
	flux job wait-event -Wq -t 20 -p output -m stream='"stderr"' $id data
	flux job kill -s USR1 $id
	run -5 flux job attach $id
	is "$(grep got <<<"$output")" got
	id=$(flux submit -N2 -n2 sh -c 'sleep 601; exit 0')
	started $id
	flux cancel $id
	run -143 flux job attach $id
	run -142 flux run -t 300ms sleep 602
	is "$(processes 'sleep 60[012]')" ''
}

@test "option signal: the job is told before it expires" {
	run -0 flux run -t 4s --signal=USR1@3s \
	    sh -c 'trap "echo told; exit 0" USR1; while :; do sleep 0.05; done'
	[[ $output =~ "signal: job will expire in "[0-9.]+"s, sending SIGUSR1 to job" ]]
	[[ $output =~ told ]]
	run -0 flux run --signal=USR1@1s true
	[[ $output =~ "signal: job has no expiration, SIGUSR1 will not be sent" ]]
	run -0 flux run -o signal=0 true
	is "$output" ''
	run -1 flux run -o signal=foo true
	[[ $output =~ "signal: error in shell \`signal' option" ]]
}

@test "nothing is left of a job: background processes, killed shells" {
	run -0 flux run sh -c 'sleep 611 >/dev/null 2>&1 <&1 & echo ok'
	is "$output" ok
	is "$(processes 'sleep 611')" ''
	id=$(flux submit sh -c 'sleep 612 & sleep 613')
	started $id
	retry pgrep -f '^sleep 612$'
	kill -9 $(pgrep -f "^flux-shell $(flux job id $id)\$")
	run -137 flux job attach $id
	retry [ -z "$(processes 'sleep 61[23]')" ]
	# the background keeps its output open: the job waits for it
	run -0 flux run sh -c 'sh -c "sleep 0.1; echo late" &'
	is "$output" late
}

@test "a task that ignores SIGTERM is killed" {
	id=$(flux submit sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done')
	flux job wait-event -Wq -t 20 -p output $id data
	flux cancel $id
	run -137 flux job attach $id
}

@test "cpu-affinity: on, per-task, map, off" {
	[ "$(nproc)" -ge 2 ] || skip 'one CPU'
	run -0 --separate-stderr flux run -n2 -l -o cpu-affinity=verbose,per-task \
	    sh -c 'taskset -cp $$ | sed "s/.*: //"'
	is "$(sort <<<"$output")" $'0: 0\n1: 1'
	is "$(sed 's/.*\]: //' <<<"$stderr")" "cpu-affinity: cpus: 0-1
cpu-affinity: task 0: cpus: 0
cpu-affinity: task 1: cpus: 1"
	run -0 flux run -n2 -l -o 'cpu-affinity=map:1;0' \
	    sh -c 'taskset -cp $$ | sed "s/.*: //"'
	is "$(sort <<<"$output")" $'0: 1\n1: 0'
	run -0 flux run -n1 sh -c 'taskset -cp $$ | sed "s/.*: //"'
	is "$output" 0
	all=$(taskset -cp $$ | sed 's/.*: //')
	run -0 flux run -o cpu-affinity=off sh -c 'taskset -cp $$ | sed "s/.*: //"'
	is "$output" "$all"
	run -0 flux run -o cpu-affinity=dry-run sh -c 'taskset -cp $$ | sed "s/.*: //"'
	is "${lines[-1]}" "$all"
	run -1 flux run -o cpu-affinity=map:x true
	[[ $output =~ "cpu-affinity: cpuset x contains no cores or is invalid" ]]
}

@test "hwloc.xmlfile hands the topology to tasks" {
	run -0 flux run -o hwloc.xmlfile sh -c 'head -c5 "$HWLOC_XMLFILE"'
	is "$output" '<?xml'
}

@test "hostpids lists the tasks of all nodes" {
	id=$(flux submit -N2 -n4 sh -c 'echo $$; exec sleep 620')
	run -0 flux job hostpids $id
	pids=$(tr , '\n' <<<"$output" | sed 's/.*://')
	is "$(wc -l <<<"$pids")" 4
	for p in $pids; do
		is "$(tr '\0' ' ' </proc/$p/cmdline)" 'sleep 620 '
	done
	flux cancel $id
	flux job wait-event -q -t 20 $id clean
}

@test "stop-tasks-in-exec leaves tasks stopped for a debugger" {
	id=$(flux submit -o stop-tasks-in-exec sh -c 'echo went on')
	started $id
	is "$(exec_event shell.start)" '{"taskmap":{"version":1,"map":[[0,1,1,1]]},"sync":true}'
	pid=$(flux job hostpids $id | sed 's/.*://')
	grep -q '^State:.T' /proc/$pid/status
	kill -CONT $pid
	run -0 flux job attach $id
	is "$output" 'went on'
}

@test "the example of the page" {
	[ "$(nproc)" -ge 2 ] || skip 'one CPU'
	run -0 flux run -n2 -o cpu-affinity=per-task --output='out.{{taskid}}' nproc
	is "$output" $'[0-1]: stdout redirected to out.{{taskid}}\n[0-1]: stderr redirected to out.{{taskid}}'
	is "$(cat out.0 out.1)" $'1\n1'
}

@test "flux-shell is not for users" {
	run -2 --separate-stderr flux-shell
	is "${stderr_lines[0]}" 'usage: flux-shell --server'
	run -0 flux-shell --help
	run -1 flux-shell --server 3>&-
	is "$output" "flux-shell: descriptor 3 is not a broker's socket"
}

@test "gpu-affinity: on, per-task, map, off" {
	local option want
	instance_stop
	instance_start -s 1 --conf="{\"resource\":{\"noverify\":true,\"config\":[
	    {\"hosts\":\"$(uname -n)\",\"cores\":\"0-3\",\"gpus\":\"0-3\"}]}}"
	export CUDA_VISIBLE_DEVICES=7 CUDA_DEVICE_ORDER=PCI_BUS_ID
	while IFS='|' read -r option want; do
		is "$(flux run -n2 -g2 $option sh -c \
		    'echo $FLUX_TASK_RANK: $CUDA_VISIBLE_DEVICES' | sort |
		    xargs)" "$want" "$option"
	done <<-'EOT'
	|0: 0,1,2,3 1: 0,1,2,3
	-o gpu-affinity=on|0: 0,1,2,3 1: 0,1,2,3
	-o gpu-affinity=per-task|0: 0,1 1: 2,3
	-o gpu-affinity=map:3;0,1|0: 3 1: 0,1
	-o gpu-affinity=off|0: 7 1: 7
	EOT
	is "$(flux run sh -c 'echo $CUDA_VISIBLE_DEVICES')" -1
	is "$(env -u CUDA_DEVICE_ORDER flux run -g1 printenv CUDA_DEVICE_ORDER)" \
	    PCI_BUS_ID
	is "$(CUDA_DEVICE_ORDER=FASTEST_FIRST flux run -g1 printenv \
	    CUDA_DEVICE_ORDER)" FASTEST_FIRST
}

@test "output.batch-timeout: how long output may wait for more" {
	local id
	mkfifo go
	id=$(flux submit -o output.batch-timeout=100s sh -c 'echo x; read l <go')
	flux job wait-event -q -t 20 -p exec "$id" shell.start
	run -1 flux job wait-event -qW -t 0.5 -p output "$id" data
	echo >go
	flux job wait-event -q -t 20 -p output -m data='x
' "$id" data
	flux job wait-event -q -t 20 "$id" clean
	id=$(flux submit -o output.batch-timeout=0 sh -c 'echo x; read l <go')
	flux job wait-event -qW -t 20 -p output "$id" data
	echo >go
	run -1 flux run -o output.batch-timeout=x true
}
