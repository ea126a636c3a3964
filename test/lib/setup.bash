# Helpers of the bats tests.
#
#     setup() { load lib/setup; instance_start -s 2; }
#     teardown() { instance_stop; }
#
# Everything of a test is below $BATS_TEST_TMPDIR, also what the programs put
# into TMPDIR, so that instance_stop can see what was left behind. SAN=1 tests
# the programs that were built with sanitizers; their reports fail the test.

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
for name in $(compgen -e FLUX_); do
	[ "$name" = FLUX_REFERENCE ] || unset "$name"
done
unset name NO_COLOR XDG_RUNTIME_DIR
bindir=$top/bin${SAN:+-san}
[ -z "${TEST_PREFIX-}" ] || bindir=$TEST_PREFIX/bin:$TEST_PREFIX/libexec/flux
export PATH=$bindir:$PATH
export TMPDIR=$BATS_TEST_TMPDIR
export LC_ALL=C.UTF-8 TZ=UTC
export ASAN_OPTIONS=log_path=$BATS_TEST_TMPDIR/sanitizer
export UBSAN_OPTIONS=$ASAN_OPTIONS:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$top/test/lib/lsan.supp:print_suppressions=0
# hwloc's PCI plugin unloads itself with 1016 bytes of libpciaccess not freed,
# which cannot be suppressed by name any more when it is reported.
[ -z "$SAN" ] || export HWLOC_PLUGINS_BLACKLIST=hwloc_pci.so

# Who runs the tests, also as a column of listings.
me=$(id -un)
printf -v me8 %-8s "$me"

# Seconds that starting and ending an instance may take.
deadline=$((SAN ? 60 : 20))

# fail TEXT: the test has failed.
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# is GOT EXPECTED [NAME]: the texts are the same.
is() {
	[ "$1" = "$2" ] && return
	printf '%s\n     got: %s\nexpected: %s\n' "${3:-texts differ}" "$1" \
	    "$2" >&2
	return 1
}

# retry COMMAND ARGS: run it until it succeeds, 10 seconds at most. For what
# cannot be waited for in another way.
# (a process substitution here would change $!, which tests wait for)
exec {nothing}<> <(:)
retry() {
	local end=$((SECONDS + (SAN ? 30 : 10)))
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "never came true: $*" || return
		read -rt 0.05 -u "$nothing" || true
	done
}

# Skip the test unless there is a reference implementation.
need_reference() {
	[ -x "${FLUX_REFERENCE:-/nonexistent}/bin/flux" ] ||
		skip "FLUX_REFERENCE names no installation"
}

# instance_start [ARGS]: start an instance in the background (ARGS are those
# of flux start; -s 1 if it has none) and set FLUX_URI. $instance_flux, if set,
# is the flux to start it with. Its output is in $instance_log.
instance_start() {
	local dir=$BATS_TEST_TMPDIR/instance.$((++instance_count))
	local flux=${instance_flux:-flux}
	[[ " $* " =~ \ (-s|--test-size) ]] || set -- -s 1 "$@"
	mkdir "$dir"
	mkfifo "$dir/uri" "$dir/end" "$dir/status"
	instance_log=$dir/log
	# Its initial program waits for a line from the test, or the end of
	# the fifo: should the test be killed, the instance ends too. The trap
	# lets the status be told when the test runner ends all processes.
	(
		set +e
		trap : TERM
		exec {status}<>"$dir/status"
		"$flux" start "$@" sh -c \
		    'echo "$FLUX_URI" >"$1"; read -r _ <"$2"; exit 0' \
		    sh "$dir/uri" "$dir/end" >"$dir/log" 2>&1 </dev/null \
		    {status}>&-
		echo $? >&$status
	) 3>&- &
	instance_pid=$!
	exec {instance_status_fd}<>"$dir/status"
	FLUX_URI=$(instance_uri "$dir") || return
	export FLUX_URI
	exec {instance_end_fd}<>"$dir/end"
}

# The URI that the instance sends, or failure when it ends instead.
instance_uri() {
	local uri= part fd end=$((SECONDS + deadline))
	exec {fd}<>"$1/uri"
	until read -rt 0.2 -u $fd part; do
		uri+=$part # a read that times out may have taken some of it
		if ! kill -0 $instance_pid 2>/dev/null ||
		    [ $SECONDS -ge $end ]; then
			cat "$1/log" >&2
			fail "the instance did not start"
			return
		fi
	done
	echo "$uri$part"
}

# instance_stop: end the instance, whose exit status is then in
# $instance_status, and check that nothing is left of it. A test that has ended
# the instance itself calls this too.
instance_stop() {
	local rc=0
	unset FLUX_URI
	if [ -n "$instance_pid" ]; then
		[ -z "$instance_end_fd" ] || echo end >&$instance_end_fd
		if ! read -rt $deadline -u $instance_status_fd \
		    instance_status; then
			echo "the instance did not end" >&2
			rc=1
		fi
		[ -z "$instance_end_fd" ] || exec {instance_end_fd}>&-
		exec {instance_status_fd}<&-
		unset instance_pid instance_end_fd instance_status_fd
	fi
	nothing_left || rc=1
	no_sanitizer_report || rc=1
	[ $rc = 0 ] || ! [ -s "$instance_log" ] ||
	    sed 's/^/instance: /' "$instance_log" >&2
	return $rc
}

# The processes that have this test's TMPDIR in their environment, or hold a
# file below it, or name it on their command line: the ids, one a line.
instance_processes() {
	local p pids
	pids=$(env -u TMPDIR grep -lsz "^TMPDIR=$BATS_TEST_TMPDIR\$" \
	    /proc/[0-9]*/environ
	    env -u TMPDIR grep -lsz "$BATS_TEST_TMPDIR/instance" \
	    /proc/[0-9]*/cmdline) || true
	for p in $pids; do
		p=${p#/proc/} p=${p%/*}
		[ $p = $$ ] || [ $p = $BASHPID ] || ! [ -d /proc/$p ] ||
		    grep -qs '^State:.Z' /proc/$p/status || echo $p
	done | sort -un
}

no_processes() {
	[ -z "$(instance_processes)" ]
}

# No process, no socket (but those of tmux) and no directory of an instance may be left. What is
# left is shown, and processes are ended, lest they disturb other tests.
nothing_left() {
	local p rc=0
	if ! retry no_processes 2>/dev/null; then
		for p in $(instance_processes); do
			echo "process left: $p $(tr '\0' ' ' </proc/$p/cmdline)" >&2
			kill -KILL $p || true
		done
		rc=1
	fi
	for p in $(find "$BATS_TEST_TMPDIR" -name 'tmux-*' -prune -o -type s \
	    -print -o -type d -name 'flux-??????' -print); do
		echo "left: $p" >&2
		rc=1
	done
	return $rc
}

no_sanitizer_report() {
	local f rc=0
	for f in "$BATS_TEST_TMPDIR"/sanitizer.*; do
		[ -e "$f" ] || continue
		cat "$f" >&2
		rc=1
	done
	return $rc
}
