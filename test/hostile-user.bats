#!/usr/bin/env bats
# A second, real user of the machine, made by the test, against an instance of
# the first: see SECURITY.md. Only root can do this.

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	other=fluxtest$$
	useradd --system --no-create-home --shell /bin/sh "$other"
	export other
}

teardown_file() {
	[ -z "${other-}" ] || userdel "$other"
}

setup() {
	load lib/setup
	load lib/py
	[ "$(id -u)" = 0 ] || skip "only root can make a user"
	# what the other user is to reach, he must be able to reach
	d=$BATS_TEST_TMPDIR
	while [ "$d" != / ]; do
		chmod a+x "$d"
		d=$(dirname "$d")
	done
	# he has the commands, too, wherever they were built
	cp -R "$bindir" "$BATS_TEST_TMPDIR/bin"
	chmod -R a+rX "$BATS_TEST_TMPDIR/bin"
}

teardown() {
	[ "$(id -u)" != 0 ] || instance_stop
}

# As the other user.
other() {
	setpriv --reuid="$other" --regid="$(id -g "$other")" --clear-groups \
	    --inh-caps=-all env PATH="$BATS_TEST_TMPDIR/bin:$PATH" TMPDIR=/tmp \
	    "$@"
}

rundir() { flux getattr rundir; }

@test "another user cannot connect, nor see what is in rundir" {
	instance_start -s 2
	run ! other ls "$(rundir)"
	run ! other test -e "$(rundir)/local-0"
	run ! other flux getattr rank
	[[ $output == *"nable to connect"* ]]
	is "$(stat -c %a "$(rundir)")" 700
	is "$(find "$(rundir)" ! -user "$(id -un)")" ""
}

@test "where rundir lets him in, the broker does not" {
	mkdir -m 711 "$BATS_TEST_TMPDIR/run"
	instance_start -s 1 -S rundir="$BATS_TEST_TMPDIR/run"
	other test -S "$BATS_TEST_TMPDIR/run/local-0"
	run ! other flux getattr rank
	[[ $output == *"not permitted"* ]] || fail "$output"
	is "$(flux getattr rank)" 0
}

@test "a rundir that he may write, or that is his, is refused" {
	mkdir -m 777 "$BATS_TEST_TMPDIR/run"
	run ! flux start -S rundir="$BATS_TEST_TMPDIR/run" true
	[[ $output == *"may be written by others"* ]]
	chmod 755 "$BATS_TEST_TMPDIR/run"
	chown "$other" "$BATS_TEST_TMPDIR/run"
	run ! flux start -S rundir="$BATS_TEST_TMPDIR/run" true
	[[ $output == *"may be written by others"* ]]
}

@test "he cannot signal a broker, a shell or a task, nor read of them" {
	instance_start -s 2
	local id pid
	id=$(flux submit sleep 100)
	flux job wait-event -q "$id" start
	retry eval '[ $(instance_processes | wc -l) -ge 5 ]'
	for pid in $(instance_processes); do
		case $(cat /proc/$pid/comm) in
		flux* | sleep*) ;;
		*) continue ;;
		esac
		run ! other kill -TERM "$pid"
		run ! other cat /proc/$pid/environ
		run ! other ls /proc/$pid/fd
		run ! other cat /proc/$pid/mem
	done
	flux cancel "$id"
}

# A key or a token is long and random; paths and ids are not secret.
@test "command lines hold no secret" {
	instance_start -s 2
	local pid
	for pid in $(instance_processes); do
		run cat /proc/$pid/cmdline
		[[ ! $output =~ [A-Za-z0-9+/_-]{40,} ]] ||
		    [[ ${BASH_REMATCH[0]} == */* ]] ||
		    fail "$pid: ${BASH_REMATCH[0]}"
	done
}

@test "statedir and its files are the owner's alone" {
	umask 022
	instance_start -s 1 -S statedir="$BATS_TEST_TMPDIR/state"
	flux run true
	is "$(stat -c %a "$BATS_TEST_TMPDIR/state")" 700
	is "$(find "$BATS_TEST_TMPDIR/state" -type f -perm /077)" ""
	run ! other ls "$BATS_TEST_TMPDIR/state"
}

@test "temporary files of a job are the owner's alone" {
	umask 022
	instance_start -s 1
	run -0 flux run sh -c 'stat -c %a "$FLUX_JOB_TMPDIR"'
	is "$output" 700
	run -0 flux run sh -c 'find "$FLUX_JOB_TMPDIR" ! -user $(id -u)'
	is "$output" ""
}

@test "links and directories laid in TMPDIR in advance do no harm" {
	local public=$BATS_TEST_TMPDIR/public
	mkdir -m 1777 "$public"
	echo precious >"$BATS_TEST_TMPDIR/precious"
	chmod 644 "$BATS_TEST_TMPDIR/precious"
	local name
	for name in flux "flux-$(id -u)" "flux-$(id -un)" local-0 \
	    jobtmp-0 job.out content.sqlite flux-XXXXXX; do
		other ln -s "$BATS_TEST_TMPDIR/precious" "$public/$name"
	done
	TMPDIR=$public instance_start -s 2
	flux run true
	is "$(cat "$BATS_TEST_TMPDIR/precious")" precious
	is "$(stat -c %a "$(rundir)")" 700
	run ! other rm -rf "$(rundir)"
	[ -S "$(rundir)/local-0" ]
}


@test "a guest is told of his jobs only, and is who the kernel says" {
	mkdir -m 711 "$BATS_TEST_TMPDIR/run"
	instance_start -s 1 -S rundir="$BATS_TEST_TMPDIR/run" \
	    --conf=access.allow-guest-user=true
	local id
	id=$(flux submit sleep 100)
	chmod -R a+rX "$BATS_TEST_TMPDIR"
	run ! other flux job eventlog "$id"
	[[ $output == *"ccess is restricted"* ]] || fail "$output"
	run ! other flux cancel "$id"
	run ! other flux setattr log-stderr-level 7
	cp -R "$top/test/lib" "$BATS_TEST_TMPDIR/lib"
	other env FLUX_URI="$FLUX_URI" PYTHONPATH="$BATS_TEST_TMPDIR/lib" \
	    PYTHONDONTWRITEBYTECODE=1 python3 - <<-EOF
	from fluxraw import *
	# as he would like to be
	f = Flux(userid=$(id -u), rolemask=1)
	is_(f.error("attr.set", {"name": "log-stderr-level", "value": "7"}),
	    "1 Request requires owner credentials")
	is_(f.error("job-manager.raise", {"id": $(flux job id "$id"),
	    "type": "cancel", "severity": 0})[:2], "1 ")
	EOF
	flux cancel "$id"
}
