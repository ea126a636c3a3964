#!/usr/bin/env bats
# flux resource.

setup() {
	load lib/setup
}

teardown() {
	instance_stop
}

# Four nodes with cores, gpus and properties; queues debug and batch, and the
# virtual queue express. $1: more of the table [resource].
with_nodes() {
	mkdir "$BATS_TEST_TMPDIR/conf"
	cat >"$BATS_TEST_TMPDIR/conf/c.toml" <<-EOF
	[resource]
	noverify = true
	${1:-}
	[[resource.config]]
	hosts = "node[0-3]"
	cores = "0-3"
	[[resource.config]]
	hosts = "node[0-2]"
	gpus = "0-1"
	[[resource.config]]
	hosts = "node[0-1]"
	properties = ["debug"]
	[[resource.config]]
	hosts = "node[2-3]"
	properties = ["batch"]
	[[resource.config]]
	hosts = "node3"
	properties = ["bigmem"]
	[queues.debug]
	requires = ["debug"]
	[queues.batch]
	requires = ["batch"]
	[queues.express]
	parent = "batch"
	[policy]
	jobspec.defaults.system.queue = "batch"
	EOF
	instance_start -s 4 --test-hosts='node[0-3]' \
	    -c "$BATS_TEST_TMPDIR/conf"
	flux queue start --quiet --all
}

# A job on three cores and a gpu of node0.
with_job() {
	A=$(flux submit -q debug -c3 -g1 --requires=rank:0 sleep 60)
	flux job wait-event -q -t 20 "$A" start
}

@test "resource list without queues" {
	instance_start -s 2
	local host cores
	host=$(uname -n)
	cores=$(flux resource list -no '{ncores}')
	is "$(flux resource list)" "$(
	    printf '     STATE NNODES NCORES NGPUS NODELIST\n'
	    printf '      free      2 %6d     0 %s,%s\n' $cores $host $host
	    printf ' allocated      0      0     0 \n'
	    printf '      down      0      0     0 ')"
	is "$(flux resource info)" "2 Nodes, $cores Cores, 0 GPUs"
}

@test "resource list splits states by queue and property" {
	with_nodes
	with_job
	is "$(flux resource list)" "     STATE QUEUE PROPERTIES NNODES NCORES NGPUS NODELIST
      free debug                 2      5     3 node[0-1]
      free batch                 1      4     2 node2
      free batch bigmem          1      4     0 node3
 allocated debug                 1      3     1 node0
      down debug                 0      0     0 
      down batch                 0      0     0 "
	is "$(flux resource list -o rlist -s up -i node0,node3)" "     STATE QUEUE PROPERTIES NNODES NCORES NGPUS LIST
        up debug                 1      4     2 rank0/core[0-3],gpu[0-1]
        up batch bigmem          1      4     0 rank3/core[0-3]"
}

@test "resource list selects by queue, rank and host" {
	with_nodes
	with_job
	is "$(flux resource list -q debug)" "     STATE QUEUE NNODES NCORES NGPUS NODELIST
      free debug      2      5     3 node[0-1]
 allocated debug      1      3     1 node0
      down debug      0      0     0 "
	is "$(flux resource list -nq express -s all)" \
	    "       all express                 1      4     2 node2
       all express bigmem          1      4     0 node3"
	is "$(flux resource list -n -i 2-3)" \
	    "      free batch                 1      4     2 node2
      free batch bigmem          1      4     0 node3"
	is "$(flux resource list -i nohost)" \
	    "     STATE NNODES NCORES NODELIST"
	is "$(flux resource list -n -i 0 --no-skip-empty -s down)" \
	    "      down debug      0      0     0 
      down batch      0      0     0 "
}

@test "resource list merges rows that look alike" {
	with_nodes
	with_job
	is "$(flux resource list -no '{nnodes}')" 4
	is "$(flux resource list -no '{nodelist} {ranks}')" "node[0-3] 0-3"
	is "$(flux resource list -no '{queue} {nnodes}')" "debug 2
batch 2"
	is "$(flux resource list -no '{state} {nodelist}')" \
	    "free node[0-3]
allocated node0
down "
	is "$(flux resource list -no '{queue}')" debug,batch
}

@test "resource info and R count and print what is selected" {
	with_nodes
	with_job
	is "$(flux resource info)" "4 Nodes, 16 Cores, 6 GPUs"
	is "$(flux resource info -s free)" "4 Nodes, 13 Cores, 5 GPUs"
	is "$(flux resource info -q debug)" "2 Nodes, 8 Cores, 4 GPUs"
	is "$(flux resource R -s allocated)" '{"version": 1, "execution": {"R_lite": [{"rank": "0", "children": {"core": "0-2", "gpu": "0"}}], "starttime": 0.0, "expiration": 0.0, "nodelist": ["node0"], "properties": {"debug": "0"}}}'
	is "$(flux resource R -i nohost)" '{"version": 1, "execution": {"R_lite": [], "starttime": 0.0, "expiration": 0.0, "nodelist": [""]}}'
}

@test "resource says what it cannot list" {
	with_nodes
	run -1 flux resource list -s foo
	is "$output" \
	    "flux-resource: ERROR: Invalid resource state foo specified"
	run -1 flux resource list -q nosuch
	is "$output" "flux-resource: ERROR: --queue: nosuch: no such queue"
	run -1 flux resource list -i 'bad['
	is "$output" \
	    "flux-resource: ERROR: --include: Invalid hostlist: 'bad['"
	run -1 flux resource list -o '{foo}'
	is "$output" "flux-resource: ERROR: Unknown format field: foo"
	run -2 flux resource list foo
	is "${lines[0]}" "flux-resource: unexpected argument 'foo'"
	run -2 flux resource
	[[ ${lines[0]} == "Usage: flux resource COMMAND"* ]]
	run -2 flux resource nosuch
	is "${lines[0]}" "flux-resource: Unknown command 'nosuch'"
}

@test "resource drain takes nodes out of service, undrain puts them back" {
	with_nodes
	with_job
	flux resource drain 0 busy node
	flux resource drain 'node[1-2]' bad disk
	is "$(flux resource drain -no '{state} {ranks} {reason} {nodelist}')" \
	    "draining 0 busy node node0
drained 1-2 bad disk node[1-2]"
	[[ $(flux resource drain) =~ ^TIME\ +STATE\ +REASON\ +NODELIST$'\n'[A-Z][a-z]{2}[0-9]{2}\ [0-9:]{5}\ \ draining\ busy\ node\ +node0$'\n' ]]
	is "$(flux resource list -nq batch -s down)" \
	    "      down batch      1      4     2 node2"
	run -1 flux resource drain node1 again
	is "$output" "flux-resource: ERROR: [Errno 17] rank 1 already drained
flux-resource: INFO: Use --force to overwrite existing drain reason"
	flux resource drain --force node1 again
	flux resource drain --update 1-3 third
	is "$(flux resource drain -no '{ranks} {reason}' -i 1-3)" \
	    "1 again
2 bad disk
3 third"
	flux resource undrain 0-3
	is "$(flux resource drain -n)" ""
	run -1 flux resource undrain 0
	is "$output" "flux-resource: ERROR: rank 0 not drained"
	flux resource undrain --update 0
}

@test "resource drain refuses what is no node" {
	with_nodes
	run -1 flux resource drain 9
	is "$output" \
	    "flux-resource: ERROR: [Errno 22] idset is out of range"
	run -1 flux resource drain nohost
	is "$output" "flux-resource: ERROR: [Errno 22] invalid targets: invalid hosts: nohost"
	run -1 flux resource undrain nohost
	is "$output" "flux-resource: ERROR: invalid targets: invalid hosts: nohost"
	run -1 flux resource drain -uf 1
	is "$output" "flux-resource: ERROR: Only one of --force and --update may be specified"
	run -2 flux resource undrain
	is "${lines[0]}" "flux-resource: TARGETS are required"
}

@test "resource status shows nodes by state" {
	with_nodes 'exclude = "node3"'
	with_job
	flux resource drain 1 a reason
	is "$(flux resource status)" "       STATE UP NNODES NODELIST
       avail  ✔      2 node[0,2]
     exclude  ✔      1 node3
     drained  ✔      1 node1"
	is "$(flux resource status -o long -n)" \
	    "       avail  ✔      2                                node[0,2]
     exclude  ✔      1                                node3
     drained  ✔      1 a reason                       node1"
	is "$(flux resource status -s all)" "       STATE UP NNODES NODELIST
       avail  ✔      2 node[0,2]
     exclude  ✔      1 node3
   allocated  ✔      1 node0
      torpid  ✔      0 
housekeeping  ✔      0 
    draining  ✔      0 
     drained  ✔      1 node1"
	is "$(flux resource status -s all --skip-empty -nq batch)" \
	    "       avail  ✔      1 node2
     exclude  ✔      1 node3"
	is "$(flux resource status -s offline -no '{state} {nnodes}')" \
	    "avail* 0
exclude* 0
torpid* 0
housekeeping* 0"
	is "$(flux resource status --color=always -ns drained)" \
	    "     drained "$'\e[01;32m ✔\e[0;0m'"      1 node1"
	run -0 flux resource status -s help
	is "$output" "flux-resource: INFO: valid states: all,online,avail,offline,exclude,drain,draining,drained,torpid,allocated,housekeeping"
	run -1 flux resource status -s foo
	is "${lines[0]}" \
	    "flux-resource: ERROR: Invalid resource state foo specified"
}

@test "resource eventlog begins with the definition of resources" {
	with_nodes
	flux resource eventlog |
	    grep -qE '^[0-9]+\.[0-9]{6} resource-define method="configuration"$'
	[[ $(flux resource eventlog -T offset | head -1) == "       0.000000 "* ]]
	flux resource eventlog -f json | jq -e .context >/dev/null
	run -0 flux resource eventlog --wait=resource-define \
	    -m method=configuration -t 10
	run -1 --separate-stderr flux resource eventlog -w nosuch -t 0.1
	is "$stderr" "flux-resource: ERROR: ETIMEDOUT: Connection timed out"
	run -2 flux resource eventlog -f foo
	is "${lines[0]}" "flux-resource: invalid value 'foo' for --format"
}

@test "resource eventlog prints what happened to nodes" {
	need_reference
	instance_flux=$FLUX_REFERENCE/bin/flux with_nodes
	flux resource drain 1 a reason
	is "$(flux resource eventlog | head -1 | cut -d' ' -f2-)" \
	    'restart ranks="0-3" online="" nodelist="node[0-3]"'
	is "$(flux resource eventlog -f json | tail -1 |
	    jq -c '[.name, .context.idset, .context.reason]')" \
	    '["drain","1","a reason"]'
	run -0 flux resource eventlog --wait=drain -m reason='a reason' -t 10
	[[ ${lines[-1]} == *' drain idset="1"'* ]]
	is "$(flux resource eventlog -i node2 | grep -c drain)" 0
	is "$(flux resource eventlog -i node1 | grep -c drain)" 1
}
