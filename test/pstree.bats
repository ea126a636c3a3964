#!/usr/bin/env bats
# flux pstree: the tree of instances and jobs, and how it is drawn.

setup() {
	load lib/setup
	instance_start -s 2
	unset COLUMNS
}

teardown() {
	[ -z "${outer:-}" ] || echo > "$BATS_TEST_TMPDIR/hold"
	instance_stop
}

# An instance in job $outer, with two jobs that run, $inner being the younger
# one, one that is held and one that has ended.
nested_start() {
	mkfifo "$BATS_TEST_TMPDIR/hold" "$BATS_TEST_TMPDIR/id"
	cat > "$BATS_TEST_TMPDIR/outer" <<-'END'
	#!/bin/sh
	flux run true
	flux submit -c1 sleep 300
	flux submit --urgency=hold true
	flux submit -c1 sleep 300 > $BATS_TEST_TMPDIR/id
	read x < $BATS_TEST_TMPDIR/hold
	flux cancel --all
	END
	outer=$(flux batch -n2 --job-name=outer --output=none \
	    "$BATS_TEST_TMPDIR/outer")
	read -r inner < "$BATS_TEST_TMPDIR/id"
	retry tree_is outer '└── 2*[sleep]' --skip-root=yes
}

# tree_is LINE LINE ARGS: pstree ARGS prints these two lines, at first.
tree_is() {
	[ "$(flux pstree "${@:3}" | head -2)" = "$1
$2" ]
}

@test "an instance without jobs is a dot" {
	run -0 flux pstree
	is "$output" .
	run -0 flux pstree -p
	is "$output" ". ."
	run -0 flux pstree -x
	is "$output" "       JOBID USER     ST NTASKS NNODES  RUNTIME"
	run -0 flux pstree -nx
	is "$output" ""
}

@test "jobs of instances are drawn below them, equal ones as one" {
	nested_start
	run -0 flux pstree
	is "$output" ".
└── outer
    └── 2*[sleep]"
	run -0 flux pstree -X
	is "$output" ".
└── outer
    ├── sleep
    └── sleep"
	run -0 flux pstree -p
	is "$output" ". .
└── $outer outer
    └── 2*[sleep]"
	run -0 flux pstree -a
	is "$output" ".
└── outer
    ├── true:S
    ├── 2*[sleep:R]
    └── true:CD"
	run -0 flux pstree -L0
	is "$output" ".
└── outer"
	run -0 flux pstree -f pending
	is "$output" .
	run -0 flux pstree -f pending --skip-root
	is "$output" "outer
└── true"
}

@test "the branches can be drawn in other ways" {
	nested_start
	run -0 flux pstree -C
	is "$output" ".
└─outer
  └─2*[sleep]"
	run -0 flux pstree --ascii
	is "$output" ".
\`-- outer
    \`-- 2*[sleep]"
	COLUMNS=10 run -0 flux pstree
	is "$output" ".
└── outer
    └── 2+"
	COLUMNS=10 run -0 flux pstree -l
	is "${lines[2]}" "    └── 2*[sleep]"
}

@test "details stand before the tree" {
	nested_start
	run -0 flux pstree -x
	is "$(sed -E 's/ +[0-9.]+[sm] /        N /' <<<"$output")" \
	    "       JOBID USER     ST NTASKS NNODES  RUNTIME
$(printf %13s $outer) $me8  R      1      1        N outer
$(printf %13s $inner) $me8  R      1      1        N ├── sleep
$(flux pstree -nx | sed -n "3s/ $me.*//p") $me8  R      1      1        N └── sleep"
	run -0 flux pstree -d stats
	is "$(sed -E 's/0:00:[0-9]+/N/' <<<"$output" | head -3)" \
	    "       JOBID           STATS              RUNTIME
$(printf %13s $outer)     PD:1 R:2 CD:1 F:0        N outer
$(printf %13s $inner)                              N ├── sleep"
	run -0 flux pstree -d resources
	is "${lines[0]}" \
	    "       JOBID NODES  USED CORES  USED  GPUS  USED"
	is "${lines[1]}" \
	    "$(printf %13s $outer)     1     1     2     2     0     0 outer"
	is "${lines[2]}" \
	    "$(printf %13s $inner)                                     ├── sleep"
	run -0 flux pstree -d progress
	is "$(sed -E 's/0:00:[0-9]+/N/' <<<"$output" | head -2)" \
	    "       JOBID NTASKS  NJOBS  PROG CORE%  GPU%    RUNTIME
$(printf %13s $outer)      1      4   25%  100%          N outer"
	run -0 flux pstree -nx --skip-root=no -L0
	is "$(sed -E 's/ +[0-9.]+[sm] /        N /' <<<"$output")" \
	    "           . $me8  R      2      2        N .
$(printf %13s $outer) $me8  R      1      1        N └── outer"
	run -0 flux pstree --detail-format='-{name:>6}' -n
	is "$output" "- outer outer
- sleep └── 2*[sleep]"
}

@test "labels are formats" {
	nested_start
	run -0 flux pstree -o '{name}:{ntasks}' --parent-label='P:{id.f58}'
	is "$output" "P:.
└── P:$outer
    └── 2*[sleep:1]"
	run -0 flux pstree -a --parent-label='{name}!' -L0
	is "$output" ".!
└── outer!"
	run -1 flux pstree -o '{nope}'
	is "$output" "flux-pstree: ERROR: Unknown format field: nope"
	run -1 flux pstree -o '{name'
	is "$output" "flux-pstree: ERROR: expected '}' before end of string"
}

@test "a job that is an instance knows its own name" {
	nested_start
	uri=$(flux uri --local $outer)
	FLUX_URI=$uri run -0 flux pstree -p
	is "$output" "$outer outer
└── 2*[sleep]"
	FLUX_URI=$uri run -0 flux pstree --skip-root=yes
	is "$output" "2*[sleep]"
}

@test "job ids choose the top of the tree" {
	nested_start
	run -0 flux pstree $outer
	is "$output" "outer
└── 2*[sleep]"
	run -0 flux pstree --skip-root=no $outer
	is "$output" ".
└── outer
    └── 2*[sleep]"
	run -0 --separate-stderr flux pstree -a f123 $outer
	is "$stderr" "flux-pstree: WARNING: filtering options ignored with jobid list
JobID f123 unknown"
	is "${lines[1]}" "├── true:S"
	run -2 flux pstree 'bad!'
}

@test "bad options are refused" {
	run -1 flux pstree -f nope
	is "$output" "flux-pstree: ERROR: Invalid filter specified: nope"
	run -1 flux pstree -d nope
	is "$output" "flux-pstree: ERROR: Unknown --details format 'nope'"
	run -1 flux pstree --skip-root=maybe
	is "$output" "flux-pstree: ERROR: --skip-root requires either 'yes' or 'no'"
	run -2 flux pstree -L x
	run -0 --separate-stderr flux pstree -C --ascii
	is "$stderr" "flux-pstree: CRITICAL: Choose only one of --ascii, --compact"
	FLUX_URI=local:///nonexistent/local run -1 flux pstree
	is "$output" "flux-pstree: ERROR: Unable to connect to Flux: broker socket /nonexistent/local was not found"
}

@test "trees are those of flux-core" {
	need_reference
	nested_start
	export FLUX_URI_RESOLVE_LOCAL=t
	for args in '' -p -a '-pa' -X '-C' --ascii -L0 '--skip-root=yes' \
	    '-d resources' '-f pending'; do
		diff <(flux pstree $args) \
		    <("$FLUX_REFERENCE/bin/flux" pstree $args)
	done
}
