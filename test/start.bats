#!/usr/bin/env bats
# flux start: instances come, run a program, and leave nothing behind.

setup() {
	load lib/setup
}

# Nothing of an instance is left below TMPDIR; zombies that nobody has reaped
# yet do not count.
brokers_gone() {
	! ps -eo stat=,args= | grep -v '^Z' |
		grep -q "[f]lux-broker.*rundir=$BATS_TEST_TMPDIR" &&
		! compgen -G "$BATS_TEST_TMPDIR/flux-*" >/dev/null
}

@test "the exit status is that of the program" {
	run -0 flux start -s 2 flux getattr size
	is "$output" 2
	run -7 --separate-stderr flux start -s 2 sh -c 'exit 7'
	run -127 --separate-stderr flux start nosuch
	run -143 --separate-stderr flux start sh -c 'kill -TERM $$'
	run -0 flux start 'echo one word with blanks'
	is "$output" 'one word with blanks'
	brokers_gone
}

@test "without a terminal there is no interactive shell" {
	run -1 flux start -s 1 </dev/null
	[[ $output == *"stdin is not a tty - can't run interactive shell"* ]]
}

@test "options with bad values are refused" {
	run -1 flux start -s 0 true
	is "$output" 'flux-start: --test-size argument must be > 0'
	run -1 flux start --test-exit-mode=any true
	is "$output" 'flux-start: --test-exit-mode only works with --test-size'
	run -1 flux start -S foo=bar true
	[[ $output == *'foo: unknown attribute'* ]]
}

@test "64 brokers run a task each and leave nothing" {
	run -0 flux start -s 64 sh -c 'flux run -N64 hostname | wc -l'
	is "$output" 64
	brokers_gone
}

@test "SIGTERM and SIGKILL of flux start end all of it" {
	local sig
	for sig in TERM KILL; do
		mkfifo "$BATS_TEST_TMPDIR/up.$sig"
		flux start -s 3 sh -c "echo up > $BATS_TEST_TMPDIR/up.$sig; sleep 60" \
		    >/dev/null 2>&1 3>&- &
		read -r _ < "$BATS_TEST_TMPDIR/up.$sig"
		kill -$sig $!
		wait $! || true
		retry brokers_gone
	done
}

@test "-S rundir is used, made, and removed if it was made" {
	mkdir -m 700 "$TMPDIR/there"
	run -0 flux start -s 2 -S rundir="$TMPDIR/there" flux getattr local-uri
	is "$output" "local://$TMPDIR/there/local-0"
	[ -d "$TMPDIR/there" ]
	run -0 flux start -s 1 -S rundir="$TMPDIR/new" flux getattr rundir
	is "$output" "$TMPDIR/new"
	[ ! -e "$TMPDIR/new" ]
	run -1 flux start -s 1 -S rundir=/nosuch/dir true
	is "$output" 'flux-start: /nosuch/dir: No such file or directory'
	brokers_gone
}

@test "--test-rundir is used, and removed with --test-rundir-cleanup" {
	mkdir -m 700 "$TMPDIR/d"
	is "$(flux start -s 1 --test-rundir="$TMPDIR/d" flux getattr rundir)" \
	    "$TMPDIR/d"
	[ -d "$TMPDIR/d" ]
	flux start -s 1 --test-rundir="$TMPDIR/d" --test-rundir-cleanup true
	[ ! -e "$TMPDIR/d" ]
	run -1 flux start -s 1 --test-rundir="$TMPDIR/d" true
	is "$output" "flux-start: $TMPDIR/d: No such file or directory"
	: >"$TMPDIR/f"
	run -1 flux start -s 1 --test-rundir="$TMPDIR/f" true
	is "$output" "flux-start: $TMPDIR/f: not a directory"
}

@test "-X starts nothing, and -v shows what it would start" {
	local b
	b=$(dirname "$(type -P flux)")/flux-broker
	run -0 flux start -X -v -S a=b -o -v --wrap=x,y true arg
	is "$output" "flux-start: x y $b -Sa=b -v true arg"
	run -0 flux start --noexec --verbose -s 2 --test-hosts='n[1-2]' \
	    -c /conf --conf=a=1 true
	is "$(sed -E 's/rundir=[^ ]+/rundir=R/' <<<"$output")" \
	    "flux-start: 0: $b -c/conf --conf=a=1 --setattr=rundir=R --setattr=hostname=n1 true
flux-start: 1: $b -c/conf --conf=a=1 --setattr=rundir=R --setattr=hostname=n2"
	run -0 flux start --sysconfig -X -v true
	is "$output" "flux-start: $b -c/etc/flux/system/conf.d true"
	brokers_gone
}

@test "--test-hosts names the hosts" {
	is "$(flux start -s 3 --test-hosts='a[7-8],b' flux getattr hostlist)" \
	    'a[7-8],b'
	run -1 flux start -s 3 --test-hosts='a[1-2]' true
	is "$output" 'flux-start: --test-hosts hostlist has incorrect size'
	run -1 flux start -s 3 --test-hosts='a[1-' true
	is "$output" 'flux-start: could not decode --test-hosts hostlist'
}

@test "--test-pmi-clique tells the brokers where they are" {
	local map
	while read -r clique map; do
		is "$(flux start -s 2 --test-pmi-clique=$clique \
		    flux lsattr -v 2>/dev/null |
		    awk '$1 == "broker.mapping" { print $2 }')" \
		    "$map" "$clique"
	done <<-'EOF'
	single [[0,1,2,1]]
	per-broker [[0,2,1,1]]
	none
	[[1,1,1,1],[0,1,1,1]] [[1,1,1,1],[0,1,1,1]]
	EOF
	run -1 flux start -s 2 --test-pmi-clique=foo true
	[[ $output == *"test-pmi-clique: error parsing range 'foo'" ]]
}

@test "--test-exit-mode and --test-exit-timeout: who counts, and for how long" {
	# rank 1 is killed, which is 137
	local kill1='kill -KILL $(flux exec -r 1 flux getattr broker.pid)'
	run -137 flux start -s 2 -S broker.critical-ranks=0 \
	    sh -c "$kill1; exit 3"
	run -3 flux start -s 2 --test-exit-mode=leader \
	    -S broker.critical-ranks=0 sh -c "$kill1; exit 3"
	run -1 flux start -s 1 --test-exit-mode=x true
	is "$output" 'flux-start: unknown --test-exit-mode: x'
	# rank 1 is stopped and outlives rank 0
	run -137 flux start -s 2 --test-exit-timeout=0.2s sh -c \
	    'kill -STOP $(flux exec -r 1 flux getattr broker.pid)'
	[[ $output == *'flux-start: Exit timeout: killed rank 1'* ]]
	run -1 flux start -s 1 --test-exit-timeout=x true
	is "$output" "flux-start: invalid --test-exit-timeout 'x'"
	run -1 flux start -s 1 --test-start-mode=leader true
	is "$output" 'flux-start: --test-start-mode=leader is not supported'
	run -1 flux start -s 1 --test-start-mode=x true
	is "$output" 'flux-start: unknown --test-start-mode: x'
	flux start -s 1 --test-start-mode=all true
}

@test "--cores: the instance has a part of the machine, and stays in it" {
	local all
	all=$(flux topo --cpusets | jq -r '.cpusets | length')
	run -0 flux start -s 1 --cores=1 sh -c 'flux resource info
	    flux run sh -c "sed -n s/Cpus_allowed_list:.//p /proc/self/status"
	    sed -n s/Cpus_allowed_list:.//p /proc/self/status'
	is "${lines[0]}" '1 Nodes, 1 Cores, 0 GPUs'
	is "${lines[1]}" "$(flux topo --cpusets | jq -r '.cpusets[0]')"
	is "${lines[2]}" "${lines[1]}"
	run -1 flux start --cores=$((all + 1)) true
	is "$output" "flux-start: --cores=$((all + 1)): there are only $all"
	run -1 flux start --cores=0 true
	is "$output" "flux-start: invalid --cores '0': too small"
	run -1 flux start --cores=x true
	is "$output" "flux-start: invalid --cores 'x': invalid"
}
