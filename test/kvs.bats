#!/usr/bin/env bats
# flux kvs, and the services kvs and kvs-watch.

setup() {
	load lib/setup
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	instance_stop
}

@test "values are stored and read" {
	flux kvs put a=1 b.c=2 's=two words'
	is "$(flux kvs get a b.c s)" $'1\n2\ntwo words'
	is "$(flux kvs get --label a b.c)" $'a=1\nb.c=2'
	flux kvs put --append a=2
	is "$(flux kvs get a)" 12
	printf 'x\0y\n' | flux kvs put --raw bytes=-
	is "$(flux kvs get --raw bytes | od -An -c | tr -s ' ')" ' x \0 y \n'
	is "$(flux kvs get -t a)" '{"data":"MTI=","type":"val","ver":1}'
	flux kvs put -t 'z={"ver":1,"type":"val","data":"MQ=="}'
	is "$(flux kvs get z)" 1
	is "$(flux exec -r 1 flux kvs get s)" 'two words'
	run -1 flux kvs get a nosuch
	is "$output" $'12\nflux-kvs: nosuch: No such file or directory'
	run -1 flux kvs get b
	is "$output" "flux-kvs: b: Is a directory"
}

@test "the root after a change is printed" {
	local seq
	seq=$(flux kvs version)
	is "$(flux kvs put -s a=1)" $((seq + 1))
	is "$(flux kvs mkdir -s d)" $((seq + 2))
	is "$(flux kvs getroot -s)" $((seq + 2))
	is "$(flux kvs getroot -b)" "$(flux kvs getroot | jq -r '.data[0]')"
	is "$(flux kvs getroot -o)" "$(id -u)"
}

@test "directories are listed in columns, by type, and as JSON" {
	flux kvs put t.a=1 t.b.c=2 t.b.d.e=3
	flux kvs link t.a t.long-link
	is "$(flux kvs ls t)" "a            b            long-link"
	is "$(flux kvs ls -F -1 t)" $'a\nb.\nlong-link@'
	is "$(flux kvs ls -w 20 t)" $'a\nb\nlong-link'
	is "$(flux kvs ls -R t.b)" $'t.b:\nc    d\n\nt.b.d:\ne'
	run -1 flux kvs ls t.a nosuch t.b
	is "$output" $'nosuch: No such file or directory\nt.a\n\nt.b:\nc    d'
	is "$(flux kvs ls --json t)" '{"version":1,"keys":[{"key":"t.a","type":"value"},{"key":"t.b","type":"directory"},{"key":"t.long-link","type":"link"}]}'
	flux kvs ls -1 | grep -qx resource
}

@test "directories are printed with values, which are cut" {
	flux kvs put t.a=1 t.b.c=hello t.b.d.e=3
	flux kvs mkdir t.e
	printf 'one\ntwo\n' | flux kvs put -r t.l=-
	is "$(flux kvs dir t)" $'t.a = 1\nt.b.\nt.e.\nt.l = one...'
	is "$(flux kvs dir -R t)" $'t.a = 1\nt.b.c = hello\nt.b.d.e = 3\nt.e.\nt.l = one...'
	is "$(flux kvs dir -Rd t.b)" $'t.b.c\nt.b.d.e'
	is "$(flux kvs dir -w 14 t.b)" $'t.b.c = hel...\nt.b.d.'
	run -1 flux kvs dir t.a
	is "$output" "flux-kvs: t.a: Not a directory"
	run -1 flux kvs dir a b
}

@test "keys are removed, copied, renamed and linked" {
	flux kvs put a=1 d.x=1 d.y=2
	flux kvs copy d e
	flux kvs move a e.a
	is "$(flux kvs dir e)" $'e.a = 1\ne.x = 1\ne.y = 2'
	run -1 flux kvs get a
	flux kvs link e.a l
	is "$(flux kvs readlink l)" e.a
	is "$(flux kvs get l)" 1
	run -1 flux kvs unlink e
	is "$output" "flux-kvs: cannot unlink 'e': Directory not empty"
	flux kvs unlink -R e d.x
	is "$(flux kvs ls d)" y
	run -1 flux kvs unlink e
	is "$output" "flux-kvs: cannot unlink 'e': No such file or directory"
	flux kvs unlink -f e
	flux kvs mkdir d
	is "$(flux kvs ls d)" y
	run -1 flux kvs copy nosuch x
	is "$output" "flux-kvs: flux_kvs_copy: No such file or directory"
	run -1 flux kvs readlink d.y
	is "$output" "flux-kvs: d.y: Invalid argument"
}

@test "a value is waited for, and watched until it is gone" {
	mkfifo out
	flux kvs get -W -w k >out 2>&1 3>&- &
	exec 5<out
	flux kvs put k=1
	read -r -t 10 -u 5 line
	is "$line" 1
	flux kvs put k=1
	flux kvs put k=2
	read -r -t 10 -u 5 line
	is "$line" 2
	flux kvs unlink k
	read -r -t 10 -u 5 line
	is "$line" "flux-kvs: k: No such file or directory"
	rc=0
	wait $! || rc=$?
	is $rc 1
	flux kvs put k=3
	is "$(flux kvs get -W k)" 3
	is "$(flux kvs get -w -c 1 k)" 3
}

@test "what is appended is watched" {
	mkfifo out
	flux kvs put k=a
	flux kvs get -w -A -c 3 k >out 3>&- &
	exec 5<out
	read -r -t 10 -u 5 line
	is "$line" a
	flux kvs put -A k=b
	read -r -t 10 -u 5 line
	is "$line" b
	flux kvs put -A k=c
	read -r -t 10 -u 5 line
	is "$line" c
	wait $!
}

@test "events are appended, printed and waited for" {
	flux kvs eventlog append -t 1700000000.25 e start
	flux kvs eventlog append -t 1700000001.5 e go '{"a":1,' '"b":"x y"}'
	is "$(flux kvs eventlog get e)" $'1700000000.250000 start\n1700000001.500000 go a=1 b="x y"'
	is "$(flux kvs eventlog get -u e | tail -1)" '{"timestamp":1700000001.5,"name":"go","context":{"a":1,"b":"x y"}}'
	is "$(flux kvs eventlog get -H e)" $'[Nov14 22:13] start\n[  +1.250000] go a=1 b="x y"'
	is "$(flux kvs eventlog wait-event e go)" '1700000001.500000 go a=1 b="x y"'
	is "$(flux kvs eventlog wait-event -v e go | wc -l)" 2
	is "$(flux kvs eventlog get -w -c 1 e)" '1700000000.250000 start'
	flux kvs eventlog wait-event -q -t 20 e end 3>&- &
	flux kvs eventlog append e end
	wait $!
	run -1 flux kvs eventlog wait-event -t 0.1 e nosuch
	is "$output" "flux-kvs: wait-event timeout on event 'nosuch'"
	run -1 flux kvs eventlog wait-event nosuch x
	is "$output" "flux-kvs: eventlog path nosuch not found"
	run -1 flux kvs eventlog append e bad foo=bar
	is "$output" "flux-kvs: eventlog_entry_create: Invalid argument"
	flux kvs put t=text
	run -1 flux kvs eventlog get t
	is "$output" "flux-kvs: cannot decode improperly formatted eventlog"
	flux kvs eventlog get resource.eventlog | grep -q ' resource-define '
}

@test "what cannot be had is refused with a reason" {
	run -1 flux kvs put nosuch
	is "$output" "flux-kvs: put: you must specify a value as key=value"
	run -1 flux kvs put =5
	run -1 flux kvs put resource.R=x
	is "$output" "flux-kvs: flux_kvs_commit: keys below job and resource cannot be written"
	run -1 flux kvs get -N nosuch a
	is "$output" "flux-kvs: a: Operation not supported"
	run -1 env FLUX_KVS_NAMESPACE=nosuch flux kvs ls
	is "$output" ".: Operation not supported"
	run -1 flux kvs namespace create ns
	is "$output" "flux-kvs: ns: KVS namespaces are not supported"
	run -1 flux kvs sync
	is "$output" "flux-kvs: sync: not supported: the KVS is not kept on the disk"
	run -1 flux kvs wait x
	is "${lines[0]}" "flux-kvs: invalid VERSION 'x': invalid"
	run -1 flux kvs wait
	run -1 flux kvs get --at '{}' a
	run -1 flux kvs get -w resource.R
	is "$output" "flux-kvs: resource.R: logs of jobs are watched by job-info.eventlog-watch"
	run -1 flux kvs bogus
	run -1 flux kvs
	is "$(flux kvs namespace list --json | jq -r '.namespaces[].namespace')" primary
}

@test "wait ends when the KVS has that version" {
	v=$(flux kvs version)
	run -0 flux kvs wait "$v"
	is "$output" ""
	flux kvs wait $((v + 2)) 3>&- &
	pid=$!
	flux kvs put a=1
	kill -0 $pid
	flux kvs put a=2
	wait $pid
	# one who goes away is forgotten
	timeout 1 flux kvs wait $((v + 100)) || true
	run -0 flux kvs version
	is "$output" $((v + 2))
}
