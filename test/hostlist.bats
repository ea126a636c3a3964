#!/usr/bin/env bats
# flux hostlist.

setup() {
	load lib/setup
	unset FLUX_JOB_ID
}

teardown() {
	instance_stop
}

# what HOSTLIST-ARGS = EXPECTED
gives() {
	local expected=${!#}
	set -- "${@:1:$#-1}"
	is "$(flux hostlist "$@")" "$expected" "flux hostlist $*"
}

@test "lists are put one behind the other" {
	gives 'c,a[3,1],b' b,c 'c,a[3,1],b,b,c'
	gives 'n[01-03]' n1 'n[01-03,1]'
	gives a,,b ' c' 'a,b,c'
	gives '' ''
	is "$(flux hostlist -c '')" 0
}

@test "lists are combined as sets" {
	gives -u 'c,a[3,1],b' b,c 'a[1,3],b,c'
	gives -i 'c,a[3,1],b' b,c 'b,c'
	gives -i a,b,c,b b c ''
	gives -m 'c,a[3,1],b' b,c 'a[3,1]'
	gives -m a,b,c,b,a b 'a,c,b,a'
	gives -m a,b,c,b,a b c b 'a,a'
	gives -X 'c,a[3,1],b' 'b,c,d' 'a[1,3],d'
	gives -X a,b,c b,c,d d,e,a e
}

@test "hosts are chosen by name, number and place" {
	gives -x b a,b,c,b 'a,c'
	gives -x 1 a,b,c,b 'a,c,b'
	gives -x 1,z a,b,c,b 'a,b,c,b'
	gives -x 7 a,b 'a,b'
	gives -S n10 n9 n2 n010 n09 n2 'n[2,2,9,09-10,010]'
	gives -L2 a,b,c 'a,b'
	gives -L -2 a,b,c 'b,c'
	gives -L 9 a,b,c 'a,b,c'
	gives -n 1,3 a,b 'c[1-3]' 'b,c2'
	gives -n -1 a,b 'c[1-3]' c3
	gives -n=-1-2 a,b,c,d 'c,d'
	run -1 flux hostlist -n 2 a b
	is "$output" "flux-hostlist: ERROR: Hostlist index out of range"
	run -1 flux hostlist -n x a b
	is "$output" "flux-hostlist: ERROR: --nth: Invalid idset 'x'"
}

@test "the steps have an order of their own" {
	gives -n0 -L2 -S -x a c b a b
	gives -L=-1 -u c,b,a c
	gives -e -d, -S c b a 'a,b,c'
}

@test "hosts are printed, counted and found" {
	gives -e 'n[0-3]' 'n0 n1 n2 n3'
	gives -e -d '\n' a b $'a\nb'
	gives -c a b a 3
	gives -F b,a a,b,a '1 0'
	is "$(flux hostlist --json -F b a,b,a)" \
	    '{"version":1,"count":3,"hostlist":"a,b,a","hosts":["a","b","a"],"indices":[1]}'
	run -1 flux hostlist -F z a
	is "$output" "flux-hostlist: ERROR: host 'z' not found"
	run -0 flux hostlist -q a
	run -1 flux hostlist -q -x a a
	is "$output" ""
}

@test "standard input is a source, and is not waited for too long" {
	is "$(printf 'a,b\nb  c\n' | flux hostlist)" 'a,b,b,c'
	is "$(echo a | flux hostlist b - -)" 'b,a'
	is "$(printf '' | flux hostlist -c)" 0
	mkfifo "$BATS_TEST_TMPDIR/silent"
	FLUX_HOSTLIST_STDIN_TIMEOUT=0.25 run -1 \
	    flux hostlist <>"$BATS_TEST_TMPDIR/silent"
	is "$output" "flux-hostlist: ERROR: timeout after 0.25s waiting for stdin"
	FLUX_HOSTLIST_STDIN_TIMEOUT=x run -1 flux hostlist </dev/null
	FLUX_HOSTLIST_STDIN_TIMEOUT=-1 run -1 flux hostlist </dev/null
	is "$output" "flux-hostlist: ERROR: timeout must be non-negative"
}

@test "the instance and its jobs are sources" {
	local id held
	instance_start -s 4 --test-hosts='node[0-3]'
	gives instance 'node[0-3]'
	gives local 'node[0-3]'
	is "$(flux hostlist --local </dev/null)" 'node[0-3]'
	flux resource drain 1,3 'not now'
	gives avail 'node[0,2]'
	gives -m instance available 'node[1,3]'
	id=$(flux submit -N2 sleep 300)
	held=$(flux submit --urgency=hold true)
	flux job wait-event -qt 30 "$id" start
	gives "$id" 'node[0,2]'
	is "$(FLUX_JOB_ID=$id flux hostlist local)" 'node[0,2]'
	run -1 flux hostlist -q "$held"
	run -1 flux hostlist f1
	is "$output" "flux-hostlist: ERROR: job f1 not found"
	gives -f f1 f1
	FLUX_JOB_ID='z!' run -1 flux hostlist local
	is "$output" "flux-hostlist: ERROR: z! is not a valid Flux jobid"
	flux cancel --all --quiet
}

@test "bad lists and options are refused" {
	run -1 flux hostlist 'a['
	is "$output" "flux-hostlist: ERROR: Invalid jobid or hostlist a["
	run -2 flux hostlist -x 'a[' a
	is "${lines[0]}" "flux-hostlist: argument -x/--exclude: invalid Hostlist value: 'a['"
	run -2 flux hostlist -L x a
	is "${lines[0]}" "flux-hostlist: argument -L/--limit: invalid int value: 'x'"
	run -2 flux hostlist -i -m a b
	run -2 flux hostlist -c -e a b
	run -2 flux hostlist --bogus a
	run -1 env FLUX_URI=local:///nonexistent flux hostlist instance
	is "$output" "flux-hostlist: ERROR: Unable to connect to Flux: broker socket /nonexistent was not found"
}
