#!/usr/bin/env bats
# Brokers that find each other by the table [bootstrap] of a configuration.

setup() {
	load lib/setup
	load lib/slurm
	cd "$BATS_TEST_TMPDIR"
	cert 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID' \
	    'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
}

teardown() {
	nothing_left && no_sanitizer_report
}

# cert PUBLIC SECRET: as the flux-operator writes it.
cert() {
	rm -f curve.cert
	(umask 077; cat >curve.cert) <<EOF
#   ****  Generated on 2023-04-26 22:54:42 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate
metadata
    name = "flux-cert-generator"
curve
    public-key = "$1"
    secret-key = "$2"
EOF
}

# conf HOSTS: two brokers on this host may not have the same port.
conf() {
	cat >conf.toml <<EOF
[bootstrap]
curve_cert = "$PWD/curve.cert"
default_bind = "tcp://127.0.0.1:%p"
default_connect = "tcp://127.0.0.1:%p"
default_port = $(free_ports 1)
hosts = $1
EOF
}

# brokers N COMMAND: n1 to nN beside the one that runs the command.
brokers() {
	local i
	for ((i = 1; i <= $1; i++)); do
		timeout 50 flux broker -Shostname=n$i --config-path conf.toml \
		    >log.$i 2>&1 </dev/null 3>&- &
	done
	timeout 50 flux start -o --config,conf.toml -Shostname=n0 "${@:2}"
	wait
}

@test "brokers find each other by the hosts of the configuration" {
	conf '[ { host = "n[0-2]" } ]'
	run -0 brokers 2 sh -c 'flux getattr size; flux getattr hostlist
	    flux getattr broker.boot-method; flux getattr broker.mapping
	    flux exec -r all flux getattr rank | sort
	    flux run -N3 -l hostname | cut -d: -f1 | sort'
	is "$output" $'3\nn[0-2]\nconfig\n[[0,3,1,1]]\n0\n1\n2\n0\n1\n2'
	is "$(cat log.*)" ""
}

@test "hosts may say how they are reached; JSON is as good" {
	read -r a b <<<"$(free_ports 2)"
	cat >conf.toml <<EOF
[bootstrap]
curve_cert = "$PWD/curve.cert"
hosts = [
  { host = "n0", bind = "tcp://127.0.0.1:$a", connect = "tcp://localhost:$a" },
  { host = "n1", bind = "tcp://127.0.0.1:$b", connect = "tcp://localhost:$b" },
  { host = "n2" }
]
[tbon]
topo = "kary:1"
EOF
	run -0 brokers 2 flux getattr size
	is "$output" 3
	cat >one.json <<<'{"bootstrap":{"hosts":[{"host":"n0"}]}}'
	run -0 timeout 50 flux start -c one.json -Shostname=n0 \
	    flux getattr broker.boot-method
	is "$output" config
}

@test "brokers that do not come are named after a few seconds" {
	conf '[ { host = "n[0-3]" } ]'
	timeout 50 flux start -o --config,conf.toml -Shostname=n0 true \
	    >log 2>&1 3>&- &
	retry grep -q 'broker.err\[0\]: quorum delayed: no broker has come from n\[1-3\] (rank 1-3); ' log
	kill -TERM $!
	wait $! || true
	run -0 env SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 flux start true
	[[ $output == *"this is one of 2 brokers without PMI: each is an instance of its own. To make them one, start them by srun --mpi=pmi2" ]]
	run -0 env SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 flux start true
	is "$output" ""
}

# refused TEXT: a broker n0 does not start with this configuration.
refused() {
	run -1 timeout 50 flux start -c conf.toml -Shostname=n0 true
	[[ $output == *"$1" ]] || fail "$output"
}

@test "a configuration that cannot be followed is refused, with the reason" {
	conf '[ { host = "n[1-2]" } ]'
	refused "[bootstrap] this host, 'n0', is not among the hosts of the configuration"
	conf '[ { host = "n[0-2]" }, { host = "n1" } ]'
	refused "[bootstrap] host 'n1' is there more than once"
	conf '[ { host = "n[0-" } ]'
	refused "[bootstrap] hosts[0]: invalid hostlist 'n[0-'"
	conf '[ { hots = "n0" } ]'
	refused "[bootstrap] hosts[0]: Object item not found: host"
	conf '[ ]'
	refused "[bootstrap] hosts must be an array of hosts"
	conf '[ { host = "n[0-1]", bind = "tcp://%x:1" } ]'
	refused "[bootstrap] 'tcp://%x:1': %h is a host, and %p default_port"
	conf '[ { host = "n[0-1]" } ]'
	sed -i '/curve_cert/d' conf.toml
	refused "[bootstrap] curve_cert is missing: the file with the keys that all brokers have"
	run -1 flux start -Sbroker.boot-method=config true
	[[ $output == *"the configuration has no [bootstrap] hosts" ]]
}

@test "a certificate that cannot be trusted is refused" {
	conf '[ { host = "n[0-1]" } ]'
	chmod g+w curve.cert
	refused "curve.cert may be written by others than its owner"
	cert 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' \
	    'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
	refused "do not belong together"
	cert short 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
	refused "curve.cert has no public and secret key"
	rm curve.cert
	refused "curve.cert: No such file or directory"
}
