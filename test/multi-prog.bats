#!/usr/bin/env bats
# flux multi-prog: another program for each task.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	unset FLUX_TASK_RANK
}

# config LINE...: write them to mp.conf
config() {
	printf '%s\n' "$@" >mp.conf
}

@test "each task of a job runs its program" {
	instance_start -s 2
	config '# who does what' '0 echo leader' '1-2 echo worker %o of task %t' \
	    '* sh -c "echo rest %t $FLUX_TASK_RANK"'
	run -0 bash -c 'flux run -N2 -n4 -l flux multi-prog mp.conf | sort'
	is "$output" '0: leader
1: worker 0 of task 1
2: worker 1 of task 2
3: rest 3 3'
	config '0 true' '1 sh -c "exit 3"'
	run -3 flux run -n2 flux multi-prog mp.conf
	instance_stop
}

@test "dry-run prints words as a shell reads them" {
	config '0 echo task %t offset %o' \
	    "1-2	 echo \"two words\" 'x%t' \\%t %% %o%t %x   # comment" '' \
	    "3 echo a#b" "[4-5] echo it\\'s \"\" \\\$HOME"
	run -0 flux multi-prog -n 0-5 mp.conf
	is "$output" "0: echo task 0 offset 0
1: echo 'two words' x1 1 %% 01 %x
2: echo 'two words' x2 2 %% 12 %x
3: echo a
4: echo 'it'\\''s' '' '\$HOME'
5: echo 'it'\\''s' '' '\$HOME'"
	run -0 flux multi-prog --dry-run=4 mp.conf
	is "$output" "4: echo 'it'\\''s' '' '\$HOME'"
}

@test "the first line with the task counts, the star for what is left" {
	config '* echo star %t %o' '1,3,7-9 echo odd %o' '0-3 echo low %o'
	run -0 flux multi-prog -n 0-4,9 mp.conf
	is "$output" '0: echo low 0
1: echo odd 0
2: echo low 2
3: echo odd 1
4: echo star 4 0
9: echo odd 4'
}

@test "the file may be one of another system" {
	printf '0 echo a b\r\n1 echo c' >mp.conf
	run -0 flux multi-prog -n 0-1 mp.conf
	is "$output" $'0: echo a b\n1: echo c'
}

@test "lines that are wrong are told with their number" {
	local line want
	while IFS='|' read -r line want; do
		config '# 1' "$line"
		run -1 flux multi-prog -n 0 mp.conf
		is "$output" "flux-multi-prog: ERROR: mp.conf: $want" "$line"
	done <<-'EOT'
	x echo|line 2: invalid idset: x
	3,1 echo|line 2: invalid idset: 3,1
	%t echo|line 2: invalid idset: %t
	-1 echo|line 2: invalid idset: -1
	0|line 2: '0': a command is missing
	0 # echo|line 2: '0 # echo': a command is missing
	0 echo "abc|line 2: '0 echo "abc': No closing quotation
	0 echo \|line 2: '0 echo \': No escaped character
	1 echo|No matching line for rank 0
	# 0 echo|No matching line for rank 0
	EOT
	printf '0 echo a\0b\n' >mp.conf
	run -1 flux multi-prog -n 0 mp.conf
	is "$output" 'flux-multi-prog: ERROR: mp.conf: line 1: is not text'
}

@test "what was printed before a rank without a line stays" {
	config '0 echo a'
	run -1 --separate-stderr flux multi-prog -n 0-1 mp.conf
	is "$output" '0: echo a'
	is "$stderr" 'flux-multi-prog: ERROR: mp.conf: No matching line for rank 1'
}

@test "files and ranks that are not there" {
	local rank
	config '0 echo a' '1 nosuch' '2 ./mp.conf'
	run -1 flux multi-prog nosuch
	is "$output" "flux-multi-prog: ERROR: No such file or directory: 'nosuch'"
	run -1 flux multi-prog /
	is "$output" "flux-multi-prog: ERROR: Is a directory: '/'"
	run -1 flux multi-prog mp.conf
	is "$output" 'flux-multi-prog: ERROR: FLUX_TASK_RANK not found or invalid'
	for rank in x -1 '' 4294967296; do
		run -1 env FLUX_TASK_RANK=$rank flux multi-prog mp.conf
		is "$output" 'flux-multi-prog: ERROR: FLUX_TASK_RANK not found or invalid'
	done
	run -0 env FLUX_TASK_RANK=0 flux multi-prog mp.conf
	is "$output" a
	run -127 env FLUX_TASK_RANK=1 flux multi-prog mp.conf
	is "$output" 'flux-multi-prog: ERROR: nosuch: No such file or directory'
	run -126 env FLUX_TASK_RANK=2 flux multi-prog mp.conf
	is "$output" 'flux-multi-prog: ERROR: ./mp.conf: Permission denied'
}

@test "wrong use is told" {
	run -2 flux multi-prog
	is "${lines[0]}" 'flux-multi-prog: a CONFIG is required'
	run -2 flux multi-prog a b
	is "${lines[0]}" "flux-multi-prog: unexpected argument 'b'"
	run -2 flux multi-prog -n x a
	is "${lines[0]}" "flux-multi-prog: argument -n/--dry-run: invalid IDset value: 'x'"
	is "${lines[1]}" "Try 'flux multi-prog --help'."
	run -0 flux multi-prog --help
	is "${lines[0]}" 'Usage: flux multi-prog [OPTIONS] CONFIG'
}

@test "what it prints is what the reference prints" {
	need_reference
	config '0 echo task %t offset %o' '1-2 a "b c" \%t %%' '3 echo a#b' '* x %t%o'
	is "$(flux multi-prog -n 0-5 mp.conf)" \
	    "$("$FLUX_REFERENCE/bin/flux" multi-prog -n 0-5 mp.conf)"
}
