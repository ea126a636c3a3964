#!/usr/bin/env bats
# flux jobs --watch, in a terminal made by tmux.

setup() {
	load lib/setup
	instance_start
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR/tmux
	mkdir "$TMUX_TMPDIR"
}

teardown() {
	tmux kill-server 2>/dev/null || true
	rm -rf "$TMUX_TMPDIR"
	instance_stop
}

screen_has() {
	tmux capture-pane -p | grep -qE -- "$1"
}

has_left() {
	! tmux has-session 2>/dev/null
}

@test "jobs --watch shows what changes, and no more than the screen holds" {
	a=$(flux submit --job-name=first sleep 300)
	tmux -f /dev/null -u new-session -d -x 80 -y 10 \
	    "flux jobs -a --watch=1h"
	retry screen_has "$a .* first +R "
	flux cancel "$a"
	retry screen_has "$a .* first +CA "
	flux submit --quiet --wait --job-name=later --cc=1-30 true
	retry screen_has 'later +CD '
	last=$(flux jobs -ano '{id}' -c1)
	retry screen_has "$last"
	[ "$(tmux capture-pane -p | grep -c .)" -le 10 ]
	screen_has '^ +JOBID USER'
	tmux send-keys C-c
	retry has_left
}

@test "jobs --watch is refused where nobody watches" {
	run -1 flux jobs --watch
	is "$output" "flux-jobs: ERROR: --watch is for terminals; for a pipe see flux journal and flux watch"
	run -1 flux jobs --watch --json
	[[ $output = *"--watch is for lists, not for --json"* ]]
	run -2 flux jobs --watch=x
	is "${lines[0]}" "flux-jobs: invalid value 'x' for --watch"
}
