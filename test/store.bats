#!/usr/bin/env bats
# What a statedir keeps over the end of a broker, orderly or not.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	state=$BATS_TEST_TMPDIR/state
}

# with_state COMMAND...: an instance on the statedir that runs it.
with_state() {
	timeout -k 5 50 flux start -S statedir="$state" "$@"
}
# the same, and the broker is killed at the end
with_state_killed() {
	with_state bash -c "$1"'
kill -9 $(flux getattr broker.pid); exec sleep 100' || true
}

@test "jobs that have ended are there after an orderly end" {
	with_state sh -c 'flux submit --quiet --wait --cc=1-3 sh -c "echo {cc}; exit {cc}" || true'
	run -0 with_state flux jobs -a -no '{status} {returncode}' --sort=id
	is "$output" $'FAILED 1\nFAILED 2\nFAILED 3'
	run with_state sh -c 'flux job attach $(flux jobs -f failed -c1 -no "{id}")'
	[[ $output =~ ^[123] ]]
	[ "$status" = "${output:0:1}" ]
	run with_state sh -c 'flux jobs --stats-only || true'
	is "$output" '0 running, 0 completed, 3 failed, 0 pending, 0 inactive purged'
}

@test "a broker that is killed: what was acknowledged is there, once" {
	with_state_killed '
		flux submit --wait --cc=1-4 echo hello {cc} >done
		flux submit --urgency=hold --cc=1-3 sh -c "echo held {cc} >>ran" >held
		flux submit sleep 1000 >lost; flux job wait-event -q $(cat lost) start'
	with_state bash -c '
		for id in $(cat done); do flux job attach $id; done | sort >out
		flux job urgency $(head -1 held) 16
		flux job wait-event -q -t 20 $(head -1 held) clean
		flux jobs -a -no "{id} {status}" >list
		flux job eventlog -f json $(cat lost) | jq -c "[.name,.context.type,.context.note,.context.status]" | tail -6 >log'
	is "$(cat out)" $'hello 1\nhello 2\nhello 3\nhello 4'
	is "$(wc -l <ran)" 1
	is "$(grep -cF -f done list)" 4
	is "$(grep -F -f done list | grep -c COMPLETED)" 4
	is "$(grep -F -f held list | awk '{print $2}' | sort | xargs)" \
	    'COMPLETED SCHED SCHED'
	is "$(grep -F -f lost list | awk '{print $2}')" FAILED
	is "$(cat log)" '["exception","restart","the instance was restarted while the job ran",null]
["finish",null,null,9]
["flux-restart",null,null,null]
["release",null,null,null]
["free",null,null,null]
["clean",null,null,null]'
	run with_state sh -c 'flux jobs --stats-only || true'
	is "$output" '0 running, 5 completed, 1 failed, 2 pending, 0 inactive purged'
}

@test "dependencies, queues and ids go on" {
	with_state_killed '
		flux queue stop
		flux submit --job-name=a true >first
		flux submit --dependency=afterok:$(cat first) --job-name=b true >second
		flux submit --dependency=singleton --job-name=c sleep 0 >third
		flux submit --dependency=singleton --job-name=c sleep 0 >fourth
		flux submit --begin-time=+1h true >later'
	with_state bash -c '
		flux submit true >fifth
		flux jobs -no "{name} {status} {dependencies}" --sort=id >before
		flux queue start
		flux cancel $(cat later)
		flux queue drain
		flux jobs -a -no "{name} {status}" --sort=id >after'
	is "$(sed 's/[=@][^ ]*$//; s/ *$//' before)" 'a SCHED
b DEPEND after-success
c SCHED
c DEPEND singleton
true DEPEND begin
true SCHED'
	is "$(cat after)" 'a COMPLETED
b COMPLETED
c COMPLETED
c COMPLETED
true CANCELED
true COMPLETED'
	[ "$(flux job id --to=dec "$(cat fifth)")" -gt "$(flux job id --to=dec "$(cat later)")" ]
}

@test "purged is purged" {
	with_state sh -c 'flux submit --quiet --wait --cc=1-5 true; flux job purge -f --num-limit=2'
	run -0 with_state flux jobs -a -no '{status}'
	is "$output" $'COMPLETED\nCOMPLETED'
}

@test "one broker for a statedir, and only a store that can be read" {
	run ! with_state timeout 30 flux start -S statedir="$state" true
	[[ $output =~ "another broker is using it" ]]
	echo 'this is no store, whatever its name says' >"$state/jobs.sqlite"
	run ! with_state true
	[[ $output =~ "not a database" ]]
	rm "$state"/jobs.sqlite*
	with_state true
	python3 - "$state/jobs.sqlite" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("pragma user_version = 99")
PY
	run ! with_state true
	[[ $output =~ "is of version 99, this broker reads up to 2" ]]
}

@test "the files are for the owner alone" {
	with_state sh -c "flux submit -q --wait true; stat -c %a $state $state/jobs.sqlite*" >modes
	is "$(sort -u modes | xargs)" '600 700'
}

# A store as version N of the file was written.
old_store() {
	mkdir -m 700 "$state"
	python3 - "$state/jobs.sqlite" "$top/test/data/store/v$1.sql" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())
PY
}

@test "a store of version 1 goes on" {
	old_store 1
	with_state bash -c '
		flux jobs -ano "{name} {status} {exception.type}" --sort=id >list
		for id in $(flux jobs -f completed -no "{id}"); do flux job attach $id; done >out
		id=$(flux jobs -f sched -no "{id}")
		flux job urgency $id 16; flux job attach $id >>out
		flux job info $id J | cut -d. -f2 | base64 -d | jq -r .tasks[0].command[2] >>out'
	is "$(sed 's/ *$//' list)" 'sh COMPLETED
sh COMPLETED
sh FAILED
sh SCHED
true DEPEND
sleep FAILED restart'
	is "$(sort out | xargs)" 'echo held held hello 1 hello 2'
}

@test "recovery: what is in a statedir is looked at, and stays" {
	old_store 1
	before=$(sha256sum <"$state/jobs.sqlite")
	timeout 30 flux start --recovery="$state" bash -c '
		flux jobs -ano "{name} {status}" --sort=id >list
		flux job attach $(flux jobs -f completed -c1 -no "{id}") >out
		! flux submit true 2>err
		! flux job urgency $(flux jobs -f sched -no "{id}") 16 2>>err
		! flux job purge -f --num-limit=1 2>>err
		flux jobs -ano "{name} {status}" --sort=id >list2'
	is "$(cat list)" 'sh COMPLETED
sh COMPLETED
sh FAILED
sh SCHED
true DEPEND
sleep RUN'
	cmp list list2
	is "$(cat out)" 'hello 2'
	is "$(head -1 err)" '[Errno 30] this instance only looks at the state of another'
	is "$(wc -l <err)" 3
	is "$(sha256sum <"$state/jobs.sqlite")" "$before"
}

@test "recovery: of a newer version, or damaged, what can be read" {
	old_store 1
	python3 - "$state/jobs.sqlite" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("pragma user_version = 99")
PY
	run ! with_state true
	[[ $output =~ "flux start --recovery=$state" ]]
	run -0 timeout 30 flux start --recovery="$state" flux jobs -ano '{status}'
	is "$(wc -l <<<"$output")" 6
	# the later pages are noise
	size=$(stat -c %s "$state/jobs.sqlite")
	dd if=/dev/urandom of="$state/jobs.sqlite" bs=4096 seek=$((size / 4096 - 4)) \
	    count=4 conv=notrunc status=none
	run -0 timeout 30 flux start --recovery="$state" sh -c 'flux jobs -ano "{status}" | wc -l'
}

# on_small_disk SCRIPT: with the statedir on a file system of 2 MB of its own,
# ./disk; what it fills it with is ./disk/fill.
on_small_disk() {
	unshare -m true 2>/dev/null || skip "needs a mount namespace"
	mkdir disk
	state=$BATS_TEST_TMPDIR/disk/state
	export state
	timeout -k 5 60 unshare -m bash -c '
		mount -t tmpfs -o size=2m disk disk && eval "$1"' bash "$1"
}

@test "a full disk: no job is taken that cannot be kept, and it goes on" {
	on_small_disk 'flux start -S statedir=$state bash -c "
		flux submit --wait echo first >ids
		dd if=/dev/zero of=disk/fill bs=4k 2>/dev/null
		n=0; while flux submit --urgency=hold --cc=1-50 true >>ids 2>>err; do
			n=\$((n + 1)); [ \$n -lt 200 ] || exit 9; done
		! flux submit true 2>>err
		flux jobs -ano {id} >list
		rm disk/fill
		until flux submit true >last 2>/dev/null; do read -rt 0.1 <> <(:) || true; done
		flux job wait-event -q -t 20 \$(cat last) clean
		flux dmesg >dmesg; flux jobs -ano {id} >list2" 2>log
	flux start -S statedir=$state flux jobs -ano "{id} {status}" >list3'
	grep -q 'job store cannot be written: database or disk is full' err
	grep -q 'the job store cannot be written.*No new jobs are taken until it can' log
	grep -q 'the job store can be written again' dmesg
	# what was acknowledged is there, over the end too
	is "$(sort ids | comm -23 - <(sort list2))" ''
	is "$(sort ids last | comm -23 - <(awk '{print $1}' list3 | sort))" ''
	is "$(grep -cF -f last list3)" 1
}

@test "a store on a disk that is read-only can be looked at" {
	on_small_disk 'flux start -S statedir=$state flux submit --wait echo first >id
	mount -o remount,ro disk
	flux start -S statedir=$state true 2>refused
	flux start --recovery=$state sh -c "flux job attach $(cat id)" >out 2>log'
	grep -q 'Read-only file system\|readonly' refused
	is "$(cat out)" first
}

@test "--dump keeps the jobs of a batch job, for a look at them later" {
	timeout -k 5 50 flux start bash -c '
		export HOME=$PWD
		id=$(flux batch --dump -n1 --wrap \
		    "flux submit --wait --cc=1-2 echo hi {cc}; flux run false")
		flux job wait-event -q $id clean
		mv flux-$id-dump.tgz default.tgz
		flux alloc -n1 --dump=plain flux run true
		flux alloc -n1 --dump=a:b.tar --conf=x=1 flux run true
		flux alloc -n1 --dump=plain flux run hostname'
	mkdir one two three
	tar -xzf default.tgz -C one
	mv plain two/jobs.sqlite
	tar -xf ./a:b.tar --force-local -C three
	is "$(stat -c %a default.tgz)" 600
	is "$(ls)" $'a:b.tar\ndefault.tgz\n'"$(ls flux-*.out)"$'\none\nthree\ntwo'
	look() { timeout -k 5 50 flux start --recovery="$1" "${@:2}"; }
	run -0 look one flux jobs -a -no '{name} {returncode}' --sort=id
	is "$output" $'echo 0\necho 0\nfalse 1'
	run -0 look one bash -c 'for id in $(flux jobs -f completed -no "{id}"); do flux job attach $id; done'
	is "$(sort <<<"$output")" $'hi 1\nhi 2'
	run -0 look two flux jobs -a -no '{name} {status}'
	is "$output" 'hostname COMPLETED'
	run -0 look three flux jobs -a -no '{name} {status}'
	is "$output" 'true COMPLETED'
}

@test "a dump that cannot be written is told at the start, or at the end" {
	run -1 timeout 50 flux start -S content.dump=/no/where true
	[[ ${lines[0]} == *"content.dump: /no/where: No such file or directory" ]]
	run -1 timeout 50 flux start -S content.dump=/ true
	[[ ${lines[0]} == *"content.dump: / is no regular file" ]]
	mkdir d
	run timeout 50 flux start -S content.dump=d/x.tgz rmdir d
	[[ $output == *"broker.err[0]: content.dump d/x.tgz: "* ]]
	run -0 timeout 50 flux start -S content.dump=x flux setattr content.dump y
	is "$(ls x y 2>&1)" $'ls: cannot access \'x\': No such file or directory\ny'
}
