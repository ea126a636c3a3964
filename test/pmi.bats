#!/usr/bin/env bats
# PMI-1 as the tasks of a job find it.

setup() {
	load lib/setup
	instance_start -s 4
	client=("$(command -v python3)" "$top/test/lib/pmi-client.py")
}
teardown() { instance_stop; }

@test "one task: the whole dialogue" {
	run -0 flux run "${client[@]}" init maxes universe appnum kvsname \
	    'get PMI_process_mapping' 'get flux.taskmap' \
	    'get flux.instance-level' 'get flux.tbon-interface-hint' \
	    'put a b c' 'get a' barrier 'get a' 'get nosuch' finalize
	is "$output" "cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1
cmd=maxes rc=0 kvsname_max=64 keylen_max=64 vallen_max=1024
cmd=universe_size rc=0 size=1
cmd=appnum rc=0 appnum=0
cmd=my_kvsname rc=0 kvsname=$(flux job last)
cmd=get_result rc=0 value=(vector,(0,1,1))
cmd=get_result rc=0 value={\"version\":1,\"map\":[[0,1,1,1]]}
cmd=get_result rc=0 value=1
cmd=get_result rc=0 value=$(flux getattr tbon.interface-hint)
cmd=put_result rc=0
cmd=get_result rc=4
cmd=get_result rc=0 value=b c
cmd=get_result rc=4
cmd=finalize_ack rc=0"
}

@test "tasks on all nodes see what others have put" {
	args=(init 'put card.{rank} from {rank}' barrier)
	for i in 0 1 2 3 4 5 6 7; do args+=("get card.$i"); done
	run -0 flux run -N4 -n8 -l "${client[@]}" "${args[@]}" \
	    'put second.{rank} x' barrier 'get second.0' 'get second.7' finalize
	is "$(grep -c 'value=from' <<<"$output")" 64
	is "$(grep -c 'rc=0 value=x' <<<"$output")" 16
	is "$(grep '^5: .*from' <<<"$output" | cut -d= -f4 | tr '\n' ,)" \
	    'from 0,from 1,from 2,from 3,from 4,from 5,from 6,from 7,'
	run -0 flux run -N4 -n4 -o pmi-simple.exchange.k=16 "${client[@]}" \
	    init 'put a{rank} b' barrier 'get a3' finalize
	is "$(grep -c 'value=b' <<<"$output")" 4
}

@test "the maps are those of the job, unless it wants none" {
	run -0 flux run -N2 -n4 --taskmap=cyclic -l "${client[@]}" init \
	    'get PMI_process_mapping' 'get flux.taskmap' finalize
	is "$(sed -n 's/^3: .*value=//p' <<<"$output")" \
	    $'(vector,(0,2,1),(0,2,1))\n{"version":1,"map":[[0,2,1,2]]}'
	run -0 flux run -o pmi-simple.nomap "${client[@]}" init \
	    'get PMI_process_mapping' 'get flux.instance-level' finalize
	is "${lines[1]}-${lines[2]}" 'cmd=get_result rc=4-cmd=get_result rc=0 value=1'
}

@test "names too long, versions not known, methods not served" {
	long=$(printf 'x%.0s' {1..65})
	run -0 --separate-stderr flux run "${client[@]}" \
	    'raw cmd=init pmi_version=2 pmi_subversion=0' \
	    init "get $long" "put $long x" "put a $(printf 'y%.0s' {1..1025})" \
	    'raw cmd=publish_name service=x port=y' 'noread mcmd=spawn' \
	    'noread nprocs=1' 'raw endcmd' finalize
	is "$output" 'cmd=response_to_init rc=-1
cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1
cmd=get_result rc=5
cmd=put_result rc=5
cmd=put_result rc=7
cmd=publish_result rc=-1 msg=command not implemented
cmd=spawn_result rc=-1
cmd=finalize_ack rc=0'
	[[ $stderr =~ 'flux-shell[0]: ERROR: pmi-simple: task 0: PMI spawn is not supported: a job has the tasks that it was submitted with' ]]
}

@test "abort ends the job, and so does garbage" {
	run -143 flux run -n2 "${client[@]}" init \
	    'noread cmd=abort exitcode=3 error_msg=out of luck' 'raw cmd=get_appnum'
	[[ $output =~ "type=exec severity=0 PMI_Abort: out of luck" ]]
	run -1 flux run "${client[@]}" init 'raw bogus'
	[[ $output =~ "FATAL: pmi-simple: PMI-1 wire protocol error" ]]
}

@test "a task may leave without a word" {
	run -0 flux run "${client[@]}" init 'noread cmd=get_appnum'
	run -0 flux run -n2 "${client[@]}" init
	run -0 flux run sh -c 'sleep 600 >/dev/null 2>&1 & echo done'
	is "$output" done
}

@test "option pmi: off, others, simple" {
	run -0 flux run -o pmi=off sh -c 'echo ${PMI_FD-none}${PMI_RANK-none}'
	is "$output" nonenone
	run -0 flux run -o pmi=pmix sh -c 'echo ${PMI_FD-none}'
	is "$output" none
	for v in simple pmi1 pmi2,x; do
		run -0 flux run -o pmi=$v sh -c 'echo ${PMI_FD-none}'
		is "$output" 3
	done
	run -1 flux run -o pmi=3 true
	[[ $output =~ "pmi-simple: pmi shell option must be a string" ]]
}

@test "verbose=2 traces the dialogue" {
	run -0 --separate-stderr flux run -o verbose=2 "${client[@]}" init
	[[ $stderr =~ "TRACE: pmi-simple: 0: C: cmd=init pmi_version=1 pmi_subversion=1" ]]
	[[ $stderr =~ "TRACE: pmi-simple: 0: S: cmd=response_to_init rc=0" ]]
}
