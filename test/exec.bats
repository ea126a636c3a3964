#!/usr/bin/env bats
# flux exec, and the service rexec of the brokers.

setup() {
	load lib/setup
	load lib/py
	instance_start -s 2
}

teardown() {
	instance_stop
}

@test "exec runs the command on all ranks, or those that are named" {
	run -0 bash -c 'flux exec -nl flux getattr rank | sort'
	is "$output" $'0: 0\n1: 1'
	is "$(flux exec -n -r 1 flux getattr rank)" 1
	is "$(flux exec -n -x 0 flux getattr rank)" 1
	is "$(flux exec -n -d / pwd)" $'/\n/'
}

@test "standard input goes to all, whole" {
	head -c 9000000 /dev/zero | tr '\0' x >"$TMPDIR/in"
	run -0 bash -c 'flux exec wc -c <"$TMPDIR/in"'
	is "$output" $'9000000\n9000000'
}

@test "the largest exit code is handed on, and each told" {
	run -3 flux exec -n sh -c 'exit 3'
	is "$output" '[0-1]: Exit 3'
	run -1 flux exec -n sh -c 'exit $(flux getattr rank)'
	is "$output" '1: Exit 1'
	run -143 flux exec -n -r 1 sh -c 'kill $$'
	is "$output" '1: Terminated'
	run -5 flux exec -nq sh -c 'exit 5'
	is "$output" ''
}

@test "what cannot be run is told, with the reason" {
	run -127 flux exec -n -r 1 nosuch
	is "$output" 'flux-exec: Error: rank 1: nosuch: error launching process: No such file or directory'
	run -126 flux exec -n -r 1 /tmp
	is "$output" 'flux-exec: Error: rank 1: /tmp: error launching process: Permission denied'
	run -1 flux exec -r 9 true
	is "$output" 'flux-exec: One or more invalid --ranks specified: 9'
	run -1 flux exec -r x true
	is "$output" "flux-exec: failed to decode idset 'x': Invalid argument"
	run -1 flux exec -x 0-1 true
	is "$output" 'flux-exec: No targets specified'
	run -1 flux exec
	is "${lines[0]}" 'flux-exec: a COMMAND is required'
}

@test "the processes of a client that is gone are killed" {
	mkfifo "$TMPDIR/pid"
	flux exec -n -r 1 sh -c 'echo $$ >"$0"; exec sleep 1000' \
	    "$TMPDIR/pid" 3>&- &
	read -rt 10 pid <>"$TMPDIR/pid"
	kill -KILL $!
	is_gone() { ! kill -0 "$pid" 2>/dev/null; }
	retry is_gone
}

@test "a process whose client does not read waits, and loses nothing" {
	mkfifo "$TMPDIR/pid" "$TMPDIR/out"
	exec {out}<>"$TMPDIR/out"
	flux exec -n -r 1 sh -c 'echo $$ >"$0"; exec seq 1000000' \
	    "$TMPDIR/pid" >"$TMPDIR/out" 3>&- {out}>&- &
	client=$!
	read -rt 10 pid <>"$TMPDIR/pid"
	# it has written what fits, and no more
	stands() {
		local was=$written
		written=$(awk '/^wchar/ { print $2 }' /proc/$pid/io)
		[ "$written" -gt 65536 ] && [ "$written" = "$was" ]
	}
	retry stands
	[ "$written" -lt 3000000 ]
	is "$(flux exec -n -r 1 echo others go on)" 'others go on'
	is "$(head -c 6888896 <&$out | cksum)" "$(seq 1000000 | cksum)"
	wait $client
}

@test "a background process is left alone, and its output logged" {
	run -0 flux exec --bg -r 1 --label=one sh -c 'echo out; echo err >&2; exit 3'
	[[ $output =~ ^1:\ ([0-9]+)$ ]]
	pid=${BASH_REMATCH[1]}
	ended() { flux dmesg | grep -q "rexec.info\[1\]: one: sh\[$pid\]: Exit 3\$"; }
	FLUX_URI=${FLUX_URI%0}1 retry ended
	run -0 env FLUX_URI="${FLUX_URI%0}1" flux dmesg
	[[ $output = *"rexec.info[1]: one[$pid]: out"* ]]
	[[ $output = *"rexec.err[1]: one[$pid]: err"* ]]
	run -0 bash -c 'flux exec --bg cat | sort'
	[[ ${lines[0]} = '0: '* && ${lines[1]} = '1: '* ]]
}

# ticker LABEL: one in the background that says tick, until it gets a line
ticker() {
	mkfifo "$TMPDIR/$1"
	flux exec --bg -r 1 --label="$1" bash -c \
	    'trap "exit 5" TERM; until read -rt 0.02 line <>"$0"; do
	    echo tick; done; echo "$line"; exit 4' "$TMPDIR/$1" >"$TMPDIR/pid"
}

# follow NAME: attach to it in the background of the test
follow() {
	flux exec --attach -lr 1 "$1" >"$TMPDIR/out" 2>"$TMPDIR/err" 3>&- &
	client=$!
	retry grep -qx '1: tick' "$TMPDIR/out"
}

@test "attach follows one in the background to its end, or leaves it alone" {
	ticker a
	follow a
	kill -KILL $client
	wait $client || true
	follow "$(sed 's/1: //' "$TMPDIR/pid")"
	run -127 flux exec --attach -r 1 a
	is "$output" 'flux-exec: Error: rank 1: label a: subprocess already has a client attached'
	echo hello >"$TMPDIR/a"
	rc=0; wait $client || rc=$?
	is $rc 4
	is "$(tail -1 "$TMPDIR/out")" '1: hello'
	is "$(cat "$TMPDIR/err")" '1: Exit 4'
	run -127 flux exec --attach -r 1 a
	is "$output" 'flux-exec: Error: rank 1: label a: label a does not belong to any subprocess'
	run -127 flux exec --attach -r 1 99999999
	is "$output" 'flux-exec: Error: rank 1: pid 99999999: pid 99999999 does not belong to any subprocess'
}

@test "who is attached hands on signals" {
	ticker a
	follow a
	kill -TERM $client
	rc=0; wait $client || rc=$?
	is $rc 5
}

@test "a waitable process keeps status and output until asked for" {
	flux exec --bg --waitable -r 1 --label=w sh -c 'echo out; echo err >&2; exit 3'
	flux exec --bg --waitable -r 1 --label=late sh -c 'exit 5'
	flux exec --bg -r 1 --label=other sleep 100
	run -0 py <<-'EOT'
	o = f.rpc("rexec.wait", {"pid": -1, "label": "w"}, 1)
	print(o["status"], sorted((i["stream"], i["rank"], i["data"]) for i in o["output"]))
	print(f.error("rexec.wait", {"pid": -1, "label": "w"}, 1))
	print(f.error("rexec.wait", {"pid": -1, "label": "other"}, 1))
	print(f.error("rexec.wait", {"pid": 1}, 1))
	print(f.error("rexec.wait", {"label": "w"}, 1))
	print(f.error("rexec.attach", {"pid": -1, "label": "other"}, 1))
	while "Z" not in [p["state"] for p in f.rpc("rexec.list", {}, 1)["procs"] if p["label"] == "late"]:
	    pass
	print(f.error("rexec.kill", {"pid": -1, "label": "late", "signum": 9}, 1))
	first = [o for o in f.stream("rexec.attach", {"pid": -1, "label": "late", "flags": 3}, 1)]
	print([o["type"] for o in first], first[-1]["status"], first[0]["cmd"]["label"])
	print(f.error("rexec.wait", {"pid": -1, "label": "late"}, 1))
	print(f.rpc("rexec.kill", {"pid": -1, "label": "other", "signum": 9}, 1))
	EOT
	is "$output" "768 [('stderr', '1', 'err\\n'), ('stdout', '1', 'out\\n')]
3 label w does not belong to any subprocess
22 process is not waitable
3 pid 1 does not belong to any subprocess
71
71 attach request is missing STREAMING flag
3
['attached', 'output', 'output', 'finished'] 1280 late
3 label late does not belong to any subprocess
None"
}

@test "one waits at a time, and is forgotten when it leaves" {
	flux exec --bg --waitable -r 1 --label=w sleep 100
	run -0 py <<-'EOT'
	g = Flux()
	g.send("rexec.wait", {"pid": -1, "label": "w"}, 1)
	g.rpc("attr.get", {"name": "rank"}, 1)
	print(f.error("rexec.wait", {"pid": -1, "label": "w"}, 1))
	print(f.stream_error("rexec.attach", {"pid": -1, "label": "w"}, 1))
	g.close()
	while True:
	    tag = f.send("rexec.wait", {"pid": -1, "label": "w"}, 1)
	    if f.quiet(tag, 0.2):
	        break
	f.rpc("rexec.kill", {"pid": -1, "label": "w", "signum": 9}, 1)
	print(f.answer(tag))
	EOT
	is "$output" "22 process is already being waited on
16 process is already being waited on
{'status': 9, 'output': []}"
}

@test "options that do not go together, and names that are taken" {
	run -1 flux exec --waitable true
	is "$output" 'flux-exec: --waitable can only be used with --bg'
	run -1 flux exec --attach --bg true
	is "$output" 'flux-exec: --attach cannot be used with --bg or --waitable'
	run -1 flux exec --attach
	is "$output" 'flux-exec: --attach requires a pid or label argument'
	run -1 flux exec --attach a b
	is "$output" 'flux-exec: --attach takes a single pid or label argument'
	flux exec --bg -r 0 --label=same sleep 100
	run -1 flux exec --bg -r 0 --label=same sleep 100
	is "$output" 'flux-exec: Error: rank 0: sleep: command label is not unique'
	run -1 flux exec --bg -r 0 nosuch
	is "$output" 'flux-exec: Error: rank 0: nosuch: error launching process: No such file or directory'
}

# interruptible COMMAND: run by flux exec on both ranks, until it says "ready"
interruptible() {
	flux exec -n sh -c "$1" >"$TMPDIR/out" 2>"$TMPDIR/err" 3>&- &
	client=$!
	retry counts ready 2
}
counts() {
	[ "$(grep -c "^$1\$" "$TMPDIR/out")" = "$2" ]
}

@test "ctrl-C is handed on" {
	interruptible 'echo ready; exec sleep 100'
	kill -INT $client
	rc=0; wait $client || rc=$?
	is $rc 130
	is "$(cat "$TMPDIR/err")" '[0-1]: Interrupt'
}

@test "a third ctrl-C gives up, and what runs is killed" {
	interruptible 'trap "echo got" INT; echo $$ >>"$TMPDIR/pids"; echo ready
	    while :; do sleep 0.05; done'
	kill -INT $client
	retry counts got 2
	kill -INT $client
	retry counts got 4
	is "$(cat "$TMPDIR/err")" \
	    'interrupt (Ctrl+C) one more time within 1.00 sec to exit'
	kill -INT $client
	rc=0; wait $client || rc=$?
	is $rc 1
	is "$(tail -1 "$TMPDIR/err")" '[0-1]: command still running at exit'
	are_gone() {
		local p
		for p in $(cat "$TMPDIR/pids"); do
			! kill -0 $p 2>/dev/null || return 1
		done
	}
	retry are_gone
}

@test "verbose tells times" {
	run -0 --separate-stderr flux exec -nv -r 1 echo hi
	is "$output" hi
	is "$(sed 's/^[0-9.]*ms/Tms/' <<<"$stderr")" 'Tms: Starting echo on 1
Tms: Sent all requests
Tms: 1 tasks complete with code 0'
}

# job [OPTIONS]: one that runs on both nodes
job() {
	id=$(flux submit "$@" sleep 100)
	flux job wait-event -q -p guest.exec.eventlog "$id" shell.start
}

@test "with a job id it runs beside the tasks, as a child of the shells" {
	job -N2 -n2
	run -0 bash -c 'echo in | flux exec -l -j "$0" cat | sort' "$id"
	is "$output" $'0: in\n1: in'
	run -0 bash -c 'flux exec -n -j "$0" sh -c "tr \"\\0\" \" \" </proc/\$PPID/cmdline; echo"' "$id"
	[[ ${lines[0]} = flux-shell* && ${lines[1]} = flux-shell* ]]
	run -3 flux exec -n -r 1 -j "$id" sh -c 'flux getattr rank; exit 3'
	is "$output" $'1\n1: Exit 3'
	run -1 flux exec -n -r 2 -j "$id" true
	is "$output" 'flux-exec: One or more invalid --ranks specified: 2'
	run -127 flux exec -n -x 0 -j "$id" nosuch
	is "$output" 'flux-exec: Error: rank 1: nosuch: error launching process: No such file or directory'
	flux cancel "$id"
}

@test "the ranks of a job are those of its nodes" {
	job --requires=rank:1
	is "$(flux exec -n -l -r 0 -j "$id" echo hi)" '1: hi'
	flux cancel "$id"
}

@test "what runs beside the tasks ends with the job, and with its client" {
	job
	mkfifo "$TMPDIR/pid"
	flux exec -n -j "$id" sh -c 'echo $$ >"$0"; exec sleep 1000' \
	    "$TMPDIR/pid" 3>&- &
	client=$!
	read -rt 10 pid <>"$TMPDIR/pid"
	kill -KILL $client
	is_gone() { ! kill -0 "$pid" 2>/dev/null; }
	retry is_gone
	flux exec -n -j "$id" sh -c 'echo $$ >"$0"; echo out; exec sleep 1000' \
	    "$TMPDIR/pid" >"$TMPDIR/out" 2>&1 3>&- &
	client=$!
	read -rt 10 pid <>"$TMPDIR/pid"
	flux cancel "$id"
	rc=0; wait $client || rc=$?
	is $rc 143
	is "$(cat "$TMPDIR/out")" $'out\n0: Terminated'
	is_gone
}

@test "what ignores the end of its job is killed" {
	job
	mkfifo "$TMPDIR/pid"
	flux exec -n -j "$id" sh -c 'trap "" TERM; echo $$ >"$0"
	    while :; do sleep 1; done' "$TMPDIR/pid" >"$TMPDIR/out" 2>&1 3>&- &
	client=$!
	read -rt 10 pid <>"$TMPDIR/pid"
	flux cancel "$id"
	rc=0; wait $client || rc=$?
	is $rc 137
	is "$(cat "$TMPDIR/out")" '0: Killed'
	flux job wait-event -q "$id" clean
}

@test "beside the tasks, too, a process waits for a client that does not read" {
	job
	mkfifo "$TMPDIR/out"
	exec {out}<>"$TMPDIR/out"
	flux exec -n -j "$id" seq 1000000 >"$TMPDIR/out" 3>&- {out}>&- &
	client=$!
	is "$(head -c 6888896 <&$out | cksum)" "$(seq 1000000 | cksum)"
	wait $client
	flux cancel "$id"
}

@test "jobs that do not run have no processes" {
	id=$(flux submit true)
	flux job wait-event -q "$id" clean
	run -1 flux exec -n -j "$id" true
	is "$output" "flux-exec: job $id is not currently running"
	id=$(flux submit --urgency=hold true)
	run -1 flux exec -n -j "$id" true
	is "$output" "flux-exec: job $id is not currently running"
	run -1 flux exec -n -j f1 true
	is "$output" 'flux-exec: job f1 not found'
	run -1 flux exec -n -j x-y true
	is "$output" 'flux-exec: error parsing jobid: "x-y"'
	flux cancel --all
}

@test "the reference's exec runs on our brokers" {
	need_reference
	run -3 "$FLUX_REFERENCE/bin/flux" exec -n sh -c 'echo out; exit 3'
	[[ $output = *'[0-1]: Exit 3'* ]]
	run -0 bash -c 'echo in | "$FLUX_REFERENCE/bin/flux" exec cat'
	is "$output" $'in\nin'
	flux exec --bg --waitable -r 1 --label=w sh -c 'echo out; exit 3'
	run -3 "$FLUX_REFERENCE/bin/flux" sproc wait -r 1 -o w
	is "$output" out
	run -0 "$FLUX_REFERENCE/bin/flux" exec --bg -r 1 --label=s sleep 100
	[[ $("$FLUX_REFERENCE/bin/flux" sproc ps -r 1) =~ R\ +s\ +sleep ]]
	"$FLUX_REFERENCE/bin/flux" sproc kill -r 1 9 s
	job -N2 -n2
	run -0 bash -c '"$FLUX_REFERENCE/bin/flux" exec -n -l -j "$0" echo hi | sort' "$id"
	is "$output" $'0: hi\n1: hi'
	flux cancel "$id"
}

@test "our exec runs on the reference's brokers, and beside its jobs" {
	need_reference
	instance_stop
	instance_flux=$FLUX_REFERENCE/bin/flux instance_start -s 2
	run -0 bash -c 'echo in | flux exec cat'
	is "$output" $'in\nin'
	run -127 flux exec -n -r 0 nosuch
	flux exec --bg --waitable -r 1 --label=w sh -c 'exit 3'
	run -3 "$FLUX_REFERENCE/bin/flux" sproc wait -r 1 w
	id=$(flux submit -N2 -n2 sleep 100)
	run -0 bash -c 'flux exec -n -l -j '"$id"' echo hi | sort'
	is "$output" $'0: hi\n1: hi'
	flux cancel "$id"
	flux job wait-event -q "$id" clean
}
