#!/usr/bin/env bats
# flux R: resource sets made and calculated with.

setup() {
	load lib/setup
	cd "$BATS_TEST_TMPDIR"
	flux R encode -r0-1 -c0-3 -g0 -p fast:0 -H 'n[0-1]' >a
	flux R encode -r1-2 -c0-1 -g0 -H 'n[1-2]' >b
	flux R encode -r2-3 -c0-1 -H 'n[2-3]' >c
}

# calc ARGS FILES: the result in words
calc() {
	local files=${*: -1}
	cat $files | flux R "${@:1:$#-1}" | flux R decode --short
}

@test "encode makes a set of ranks, hosts, cores, GPUs and properties" {
	is "$(jq -cS . a)" '{"execution":{"R_lite":[{"children":{"core":"0-3","gpu":"0"},"rank":"0-1"}],"expiration":0,"nodelist":["n[0-1]"],"properties":{"fast":"0"},"starttime":0},"version":1}'
	is "$(flux R encode | jq -c '.execution.R_lite, .execution.nodelist')" \
	    "[{\"rank\":\"0\",\"children\":{\"core\":\"0\"}}]
[\"$(uname -n)\"]"
	is "$(flux R encode --ranks=4-5 --cores=1,3 --gpus=2 --property=x --hosts=a,b |
	    jq -c '.execution | .R_lite, .nodelist, .properties')" \
	    '[{"rank":"4-5","children":{"core":"1,3","gpu":"2"}}]
["a,b"]
{"x":"4-5"}'
}

@test "encode takes what is here, or in a file of hwloc" {
	local cores
	cores=$(flux topo | jq -r .cores)
	run -0 flux R encode --hosts='node[0-1]' --local
	is "$(jq -r '.execution.R_lite[0].children.core' <<<"$output")" "$cores"
	flux topo --xml >topo.xml
	is "$(flux R encode -H 'node[0-1]' --xml=topo.xml)" "$output"
	is "$(flux R encode -H 'node[0-1]' -f topo.xml)" "$output"
	is "$(flux R encode -H 'node[0-1]' -l)" "$output"
	run -1 flux R encode --xml=nosuch
}

@test "decode prints the union, or one thing about it" {
	local option out
	while IFS='|' read -r option out; do
		is "$(cat a c | flux R decode $option)" "$out" "$option"
	done <<-'EOF'
	-s|rank[0-1]/core[0-3],gpu0 rank[2-3]/core[0-1]
	--short|rank[0-1]/core[0-3],gpu0 rank[2-3]/core[0-1]
	-n|n[0-3]
	--nodelist|n[0-3]
	-r|0-3
	--ranks|0-3
	-c core|12
	--count=gpu|2
	--count=node|4
	-i 1-2 -n|n[1-2]
	--include=1-2 --ranks|1-2
	-x 1-2 -r|0,3
	--exclude=0 -n|n[1-3]
	-p fast -r|0
	--properties=^fast -r|1-3
	EOF
	is "$(flux R decode <a | jq -cS .)" "$(jq -cS . a)"
}

@test "append, diff, intersect, verify" {
	is "$(calc append 'a c')" 'rank[0-1]/core[0-3],gpu0 rank[2-3]/core[0-1]'
	run -1 bash -c 'cat a b | flux R append'
	is "$output" "flux-R: R objects 'rank[0-1]/core[0-3],gpu0' and 'rank[1-2]/core[0-1],gpu0' overlap"
	is "$(calc diff 'a b')" 'rank0/core[0-3],gpu0 rank1/core[2-3]'
	is "$(calc intersect 'a b')" 'rank1/core[0-1],gpu0'
	is "$(calc intersect 'a c')" ''
	cat a a | flux R verify
	run -1 bash -c 'cat a b | flux R verify'
	is "$output" 'flux-R: missing: rank0/core[0-3],gpu0 rank1/core[2-3]'
}

@test "remap, rerank, set-property" {
	is "$(flux R remap <c | flux R decode -r)" 0-1
	is "$(flux R remap <c | flux R decode -n)" 'n[2-3]'
	is "$(flux R rerank n1,x,n0 <a | jq -c '.execution | .R_lite, .nodelist, .properties')" \
	    '[{"rank":"0,2","children":{"core":"0-3","gpu":"0"}}]
["n[1,0]"]
{"fast":"2"}'
	is "$(flux R set-property x:1 y <a | jq -cS .execution.properties)" \
	    '{"fast":"0","x":"1","y":"0-1"}'
	run -1 flux R rerank n5 <a
	is "$output" "flux-R: host n0 is not in 'n5'"
	run -1 flux R set-property x:9 <a
	is "$output" 'flux-R: failed to assign properties: rank 9 not found in target resource list'
}

@test "what is wrong is told in a line" {
	local args text
	while IFS='|' read -r args text; do
		run -1 flux R $args </dev/null
		is "${lines[0]}" "flux-R: $text" "$args"
	done <<-'EOF'
	encode -r x|Failed to decode ranks='x' as idset
	encode -c x|Failed to decode cores='x' as idset
	encode -g x|Failed to decode gpus='x' as idset
	encode -H a[|invalid hostlist 'a['
	encode -r0-1 -H a|hostname count in 'a' does not match nranks (2)
	encode -p a^b|invalid property 'a^b'
	encode -p a:7|failed to assign properties: rank 7 not found in target resource list
	encode x|too many arguments
	encode -r|'-r' missing argument
	decode|no R object on standard input
	decode x|too many arguments
	rerank|missing HOSTLIST
	rerank n[|invalid hostlist 'n['
	set-property|missing PROPERTY
	nosuch|Unknown command 'nosuch'
	EOF
	run -1 flux R decode <<<x
	is "$output" "flux-R: Failed to read an R object: '[' or '{' expected near 'x'"
	run -1 flux R decode --count=foo <a
	is "$output" "flux-R: unknown type 'foo': must be node, core or gpu"
	run -1 flux R decode --include=x <a
	is "$output" "flux-R: Failed to decode include='x' as idset"
}
