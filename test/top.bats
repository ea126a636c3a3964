#!/usr/bin/env bats
# flux top, in a terminal of 80 columns made by tmux.

setup() {
	load lib/setup
	instance_start -s 2
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR/tmux
	mkdir "$TMUX_TMPDIR"
}

teardown() {
	tmux kill-server 2>/dev/null || true
	rm -rf "$TMUX_TMPDIR"
	instance_stop
}

# top_start ARGS: flux top in a new terminal; its exit status goes to a file.
top_start() {
	tmux -f /dev/null -u new-session -d -x 80 -y 24 \
	    "flux top $*; echo \$? > $BATS_TEST_TMPDIR/status"
}

# Wait until the screen shows a text (extended regular expression).
shows() {
	for _ in $(seq 100); do
		tmux capture-pane -p | grep -qE -- "$1" && return 0
		read -rt 0.1 <> <(:) || true
	done
	tmux capture-pane -p >&2
	return 1
}

ends() {
	for _ in $(seq 100); do
		[ -s "$BATS_TEST_TMPDIR/status" ] && return 0
		read -rt 0.1 <> <(:) || true
	done
	return 1
}

@test "top shows resources, counts and jobs of the instance" {
	id=$(flux submit --job-name=dozing sleep 60)
	flux job wait-event -t 30 -q "$id" start
	top_start
	shows 'nodes \[.*1/2\]'
	shows '    1 running'
	shows "$id +$(id -un | cut -c1-8) +R +1 +1 .* dozing"
	shows 'size: 2'
	tmux send-keys q
	ends
	[ "$(cat "$BATS_TEST_TMPDIR/status")" = 0 ]
	flux cancel "$id"
}

@test "enter opens a nested instance and q goes back" {
	A=$(flux batch -n1 --output="$BATS_TEST_TMPDIR/out" --wrap flux run sleep 60)
	flux job wait-event -t 30 -q "$A" memo
	top_start
	shows "$A .* flux"
	tmux send-keys j Enter
	shows 'depth: 1'
	shows 'sleep'
	tmux capture-pane -p | head -1 | grep -q "/$A"
	tmux send-keys q
	shows "$A .* flux"
	tmux send-keys q
	ends
	flux cancel "$A"
	flux job wait-event -t 20 -q "$A" clean
}

@test "top goes straight to a job" {
	A=$(flux batch -n1 --output="$BATS_TEST_TMPDIR/out" --wrap flux run sleep 60)
	flux job wait-event -t 30 -q "$A" memo
	top_start "$A"
	shows 'depth: 1'
	tmux send-keys q
	ends
	[ "$(cat "$BATS_TEST_TMPDIR/status")" = 0 ]
	flux cancel "$A"
	flux job wait-event -t 20 -q "$A" clean
}

@test "top says why it cannot start" {
	run -1 flux top </dev/null
	[ "$output" = 'flux-top: stdin is not a terminal' ]
	run -2 flux top --nosuch
}
