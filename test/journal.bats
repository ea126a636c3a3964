#!/usr/bin/env bats
# flux journal.

setup() {
	load lib/setup
	instance_start -s 2
	cd "$BATS_TEST_TMPDIR"
	out=$BATS_TEST_TMPDIR/out
}

teardown() {
	instance_stop
}

done_job() {
	local id
	id=$(flux submit "$@")
	flux job wait-event -q -t 20 "$id" clean
	echo "$id"
}

has_line() {
	grep -q "$1" "$out"
}

@test "journal prints what happened to all jobs, by time" {
	local A B
	A=$(done_job true)
	B=$(done_job false)
	flux journal --time-format=raw >"$out"
	is "$(grep -c . "$out")" 20
	is "$(sed -n "s/^$B: [0-9.]* //p" "$out")" \
	    "$(flux job eventlog "$B" | sed 's/^[0-9.]* //')"
	cut -d' ' -f2 "$out" | sort -cn
	is "$(head -1 "$out" | cut -d: -f1)" "$A"
	is "$(flux journal -H | head -1)" \
	    "$A: $(flux job eventlog -H "$A" | head -1)"
}

@test "journal --json is one object a line, with documented keys" {
	local A
	A=$(done_job true)
	flux journal --json | jq -se --arg id "$A" --argjson n "$(flux job id "$A")" '
		length == 10 and all(.[]; .version == 1 and .path == $id and
		    .id == $n and (.time | type) == "number") and
		(.[0] | keys_unsorted) ==
		    ["version","time","path","id","name","context"] and
		(.[1] | keys_unsorted) ==
		    ["version","time","path","id","name"] and
		.[6].context.status == 0'
	is "$(flux journal --json | jq -r 'select(.name == "finish").path')" "$A"
}

@test "journal filters events and counts records" {
	local A
	A=$(done_job true)
	run -0 flux journal --filter=submit,finish --filter clean -T offset
	is "$(cut -d' ' -f3 <<<"$output")" $'submit\nfinish\nclean'
	run -0 flux journal -c 2 -F submit,finish,clean
	is "$(cut -d' ' -f3 <<<"$output")" $'submit\nfinish'
	run -0 flux journal --filter=nosuch
	is "$output" ""
}

@test "journal -f goes on, --new leaves out what was there" {
	local A B
	A=$(done_job true)
	mkfifo "$BATS_TEST_TMPDIR/lines"
	flux journal --follow -F submit -c 2 >"$BATS_TEST_TMPDIR/lines" 3>&- &
	exec 5<"$BATS_TEST_TMPDIR/lines"
	read -rt 10 -u 5 line
	is "${line%%:*}" "$A"
	B=$(flux submit true)
	read -rt 10 -u 5 line
	is "${line%%:*}" "$B"
	exec 5<&-
	wait $!
	flux journal --new -F memo -T raw -c 1 >"$out" 3>&- &
	until grep -q . "$out"; do
		flux submit --urgency=hold true >"$out.id"
		flux job memo "$(cat "$out.id")" a=1
	done
	wait $!
	is "$(cut -d' ' -f3- "$out")" 'memo a=1'
	flux cancel --all
}

@test "journal -R goes into instances, those that start later too" {
	local A B
	flux journal -fR --json -F start >"$out" 2>"$out.err" 3>&- &
	A=$(flux batch -n1 --wrap flux run flux start -o,-Slog-stderr-level=0 \
	    flux run true)
	flux job wait-event -q -t 30 "$A" clean
	kill $!
	wait $! || true
	is "$(cat "$out.err")" ""
	jq -se --arg A "$A" 'map(.path | split("/")) |
	    .[0] == [$A] and (.[1] | length) == 2 and (.[2] | length) == 3 and
	    .[1][0] == $A and .[2][0:2] == .[1]' "$out"
	is "$(jq -r '.name' "$out" | uniq)" start
}

@test "journal -R without -f tells what is there and ends" {
	local A
	mkfifo hold
	cat >script <<-'END'
		#!/bin/sh
		flux submit --wait --quiet true
		echo x >hold
		read x <hold
	END
	A=$(flux batch -n1 script)
	read -r _ <hold
	run -0 flux journal -R --filter=clean --json
	is "$(jq -r '.path | split("/") | .[0], length' <<<"$output")" \
	    "$A"$'\n2'
	echo y >hold
	flux job wait-event -q -t 20 "$A" clean
	run -0 flux journal -R --filter=clean
	is "${output%%:*}" "$A"
}

@test "journal -R is not led astray by a URI that a user posted" {
	local A
	A=$(flux submit sleep 300)
	flux job wait-event -q -t 20 "$A" start
	flux job memo "$A" uri="$FLUX_URI"
	run -0 --separate-stderr flux journal -R -F start
	is "$stderr" ""
	is "${output%%:*}" "$A"
	flux job memo "$A" uri=nonsense
	run -0 --separate-stderr flux journal -R -F start
	[[ $stderr == "flux-journal: WARNING: $A: "* ]]
	is "${output%%:*}" "$A"
	flux cancel "$A"
}

@test "journal ends quietly when its reader does" {
	local A
	A=$(done_job true)
	run -0 --separate-stderr bash -c 'flux journal -f | head -1'
	is "${output%%:*}" "$A"
	is "$stderr" ""
}

@test "journal says what it cannot do" {
	run -2 flux journal --count=0
	is "${lines[0]}" "flux-journal: invalid value '0' for --count: too small"
	run -2 flux journal --filter=a,,b
	is "${lines[0]}" "flux-journal: invalid value 'a,,b' for --filter: an event has no name"
	run -2 flux journal -T never
	is "${lines[0]}" "flux-journal: invalid value 'never' for --time-format"
	run -2 flux journal x
	is "${lines[0]}" "flux-journal: unexpected argument 'x'"
	FLUX_URI=local:///nonexistent run -1 flux journal
	is "$output" "flux-journal: ERROR: Unable to connect to Flux: broker socket /nonexistent was not found"
}

@test "journal works with the reference's broker" {
	need_reference
	cat >"$BATS_TEST_TMPDIR/script" <<-'END'
		"$1" -fR --json -F start -c 2 >"$2" &
		printf '#!/bin/sh
		until [ "$(wc -l <%s)" -ge 2 ]; do flux run true; done
		' "$2" >"$2.sh"
		flux batch -n1 "$2.sh"
		wait $!
	END
	PATH=${PATH#*:} timeout 50 "$FLUX_REFERENCE/bin/flux" start \
	    sh "$BATS_TEST_TMPDIR/script" "$(command -v flux-journal)" \
	    "$out" >"$out.id" 2>/dev/null
	jq -se --arg A "$(cat "$out.id")" \
	    'map(.path | split("/")) | .[0] == [$A] and .[1][0] == $A' "$out"
}
