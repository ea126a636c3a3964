# Hosts for tests: network namespaces with a bridge between them, and an
# instance with a broker in each.
#
#     setup() { load lib/setup; load lib/hosts; hosts_make 4; }
#     hosts_start -s 4 -Stbon.topo=kary:2    # then as after instance_start
#     teardown() { hosts_stop; }
#
# Host I is called hostI and has the address 10.77.0.(I+1). The namespaces are
# those of processes that sleep, so nothing is left of them when these end.

# Skip the test where namespaces cannot be made.
need_hosts() {
	[ "$(id -u)" = 0 ] && unshare -n -u -m true 2>/dev/null &&
	    unshare -n sh -c 'ip link add v0 type veth peer name v1 &&
		ip link add br0 type bridge' 2>/dev/null ||
	    skip "network namespaces cannot be made"
}

# holder UNSHARE-OPTIONS: a sleeping process with new namespaces, in $holder.
holder() {
	env -u TMPDIR unshare "$@" sleep 300 </dev/null >/dev/null 2>&1 3>&- &
	holder=$!
	entered() { [ "$(cat /proc/$holder/comm)" = sleep ]; }
	retry entered
}

# hub COMMAND: in the namespace with the bridge. on I COMMAND: on host I.
hub() { nsenter -t $hub_pid -n -- "$@"; }
on() { nsenter -t ${host_pids[$1]} -n -u -m -- "${@:2}"; }

hosts_make() {
	local i
	need_hosts
	holder -n
	hub_pid=$holder
	hub ip link add br0 type bridge
	hub ip link set br0 up
	host_pids=()
	for ((i = 0; i < $1; i++)); do
		holder -n -u -m
		host_pids+=($holder)
		on $i hostname host$i
		hub ip link add port$i type veth peer name eth0 netns $holder
		hub ip link set port$i master br0 up
		on $i ip link set lo up
		on $i ip addr add 10.77.0.$((i + 1))/24 dev eth0
		on $i ip link set eth0 up
	done
}

# cut I: host I hears nobody and is heard by nobody, and is not told so.
cut_host() { hub ip link set port$1 nomaster; }
mend_host() { hub ip link set port$1 master br0; }

# As instance_start. The brokers' pids are in the files $hosts_dir/RANK.
hosts_start() {
	hosts_dir=$BATS_TEST_TMPDIR/hosts
	mkdir -p "$hosts_dir"
	HOST_PIDS=${host_pids[*]} HOSTS_DIR=$hosts_dir \
	    instance_flux=$top/test/lib/hosts.py instance_start "$@"
}

broker_pid() { cat "$hosts_dir/$1"; }

# Kill a broker, which so cannot remove its directory.
broker_kill() {
	local dir
	dir=$(flux exec -r $1 flux getattr rundir) || return
	kill -KILL "$(broker_pid $1)"
	rm -r "$dir"
}

broker_ended() { ! kill -0 "$(broker_pid $1)" 2>/dev/null; }

hosts_stop() {
	local rc=0 pid
	instance_stop || rc=1
	for pid in $hub_pid "${host_pids[@]}"; do
		kill $pid
		wait $pid || true
	done 2>/dev/null
	unset hub_pid host_pids
	return $rc
}
