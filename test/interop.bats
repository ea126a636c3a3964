#!/usr/bin/env bats
# Our tools and broker with those of another implementation, which
# FLUX_REFERENCE names. test/interop prints what differs.

setup() {
	load lib/setup
	need_reference
}

@test "tools of each do the same on the broker of the other" {
	# What differs by chance, as two jobs that end at once, does not do so
	# twice.
	run "$top/test/interop" -v
	[ "$status" -eq 0 ] || run "$top/test/interop" -v
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'tools-broker ref-ours: '* ]]
}

@test "the reference's Python bindings speak with our broker" {
	instance_start -s 2
	cat > "$BATS_TEST_TMPDIR/client.py" <<-'EOF'
	import flux, flux.job
	from flux.job import JobspecV1
	from flux.resource import resource_list
	h = flux.Flux()
	print("size", h.attr_get("size"))
	spec = JobspecV1.from_command(["sh", "-c", "exit 3"], num_tasks=1)
	spec.environment = {"PATH": "/usr/bin:/bin"}
	spec.cwd = "/"
	id = flux.job.submit(h, spec, waitable=True)
	print("events", " ".join(e.name for e in flux.job.event_watch(h, id)))
	print("result", flux.job.result(h, id).returncode)
	print("wait", flux.job.wait(h, id).success)
	held = flux.job.submit(h, spec, urgency=0)
	flux.job.cancel(h, held, "not needed")
	flux.job.event_wait(h, held, "clean", raiseJobException=False)
	jobs = flux.job.JobList(h).jobs()
	print("jobs", sorted(j.status for j in jobs))
	print("cores", resource_list(h).get().all.ncores > 0)
	EOF
	run -0 "$FLUX_REFERENCE/bin/flux" python "$BATS_TEST_TMPDIR/client.py"
	printf '%s\n' "$output"
	[ "${lines[0]}" = 'size 2' ]
	[ "${lines[1]}" = 'events submit validate depend priority alloc start finish release free clean' ]
	[ "${lines[2]}" = 'result 3' ]
	[ "${lines[3]}" = 'wait False' ]
	[ "${lines[4]}" = "jobs ['CANCELED', 'FAILED']" ]
	[ "${lines[5]}" = 'cores True' ]
	instance_stop
}

@test "batch jobs of each run inside the other" {
	local ref=$FLUX_REFERENCE/bin/flux
	instance_start -s 2
	id=$("$ref" batch -n1 --output="$BATS_TEST_TMPDIR/out" \
	    --wrap "$ref run echo from-the-reference; $ref getattr instance-level")
	run -0 env PATH="$FLUX_REFERENCE/bin:$PATH" flux job attach "$id"
	run -0 cat "$BATS_TEST_TMPDIR/out"
	[ "$output" = "from-the-reference
1" ]
	instance_stop
	instance_flux=$ref instance_start -s 2
	id=$(flux batch -n1 --output="$BATS_TEST_TMPDIR/out2" \
	    --wrap 'flux run echo from-ours; flux getattr instance-level')
	run -0 flux job attach "$id"
	run -0 cat "$BATS_TEST_TMPDIR/out2"
	[ "$output" = "from-ours
1" ]
	instance_stop
}
