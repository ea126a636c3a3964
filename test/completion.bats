#!/usr/bin/env bats
# flux completion: what the shells offer.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	flux completion bash >bash.sh
}

teardown() {
	[ -z "$instance_pid" ] || flux cancel --all 2>/dev/null || true
	instance_stop
}

# complete WORD...: what bash offers for the last word, sorted. As bash does,
# --name=value comes as three words.
complete_words() {
	bash --norc -c '
		. ./bash.sh
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_flux
		printf "%s\n" "${COMPREPLY[@]}" | sort -u' bash "$@"
}

@test "bash completes commands and subcommands" {
	is "$(complete_words flux su)" submit
	is "$(complete_words flux pk)" pkill
	is "$(complete_words flux --parent js)" ""
	is "$(complete_words flux -p ps)" pstree
	is "$(complete_words flux job wait)" $'wait\nwait-event'
	is "$(complete_words flux queue st)" $'start\nstatus\nstop'
	is "$(complete_words flux config "")" $'builtin\nget\nload\nreload\nset\nunset'
	[[ $(complete_words flux "") != *broker* ]]
}

@test "bash completes options, those with a value with an equals sign" {
	is "$(complete_words flux submit --job)" --job-name=
	is "$(complete_words flux job attach --lab)" --label-io
	is "$(complete_words flux resource drain --fo)" $'--force\n--format='
	is "$(complete_words flux queue list --queue = "")" ""
	is "$(complete_words flux submit -N 2 --exc)" --exclusive
	is "$(complete_words flux jobs --color --no-h)" --no-header
}

@test "the options are those of --help, for all commands" {
	local cmd want
	for cmd in submit run batch alloc bulksubmit jobs pstree top why journal \
	    "job attach" "queue list" "resource status" "event sub" start; do
		want=$(flux $cmd --help | grep -oE '^  (-.,|   ) --[a-z-]+' |
		    grep -oE -- '--[a-z-]+' | sort)
		is "$(complete_words flux $cmd -- | tr -d = | sort)" "$want" "$cmd"
	done
}

@test "bash completes what options and commands take" {
	touch 'a file' afile
	is "$(complete_words flux submit --output = af)" afile
	is "$(complete_words flux submit --output 'a ')" 'a file'
	is "$(complete_words flux jobs --color = al)" always
	is "$(complete_words flux completion "")" $'bash\nfish\nzsh'
	is "$(complete_words flux submit -n 2 printen)" printenv
	is "$(complete_words flux submit printenv af)" afile
	is "$(complete_words flux submit printenv --output = af)" afile
	is "$(complete_words flux nosuch af)" ""
}

@test "bash completes jobs and queues" {
	local A
	printf '[queues.batch]\n[queues.debug]\n' >c.toml
	instance_start -s 1 --config-path=c.toml
	A=$(flux submit -q batch --urgency=hold true)
	is "$(complete_words flux cancel "")" "$(flux job id --to=f58plain "$A")"
	is "$(complete_words flux job attach ƒ)" "$A"
	is "$(complete_words flux why "$(flux job id "$A" | cut -c1-3)")" \
	    "$(flux job id "$A")"
	is "$(complete_words flux queue status "")" $'batch\ndebug'
	is "$(complete_words flux submit --queue = d)" debug
	is "$(complete_words flux submit -q b)" batch
}

@test "bash takes it from an interactive shell" {
	bash --norc -ic '. ./bash.sh; complete -p flux' 2>/dev/null >out
	is "$(cat out)" "complete -F _flux flux"
}

@test "the scripts for zsh and fish name each command and option" {
	flux completion zsh >zsh.sh
	flux completion fish >fish.sh
	grep -qF "'--label-io:" zsh.sh
	grep -qF "('job attach')" zsh.sh
	grep -qF "complete -c flux -n '__flux_at job attach' -l label-io -s l -d " fish.sh
	grep -qF "complete -c flux -n '__flux_exactly job' -f -a attach -d " fish.sh
	grep -qF "don\\'t" fish.sh || ! flux jobs --help | grep -q "don't"
	! command -v zsh >/dev/null || zsh -n zsh.sh
	! command -v fish >/dev/null || fish -n fish.sh
}

@test "completion says which shells there are" {
	run -2 flux completion
	is "${lines[0]}" "flux-completion: name one shell: bash, zsh or fish"
	run -2 flux completion tcsh
	is "${lines[0]}" "flux-completion: unknown shell 'tcsh': must be bash, zsh, fish"
}
