#!/usr/bin/env bats
# Programs that start flux and read what it prints: their command lines, and
# what they do with the output.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	instance_start -s 2
}

teardown() {
	[ -z "$instance_pid" ] || flux cancel --all 2>/dev/null || true
	instance_stop
}

# script NAME: an executable script from stdin
script() {
	cat >"$1"
	chmod +x "$1"
}

@test "Nextflow: submit, status, kill" {
	local dir=$BATS_TEST_TMPDIR
	echo 'echo done; pwd' >.command.run
	out=$(flux submit --setattr=cwd="$dir" '--job-name="nf-sayHello_(1)"' \
	    --output="$dir/.command.log" --cores-per-task=1 --time-limit=01 \
	    /bin/bash .command.run)
	# the first line that matches, else the text as a number
	[[ $out =~ ((ƒ|f).+) ]]
	id=${BASH_REMATCH[1]}
	status() {
		sh -c "flux jobs --suppress-header --format=\"{id.f58} {status_abbrev}\" --since=\"-15m\" --user=$(id -un)"
	}
	ended() {
		[[ $(status | awk -v id="$id" '$1 == id { print $2 }') = CD ]]
	}
	retry ended
	is "$(cat .command.log)" "done
$dir"
	is "$(flux jobs -no '{name}' "$id")" '"nf-sayHello_(1)"'
	a=$(flux submit sleep 100) b=$(flux submit sleep 100)
	flux job cancel "$a" "$b"
	flux job wait-event -q "$a" clean
	flux job wait-event -q "$b" clean
	is "$(status | awk '{ print $2 }' | sort | tr '\n' ' ')" 'CA CA CD '
}

@test "Nextflow: queues" {
	instance_stop
	printf '[queues.batch]\n[queues.debug]\n' >c.toml
	instance_start -s 1 --config-path=c.toml
	flux queue start --all --quiet
	id=$(flux submit --queue=debug --time-limit=01 /bin/bash -c 'sleep 100')
	is "$(sh -c 'flux jobs --suppress-header --format="{id.f58} {status_abbrev}" --since="-15m" --queue=debug --user='"$(id -un)")" \
	    "$id R"
	is "$(flux jobs --suppress-header --format="{id.f58}" --since="-15m" --queue=batch)" ''
}

@test "pysqa and executorlib: batch, list, cancel" {
	script run.sh <<-'EOT'
	#!/bin/bash
	# flux: --job-name=pi
	# flux: --env=CORES=2
	# flux: --output=time.out
	# flux: --error=error.out
	# flux: --nslots=1
	# flux: --time-limit=180s
	echo $CORES; echo oops >&2
	flux run -o pmi=off -n 1 python3 -c 'print("step")'
	EOT
	out=$(flux batch run.sh)
	id=$(awk 'END { print $NF }' <<<"$out")
	flux job wait-event -q "$id" clean
	is "$(cat time.out)" $'2\nstep'
	is "$(cat error.out)" oops
	# the words of a line are id, user, name, state
	is "$(flux jobs -a --no-header | awk '{ print $1, $2, $3, $4 }')" \
	    "$id $(id -un | cut -c1-8) pi CD"
	sed -i "s/^# flux: --nslots.*/&\n# flux: --dependency=afterok:$id/" run.sh
	id=$(flux batch run.sh | awk 'END { print $NF }')
	flux job wait-event -q "$id" clean
	is "$(flux jobs -no '{status}' "$id")" COMPLETED
	id=$(flux submit sleep 100)
	flux cancel "$id"
	flux job wait-event -q "$id" clean
}

@test "AiiDA: submit, parse the table, look at the jobspec" {
	script aiida.sh <<-'EOT'
	#!/bin/bash
	#flux: --job-name=aiida-42
	#flux: --output=_scheduler-stdout.txt
	#flux: --error=_scheduler-stderr.txt
	#flux: -B bank
	#flux: --urgency=17
	#flux: -N 1
	#flux: -n 1
	#flux: -c 1
	#flux: -t 1.50h
	exec sleep 100
	EOT
	id=$(flux batch aiida.sh)
	flux job wait-event -q "$id" start
	other=$(flux submit --job-name=held --urgency=hold true)
	run -0 --separate-stderr flux jobs "$id" "$other" --format \
	    '{id}|{status_abbrev}|{annotations}|{username}|{nnodes}|{ncores}|{nodelist}|{queue}|{duration}|{runtime}|{t_run}|{name}|{t_submit}'
	is "$stderr" ''
	table=$output
	run -0 python3 - "$table" <<-'EOT'
	import sys
	lines = sys.argv[1].split("\n")
	for line in lines[1:]:
	    f = line.split("|")
	    assert len(f) == 13, f
	    times = [float(f[i]) for i in (8, 12)]
	    print(f[1], f[3], f[4], f[8], f[11], float(f[9]) >= 0, times[1] > 1e9)
	EOT
	is "$(sort <<<"$output")" "R $(id -un) 1 5400.0 aiida-42 True True
S $(id -un)  0.0 held True True"
	run -0 flux jobs -u "$(id -un)" --format '{id}|{status_abbrev}'
	is "${#lines[@]}" 3
	is "$(flux job info "$id" jobspec | jq -r .attributes.system.bank)" bank
	flux cancel "$id"
}

@test "Merlin: probes, and workers in an allocation" {
	[[ $(flux resource info | head -1) = *Nodes* ]]
	run -0 python3 - "$(flux version)" <<-'EOT'
	import re, sys
	print(len(re.search(r"\s*([\d.]+)", sys.argv[1]).group(1).split(".")))
	EOT
	is "$output" 3
	is "$(flux getattr size)" 2
	run -0 flux alloc -o pty -N 2 --exclusive --job-name=merlin \
	    --setattr=system.bank=baasic -t 60m flux exec "$(which bash)" -c 'echo worker $(flux getattr size)'
	is "$(grep -c '^worker 2' <<<"$output")" 2
	run -0 flux run -n 2 -N 2 -c 1 -t 1m echo step
	is "$output" $'step\nstep'
}

@test "Parsl: a manager as the initial program" {
	instance_stop
	script manager.py <<-'EOT'
	import os, sys
	print(sys.argv[1:], os.environ["FLUX_URI"][:9])
	EOT
	run -0 flux start python3 manager.py tcp host 1234
	is "$output" "['tcp', 'host', '1234'] local:///"
}

@test "flux-wrappers: fsqueue, fsinfo, slurm2flux" {
	flux resource drain 1 broken
	[[ $(flux resource drain | head -1) =~ ^TIME\ +STATE\ +REASON\ +NODELIST$ ]]
	[[ $(flux resource drain -o long | tail -1) =~ \ drained\ +1\ +broken\  ]]
	is "$(flux queue list -o '{queue} {limits.timelimit!H}' | tail -1 | awk '{ print $NF }')" inf
	[[ $(flux queue status) = *'Job submission is enabled'* ]]
	[[ $(flux queue status) = *'Scheduling is started'* ]]
	flux resource list -o '{queue} {nnodes} {state} {nodelist}' >list
	is "$(head -2 list)" "QUEUE NNODES STATE NODELIST
 1 free $(uname -n)"
	flux resource undrain 1
	id=$(flux submit -N2 --urgency=hold true)
	is "$(flux jobs -n -o '{nnodes}' "$id")" 2
	is "$(flux getattr instance-level)" 0
	is "$(flux --parent getattr instance-level)" 0
	is "$(flux exec -r all echo hi)" $'hi\nhi'
	id=$(flux alloc --bg -N1)
	is "$(flux proxy "$id" flux getattr instance-level)" 1
	flux cancel "$id"
	echo in >input
	id=$(flux submit --begin-time=+1s --cores=1 --tasks-per-core=2 \
	    --setopt=cpu-affinity=per-task --label-io --urgency=16 --unbuffered \
	    --input=input cat)
	is "$(flux job attach -l "$id" | sort)" $'0: in\n1: in'
	run -0 flux batch -N1 --wrap --dry-run hostname
	is "$(flux submit -N1 --tasks-per-node=1 --dry-run hostname | jq .version)" 1
}

@test "flux-operator: start with the options of a broker" {
	instance_stop
	mkdir -m 700 run state
	touch cfg.toml
	run -0 flux start --wrap=env,WRAPPED=1 -o --config "$PWD" \
	    -Scron.directory=/nonexistent -Stbon.fanout=256 \
	    -Srundir="$PWD/run" -Sstatedir="$PWD/state" \
	    -Slocal-uri=local://"$PWD/run/sock" \
	    -Slog-stderr-level=6 -Slog-stderr-mode=local \
	    sh -c 'flux getattr tbon.fanout; flux getattr local-uri; echo $WRAPPED
	    flux proxy local://$(flux getattr rundir)/sock flux getattr size'
	is "$(grep -v broker.info <<<"$output")" "256
local://$PWD/run/sock
1
1"
}

@test "flux-operator: jobs of a minicluster" {
	run -0 --separate-stderr flux submit -n 1 --quiet --watch echo hello
	is "$output" hello
	is "$stderr" ''
	printf '#!/bin/sh\necho from batch\n' >batch.sh
	run -0 bash -c 'flux batch -n 1 --flags waitable batch.sh && flux job wait --all'
	flux queue idle
	is "$(flux jobs -ano '{status_abbrev}' | sort -u)" CD
	is "$(echo 'flux getattr size' | flux proxy "$FLUX_URI" bash)" 2
}

@test "flux-operator: resources of hosts" {
	run -0 flux R encode --hosts=node[0-1] --local
	is "$(jq -r '.execution.nodelist[0]' <<<"$output")" 'node[0-1]'
}

@test "Spindle: the word before Cores" {
	run -0 python3 - "$(flux resource info)" <<-'EOT'
	import sys
	cores = [p.split() for p in sys.argv[1].split(",") if "Core" in p]
	print(int(cores[0][-2]) > 0)
	EOT
	is "$output" True
}

@test "scripts: uris, events, proxies" {
	id=$(flux alloc --bg -N1)
	flux job wait-event "$id" start >/dev/null
	[[ $(flux uri --wait "$id") = ssh://* || $(flux uri --wait "$id") = local://* ]]
	[[ $(flux uri --local "$id") = local:///* ]]
	[[ $(flux uri --remote "$id") = ssh://* ]]
	is "$(flux proxy "$id" flux getattr local-uri)" "$(flux uri --local "$id")"
}
