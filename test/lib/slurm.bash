# A real Slurm of two nodes, n1 and n2, on this machine, for a test file:
#
#     setup_file() { load lib/setup; load lib/slurm; slurm_start; }
#     teardown_file() { load lib/setup; load lib/slurm; slurm_stop; }
#     setup() { load lib/setup; load lib/slurm; need_slurm; }
#
# munged, slurmctld and two slurmd have all their files in
# $BATS_FILE_TMPDIR/slurm and ports of their own; SLURM_CONF names it.

slurm_dir=$BATS_FILE_TMPDIR/slurm

# Skip the test unless there is a Slurm, with that reason.
need_slurm() {
	[ ! -e "$slurm_dir/reason" ] || skip "$(cat "$slurm_dir/reason")"
	export SLURM_CONF=$slurm_dir/slurm.conf
}

slurm_missing() {
	local p
	[ "$(id -u)" = 0 ] || { echo "Slurm's daemons need root"; return; }
	for p in munged slurmctld slurmd srun sbatch; do
		command -v $p >/dev/null || { echo "no $p"; return; }
	done
}

free_ports() {
	python3 -c 'import socket, sys
s = [socket.socket() for i in range(int(sys.argv[1]))]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))' "$1"
}

slurm_configure() {
	local ports=($(free_ports 3))
	cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$(uname -n)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$slurm_dir/munge.sock
StateSaveLocation=$slurm_dir/state
SlurmdSpoolDir=$slurm_dir/spool.%n
SlurmctldPidFile=$slurm_dir/slurmctld.pid
SlurmdPidFile=$slurm_dir/%n.pid
SlurmctldLogFile=$slurm_dir/slurmctld.log
SlurmdLogFile=$slurm_dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=10
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=$(uname -n) NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=4
NodeName=n2 NodeHostname=$(uname -n) NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=4
PartitionName=debug Nodes=n1,n2 Default=YES State=UP MaxTime=INFINITE
EOF
}

munge_start() {
	(umask 077; head -c 1024 /dev/urandom >"$slurm_dir/munge.key")
	munged --force --key-file="$slurm_dir/munge.key" \
	    --socket="$slurm_dir/munge.sock" --pid-file="$slurm_dir/munged.pid" \
	    --log-file="$slurm_dir/munged.log" \
	    --seed-file="$slurm_dir/munge.seed" --num-threads=2 2>/dev/null
}

slurm_is_up() {
	[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ]
}

slurm_start() {
	mkdir -p "$slurm_dir/state"
	slurm_missing >"$slurm_dir/reason"
	[ ! -s "$slurm_dir/reason" ] || return 0
	rm "$slurm_dir/reason"
	export SLURM_CONF=$slurm_dir/slurm.conf
	slurm_configure
	munge_start && slurmctld && slurmd -N n1 && slurmd -N n2 &&
	    retry slurm_is_up && return
	tail -n 20 "$slurm_dir"/*.log >&2
	slurm_stop
	return 1
} 3>&- </dev/null

slurm_is_gone() {
	! kill -0 "$@" 2>/dev/null
}

slurm_stop() {
	local f pids=()
	export SLURM_CONF=$slurm_dir/slurm.conf
	for f in n1 n2 slurmctld munged; do
		[ ! -s "$slurm_dir/$f.pid" ] || pids+=($(<"$slurm_dir/$f.pid"))
	done
	[ ${#pids[@]} -gt 0 ] || return 0
	scancel -u root 2>/dev/null || true
	kill "${pids[@]}" || true
	retry slurm_is_gone "${pids[@]}" && return
	kill -KILL "${pids[@]}"
	return 1
}
