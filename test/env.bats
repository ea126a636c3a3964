#!/usr/bin/env bats
# flux env and flux python.

setup() {
	load lib/setup
	# a flux-core with bindings for a Python that is not there
	other=$BATS_TEST_TMPDIR/other
	mkdir -p "$other/bin" "$other/lib/flux/python3.99/flux"
	echo 'who = "other"' >"$other/lib/flux/python3.99/flux/__init__.py"
	printf '#!/bin/sh\nexit 9\n' >"$other/bin/flux"
	chmod +x "$other/bin/flux"
	bindings=$other/lib/flux/python3.99
	export PYTHONDONTWRITEBYTECODE=1
	unset PYTHONPATH MANPATH
}

@test "env prints what a shell can read" {
	export FLUX_URI='local:///a b"$x`\'
	run -0 flux env
	is "$(grep -c '^export [A-Z_]*=".*"$' <<<"$output")" ${#lines[@]}
	is "$(env -i sh -c 'eval "$1"; printf %s "$FLUX_URI"' sh "$output")" \
	    "$FLUX_URI"
	is "$(env -i sh -c 'eval "$1"; printf %s "$PATH"' sh "$output")" "$PATH"
	[[ $output = *$'\nexport FLUX_URI='* ]]
	[[ $output = *"export FLUX_EXEC_PATH="* ]]
	unset FLUX_URI
	run -0 flux env
	[[ $output != *FLUX_URI* ]]
}

@test "env runs a command, whose exit status it has" {
	run -3 flux env sh -c 'exit 3'
	run -0 flux env -- sh -c 'echo "$@"' sh -x --help
	is "$output" '-x --help'
	run -127 flux env nosuch
	is "$output" 'flux-env: ERROR: nosuch: No such file or directory'
	run -126 flux env /tmp
	is "$output" 'flux-env: ERROR: /tmp: Permission denied'
	run -1 flux env --nosuch
	is "${lines[0]}" "flux-env: unrecognized option '--nosuch'"
	run -0 flux env --help
	is "${lines[0]}" 'Usage: flux env [COMMAND [ARGS...]]'
}

@test "a command in env finds this flux, called by a path" {
	run -0 env PATH="$other/bin:/usr/bin:/bin" \
	    "$(command -v flux)" env flux version
	[[ $output = *flux-toolbox:* ]]
}

@test "env -p is that of the instance above" {
	instance_start
	run -0 flux run flux start flux -p env sh -c 'echo $FLUX_URI'
	is "$output" "$FLUX_URI"
	instance_stop
}

@test "bindings beside a flux are put in front of PYTHONPATH, once" {
	PATH=$PATH:$other/bin
	is "$(flux env printenv PYTHONPATH)" "$bindings"
	is "$(PYTHONPATH=/x flux env printenv PYTHONPATH)" "$bindings:/x"
	is "$(flux env flux env printenv PYTHONPATH)" "$bindings"
	is "$(FLUX_PYTHONPATH_PREPEND=/y flux env printenv PYTHONPATH)" \
	    "/y:$bindings"
	[[ $(flux env) = *"export PYTHONPATH=\"$bindings\""* ]]
}

@test "bindings are found through a link to flux" {
	mkdir "$BATS_TEST_TMPDIR/links"
	ln -s "$other/bin/flux" "$BATS_TEST_TMPDIR/links/flux"
	PATH=$PATH:$BATS_TEST_TMPDIR/links
	is "$(flux env printenv PYTHONPATH)" "$bindings"
}

@test "python runs with the bindings, and all arguments are its own" {
	PATH=$PATH:$other/bin
	run -0 flux python -c 'import flux, sys; print(flux.who, sys.argv[1:])' \
	    -h --help
	is "$output" "other ['-h', '--help']"
	run -5 flux python -c 'raise SystemExit(5)'
	is "$(echo 'print(1)' | flux python)" 1
	[[ $(flux python --version) = 'Python 3.'* ]]
}

@test "python of the version that the bindings were made for is preferred" {
	printf '#!/bin/sh\necho this "$@"\n' >"$other/bin/python3.99"
	chmod +x "$other/bin/python3.99"
	PATH=$PATH:$other/bin
	is "$(flux python a b)" 'this a b'
}

@test "python says when there is none" {
	run -127 env PATH=/nonexistent "$(command -v flux)" python
	is "$output" 'flux-python: ERROR: python3: No such file or directory'
}

@test "the bindings of the reference speak with our broker" {
	need_reference
	instance_start -s 2
	PATH=$PATH:$FLUX_REFERENCE/bin
	run -0 flux python -c 'import flux; print(flux.Flux().attr_get("size"))'
	is "$output" 2
	instance_stop
}
