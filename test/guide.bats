#!/usr/bin/env bats
# The guide "Working with Flux Job Hierarchies", from its first command to the
# last. What its listings show is compared by shape: ids, times and numbers of
# jobs differ from run to run.

setup() {
	load lib/setup
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR
	dir=$BATS_TEST_TMPDIR/work
	mkdir "$dir"
	cd "$dir"
	# The guide's "sleep 10", so short that some jobs end, so long that the
	# others last until the guide is through.
	cat > "$dir/sleep" <<-'END'
	#!/bin/sh
	[ "$1" -gt 4 ] || exit 0
	exec /bin/sleep 600
	END
	cat > "$dir/batch.sh" <<-END
	#!/bin/sh
	flux batch -n2 --wrap flux submit --wait --cc=1-60 $dir/sleep {cc}
	flux submit --cc=1-60 $dir/sleep {cc}
	flux queue idle
	END
	chmod +x "$dir/sleep" "$dir/batch.sh"
}

teardown() {
	tmux kill-server 2>/dev/null || true
	rm -rf "$TMUX_TMPDIR"/tmux-*
	[ -z "${A:-}" ] || end_hierarchy || true
	instance_stop
}

# Without the jobs in them, the instances end by themselves.
end_hierarchy() {
	flux proxy $B/$C flux cancel --all
	flux proxy $A flux cancel --all
	flux job wait-event -q -t 10 $A clean
	until flux job wait-event -q -t 1 $B clean; do
		flux proxy $B flux cancel --all
	done
} 2>/dev/null

# shape PATTERN...: $output has that many lines, and each matches its pattern
# (extended regular expression, whole line; blanks stand for any number of
# them).
shape() {
	local line i=0 pattern
	while IFS= read -r line; do
		i=$((i + 1))
		if [ $i -gt $# ]; then
			fail "a line too many: $line" || return
		fi
		pattern=${!i}
		if ! [[ $line =~ ^${pattern// / +}$ ]]; then
			fail "line $i: $line
does not match: $pattern
of: $output" || return
		fi
	done <<<"$output"
	[ $i -eq $# ] || fail "$i lines, not $#: $output"
}

# like LINE PATTERN: the line matches, as in shape.
like() {
	[[ $1 =~ ^${2// / +}$ ]] || fail "$1
does not match: $2"
}

ID='ƒ[1-9A-HJ-NP-Za-km-z]+'
HOSTS='\S+'
TIME='[0-9.]+[smh]'
ME=$(id -un)

@test "an instance of size 1 has depth 0" {
	run -0 flux start --test-size=1 sh -c \
	    'echo "[s=$(flux getattr size),d=$(flux getattr instance-level)] $"'
	is "$output" '[s=1,d=0] $'
}

# Start the two batch jobs of the guide: $A, and $B with $C inside of it.
hierarchy() {
	instance_start -s 4
	A=$(flux batch -n2 --wrap flux submit --wait --cc=1-60 \
	    "$dir/sleep" {cc})
	B=$(flux batch -n6 "$dir/batch.sh")
	flux job wait-event -q -t 20 $A memo
	flux job wait-event -q -t 20 $B memo
	retry has_nested
	C=$(flux proxy $B flux pgrep '^flux$')
	retry all_run
}

has_nested() {
	flux pstree -p $B | grep -q 'ƒ.* flux'
}

# In the three instances jobs run, and the first ones have ended.
all_run() {
	local stats
	stats=$(flux jobs -R -f running --stats -n |
	    grep -cE '^[0-9]+ running, [4-9]|^[0-9]+ running, 0 comp')
	[ "$stats" = 4 ] &&
	    [ "$(flux pstree | grep -c 'sleep')" = 3 ]
}

header=' JOBID USER NAME ST NTASKS NNODES TIME INFO'

@test "the guide, from its first command to the last" {
	hierarchy
	sizes=$(flux jobs -no '{ntasks}' $B)

	# flux jobs
	run -0 flux jobs
	shape "$header" \
	    " $B $ME \S+ R $sizes $sizes $TIME $HOSTS" \
	    " $A $ME flux R 1 1 $TIME $HOSTS"

	# instances have fields of their own
	run -0 flux jobs -o '{id.f58:<12} {name:<12} {instance.progress!P:>5} {instance.utilization!P:>5} {instance.gpu_utilization!P:>5h} {nodelist}'
	shape 'JOBID NAME PROG CORE% GPU% NODELIST' \
	    "$B \S*batch.sh [0-9.]+% [0-9.]+% - $HOSTS" \
	    "$A flux [0-9.]+% [0-9.]+% - $HOSTS"

	# recursively
	run -0 flux jobs -R -f running -c 30
	[[ $output == *"
$B:
"*"
$B/$C:
"*"
$A:
"* ]]
	run -0 flux jobs -Rf running -c 100 -o '{name}'
	is "$(sort -u <<<"$output" | grep -vE "^$|:$|batch.sh")" "NAME
flux
sleep"
	run -0 flux jobs -Rf running -L1 --stats -c2
	totals='[0-9]+ running, [0-9]+ completed, 0 failed, [0-9]+ pending'
	is "${lines[0]}" "2 running, 0 completed, 0 failed, 0 pending, 0 inactive purged"
	is "$(grep -cE "^$totals$" <<<"$output")" 2
	is "$(grep -c / <<<"$(grep : <<<"$output" | grep -v batch)")" 0

	# pstree
	n='([0-9]+\*\[sleep\]|sleep)'
	run -0 flux pstree
	shape '\.' \
	    '├── \S*batch.sh' "│ ├── $n" '│ └── flux' "│ └── $n" \
	    '└── flux' " └── $n"
	run -0 flux pstree -p
	shape '\. \.' \
	    "├── $B \S*batch.sh" "│ ├── $n" "│ └── $C flux" "│ └── $n" \
	    "└── $A flux" " └── $n"
	run -0 flux pstree -a
	s='[0-9]+\*\[sleep:S\]'
	r='([0-9]+\*\[sleep:R\]|sleep:R)'
	shape '\.' \
	    '├── \S*batch.sh' "│ ├── $s" "│ ├── $r" '│ ├── flux' \
	    "│ │ ├── $s" "│ │ ├── $r" '│ │ └── 4\*\[sleep:CD\]' \
	    '│ └── 4\*\[sleep:CD\]' \
	    '└── flux' " ├── $s" " ├── $r" ' └── 4\*\[sleep:CD\]'
	run -0 flux pstree -x
	is "${lines[0]}" \
	    "       JOBID USER     ST NTASKS NNODES  RUNTIME"
	like "${lines[1]}" " $B $ME R $sizes $sizes $TIME \S*batch.sh"
	like "${lines[2]}" " $ID $ME R 1 1 $TIME ├── sleep"
	grep -qE "^ +$A $ME +R +1 +1 +$TIME flux$" <<<"$output"
	run -0 flux pstree --details=stats
	is "${lines[0]}" \
	    "       JOBID           STATS              RUNTIME"
	like "${lines[1]}" \
	    " $B PD:[0-9]+ R:[0-9]+ CD:4 F:0 0:00:[0-9]+ \S*batch.sh"
	run -0 flux pstree -x --skip-root=no
	like "${lines[1]}" " \. $ME R 4 4 $TIME \."

	# top, of an instance two levels down
	tmux -f /dev/null -u new-session -d -x 80 -y 24 \
	    "flux top $B/$C; echo \$? > $dir/status"
	retry screen_shows 'depth: 2'
	screen_shows "$C"
	tmux send-keys q
	retry test -s "$dir/status"
	is "$(cat "$dir/status")" 0

	# proxy
	run -0 flux proxy $B flux getattr instance-level
	is "$output" 1
	run -0 env SHELL=/bin/sh flux proxy $B <<<'echo "[s=$(flux getattr size),d=$(flux getattr instance-level)] $"; exit'
	is "$output" "[s=$sizes,d=1] \$"
	run -0 flux proxy $B/$C flux getattr instance-level
	is "$output" 2
	run -0 flux proxy $B/$C flux resource list
	shape ' STATE NNODES NCORES NGPUS NODELIST' \
	    ' free 0 0 0 ?' " allocated 1 2 0 $HOSTS" ' down 0 0 0 ?'
	run -0 flux proxy $B/$C flux jobs --stats-only
	shape '2 running, 4 completed, 0 failed, 54 pending, 0 inactive purged'
}

screen_shows() {
	tmux capture-pane -p | grep -qE -- "$1"
}
