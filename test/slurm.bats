#!/usr/bin/env bats
# Instances that Slurm starts: srun, sbatch, squeue and slurm:ID, on a Slurm of
# two nodes of our own.

setup_file() {
	load lib/setup
	load lib/slurm
	slurm_start
}

teardown_file() {
	load lib/setup
	load lib/slurm
	slurm_stop
}

setup() {
	load lib/setup
	load lib/slurm
	need_slurm
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "$id" ] || { scancel "$id" 2>/dev/null; retry slurm_ended; }
	nothing_left && no_sanitizer_report
}

slurm_ended() {
	[ -z "$(squeue -h -j "$id" 2>/dev/null)" ]
}

# slurm_instance SBATCH-OPTIONS: an instance over two nodes that waits; $id is
# the Slurm job.
slurm_instance() {
	mkfifo up hold
	cat >script <<EOF
#!/bin/sh
exec srun -N2 --mpi=pmi2 flux start sh -c 'echo up >up; read -r _ <hold'
EOF
	id=$(sbatch --parsable -N2 -o log "$@" script)
	timeout 30 head -n 1 up || { cat log >&2; return 1; }
}

@test "srun -N2 --mpi=pmi2 flux start is an instance of two nodes" {
	run -0 timeout 60 srun -N2 --mpi=pmi2 flux start flux resource list
	is "$output" "     STATE NNODES NCORES NGPUS NODELIST
      free      2 $(printf %6d $((2 * $(nproc))))     0 n[1-2]
 allocated      0      0     0 
      down      0      0     0 "
	run -0 timeout 60 srun -N2 --mpi=pmi2 flux start sh -c \
	    'flux getattr broker.boot-method; flux getattr broker.mapping
	    flux getattr instance-level; flux run -N2 hostname | wc -l
	    env | grep ^SLURM_ | wc -l'
	is "$output" $'simple\n[[0,2,1,1]]\n0\n2\n0'
	run -3 timeout 60 srun -N2 --mpi=pmi2 flux start sh -c 'exit 3'
}

@test "the guide's last section: squeue, flux proxy slurm:ID, resource list, jobs -R" {
	slurm_instance -J flux
	run -0 squeue -u root
	[[ ${lines[0]} =~ JOBID\ PARTITION ]]
	[[ ${lines[1]} =~ $id\ +debug\ +flux\ +root\ +R\ .*\ 2\ n\[1-2\] ]]
	run -0 flux proxy "slurm:$id" flux resource list
	is "${lines[1]}" "      free      2 $(printf %6d $((2 * $(nproc))))     0 n[1-2]"
	mkfifo inner
	flux proxy "slurm:$id" 'A=$(flux batch -n1 --wrap sh -c "read -r _ <inner")
	    flux job wait-event -q -t 30 $A memo'
	run -0 flux proxy "slurm:$id" flux jobs -R
	[[ ${lines[1]} =~ ^\ +ƒ[^\ ]+\ root\ +sh\ +R\ +1\ +1\ .*\ n1$ ]]
	[[ ${lines[2]} =~ ^ƒ.*:$ ]] || [ ${#lines[@]} = 2 ] || fail "$output"
	run -0 flux proxy "slurm:$id" flux getattr size
	is "$output" 2
	echo end >inner
	flux proxy "slurm:$id" flux queue idle
	echo end >hold
	retry slurm_ended
	is "$(cat log)" ""
}

@test "slurm:ID is found on this host, and through srun on the first of the job" {
	slurm_instance
	run -0 flux uri "slurm:$id"
	[[ $output == "local://$BATS_TEST_TMPDIR/flux-"*/local-? ]] || fail "$output"
	local_uri=$output
	mkdir fake
	cat >fake/scontrol <<EOF
#!/bin/sh
[ -n "\$SLURM_STEP_ID" ] && exec $(command -v scontrol) "\$@"
exit 1
EOF
	chmod +x fake/scontrol
	run -0 env PATH="$PWD/fake:$PATH" timeout 30 flux uri "slurm:$id"
	is "$output" "ssh://$(uname -n)${local_uri#local://}"
	run -0 env PATH="$PWD/fake:$PATH" timeout 30 flux proxy "slurm:$id" \
	    flux getattr size
	is "$output" 2
	echo end >hold
	retry slurm_ended
}

@test "slurm: says what it could not find" {
	run -1 flux uri slurm:
	is "$output" "flux-uri: ERROR: invalid Slurm job id ''"
	run -1 flux uri slurm:1x
	is "$output" "flux-uri: ERROR: invalid Slurm job id '1x'"
	run -1 flux uri slurm:4711
	[[ $output == "flux-uri: ERROR: unable to query nodelist for Slurm job 4711: "*"Invalid job id specified" ]]
	run -1 env PATH="$top/bin${SAN:+-san}" flux uri slurm:4711
	is "$output" "flux-uri: ERROR: unable to query nodelist for Slurm job 4711: squeue: No such file or directory"
	id=$(sbatch --parsable --hold -N1 -o log --wrap true)
	run -1 flux uri "slurm:$id"
	is "$output" "flux-uri: ERROR: Slurm job $id does not run"
	scancel "$id"
	id=$(sbatch --parsable -N1 -o log --wrap 'sleep 100')
	retry sh -c "squeue -h -t R -j $id | grep -q n1"
	run -1 timeout 30 flux uri "slurm:$id"
	is "$output" "flux-uri: ERROR: no Flux instance in Slurm job $id on n1: flux-uri: ERROR: no broker among the processes of the job"
}

@test "the time limit of the Slurm job is the expiration of the instance" {
	cat >limits <<'EOF'
flux resource R | jq .execution.expiration
date +%s
flux run flux job timeleft
EOF
	run -0 timeout 60 srun -N2 -t 20 --mpi=pmi2 flux start sh limits
	left=$((${lines[0]%.*} - ${lines[1]}))
	[ $left -gt 1100 ] && [ $left -le 1201 ]
	[ "${lines[2]}" -gt 1100 ] && [ "${lines[2]}" -le 1201 ]
	run -0 timeout 60 srun -N2 --mpi=pmi2 flux start sh limits
	is "${lines[0]}" 0
	run -1 timeout 60 srun -N1 -t 5 --mpi=pmi2 flux start \
	    flux submit -t 1h true
	[[ $output =~ 'job duration (1h) exceeds remaining instance lifetime (' ]] || fail "$output"
}

@test "an instance starts also when squeue is not there, and says so" {
	run -0 --separate-stderr env PATH="$top/bin${SAN:+-san}" \
	    SLURM_JOB_ID=4711 flux start flux resource info
	[[ $output =~ ^1\ Nodes ]]
	[[ $stderr == *"broker.err[0]: time limit of Slurm job 4711: squeue: No such file or directory" ]] || fail "$stderr"
}

@test "scancel ends the instance with its jobs" {
	slurm_instance
	flux proxy "slurm:$id" flux submit -N2 --wait-event=start sleep 600
	scancel "$id"
	retry slurm_ended
	retry no_processes
}
