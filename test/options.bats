#!/usr/bin/env bats
# submit, run, bulksubmit, alloc, batch: what each option does to the jobspec.
# A line of a table is COMMANDS|OPTIONS|jq FILTER => what it prints. bulksubmit
# has no jobspec to show with --dry-run: it submits, and job info shows it.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	printf '[queues.debug]\n[queues.batch]\n%s\n%s\n' \
	    '[policy.jobspec.defaults.system]' 'queue = "batch"' >c.toml
	declare -gA words=([submit]=true [run]=true
		[bulksubmit]='true ::: 1' [alloc]=true [batch]='--wrap true')
	declare -gA group=([all]='submit run bulksubmit alloc batch'
		[jobs]='submit run bulksubmit' [instances]='alloc batch'
		[most]='submit run alloc batch')
	printf 'X1=1\n\n  -X*  \nX2=2\n' >rules
	printf '[%s]' '{"type":"slot","count":5,"label":"task","with":[{"type":"core","count":3}]}' >resources.json
	printf '{"x":[1,2]}' >value.json
	printf 'text\n' >file
	chmod 640 file
	export X0=zero
}

teardown() {
	instance_stop
}

# jobspec COMMAND OPTIONS...: the jobspec that the command sends
jobspec() {
	local c=$1
	shift
	if [ "$c" != bulksubmit ]; then
		"flux-$c" --dry-run "$@" </dev/null
		return
	fi
	flux-job info --original "$("flux-$c" "$@" </dev/null)" jobspec
}

# table: lines from standard input; filters see attributes.system as $s and the
# options of the shell as $o.
table() {
	local kinds args filter want c got
	while IFS='|' read -r kinds args filter; do
		want=$(jq -cS . <<<"${filter##* => }") filter=${filter% => *}
		kinds=${group[$kinds]:-$kinds}
		for c in $kinds; do
			eval "set -- --env-remove='*' $args ${words[$c]}"
			jobspec "$c" "$@" || fail "flux $c $args"
		done >out
		got=$(jq -cS ".attributes.system as \$s |
		    (\$s.shell.options // {}) as \$o | $filter" out)
		is "$got" "$(for c in $kinds; do echo "$want"; done)" \
		    "flux $kinds $args"
	done
}

# An instance that starts nothing.
stopped_instance() {
	instance_start -s 1 --config-path=c.toml
}

@test "tasks and resources" {
	stopped_instance
	local r='[.resources,.tasks[0].count]'
	table <<END
jobs|--ntasks=4|$r => [[{"type":"slot","count":4,"with":[{"type":"core","count":1}],"label":"task"}],{"per_slot":1}]
jobs|-n4 -c2 -g1|$r => [[{"type":"slot","count":4,"with":[{"type":"core","count":2},{"type":"gpu","count":1}],"label":"task"}],{"per_slot":1}]
jobs|--cores-per-task=2 --gpus-per-task=3|.resources[0].with => [{"type":"core","count":2},{"type":"gpu","count":3}]
jobs|-N2|$r => [[{"type":"node","count":2,"exclusive":true,"with":[{"type":"slot","count":1,"with":[{"type":"core","count":1}],"label":"task"}]}],{"per_slot":1}]
jobs|--nodes=2 -n5|$r => [[{"type":"node","count":2,"with":[{"type":"slot","count":3,"with":[{"type":"core","count":1}],"label":"task"}]}],{"total":5}]
jobs|-N2 -n4|.resources[0].exclusive => null
jobs|-N2 -n4 --exclusive|.resources[0].exclusive => true
jobs|-N2 -n4 -x|.resources[0].exclusive => true
jobs|--cores=4|$r => [[{"type":"slot","count":4,"with":[{"type":"core","count":1}],"label":"task"}],{"per_slot":1}]
jobs|--cores=4 --tasks-per-core=2|\$o["per-resource"] => {"type":"core","count":2}
jobs|--cores=4 --tasks-per-node=2|\$o["per-resource"] => {"type":"node","count":2}
jobs|-N2 --gpus-per-node=2|.resources[0].with[0].with => [{"type":"core","count":1},{"type":"gpu","count":2}]
all|-n1 --resources-shape=slot=2/core=3|.resources => [{"type":"slot","count":2,"label":"task","with":[{"type":"core","count":3}]}]
all|-n1 --resources-json=resources.json|.resources[0].count => 5
instances|--nslots=4|$r => [[{"type":"slot","count":4,"with":[{"type":"core","count":1}],"label":"task"}],{"per_slot":1}]
instances|-n4 -c2 -g1|.resources[0].with => [{"type":"core","count":2},{"type":"gpu","count":1}]
instances|--nslots=4 --cores-per-slot=2 --gpus-per-slot=3|.resources[0].with => [{"type":"core","count":2},{"type":"gpu","count":3}]
instances|-N2|[.resources[0].exclusive,.resources[0].count,\$o["per-resource"]] => [true,2,{"type":"node"}]
instances|--nodes=2 -n4|.resources[0].exclusive => null
instances|-N2 -n4 --exclusive|.resources[0].exclusive => true
instances|-N2 -n4 -x|.resources[0].exclusive => true
END
}

@test "queue, bank, name, time" {
	stopped_instance
	table <<'END'
all|-n1 -q debug|$s.queue => "debug"
all|-n1 --queue=debug|$s.queue => "debug"
all|-n1 -B acct|$s.bank => "acct"
all|-n1 --bank=acct|$s.bank => "acct"
all|-n1 --job-name=sim|$s.job.name => "sim"
all|-n1|$s.duration => 0
all|-n1 -t5|$s.duration => 300
all|-n1 --time-limit=1.5h|$s.duration => 5400
all|-n1 --time-limit=0|$s.duration => 0
all|-n1 --cwd=/usr|$s.cwd => "/usr"
all|-n1 --begin-time='2033-01-01 8am'|$s.dependencies => [{"scheme":"begin-time","value":"1988179200.0"}]
most|-n1 --requires='-host:n1' --requires=rank:0-3|$s.constraints => {"and":[{"not":[{"hostlist":["n1"]}]},{"ranks":["0-3"]}]}
jobs|--retry=2|$s.retry => {"max":2}
END
	# the dependencies are looked up when they come, these jobs are none
	unset 'words[bulksubmit]'
	group[all]='submit run alloc batch'
	table <<'END'
all|-n1 --dependency=afterok:123?a=1\&b=x --dependency=singleton|$s.dependencies => [{"scheme":"afterok","value":"123","a":1,"b":"x"},{"scheme":"singleton","value":""}]
END
	a=$(flux bulksubmit --urgency=hold true ::: 1)
	b=$(flux bulksubmit --dependency=afterany:"$a" true ::: 1)
	is "$(flux jobs -no '{dependencies}' "$b")" "after-finish=$a"
	flux cancel --all 2>/dev/null
}

@test "options of the shell" {
	stopped_instance
	table <<'END'
most|-n1 -o a -o b=3 -o c.d=x -o 'e={"k":[1]}' -o '^f=value.json'|[$o.a,$o.b,$o.c,$o.e,$o.f] => [1,3,{"d":"x"},{"k":[1]},{"x":[1,2]}]
all|-n1 --setopt=verbose=2 --setopt=verbose=1|$o.verbose => 1
all|-n1 --input=file|$o.input.stdin => {"type":"file","path":"file"}
all|-n1 --output='o-{{id}}'|$o.output.stdout => {"type":"file","path":"o-{{id}}"}
all|-n1 --output=none|$o.output.stdout => null
all|-n1 --output=kvs|$o.output.stdout => null
all|-n1 --error=e|$o.output.stderr => {"type":"file","path":"e"}
all|-n1 --output=x -l|$o.output.stdout.label => true
all|-n1 --error=x --label-io|$o.output.stderr.label => true
all|-n1 --output=none -u|[$o.output.stdout.buffer.type,$o.output.stderr.buffer.type,$o.output["batch-timeout"],$o.input["batch-timeout"]] => ["none","none",0.05,0]
all|-n1 --unbuffered|$o.output.stderr.buffer.type => "none"
all|-n1 --signal=USR2|$o.signal => {"signum":12,"timeleft":60}
all|-n1 --signal=@5m|$o.signal => {"signum":10,"timeleft":300}
all|-n1 --signal=SIGTERM@1.5m|$o.signal => {"signum":15,"timeleft":90}
all|-n1 --rlimit='-*,core=0,nofile=64'|$o.rlimit => {"core":0,"nofile":64}
all|-n1 --rlimit='-*' --rlimit=fsize=unlimited|$o.rlimit => {"fsize":-1}
all|-n1 --rlimit='-*'|$o.rlimit => null
all|-n1|$o.rlimit | (has("stack") and has("nofile")) => true
jobs|--taskmap=cyclic:2|$o.taskmap => {"scheme":"cyclic","value":"2"}
jobs|--taskmap=block|$o.taskmap => {"scheme":"block","value":""}
END
}

@test "attributes, environment, files" {
	stopped_instance
	table <<'END'
all|-n1 -S x.y=1 -S user.note=n -S .user.b|[$s.x,.attributes.user] => [{"y":1},{"note":"n","b":1}]
all|-n1 --setattr=system.p=1 --setattr=attributes.system.q=2 --setattr=^r=value.json|[$s.p,$s.q,$s.r] => [1,2,{"x":[1,2]}]
all|-n1 -t5 -S duration=3|$s.duration => 3
most|-n1 --env=X0 --env=A='$X0-${X0}$$'|$s.environment => {"X0":"zero","A":"zero-zero$"}
all|-n1 --env='B={{tmpdir}}/x'|[$s.environment,$o["env-expand"]] => [{},{"B":"{{tmpdir}}/x"}]
all|-n1 --env=X0 --env-remove=X*|$s.environment => {}
all|-n1 --env=X0 --env=-/X[0-9]/|$s.environment => {}
all|-n1 --env=X0 --env-file=rules|$s.environment => {"X2":"2"}
all|-n1 --env=X0 --env=^rules|$s.environment => {"X2":"2"}
all|-n1 --add-file=file --add-file=n:0755='a\nb'|$s.files|del(.script) => {"file":{"mode":33184,"size":5,"data":"text\n","encoding":"utf-8"},"n":{"mode":33261,"data":"a\nb","encoding":"utf-8"}}
END
}

@test "instances: configuration, options of the broker, the state at the end" {
	mkdir -p home/flux/config
	printf '[a]\nb = 7\n' >home/flux/config/named.toml
	export XDG_CONFIG_HOME=$PWD/home
	table <<'END'
instances|-n1 --conf=a.b=1 --conf=a.c=x|[$s.files["conf.json"].data, (.tasks[0].command | contains(["-c{{tmpdir}}/conf.json"]))] => [{"a":{"b":1,"c":"x"}},true]
instances|-n1 --conf=named|$s.files["conf.json"].data => {"a":{"b":7}}
instances|-n1 --conf=c.toml|$s.files["conf.json"].data.queues => {"debug":{},"batch":{}}
instances|-n1 --conf=$'{"a":\n1}'|$s.files["conf.json"].data => {"a":1}
instances|-n1 --broker-opts=-Sa=1,-Sb=2 --broker-opts=-v|.tasks[0].command[0:5] => ["flux","broker","-Sa=1","-Sb=2","-v"]
instances|--dump -n1|[.tasks[0].command[] | select(contains("dump"))] => ["-Scontent.dump=flux-{{jobid}}-dump.tgz"]
instances|-n1 --dump=f|[.tasks[0].command[] | select(contains("dump"))] => ["-Scontent.dump=f"]
instances|-n1|[$o["per-resource"],$o.mpi,$o["exit-timeout"]] => [{"type":"node"},"none","none"]
instances|-N2 --add-brokers=1|$s.files["conf.json"].data => {"resource":{"exclude":"1"}}
alloc|-n1|[.tasks[0].command,$o.pty] => [["flux","broker","true"],null]
alloc|-n1 --bg|$o.pty => {"capture":1}
batch|-n1|[.tasks[0].command[0:3],$s.job.name,$s.files.script] => [["flux","broker","{{tmpdir}}/script"],"true",{"mode":33216,"data":"#!/bin/sh\ntrue\n","encoding":"utf-8"}]
batch|-n1|$o.output.stdout => {"type":"file","path":"flux-{{id}}.out"}
batch|-n1 --retry=2|$s.retry => {"max":2}
END
}

@test "no option of these commands is without a test" {
	[ -z "$SAN" ] || skip "the tables are those of bin/"
	run -0 "$top/test/option-coverage" submit run alloc batch bulksubmit \
	    job cancel update watch wait exec sproc shutdown start R \
	    multi-prog pmi env config
	is "$output" ''
}
