#!/usr/bin/env bats
# flux batch --slurm: scripts with #SBATCH lines.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	instance_stop
}

# sbatch OPTIONS FILTER: the jobspec of a script with these options
sbatch() {
	printf '#!/bin/sh\n\n# comment\n#SBATCH %s\ntrue\n' "$1" >s
	flux batch --slurm --dry-run --rlimit='-*' s |
	    jq -cS ".attributes.system as \$s | (\$s.shell.options // {}) as \$o |
		(.resources[0] | if .type == \"node\" then .with[0] +
		    {nodes: .count, x: .exclusive} else . end |
		 {nodes, x, n: .count, c: .with[0].count, g: .with[1].count} |
		 del(.[] | nulls)) as \$r | $2"
}

@test "each option of sbatch becomes one of ours" {
	local args filter want
	export USER=ann FOO=foo
	while IFS='|' read -r args filter want; do
		run -0 sbatch "$args" "$filter"
		is "$output" "$want" "$args"
	done <<-'EOF'
	-J "a b" # comment|$s.job.name|"a b"
	--job-name=x|$s.job.name|"x"
	-t 5|$s.duration|300
	--time=1:30|$s.duration|90
	-t 2:00:00|$s.duration|7200
	-t 1-2|$s.duration|93600
	--time=1-02:30|$s.duration|95400
	--time=1-02:30:10|$s.duration|95410
	-n 4|$r|{"c":1,"n":4}
	|$r|{"c":1,"n":1}
	-N2|$r|{"c":1,"n":1,"nodes":2}
	-N 2 --ntasks-per-node=4|$r|{"c":1,"n":4,"nodes":2}
	--ntasks=8 --ntasks-per-node=4|$r|{"c":1,"n":4,"nodes":2}
	--nodes=1 -n3 --cpus-per-task=2 --exclusive|$r|{"c":2,"n":3,"nodes":1,"x":true}
	-n2 --gpus-per-task=3|$r|{"c":1,"g":3,"n":2}
	-N2 --gres=gpu:a100:4 --ntasks-per-node=2|$r|{"c":1,"g":2,"n":2,"nodes":2}
	-n2 --gpus-per-node=2|$r|{"c":1,"g":1,"n":2,"nodes":1}
	--gres=gpu|$r|{"c":1,"g":1,"n":1,"nodes":1}
	-p debug -A acct|[$s.queue, $s.bank]|["debug","acct"]
	--partition=debug --account=acct|[$s.queue, $s.bank]|["debug","acct"]
	-o o-%j-%x-%%-%u -e e-%N.%t|[$o.output[].path]|["o-{{id.dec}}-{{name}}-%-ann","e-{{node.name}}.{{task.rank}}"]
	--output=o --open-mode=append|[$o.output.stdout.path,$o.output.mode]|["o","append"]
	-i in -D /usr|[$o.input.stdin.path, $s.cwd]|["in","/usr"]
	-d afterok:1:2,after:3,singleton|[$s.dependencies[].scheme, $s.dependencies[].value]|["afterok","afterok","afterstart","singleton","1","2","3",""]
	-C fast|$s.constraints|{"properties":["fast"]}
	-w n[1-2]|$s.constraints|{"hostlist":["n[1-2]"]}
	--exclude=n1|$s.constraints|{"not":[{"hostlist":["n1"]}]}
	--export=NONE|$s.environment|{}
	--export=FOO,A=1|$s.environment|{"A":"1","FOO":"foo"}
	--export=ALL,A=1|[$s.environment.A, $s.environment.FOO]|["1","foo"]
	--signal=B:USR1@90|$o.signal|{"signum":10,"timeleft":90}
	--begin=2033-01-01T08:00:00|$s.dependencies[0].value|"1988179200.0"
	EOF
	run -0 sbatch --begin=now+1hour '$s.dependencies[0].value'
	[ "$(tr -d '"' <<<"$output" | cut -d. -f1)" -gt $((EPOCHSECONDS + 3500)) ]
}

@test "what cannot be said is refused, what is not heeded is told" {
	local args text
	while IFS='|' read -r args text; do
		printf '#!/bin/sh\n#SBATCH %s\n' "$args" >s
		run -1 flux batch --slurm --dry-run s
		is "$output" "flux-batch: ERROR: s: line 2: $text" "$args"
	done <<-'EOF'
	--array=1-9|--array cannot be said here, see flux-slurm(7)
	-t x|--time=x cannot be said here, see flux-slurm(7)
	-t 1:2:3:4|--time=1:2:3:4 cannot be said here, see flux-slurm(7)
	-o a%a|--output=a%a cannot be said here, see flux-slurm(7)
	-N 1-2|--nodes: invalid value '1-2': invalid
	-n 0|--ntasks: invalid value '0': too small
	--gres=license:1|--gres=license:1: only GPUs are known here
	-d afterok:1?afterok:2|--dependency=afterok:1?afterok:2: 'or' cannot be said here
	--begin=now+1year|--begin=now+1year cannot be said here, see flux-slurm(7)
	--open-mode=x|--open-mode: invalid value 'x'
	foo|'foo' is no option
	"a|No closing quotation
	EOF
	printf '#!/bin/sh\n#SBATCH --nosuch\n' >s
	run -2 flux batch --slurm --dry-run s
	is "${lines[0]}" "flux-batch: ERROR: argument parsing failed at s line 2: unrecognized option '--nosuch'"
	printf '#!/bin/sh\n#SBATCH -N1 -n3 --gpus-per-node=4\n' >s
	run -1 flux batch --slurm --dry-run s
	is "$output" 'flux-batch: ERROR: s: 4 GPUs of a node cannot be shared by 3 tasks'
	printf '#!/bin/sh\n#SBATCH --mem=4G --mail-type=END --qos=x\n' >s
	run -0 --separate-stderr flux batch --slurm --dry-run s
	is "$stderr" 'flux-batch: WARNING: s: line 2: --mem is not heeded
flux-batch: WARNING: s: line 2: --mail-type is not heeded
flux-batch: WARNING: s: line 2: --qos is not heeded'
}

@test "lines after the first command, and without --slurm, do not count" {
	local id
	instance_start -s 1
	cat >job.sh <<-'EOF'
	#!/bin/bash
	#SBATCH --job-name=sim --ntasks=2 --time=1:00
	#SBATCH --output=%x-%j.log
	#flux: --urgency=17
	flux getattr instance-level
	flux run -n2 echo step
	#SBATCH --nodes=99
	EOF
	run -1 flux batch job.sh
	is "$output" 'flux-batch: ERROR: Number of slots to allocate must be specified'
	id=$(flux batch --slurm --job-name=mine job.sh)
	flux job wait-event -q "$id" clean
	is "$(flux jobs -no '{name} {urgency} {status} {duration}' "$id")" \
	    'mine 17 COMPLETED 60.0'
	is "$(cat "mine-$(flux job id "$id").log")" $'1\nstep\nstep'
}

@test "the example of the page" {
	local page=$BATS_TEST_DIRNAME/../man/flux-slurm.7
	sed -n '/^\$ cat job.sh/,/^\$ flux/p' "$page" | sed '1d;$d' >job.sh
	is "$(flux batch --slurm --dry-run=explain job.sh | head -1)" \
	    "$(sed -n '/dry-run=explain job/{n;p}' "$page")"
}
