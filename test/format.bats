#!/usr/bin/env bats
# Formats by name and from configuration files, and jobs from stdin. The
# language itself is tested by test/unit/format.c.

setup() {
	load lib/setup
	export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/home
	export XDG_CONFIG_DIRS=$BATS_TEST_TMPDIR/one:$BATS_TEST_TMPDIR/two
	mkdir -p "$BATS_TEST_TMPDIR"/{home,one,two}/flux
	unset FLUX_JOBS_FORMAT_DEFAULT
	job='{"id": 200000000000, "userid": 0, "state": 64, "result": 1, "name": "n"}'
}

# config FOLDER.SUFFIX: write stdin to a configuration file.
config() {
	cat > "$BATS_TEST_TMPDIR/${1%.*}/flux/flux-jobs.${1#*.}"
}

list() {
	flux jobs --from-stdin "$@" <<<"$job"
}

help_text='
Configured flux-jobs output formats:

  default      Default flux-jobs format string
  cute         Cute flux-jobs format string (default with emojis)
  long         Extended flux-jobs format string
  deps         Show job urgency, priority, and dependencies
  endreason    Show why each job ended'

@test "-o help lists the formats, without a broker" {
	run -0 flux jobs -o help
	is "$output" "$help_text"
	run -0 flux pgrep -o help
	is "${lines[1]}" \
	    "  default      Default flux-pgrep format string"
}

@test "-o get-config prints a format as TOML that can be read again" {
	run -0 flux jobs -o get-config=deps
	is "$output" '[formats.deps]
description = "Show job urgency, priority, and dependencies"
format = "{id.f58:>12} ?:{queue:<8.8} {name:<10.10+} {urgency:<3} {priority:<12} {state:<8.8} {dependencies}"'
	printf '[formats.x]\nformat = "\\"{name}\\" \\\\ \\t{id}"\n' |
	    config home.toml
	run -0 flux jobs -o get-config=x
	is "$output" '[formats.x]
format = "\"{name}\" \\ \u0009{id}"'
	flux jobs -o get-config=x | sed s/formats.x/formats.y/ |
	    config one.toml
	run -0 list -no y
	is "$output" "\"n\" \\ $(printf '\t')ƒ6FiKH75"
	run -1 flux jobs -o get-config=nope
	is "$output" "flux-jobs: ERROR: --format: No such format nope"
}

@test "formats come from JSON and TOML files, the user's count most" {
	config one.json <<<'{"formats": {"x": {"format": "one {name}"}}}'
	config two.json <<<'{"formats": {"x": {"format": "two {name}"},
	    "y": {"format": "two {id}", "description": "from two"}}}'
	run -0 list -no x
	is "$output" "one n"
	config home.toml <<<'formats.x = { format = "home {name}" }'
	run -0 list -no x
	is "$output" "home n"
	run -0 list -no y
	is "$output" "two ƒ6FiKH75"
	config home.yaml <<-'END'
	# later than TOML in the same folder
	formats:
	  x: &x
	    format: "yaml {name}"
	  z: {format: 'last {id}', description: yes it is}
	END
	run -0 list -no x
	is "$output" "yaml n"
	run -0 flux jobs -o help
	is "$output" "$help_text
  x            
  y            from two
  z            yes it is"
}

@test "FLUX_JOBS_FORMAT_DEFAULT stands for the default format" {
	export FLUX_JOBS_FORMAT_DEFAULT='{name}={id.dec}'
	run -0 list
	is "$output" 'NAME=JOBID
n=200000000000'
	run -0 list -no default
	is "$output" n=200000000000
	FLUX_JOBS_FORMAT_DEFAULT=nope run -1 list
	is "$output" "flux-jobs: ERROR: --format: No such format nope (Did you mean '{nope}'?)"
}

@test "a format that is not there is told, with what could be meant" {
	run -1 list -o 'id name-x'
	is "$output" "flux-jobs: ERROR: --format: No such format id name-x (Did you mean '{id} {name}-{x}'?)"
	run -1 list -o ''
	is "$output" "flux-jobs: ERROR: --format: No such format  (Did you mean ''?)"
	run -1 list -o '}'
	is "$output" "flux-jobs: ERROR: --format: No such format } (Did you mean '}'?)"
}

# broken TEXT ERROR
broken() {
	config home.toml <<<"$1"
	run -1 list -no '{name}'
	is "$output" "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.toml: $2"
}

@test "a mistake in a file is told at every start, with the file" {
	broken 'foo = 3' 'invalid key foo'
	broken 'formats = 3' "the 'formats' key must be a mapping"
	broken 'formats.x = 3' "'formats.x' must be a mapping"
	broken 'formats.x = {description = "d"}' \
	    "formats.x: required key 'format' missing"
	broken 'formats.x = {format = 3}' \
	    "formats.x: 'format' key must be a string"
	broken 'formats.long = {format = "{id}"}' \
	    "override of builtin format 'long' not permitted"
	config home.toml <<<'[formats.x'
	run -1 list
	[[ $output == "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.toml: line 1: "* ]]
	rm "$XDG_CONFIG_HOME/flux/flux-jobs.toml"
	config home.json <<<'{"formats": '
	run -1 list
	[[ $output == "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.json: "* ]]
	rm "$XDG_CONFIG_HOME/flux/flux-jobs.json"
	config home.yaml <<<'formats: ['
	run -1 list
	is "$output" "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.yaml: did not find expected node content (at line 2)"
	config home.yaml <<<'formats: &a [*a]'
	run -1 list
	is "$output" "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.yaml: nested too deeply (at line 1)"
	config home.yaml <<<'3'
	run -1 list
	is "$output" "flux-jobs: ERROR: $XDG_CONFIG_HOME/flux/flux-jobs.yaml: must be a mapping"
}

@test "a format is checked before anything is printed" {
	run -1 list -o '{nope}'
	is "$output" "flux-jobs: ERROR: Error in user format: Unknown format field: nope"
	run -1 list -o '{name'
	is "$output" "flux-jobs: ERROR: Error in user format: expected '}' before end of string"
	run -1 list --sort=nope
	is "$output" "flux-jobs: ERROR: Invalid sort key: nope"
	run -1 list -o 'sort:nope {name}'
	is "$output" "flux-jobs: ERROR: Error in user format: Invalid sort key: nope"
	run -1 --separate-stderr list -o '{name:d}'
	is "$output" NAME
	is "$stderr" "flux-jobs: ERROR: Unknown format code 'd' for object of type 'str'"
}

@test "jobs from stdin are objects with an id, one a line" {
	job='{"id":'
	run -1 list -o '{name}'
	[[ $output == "flux-jobs: ERROR: JSON input error: line 1: "* ]]
	job='{"id": 1, "name": "a"}
{"name": "b"}'
	run -1 list -o '{name}'
	[[ $output == "flux-jobs: ERROR: JSON input error: line 2: "* ]]
	job='[]'
	run -1 list -o '{name}'
	[[ $output == "flux-jobs: ERROR: JSON input error: line 1: "* ]]
	run -0 flux jobs --from-stdin -o '{name}' < /dev/null
	is "$output" NAME
}

@test "lines are cut at the width that is asked for" {
	job='{"id": 1, "name": "日本語ジョブ"}'
	run -0 list -w 5 -o '{name:<12} {id}'
	is "$output" 'NAME+
日本語ジ+'
	run -0 list -nw6 -o '{name}'
	is "$output" 日本語ジョブ
	run -0 list -n --width=-1 -o '{name}{name}'
	is "$output" 日本語ジョブ日本語ジョブ
	run -2 list -w x
}

@test "ids are ASCII where the locale or the user wants that" {
	LC_ALL=C run -0 list -no '{id} {id.f58} {id.f58plain}'
	is "$output" "f6FiKH75 f6FiKH75 f6FiKH75"
	FLUX_F58_FORCE_ASCII=1 run -0 list -no '{id} {id:h}'
	is "$output" "f6FiKH75 f6FiKH75"
}

@test "a full disk is an error" {
	[ -w /dev/full ] || skip "there is no /dev/full"
	run -1 bash -c "flux jobs --from-stdin > /dev/full <<<'$job'"
	is "$output" "flux-jobs: ERROR: stdout: No space left on device"
}
