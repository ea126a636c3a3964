#!/usr/bin/env bats
# What ran inside jobs that have ended.

setup() {
	load lib/setup
	load lib/py
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	instance_stop
}

# A batch job that has ended, $id, with a job that failed, and a batch job with
# one in it.
ended_batch() {
	id=$(flux batch -n1 --job-name=outer --output=none --wrap sh -c "'
		flux run echo fine
		flux run --label-io sh -c \"echo oh dear >&2; exit 3\"
		flux run --job-name=inner flux start flux run hostname
	'")
	flux job wait-event -qt 60 "$id" clean
}

# The id of the job of that name in job or path $1.
inside() {
	flux jobs -aR --json | jq -r --arg name "$1" \
	    '.. | objects | select(.name == $name and .jobid) | .jobid'
}

@test "an instance that has ended is listed with its jobs, at any depth" {
	instance_start
	ended_batch
	inner=$(inside inner)
	run -0 flux jobs -aRno '{name}:{status_abbrev}'
	is "$output" "outer:CD

$id:
inner:CD
sh:F
echo:CD

$id/$inner:
hostname:CD"
	run -0 flux jobs -Rno '{name}:{returncode}:{nodelist}:{ntasks}' "$id"
	is "${lines[3]}" "sh:3:$(hostname):1"
	run -0 flux jobs -aR -L1 -no '{name}'
	is "$output" "outer

$id:
inner
sh
echo"
	run -0 flux jobs -Rno '{name}' -f failed
	is "$output" ""
	run -0 flux jobs -Rno '{name}' -f failed "$id"
	is "$output" "outer

$id:
sh"
	run -0 flux jobs -an
	[ "${#lines[@]}" = 1 ]
}

@test "pstree draws it, and --json has it" {
	instance_start
	ended_batch
	run -0 flux pstree -a
	is "$output" ".
└── outer:CD
    ├── inner:CD
    │   └── hostname:CD
    ├── sh:F
    └── echo:CD"
	run -0 flux pstree -ap
	is "${lines[1]}" "└── $id outer:CD"
	run -0 flux pstree -a --level=1
	is "$output" ".
└── outer:CD
    ├── inner:CD
    ├── sh:F
    └── echo:CD"
	run -0 flux pstree "$id"
	is "${lines[0]}" outer
	is "${lines[1]}" "├── inner"
	for cmd in 'pstree -a' 'jobs -aR'; do
		run -0 sh -c "flux $cmd --json |
		    jq -r '.. | objects | .name // empty' | sort | tr '\n' ' '"
		[[ $output = *"echo hostname inner outer sh "* ]]
	done
}

@test "its documents are told by path, and why a job in it failed" {
	instance_start
	ended_batch
	sh=$(inside sh) host=$(inside hostname) inner=$(inside inner)
	run -0 flux why "$id/$sh"
	is "${lines[0]}" \
	    "$id/$sh sh: failed, task(s) exited with exit code 3"
	[[ $output = *"    task      0 on $(hostname): exit code 3"* ]]
	[[ $output = *"    stderr    0: oh dear"* ]]
	[[ $output = *"    again     flux submit"*"sh -c 'echo oh dear >&2; exit 3'"* ]]
	run -0 flux why "$id/$inner/$host" "$id"
	[[ ${lines[0]} = "$id/$inner/$host hostname: completed after "* ]]
	run -0 sh -c "flux job info $id/$sh jobspec |
	    jq -c '.tasks[0].command[2], .attributes.system.environment'"
	is "$output" '"echo oh dear >&2; exit 3"
null'
	run -0 sh -c "flux job info $id/$inner/$host R | jq -c .execution.nodelist"
	is "$output" "[\"$(hostname)\"]"
	run -0 sh -c "flux job info $id/$sh eventlog | jq -r .name | tail -1"
	is "$output" clean
	run -0 sh -c "flux job info $id/$sh guest.output |
	    jq -r '.context.data // empty'"
	is "$output" 'oh dear'
	run -1 flux job info "$id/$sh" J
	is "$output" 'flux-job: J: not kept of jobs that ran inside others'
	run -1 flux job info "$id/12" R
	is "$output" 'flux-job: unknown job id'
	run -1 flux job info "12/$id" R
	is "$output" 'flux-job: jobid 12 not found'
	run -1 flux job info "$id/x" R
	is "$output" 'flux-job: x is not a valid Flux jobid'
	run -1 flux why "$id/12"
	is "$output" "flux-why: ERROR: $id/12: unknown job id"
}

@test "a path goes through instances that run" {
	instance_start -s 1
	mkfifo hold id
	outer=$(flux batch -n1 --output=none --wrap sh -c \
	    "'flux run false; flux jobs -ano {id} >id; read x <hold'")
	read -r inner <id
	run -0 flux why "$outer/$inner"
	is "${lines[0]}" \
	    "$outer/$inner false: failed, task(s) exited with exit code 1"
	run -0 sh -c "flux job info $outer/$inner jobspec | jq -c .tasks[0].command"
	is "$output" '["false"]'
	echo >hold
	flux job wait-event -qt 60 "$outer" clean
	run -0 flux why "$outer/$inner"
	is "${lines[0]}" \
	    "$outer/$inner false: failed, task(s) exited with exit code 1"
}

@test "the limit keeps those that failed and the latest, and says what it cut" {
	printf '[history]\nmax-jobs = 4\n' >history.toml
	instance_start --config-path=history.toml
	id=$(flux batch -n1 --output=none --wrap sh -c "'
		flux submit --wait --quiet --cc=1-2 false
		for i in 1 2 3 4 5; do flux run --job-name=n\$i true; done'")
	flux job wait-event -qt 60 "$id" clean
	run -0 --separate-stderr flux jobs -Ro '{name}:{status_abbrev}' "$id"
	is "$(tail -4 <<<"$output" | sort)" "false:F
false:F
n4:CD
n5:CD"
	is "$stderr" "warning: $id: 3 more jobs were not kept."
	run -0 sh -c "flux jobs -aR --json | jq .jobs[0].jobs_not_kept"
	is "$output" 3
	echo '[history]' >none.toml
	echo 'max-jobs = 0' >>none.toml
	flux config load none.toml
	id=$(flux batch -n1 --output=none --wrap flux run true)
	flux job wait-event -qt 60 "$id" clean
	run -0 --separate-stderr flux jobs -Rno '{name}' "$id"
	is "$output" "flux

$id:"
}

@test "it outlives the parent in a statedir, and goes with a purge" {
	instance_start -S statedir="$BATS_TEST_TMPDIR/state"
	ended_batch
	instance_stop
	instance_start -S statedir="$BATS_TEST_TMPDIR/state"
	run -0 flux pstree -a
	is "${lines[3]}" "    │   └── hostname:CD"
	flux job purge -f "$id"
	run -1 flux job info "$id/1" R
	is "$output" "flux-job: jobid $id not found"
	run -0 flux pstree -a
	is "$output" .
}

@test "an instance that was killed has left nothing, which is said" {
	instance_start
	mkfifo hold id
	cat >script <<-'END'
	#!/bin/sh
	flux run true
	echo $(flux getattr broker.pid) $(flux getattr rundir) >id
	read x <hold
	END
	id=$(flux batch -n1 --output=none --job-name=sh script)
	read -r pid rundir <id
	kill -9 "$pid"
	flux job wait-event -qt 60 "$id" clean
	rm -r "$rundir"
	run -0 --separate-stderr flux jobs -Rno '{name}' "$id"
	is "$output" sh
	is "$stderr" ""
	run -0 --separate-stderr flux jobs -Ro '{name}' "$id"
	is "$stderr" "warning: $id: nothing is known of what ran inside: no jobs, or it was killed."
	run -1 flux why "$id/12"
	is "$output" "flux-why: ERROR: $id/12: nothing is known of what ran inside"
}

@test "what is handed over is checked" {
	instance_start
	py <<'PY'
T = "job-history."
spec = jobspec(("sleep", "300"))
i = f.submit(spec)
f.wait_event(i, "start")
def put(text, end=b"\0"):
    return f.error(T + "put", text.encode() + end)
p = f"put {i}\n"
for bad in ["", "put", "put x\n", "put 1", p + "x", p + "job 1\n", p + "cut . x\n",
            p + "job 1 AA 0 0 0 0\n\n", p + "job 1 AA 0 0 0 0 0 0\n\n",
            p + "job 1 AA 0 0 0 0 9\nabc\n", p + "job 1 AA 0 0 0 0 3\nabcd",
            p + "job 1 AA 99999999999999999999 0 0 0 0\n\n",
            p + "job 1 AA -1 0 0 0 0\n\n", p + "job . AA 0 0 0 0 0\n\n",
            p + "job 1//2 AA 0 0 0 0 0\n\n", p + "job /1 AA 0 0 0 0 0\n\n",
            p + "job " + "1/" * 40 + "1 AA 0 0 0 0 0\n\n", p + "cut 1 2 3\n"]:
    is_(put(bad)[:2], "71", repr(bad))
is_(put(p, b"")[:2], "71")
is_(f.error(T + "put", b"put %d\ncut\0. 1\n\0" % i)[:2], "71")
is_(f.error(T + "put", {"id": i})[:2], "71")
is_(put("put 1\n"), "2 unknown job id")
room = f.rpc(T + "open", {"id": i})
is_(room, {"jobs": 1000, "bytes": 4194304})
is_(put(p + "job 1 AA 0 0 0 0 0\n\n" * 1001), "28 no more of this job is kept")
# what no summary is, is not listed
f.rpc(T + "put", (p + "job 1 AA 3 0 0 0 0\nabc\njob 2 !! 0 0 0 0 0\n\ncut . 5\n").encode() + b"\0")
is_(f.rpc(T + "open", {"id": i})["jobs"], 998)
ask = {"id": i, "max_entries": 0, "attrs": []}
is_(f.rpc(T + "list", ask), {"jobs": [], "cut": 7})
is_(f.error(T + "list", {**ask, "path": "x"}), "22 invalid path 'x'")
is_(f.error(T + "list", {**ask, "attrs": ["bad"]})[:2], "22")
is_(f.error(T + "list", {"id": i})[:2], "71")
is_(f.error(T + "list", {**ask, "id": 1}), "2 unknown job id")
is_(f.error(T + "list-id", {"id": i, "path": "3", "attrs": []}), "2 unknown job id")
is_(f.error(T + "list-id", {"id": i, "path": "1", "attrs": []})[:2], "22")
look = {"id": i, "path": "1", "keys": ["eventlog"], "flags": 0}
is_(f.rpc(T + "lookup", look)["eventlog"], "abc")
is_(f.error(T + "lookup", {**look, "keys": [1]})[:2], "2 ")
is_(f.error(T + "lookup", {**look, "keys": "R"})[:2], "71")
is_(f.error(T + "lookup", {**look, "flags": 8})[:2], "71")
# guests: only their own
g = Flux(userid=1234, rolemask=2)
for topic, payload in [("open", {"id": i}), ("list", ask), ("lookup", look)]:
    is_(g.error(T + topic, payload), "1 access is restricted to job/instance owner")
f.cancel_job(i)
f.wait_event(i, "clean")
is_(put(p), "22 the job does not run")
PY
}

@test "flux top says that an instance has ended" {
	instance_start
	ended_batch
	run -1 script -qec "flux top $id" /dev/null
	[[ $output = *"jobid $id is not running"* ]]
	[[ $output = *"$id has ended: flux pstree -a and flux jobs -aR show what ran in it."* ]]
}
